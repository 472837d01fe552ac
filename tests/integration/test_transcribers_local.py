"""FasterWhisperTranscriber with real model files in unmodified faster-whisper."""

import json
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from support.speech import channel, recording_of
from support.tiny_whisper import TEXT

from triage.errors import ModelError, TranscriberError
from triage.recording.load import read_recording
from triage.registry import Manifest, read_manifest, write_manifest
from triage.registry.load import load_transcriber
from triage.settings import Settings
from triage.transcribers import local
from triage.transcribers.local import FasterWhisperTranscriber, _Passes

RECORDINGS = Path(__file__).parent.parent / "fixtures" / "audio"
WARNING = "Model peraga: hanya untuk suara sintetis."


def describe(**changes):
    return Manifest(
        **{"name": "tiny", "version": "1.0", "kind": "recogniser", "title": "Tiny", "window_seconds": 12, **changes}
    )


def transcriber(folder, manifest=None, *, language="id", prompt=None):
    return FasterWhisperTranscriber(
        folder, manifest=manifest or describe(), language=language, beam_size=5, threads=1, prompt=prompt
    )


@pytest.fixture(scope="module")
def call():
    """Caller at 2-5 s and 20-23 s, operator at 10-13 s."""
    return recording_of(channel("caller", 30, (2, 5), (20, 23)), channel("operator", 30, (10, 13)))


class TestTranscript:
    def test_has_the_segments_of_all_channels_in_order(self, tiny_whisper, call):
        transcript = transcriber(tiny_whisper).transcribe(call)
        assert [(s.channel, s.text) for s in transcript.segments] == [
            ("caller", TEXT),
            ("operator", TEXT),
            ("caller", TEXT),
        ]
        assert (transcript.language, transcript.recogniser) == ("id", "tiny 1.0")

    def test_times_are_those_of_the_recording(self, tiny_whisper, call):
        segments = transcriber(tiny_whisper).transcribe(call).segments
        for segment, (start, end) in zip(segments, [(1.8, 5.2), (9.8, 13.2), (19.8, 23.2)], strict=True):
            assert start <= segment.start < segment.end <= end
            assert [w.text for w in segment.words] == TEXT.split()
            assert all(segment.start <= w.start <= w.end <= segment.end for w in segment.words)
            assert all(type(w.start) is float and 0.9 < w.probability <= 1 for w in segment.words)

    def test_measures_of_whisper_are_kept(self, tiny_whisper, call):
        segment = transcriber(tiny_whisper).transcribe(call).segments[0]
        assert segment.avg_logprob == pytest.approx(0.0, abs=0.1)
        assert 0 <= segment.no_speech_prob < 0.6
        assert segment.compression_ratio == pytest.approx(0.88, abs=0.05)
        assert segment.doubts == ()

    def test_same_recording_same_transcript(self, tiny_whisper, call):
        one = transcriber(tiny_whisper)
        assert one.transcribe(call) == one.transcribe(call) == transcriber(tiny_whisper).transcribe(call)

    def test_progress_rises_to_one(self, tiny_whisper, call):
        shares = []
        transcriber(tiny_whisper).transcribe(call, shares.append)
        assert shares == [pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0]

    def test_a_recording_from_a_file_with_its_own_voice_activity(self, tiny_whisper):
        recording = read_recording(RECORDINGS / "speech_mulaw.wav", Settings())
        [segment] = transcriber(tiny_whisper).transcribe(recording).segments
        [speech] = recording.channels[0].speech
        assert (segment.channel, segment.text, segment.doubts) == ("mixed", TEXT, ())
        assert speech.start - 0.21 <= segment.start < segment.end <= speech.end + 0.21

    def test_silence_gives_nothing_and_needs_no_model(self, tmp_path):
        transcript = transcriber(tmp_path / "none").transcribe(recording_of(channel("caller", 5)))
        assert transcript.segments == ()


class TestDoubts:
    def test_a_loop_is_shown_with_its_doubt_and_ends(self, looping_whisper, call):
        segments = transcriber(looping_whisper).transcribe(call).segments
        assert {d.kind for s in segments for d in s.doubts} == {"loop"}
        # Whisper starts again after its last word, but not more often than once a second of the window's three.
        counts = Counter(s.channel for s in segments)
        assert 2 <= counts["caller"] <= 2 * 4
        assert 1 <= counts["operator"] <= 4
        for segment in segments:
            assert segment.text.startswith("tolong pak tolong pak")
            assert len(segment.text.split()) <= 16 + 12 * 4

    def test_a_further_pass_starts_where_the_last_word_ended(self, looping_whisper, call, monkeypatch):
        """Also for a model whose mel frames are 20 ms and not Whisper's 10."""
        passes = []

        class Watched(_Passes):
            def worthwhile(self, heard):
                passes.append((heard.seek / self._frames_per_second, heard.words[-1].end))
                return super().worthwhile(heard)

        monkeypatch.setattr(local, "_Passes", Watched)
        transcriber(looping_whisper).transcribe(call)
        further = [(start, end) for (_, end), (start, _) in pairwise(passes) if start > 0]
        assert further
        assert all(start == pytest.approx(end, abs=0.011) for start, end in further)

    def test_the_threshold_comes_from_the_manifest(self, tiny_whisper, call):
        loose = transcriber(tiny_whisper, describe(low_logprob=-5.0)).transcribe(call)
        strict = transcriber(tiny_whisper, describe(low_logprob=0.0)).transcribe(call)
        assert all(s.doubts == () for s in loose.segments)
        assert all([d.kind for d in s.doubts] == ["low_logprob"] for s in strict.segments if s.avg_logprob < 0)


class TestLanguage:
    def test_auto_is_detected(self, tiny_whisper, call):
        assert transcriber(tiny_whisper, language="auto").transcribe(call).language == "id"

    def test_auto_is_unknown_without_speech(self, tiny_whisper):
        recording = recording_of(channel("caller", 5))
        assert transcriber(tiny_whisper, language="auto").transcribe(recording).language == "und"

    @pytest.mark.parametrize("language", ["en", "xx"])
    def test_one_the_model_does_not_know_is_refused(self, tiny_whisper, call, language):
        with pytest.raises(ModelError, match=f"tidak mengenal bahasa '{language}'") as caught:
            transcriber(tiny_whisper, language=language).transcribe(call)
        assert caught.value.code == "model_language"

    def test_auto_with_a_model_that_names_no_languages(self, tiny_whisper, call, tmp_path):
        folder = shutil.copytree(tiny_whisper, tmp_path / "nameless")
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "lang_ids": []}))
        with pytest.raises(ModelError, match="TRIAGE_LANGUAGE"):
            transcriber(folder, language="auto").transcribe(call)


class TestPrompt:
    """The scripted model goes by position: a prompt, which takes positions, changes what it writes."""

    def test_reaches_a_model_trained_with_prompts(self, tiny_whisper, call):
        told = transcriber(tiny_whisper, describe(supports_prompt=True), prompt="anawai kadia").transcribe(call)
        assert all(s.text != TEXT for s in told.segments)

    def test_is_kept_from_any_other(self, tiny_whisper, call):
        told = transcriber(tiny_whisper, describe(supports_prompt=False), prompt="anawai kadia").transcribe(call)
        assert [s.text for s in told.segments] == [TEXT] * 3

    def test_a_very_long_one_leaves_room_for_the_answer(self, tiny_whisper, call):
        manifest = describe(supports_prompt=True, window_seconds=28)
        long_call = recording_of(channel("caller", 30, (0, 27)))
        transcriber(tiny_whisper, manifest, prompt="lorong anawai " * 300).transcribe(long_call)


class TestLoading:
    @pytest.fixture
    def models(self, tiny_whisper, tmp_path):
        """A models folder with the tiny model, described as a demonstration."""
        shutil.copytree(tiny_whisper, tmp_path / "tiny")
        write_manifest(tmp_path / "tiny", describe(demonstration=True, warning=WARNING))
        return tmp_path

    def test_from_settings(self, models, call):
        loaded = load_transcriber(Settings(models_dir=models, recogniser="tiny", threads=1, transcriber_url=None))
        assert (loaded.name, loaded.warnings) == ("tiny 1.0", (WARNING,))
        assert [s.text for s in loaded.transcribe(call).segments] == [TEXT] * 3

    def test_a_sites_own_whisper_by_path(self, tiny_whisper, call):
        loaded = load_transcriber(Settings(recogniser=str(tiny_whisper), threads=1, transcriber_url=None))
        assert loaded.name == f"tiny-scripted {read_manifest(tiny_whisper).version}"
        assert loaded.warnings == ()
        assert [s.text for s in loaded.transcribe(call).segments] == [TEXT] * 3

    def test_damaged_weights_are_found_before_use(self, models):
        weights = models / "tiny" / "model.bin"
        weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
        with pytest.raises(ModelError, match=r"model\.bin rusak"):
            load_transcriber(Settings(models_dir=models, recogniser="tiny", transcriber_url=None))

    @pytest.mark.parametrize("file", ["model.bin", "tokenizer.json", "config.json"])
    def test_files_that_do_not_load(self, models, call, file):
        (models / "tiny" / file).write_bytes(b"{")
        with pytest.raises(ModelError, match="TRIAGE_RECOGNISER") as caught:
            transcriber(models / "tiny").transcribe(call)
        assert caught.value.code == "model_not_loaded"

    def test_a_preprocessor_that_does_not_fit(self, models, call):
        (models / "tiny" / "preprocessor_config.json").write_text(json.dumps({"feature_size": 128}))
        with pytest.raises(TranscriberError, match="gagal pada detik 2") as caught:
            transcriber(models / "tiny").transcribe(call)
        assert caught.value.code == "transcription_failed"
