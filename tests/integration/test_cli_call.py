"""`triage call`, `transcribe` and `classify` from file to output, with fake models and everything else real."""

import json
import re

import pytest
from support.bad_recordings import BAD_RECORDINGS, MAX_BYTES, MAX_SECONDS, good, tone, wav
from support.calls import FakeClassifier, FakeTranscriber, segment
from typer.testing import CliRunner

from triage.cli.main import app
from triage.errors import ModelError, TranscriberError
from triage.pipeline import Pipeline, TextPipeline
from triage.suggestion.model import Suggestion
from triage.taxonomy import load_taxonomy

DEMO = "Model peraga: hanya untuk suara sintetis."


@pytest.fixture
def classifier():
    return FakeClassifier()


@pytest.fixture(autouse=True)
def small_world(monkeypatch, classifier):
    """Fake models, small limits."""
    transcriber = FakeTranscriber(segment("halo ada pohon tumbang di pasar panjang"), warnings=(DEMO,))
    pipeline = Pipeline(transcriber, classifier, load_taxonomy())
    monkeypatch.setattr("triage.cli.call.load_pipeline", lambda settings: pipeline)
    monkeypatch.setattr("triage.cli.transcribe.load_recogniser", lambda settings: transcriber)
    monkeypatch.setattr(
        "triage.cli.classify.load_text_pipeline", lambda settings: TextPipeline(classifier, load_taxonomy())
    )
    monkeypatch.setenv("TRIAGE_MAX_BYTES", str(MAX_BYTES))
    monkeypatch.setenv("TRIAGE_MAX_SECONDS", str(MAX_SECONDS))


def triage(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def recording(tmp_path):
    file = tmp_path / "satu.wav"
    file.write_bytes(good())
    return file


class TestOneRecording:
    def test_json_is_the_suggestion_and_a_line_feed(self, recording):
        result = triage("call", recording, "--json")
        assert result.exit_code == 0
        suggestion = Suggestion.model_validate_json(result.stdout)
        assert result.stdout == suggestion.to_json() + "\n"
        assert suggestion.call_id == f"call-{suggestion.audio.sha256[:16]}"
        assert suggestion.audio.file == "satu.wav"
        assert suggestion.complaint_type[0].code == "pohon_tumbang"

    def test_the_card_shows_what_an_operator_needs(self, recording):
        out = triage("call", recording).stdout
        for words in (
            "satu.wav",
            "tiket 90%",
            "prioritas P2",
            "Pohon tumbang 80%",
            "Pasar Panjang",
            DEMO,
            "pohon tumbang di",
        ):
            assert words in out

    def test_only_trusted_words_reach_the_classifier(self, recording, classifier):
        triage("call", recording)
        [turns] = classifier.asked
        assert [turn.text for turn in turns] == ["halo ada pohon tumbang di pasar panjang"]


class TestSeveralRecordings:
    def test_table_and_json_lines(self, tmp_path, recording):
        (tmp_path / "dua.wav").write_bytes(wav(tone(3)))
        out = tmp_path / "build" / "out.jsonl"
        result = triage("call", tmp_path, "--jsonl", out)
        assert result.exit_code == 0
        lines = [Suggestion.model_validate_json(line) for line in out.read_text().splitlines()]
        assert [line.audio.file for line in lines] == ["dua.wav", "satu.wav"]
        for words in (
            "dua.wav",
            "satu.wav",
            "pohon_tumbang 80%",
            "DLHK 90%",
            "halo ada pohon",
            "0/1",
            f"Peringatan: {DEMO}",
        ):
            assert words in result.stdout

    def test_json_is_refused(self, tmp_path, recording):
        (tmp_path / "dua.wav").write_bytes(good())
        result = triage("call", tmp_path, "--json")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--jsonl" in result.stderr

    def test_a_bad_one_is_reported_and_the_others_are_answered(self, tmp_path, recording):
        (tmp_path / "rusak.wav").write_bytes(b"bukan suara")
        out = tmp_path / "out.jsonl"
        result = triage("call", tmp_path, "--jsonl", out)
        assert result.exit_code == 2
        assert "recording_not_audio" in result.stderr
        assert "rusak.wav" in result.stdout
        assert [json.loads(line)["audio"]["file"] for line in out.read_text().splitlines()] == ["satu.wav"]

    def test_a_transcriber_that_fails_on_one_does_not_lose_the_others(self, tmp_path, recording, monkeypatch):
        (tmp_path / "dua.wav").write_bytes(wav(tone(3)))
        transcribe = FakeTranscriber.transcribe

        def fail_on_long_ones(self, recording, progress=None):
            if recording.duration > 2.5:
                raise TranscriberError("transcriber_down", "mati", "down")
            return transcribe(self, recording, progress)

        monkeypatch.setattr(FakeTranscriber, "transcribe", fail_on_long_ones)
        out = tmp_path / "out.jsonl"
        result = triage("call", tmp_path, "--jsonl", out)
        assert result.exit_code == 4
        assert "[transcriber_down]" in result.stderr
        assert [json.loads(line)["audio"]["file"] for line in out.read_text().splitlines()] == ["satu.wav"]

    def test_named_twice_is_answered_once(self, recording):
        assert triage("call", recording, recording, "--json").exit_code == 0

    def test_no_answer_leaves_no_file(self, tmp_path):
        (tmp_path / "rusak.wav").write_bytes(b"bukan suara")
        assert triage("call", tmp_path, "--jsonl", tmp_path / "out.jsonl").exit_code == 2
        assert not (tmp_path / "out.jsonl").exists()


class TestExpect:
    HEADER = "file,caller_text,operator_text,disposition,complaint_type,target_opd,ghost_kind,safety\n"

    def test_prints_how_many_are_right(self, tmp_path, recording):
        manifest = tmp_path / "manifest.csv"
        manifest.write_text(f"{self.HEADER}satu.wav,,,ticket,sampah,DLHK,,\n")
        result = triage("call", recording, "--expect", manifest)
        assert result.exit_code == 0
        assert "disposisi benar      1 dari 1" in result.stdout
        assert "jenis aduan benar    0 dari 1" in result.stdout

    def test_keeps_standard_output_pure_json(self, tmp_path, recording):
        manifest = tmp_path / "manifest.csv"
        manifest.write_text(f"{self.HEADER}satu.wav,,,ticket,sampah,DLHK,,\n")
        result = triage("call", recording, "--json", "--expect", manifest)
        assert Suggestion.model_validate_json(result.stdout).call_id.startswith("call-")
        assert "disposisi benar" in result.stderr


class TestBadInput:
    @pytest.mark.parametrize("bad", BAD_RECORDINGS, ids=lambda bad: bad.file)
    @pytest.mark.parametrize("command", ["call", "transcribe"])
    def test_exit_code_2_both_languages_no_traceback_nothing_written(self, tmp_path, bad, command):
        file = tmp_path / bad.file
        file.write_bytes(bad.data)
        result = triage(command, file)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"[{bad.code}]" in result.stderr
        assert re.search(r"^Galat: .+\nError: .+\n\Z", result.stderr, re.MULTILINE)
        assert "Traceback" not in result.stderr
        assert [path.name for path in tmp_path.iterdir()] == [bad.file]

    def test_a_missing_file_a_link_and_an_empty_folder(self, tmp_path, recording):
        link = tmp_path / "link.wav"
        link.symlink_to(recording)
        (tmp_path / "kosong").mkdir()
        for path, code in (
            (tmp_path / "tidak_ada.wav", "recording_not_found"),
            (link, "recording_not_a_file"),
            (tmp_path / "kosong", "folder_without_recordings"),
        ):
            result = triage("call", path)
            assert result.exit_code == 2
            assert f"[{code}]" in result.stderr

    def test_a_wrong_setting_is_named(self, monkeypatch, recording):
        monkeypatch.setenv("TRIAGE_BEAM_SIZE", "seratus")
        result = triage("call", recording)
        assert result.exit_code == 2
        assert "TRIAGE_BEAM_SIZE" in result.stderr


class TestOtherErrors:
    @pytest.mark.parametrize(("kind", "code"), [(ModelError, 3), (TranscriberError, 4)])
    def test_have_their_exit_codes(self, monkeypatch, recording, kind, code):
        def fail(settings):
            raise kind("broken", "rusak", "broken")

        monkeypatch.setattr("triage.cli.call.load_pipeline", fail)
        result = triage("call", recording)
        assert result.exit_code == code
        assert result.stderr == "Galat: rusak\nError: broken  [broken]\n"


class TestTranscribe:
    def test_prints_text_and_the_models_warning(self, recording):
        result = triage("transcribe", recording)
        assert result.stdout == "caller: halo ada pohon tumbang di pasar panjang\n"
        assert result.stderr == f"Peringatan: {DEMO}\n"

    def test_one_file_only_for_structured_formats(self, tmp_path, recording):
        (tmp_path / "dua.wav").write_bytes(good())
        assert triage("transcribe", tmp_path, "--format", "srt").exit_code == 2
        assert [line for line in triage("transcribe", tmp_path).stdout.splitlines() if line.startswith("==")] == [
            "== dua.wav",
            "== satu.wav",
        ]


class TestClassify:
    def test_answers_both_shapes_line_by_line(self, tmp_path):
        file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        turns = [{"speaker": "operator", "text": "halo"}, {"speaker": "caller", "text": "pohon tumbang"}]
        file.write_text(
            json.dumps({"id": "x1", "text": "pohon"}) + "\n" + json.dumps({"id": "x2", "turns": turns}) + "\n"
        )
        result = triage("classify", file, "--out", out)
        assert result.exit_code == 0
        first, second = (Suggestion.model_validate_json(line) for line in out.read_text().splitlines())
        assert (first.call_id, second.call_id) == ("x1", "x2")
        assert (first.audio, first.transcript, first.versions.recogniser) == (None, None, "none")
        assert triage("classify", file).stdout == out.read_text()

    def test_more_calls_than_a_batch_keep_their_order(self, tmp_path):
        file = tmp_path / "in.jsonl"
        file.write_text("".join(json.dumps({"id": f"c{n}", "text": "pohon"}) + "\n" for n in range(50)))
        lines = triage("classify", file).stdout.splitlines()
        assert [json.loads(line)["call_id"] for line in lines] == [f"c{n}" for n in range(50)]

    def test_a_bad_line_is_named_and_nothing_is_written(self, tmp_path):
        file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        file.write_text('{"id": "x1", "text": "pohon"}\n{"id": "x2"}\n')
        result = triage("classify", file, "--out", out)
        assert (result.exit_code, out.exists()) == (2, False)
        assert "baris yang salah: 2:" in result.stderr
