"""Real files, real decoding, real voice activity: every format a PBX or phone writes gives the same facts."""

from __future__ import annotations

import hashlib
import io
from dataclasses import astuple
from pathlib import Path

import av
import numpy as np
import pytest

from triage.recording.decode import decode
from triage.recording.load import load_recording
from triage.settings import Settings
from triage.speech.vad import BLOCK_SECONDS, silences, speech_spans

FIXTURES = Path(__file__).parents[1] / "fixtures" / "audio"
SPEECH = (FIXTURES / "speech_mulaw.wav").read_bytes()
"""6.17 s; voice from about 0.8 to 5.0 s."""
RATE = 16_000
SETTINGS = Settings(_env_file=None)


def speech():
    return decode(SPEECH, "speech", 60).samples[0]


def encode(container, codec, rate, *channels):
    """Channels (float32 at 16 kHz) as a file in this format."""
    layout = "mono" if len(channels) == 1 else "stereo"
    data = io.BytesIO()
    with av.open(data, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.stack(channels), format="fltp", layout=layout)
        frame.sample_rate = RATE
        context = stream.codec_context
        resampler = av.AudioResampler(
            format=context.format.name, layout=layout, rate=rate, frame_size=context.frame_size or None
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return data.getvalue()


def stereo_call():
    """The caller left, then the operator right with the same words."""
    voice = speech()
    nothing = np.zeros_like(voice)
    return np.concatenate([voice, nothing]), np.concatenate([nothing, voice])


class TestFormats:
    @pytest.mark.parametrize(
        ("container", "codec", "rate", "name", "decoder"),
        [
            ("wav", "pcm_u8", 8000, "wav", "pcm_u8"),
            ("wav", "pcm_s16le", 8000, "wav", "pcm_s16le"),
            ("wav", "pcm_s24le", 48000, "wav", "pcm_s24le"),
            ("wav", "pcm_s32le", 16000, "wav", "pcm_s32le"),
            ("wav", "pcm_f32le", 44100, "wav", "pcm_f32le"),
            ("wav", "pcm_f64le", 11025, "wav", "pcm_f64le"),
            ("wav", "pcm_mulaw", 8000, "wav", "pcm_mulaw"),
            ("wav", "pcm_alaw", 8000, "wav", "pcm_alaw"),
            ("wav", "adpcm_ima_wav", 8000, "wav", "adpcm_ima_wav"),
            ("mp3", "libmp3lame", 8000, "mp3", "mp3float"),
            ("mp3", "libmp3lame", 44100, "mp3", "mp3float"),
            ("ogg", "libopus", 48000, "ogg", "opus"),
            ("webm", "libopus", 16000, "webm", "opus"),
            ("flac", "flac", 16000, "flac", "flac"),
            ("mp4", "aac", 44100, "m4a", "aac"),
            ("adts", "aac", 16000, "aac", "aac"),
            ("amr", "libopencore_amrnb", 8000, "amr", "amrnb"),
        ],
    )
    def test_same_speech_from_every_format(self, container, codec, rate, name, decoder):
        recording = load_recording(encode(container, codec, rate, speech()), "x", SETTINGS)
        assert (recording.container, recording.codec) == (name, decoder)
        assert recording.sample_rate == (48000 if decoder == "opus" else rate)
        assert recording.duration == pytest.approx(6.17, abs=0.25)  # ADPCM and AAC pad their last blocks
        (channel,) = recording.channels
        (span,) = channel.speech
        assert (span.start, span.end) == (pytest.approx(0.7, abs=0.2), pytest.approx(5.2, abs=0.2))
        assert channel.facts.level_dbfs == pytest.approx(-27.6, abs=1)
        assert channel.samples.size == round(recording.duration * RATE)

    @pytest.mark.parametrize(
        ("file", "codec", "rate"),
        [
            ("speech_gsm610.wav", "gsm_ms", 8000),
            ("speech_vorbis.ogg", "vorbis", 8000),
            ("speech_wb.amr", "amrwb", 16000),
        ],
    )
    def test_formats_that_had_to_be_recorded(self, file, codec, rate):
        recording = load_recording((FIXTURES / file).read_bytes(), file, SETTINGS)
        assert (recording.codec, recording.sample_rate) == (codec, rate)
        assert recording.duration == pytest.approx(3, abs=0.05)
        (span,) = recording.channels[0].speech
        assert (span.start, span.end) == (pytest.approx(0.7, abs=0.2), pytest.approx(3, abs=0.05))

    def test_name_and_checksum(self):
        recording = load_recording(SPEECH, "../rekaman/112-0001.wav", SETTINGS)
        assert recording.file == "112-0001.wav"
        assert recording.sha256 == hashlib.sha256(SPEECH).hexdigest()

    @pytest.mark.parametrize("container", ["ogg", "mp3"])
    def test_a_stream_that_breaks_off_gives_what_is_there(self, container):
        codec, rate = {"ogg": ("libopus", 48000), "mp3": ("libmp3lame", 8000)}[container]
        data = encode(container, codec, rate, speech())
        assert 1.5 < load_recording(data[: len(data) // 2], "x", SETTINGS).duration < 4

    def test_a_small_file_of_endless_silence_stops_at_the_limit(self):
        data = encode("flac", "flac", 8000, np.zeros(RATE * 900, np.float32))
        assert len(data) < 200_000  # 900 s
        with pytest.raises(Exception, match="TRIAGE_MAX_SECONDS"):
            load_recording(data, "bomb.flac", Settings(_env_file=None, max_seconds=60))


class TestChannels:
    @pytest.mark.parametrize(("side", "first", "second"), [("left", 0.7, 6.9), ("right", 6.9, 0.7)])
    def test_caller_and_operator_by_the_setting(self, side, first, second):
        data = encode("wav", "pcm_mulaw", 8000, *stereo_call())
        recording = load_recording(data, "x", Settings(_env_file=None, caller_channel=side))
        assert [channel.role for channel in recording.channels] == ["caller", "operator"]
        starts = [channel.speech[0].start for channel in recording.channels]
        assert starts == pytest.approx([first, second], abs=0.2)
        assert recording.caller.role == "caller"

    @pytest.mark.parametrize(("container", "codec"), [("wav", "pcm_s16le"), ("mp3", "libmp3lame")])
    def test_the_same_channel_twice_is_mono(self, container, codec):
        recording = load_recording(encode(container, codec, 16000, speech(), speech()), "x", SETTINGS)
        assert [channel.role for channel in recording.channels] == ["mixed"]

    def test_a_silent_operator_is_still_an_operator(self):
        recording = load_recording(encode("wav", "pcm_s16le", 8000, speech(), 0 * speech()), "x", SETTINGS)
        assert [channel.role for channel in recording.channels] == ["caller", "operator"]
        operator = recording.channel("operator")
        assert operator.facts.speech_seconds == 0
        assert operator.facts.longest_silence == pytest.approx(recording.duration)
        assert operator.facts.level_dbfs == -120


class TestFactsOfSpeech:
    def test_ordinary_speech_raises_no_alarm(self):
        facts = load_recording(SPEECH, "x", SETTINGS).caller.facts
        assert (facts.tones, facts.distress_sounds) == ((), ())
        assert (facts.music_share, facts.broadcast_share, facts.clipping_share) == (0, 0, 0)

    def test_shares_and_silences_agree_with_the_spans(self):
        recording = load_recording(SPEECH, "x", SETTINGS)
        channel = recording.caller
        (span,) = channel.speech
        assert channel.facts.speech_seconds == pytest.approx(span.seconds)
        assert channel.facts.speech_share == pytest.approx(span.seconds / recording.duration)
        assert channel.facts.longest_silence == pytest.approx(recording.duration - span.end)

    def test_clipping_and_peak_are_those_of_the_file(self):
        facts = load_recording(encode("wav", "pcm_mulaw", 8000, speech() * 8), "x", SETTINGS).caller.facts
        assert 0.01 < facts.clipping_share < 0.5
        assert facts.peak_dbfs == pytest.approx(-0.17, abs=0.05)  # the largest code of mu-law

    def test_an_offset_is_no_level(self):
        plain = load_recording(encode("wav", "pcm_s16le", 8000, speech()), "x", SETTINGS).caller
        offset = load_recording(encode("wav", "pcm_s16le", 8000, speech() + np.float32(0.2)), "x", SETTINGS).caller
        assert offset.facts.level_dbfs == pytest.approx(plain.facts.level_dbfs, abs=0.1)
        assert offset.speech == plain.speech


class TestVoiceActivity:
    @pytest.mark.parametrize("level", [-5, -15, -35, -45, -55])
    def test_quiet_and_loud_speech_give_the_same_spans(self, level):
        voice = speech() * 10 ** ((level + 26) / 20)
        recording = load_recording(encode("wav", "pcm_f32le", 16000, voice), "x", SETTINGS)
        reference = load_recording(SPEECH, "x", SETTINGS).caller.speech
        assert [astuple(s) for s in recording.caller.speech] == [pytest.approx(astuple(s), abs=0.1) for s in reference]

    def test_a_voice_that_the_detector_loses_when_it_is_loud(self):
        recording = load_recording((FIXTURES / "speech_buzzing_mulaw.wav").read_bytes(), "x", SETTINGS)
        assert recording.caller.facts.speech_share > 0.9

    def test_a_quiet_caller_beside_a_loud_operator_in_mono_is_heard(self):
        voice = speech()
        both = np.concatenate([voice * 2, voice * 10 ** (-20 / 20)])
        first, second = load_recording(encode("wav", "pcm_s16le", 8000, both), "x", SETTINGS).caller.speech
        assert (first.start, first.end) == (pytest.approx(0.7, abs=0.2), pytest.approx(5.2, abs=0.2))
        assert (second.start, second.end) == (pytest.approx(6.9, abs=0.3), pytest.approx(11.4, abs=0.3))

    @pytest.mark.parametrize("level", [-10, -30, -50, -70])
    def test_noise_and_hum_are_no_speech_at_any_level(self, level):
        time = np.arange(RATE * 8) / RATE
        noise = np.random.default_rng(0).standard_normal(time.size)
        hum = sum(np.sin(2 * np.pi * 50 * k * time) / k for k in range(1, 8))
        for sound in (noise, hum):
            samples = (sound / sound.std() * 10 ** (level / 20)).clip(-1, 1).astype(np.float32)
            facts = load_recording(encode("wav", "pcm_mulaw", 8000, samples), "x", SETTINGS).caller.facts
            assert facts.speech_seconds == 0
            assert facts.tones == ()

    def test_silence(self):
        recording = load_recording(encode("wav", "pcm_mulaw", 8000, np.zeros(RATE * 5, np.float32)), "x", SETTINGS)
        assert recording.caller.speech == ()
        assert recording.caller.facts.longest_silence == 5

    def test_a_voice_across_two_blocks_is_one_span(self):
        voice = load_recording(SPEECH, "x", SETTINGS).caller.samples
        samples = np.zeros((BLOCK_SECONDS + 10) * RATE, np.float32)
        start = (BLOCK_SECONDS - 3) * RATE
        samples[start : start + voice.size] = voice
        (span,) = speech_spans(samples)
        assert span.start == pytest.approx(BLOCK_SECONDS - 3 + 0.7, abs=0.2)
        assert span.end == pytest.approx(BLOCK_SECONDS - 3 + 5.2, abs=0.2)

    def test_silences_are_what_is_between(self):
        spans = speech_spans(load_recording(SPEECH, "x", SETTINGS).caller.samples)
        before, after = silences(spans, 6.0)
        assert (before.start, before.end, after.end) == (0, spans[0].start, 6.0)
