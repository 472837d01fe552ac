"""Windows without Whisper's padding, and a second reading of them, with real model files."""

import shutil

import numpy as np
import pytest
from support.letter_heads import save_constant_head, save_fitted_head
from support.speech import channel, recording_of
from support.tiny_whisper import TEXT, WIDTH

from triage.errors import ModelError
from triage.registry import Manifest
from triage.transcribers.letters import LETTER_HEAD, letter_distance, load_letter_head
from triage.transcribers.local import FasterWhisperTranscriber
from triage.transcribers.whisper import KEPT_PADDING, WindowedWhisper

WINDOW_FRAMES = 170
"""Of 3 s of speech with context, 20 ms each (hop 320)."""
DETECTED = 1


@pytest.fixture
def call():
    return recording_of(channel("caller", 30, (2, 5)))


@pytest.fixture
def encoded(monkeypatch):
    """What the encoder gave out for every window, shape (positions, width)."""
    states = []

    class Watched(WindowedWhisper):
        def encode(self, features):
            output = super().encode(features)
            states.append(np.asarray(output, dtype=np.float32)[0])
            return output

    monkeypatch.setattr("triage.transcribers.whisper.WindowedWhisper", Watched)
    return states


@pytest.fixture
def folder(tiny_whisper, tmp_path):
    """A copy of the tiny model, to put a letter head into."""
    return shutil.copytree(tiny_whisper, tmp_path / "tiny")


def transcribe(folder, call, language="id", **described):
    manifest = Manifest(
        name="tiny", version="1.0", kind="recogniser", title="Tiny", **{"window_seconds": 12, **described}
    )
    made = FasterWhisperTranscriber(folder, manifest=manifest, language=language, beam_size=5, threads=1)
    return made.transcribe(call)


def only(transcript):
    [segment] = transcript.segments
    return segment


class TestShortWindows:
    def test_give_the_encoder_what_there_is_to_hear(self, tiny_whisper, call, encoded):
        transcribe(tiny_whisper, call, short_windows=True)
        [states] = encoded
        assert len(states) * 2 == pytest.approx(WINDOW_FRAMES + KEPT_PADDING, abs=2)

    def test_without_them_it_gets_whispers_3000_frames(self, tiny_whisper, call, encoded):
        transcribe(tiny_whisper, call, short_windows=False)
        assert [len(states) * 2 for states in encoded] == [3000]

    def test_change_nothing_in_what_is_written(self, tiny_whisper, call):
        short, padded = (transcribe(tiny_whisper, call, short_windows=short) for short in (True, False))
        assert only(short).text == only(padded).text == TEXT
        assert [w.text for w in only(short).words] == TEXT.split()
        assert all(1.8 <= w.start <= w.end <= 5.2 for w in only(short).words)

    def test_let_the_language_be_detected(self, tiny_whisper, call, encoded):
        transcript = transcribe(tiny_whisper, call, "auto", short_windows=True)
        assert (transcript.language, only(transcript).text) == ("id", TEXT)
        assert len(encoded) == DETECTED + 1


class TestEncode:
    @pytest.fixture
    def model(self, tiny_whisper):
        model = WindowedWhisper(str(tiny_whisper), device="cpu", compute_type="int8", cpu_threads=1)
        model.short_windows = True
        return model

    @pytest.mark.parametrize(("heard", "kept"), [(100, 120), (101, 122), (2990, 3000), (3000, 3000), (0, 22)])
    def test_leaves_some_padding_and_an_even_number_of_frames(self, model, heard, kept):
        features = np.zeros((80, 3000), np.float32)
        features[:, :heard] = np.random.default_rng(0).normal(0, 1, (80, heard))
        assert np.asarray(model.encode(features)).shape == (1, kept // 2, WIDTH)

    def test_takes_batches_up_to_the_longest(self, model):
        features = np.zeros((2, 80, 3000), np.float32)
        features[0, :, :100] = features[1, :, :300] = 0.5
        assert np.asarray(model.encode(features)).shape == (2, 160, WIDTH)

    def test_hears_the_same_with_and_without_the_padding(self, model):
        features = np.random.default_rng(0).normal(0, 1, (80, 200)).astype(np.float32)
        padded = np.pad(features, ((0, 0), (0, 2800)))
        trimmed = np.pad(features, ((0, 0), (0, KEPT_PADDING)))
        assert np.array_equal(np.asarray(model.encode(padded)), np.asarray(model.encode(trimmed)))


class TestLetterHead:
    def test_that_agrees_is_no_distance_away(self, folder, call, encoded):
        transcribe(folder, call, short_windows=True)
        save_fitted_head(folder, encoded[0], TEXT)
        segment = only(transcribe(folder, call, short_windows=True, letters_apart=0.1))
        assert (segment.text, segment.letter_distance, segment.doubts) == (TEXT, 0.0, ())

    @pytest.mark.parametrize("short_windows", [True, False])
    def test_that_differs_is_a_doubt_beyond_the_models_limit(self, folder, call, short_windows):
        save_constant_head(folder, WIDTH, "to")
        segment = only(transcribe(folder, call, short_windows=short_windows, letters_apart=0.5))
        assert segment.text == TEXT
        # Two letters a position of the window, and none of the padding.
        read = "to" * (WINDOW_FRAMES // 2 + 1)
        assert segment.letter_distance == pytest.approx(letter_distance(TEXT, read), abs=0.005)
        assert [(d.kind, d.value) for d in segment.doubts] == [("letters_apart", round(segment.letter_distance, 3))]

    def test_that_hears_nothing_is_wholly_apart(self, folder, call):
        save_constant_head(folder, WIDTH, "")
        assert only(transcribe(folder, call)).letter_distance == 1.0

    def test_without_a_limit_of_the_model_raises_no_doubt(self, folder, call):
        save_constant_head(folder, WIDTH, "to")
        assert only(transcribe(folder, call)).doubts == ()

    def test_is_not_needed(self, tiny_whisper, call):
        assert not (tiny_whisper / LETTER_HEAD).exists()
        segment = only(transcribe(tiny_whisper, call, letters_apart=0.0))
        assert (segment.letter_distance, segment.doubts) == (None, ())

    def test_that_is_damaged_is_a_model_error(self, folder, call):
        (folder / LETTER_HEAD).write_bytes(b"PK\x03\x04")
        with pytest.raises(ModelError, match="rusak"):
            transcribe(folder, call)

    def test_of_each_window_is_read_anew(self, folder, encoded):
        call = recording_of(channel("caller", 30, (2, 5), (20, 24)))
        transcribe(folder, call, short_windows=True)
        save_fitted_head(folder, encoded[0], TEXT)
        first, second = transcribe(folder, call, short_windows=True).segments
        assert first.letter_distance == 0.0 < second.letter_distance

    def test_reads_what_it_read_in_the_training(self, folder):
        """The encoder's states, the blanks and the order of the letters are those of training.recogniser.batches."""
        save_constant_head(folder, WIDTH, "z'")
        assert load_letter_head(folder).read(np.zeros((1, WIDTH), np.float32)) == "z'"
