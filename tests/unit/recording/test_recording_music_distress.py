import numpy as np
import pytest
from recording_signals import RATE, knock, silence, tone, with_noise

from triage.recording import Span, Tone
from triage.recording.distress import distress_sounds
from triage.recording.music import broadcast_stretches, music_stretches, voiced_shares
from triage.recording.spectrum import CHORD_SECONDS, analyse


def chords(seconds):
    """Four chords in turn, each held for 1.3 s."""
    roots = [220.0, 261.6, 293.7, 329.6]
    parts = [tone([r * 2, r * 2.52, r * 3, r * 4, r * 5.04], 1.3, 0.03) for r in roots]
    return np.resize(np.concatenate(parts), round(seconds * RATE)).astype(np.float32)


def at(seconds, *events):
    samples = with_noise(silence(seconds))
    for start, sound in events:
        samples[round(start * RATE) : round(start * RATE) + sound.size] += sound
    return samples


def distress_in(samples, speech=(), tones=()):
    return distress_sounds(samples, analyse(samples), speech, tones)


def music_in(samples, voiced=0.0, tones=()):
    activations = analyse(samples).activations
    return music_stretches(activations, np.full(len(activations), voiced), tones)


class TestMusic:
    def test_chords_are_music(self):
        assert music_in(with_noise(chords(20))).mean() > 0.8

    def test_noise_is_not(self):
        assert not music_in(with_noise(silence(20), 0.05)).any()

    def test_hum_is_not(self):
        assert not music_in(with_noise(tone([50.0 * k for k in range(1, 20)], 20, 0.01))).any()

    def test_too_short_to_tell(self):
        assert not music_in(with_noise(chords(5))).any()

    def test_stretches_with_a_tone_do_not_count(self):
        assert not music_in(with_noise(chords(20)), tones=(Tone("ringback", 0.0, 20.0),)).any()

    def test_under_speech_it_takes_more(self):
        music = with_noise(chords(20))
        assert music_in(music, voiced=0.1).any()
        assert not music_in(music, voiced=0.9).any()


class TestBroadcast:
    def test_dense_speech_between_music(self):
        music = np.array([True, False, False, False, True, False])
        voiced = np.array([0, 1, 0.9, 1, 0, 1])
        assert broadcast_stretches(music, voiced).tolist() == [False, True, True, True, False, False]

    def test_speech_with_pauses_is_a_conversation(self):
        music = np.array([True, False, False, False, True])
        assert not broadcast_stretches(music, np.array([0, 1, 0.5, 1, 0])).any()

    def test_dense_speech_without_music_is_not_told_apart(self):
        assert not broadcast_stretches(np.zeros(8, bool), np.ones(8)).any()

    def test_a_long_call_between_two_tunes_is_no_announcement(self):
        music = np.array([True, *[False] * 20, True])
        assert not broadcast_stretches(music, np.ones(22)).any()

    def test_shares_of_speech(self):
        voiced = voiced_shares(3, (Span(CHORD_SECONDS / 2, CHORD_SECONDS * 2),))
        assert voiced.tolist() == pytest.approx([0.5, 1, 0])


class TestDistress:
    @pytest.mark.parametrize("start", [1.0, 2.5])
    def test_knocks_each_with_its_time(self, start):
        found = distress_in(at(6, (start, knock()), (start + 0.5, knock()), (start + 1, knock())))
        assert [span.start for span in found] == pytest.approx([start, start + 0.5, start + 1], abs=0.05)

    def test_a_bang_under_speech_must_be_louder_than_speech(self):
        samples = at(6, (3, knock(0.1)))
        assert len(distress_in(samples)) == 1
        assert distress_in(samples, speech=(Span(2, 5),)) == ()

    def test_a_click_of_the_line_is_no_knock(self):
        assert distress_in(at(6, (3, np.full(30, 0.5, np.float32)))) == ()

    def test_a_scream(self):
        time = np.arange(RATE) / RATE
        phase = np.cumsum(2 * np.pi * (1100 + 250 * np.sin(2 * np.pi * time)) / RATE)
        scream = 0.15 * sum(np.sin(h * phase) / h for h in (1, 2, 3))
        (found,) = distress_in(at(6, (2, scream.astype(np.float32))))
        assert (found.start, found.end) == (pytest.approx(2, abs=0.1), pytest.approx(3, abs=0.1))

    def test_a_steady_beep_is_no_scream(self):
        assert distress_in(at(6, (2, tone([1000], 1)))) == ()

    def test_key_tones_are_no_bangs(self):
        samples = at(6, (2, tone([770, 1336], 0.08)))
        assert distress_in(samples, tones=(Tone("dtmf", 2.0, 2.08, "5"),)) == ()

    def test_noise_that_starts_and_stays_is_no_bang(self):
        assert distress_in(np.concatenate([silence(2), with_noise(silence(4), 0.1)])) == ()
