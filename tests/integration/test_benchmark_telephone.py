"""`triage benchmark telephone` from seed to score: real voices, line and command line; a scripted transcriber."""

import csv
import io
import json
import re
import wave
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from support.calls import FakeTranscriber, segment
from typer.testing import CliRunner, Result

from training.evaluation.items import Item
from training.evaluation.sets import telephone_items
from triage.cli.main import app

SLICES = ["turns", "turns_known_voices", "dialogues", "dialogues_mono", "clean"]
RECORDINGS = 7
"""Two clips each of two slices, a dialogue, the same in mono, one clean clip."""


def _triage(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["benchmark", "telephone", *(str(argument) for argument in arguments)])


def _first(*asked: object) -> Iterator[Item]:
    return islice(telephone_items(*asked), RECORDINGS)


def _make(folder: Path) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.benchmark.telephone.telephone_items", _first)
        return _triage("make", folder, "--clips", 2, "--dialogues", 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benchmark") / "telephone"
    made = _make(folder)
    assert made.exit_code == 0, made.output
    assert f"{RECORDINGS} rekaman" in made.stdout
    return folder


@pytest.fixture
def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "references.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _hypotheses(path: Path, rows: list[dict[str, str]], columns: tuple[str, ...] = ("file", "channel", "text")) -> Path:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([columns, *([row[column] for column in columns] for row in rows)])
    path.write_text(buffer.getvalue(), encoding="utf-8")
    return path


class TestMake:
    def test_writes_what_the_references_name(self, folder: Path, rows: list[dict[str, str]]) -> None:
        assert list(dict.fromkeys(row["slice"] for row in rows)) == SLICES
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.wav")}
        assert files == {row["file"] for row in rows}
        assert len(files) == RECORDINGS
        for row in rows:
            assert row["file"].startswith(f"audio/{row['slice']}/")
            assert len(row["word_starts"].split()) == len(row["text"].split())

    def test_writes_8_khz_pcm_with_the_caller_on_the_left(self, folder: Path, rows: list[dict[str, str]]) -> None:
        channels: dict[str, list[str]] = {}
        for row in rows:
            channels.setdefault(row["file"], []).append(row["channel"])
        for file, roles in channels.items():
            with wave.open(str(folder / file)) as sound:
                assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, len(roles))
            assert roles in (["mixed"], ["caller", "operator"])

    def test_says_in_the_manifest_how_it_was_made(self, folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        assert (manifest["seed"], manifest["clips"], manifest["dialogues"], manifest["noises"]) == (112, 2, 1, [])
        assert list(manifest["slices"]) == SLICES
        assert sum(counts["recordings"] for counts in manifest["slices"].values()) == manifest["recordings"]
        assert {"espeakng-loader", "numpy", "scipy"} <= set(manifest["versions"])

    def test_again_says_the_same(self, folder: Path, rows: list[dict[str, str]], tmp_path: Path) -> None:
        assert _make(tmp_path / "again").exit_code == 0
        with (tmp_path / "again" / "references.csv").open(encoding="utf-8", newline="") as file:
            again = list(csv.DictReader(file))
        assert [(r["file"], r["channel"], r["text"]) for r in again] == [
            (r["file"], r["channel"], r["text"]) for r in rows
        ]

    def test_does_not_write_over_a_folder(self, folder: Path) -> None:
        again = _make(folder)
        assert again.exit_code == 2
        assert "[benchmark_folder_exists]" in again.stderr

    def test_a_run_that_is_killed_leaves_no_folder_and_the_next_begins_anew(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def killed(*asked: object) -> Iterator[Item]:
            yield from islice(telephone_items(*asked), 1)
            raise KeyboardInterrupt

        monkeypatch.setattr("training.benchmark.telephone.telephone_items", killed)
        assert _triage("make", tmp_path / "set").exit_code != 0
        assert not (tmp_path / "set").exists()
        [partial] = tmp_path.iterdir()
        (partial / "left-over.txt").write_text("")
        monkeypatch.setattr("training.benchmark.telephone.telephone_items", _first)
        assert _triage("make", tmp_path / "set").exit_code == 0
        assert [path.name for path in tmp_path.iterdir()] == ["set"]
        assert {path.name for path in (tmp_path / "set").iterdir()} == {"audio", "manifest.json", "references.csv"}

    def test_a_noise_folder_without_sound_is_refused(self, tmp_path: Path) -> None:
        refused = _triage("make", tmp_path / "set", "--noise", tmp_path)
        assert refused.exit_code == 2
        assert "[no_noises]" in refused.stderr


class TestRun:
    def test_writes_a_row_for_every_channel(
        self, folder: Path, rows: list[dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TRIAGE_CALLER_CHANNEL", "right")
        said = (segment("tolong pak"), segment("ada api,", start=2.0), segment("baik, di mana?", "operator"))
        asked = []

        def load(settings: object) -> FakeTranscriber:
            asked.append(settings)
            return FakeTranscriber(*said, segment("halo", "mixed"))

        monkeypatch.setattr("training.benchmark.telephone.load_transcriber", load)
        ran = _triage("run", folder, "large-v3-turbo", "--out", tmp_path / "h.csv")
        assert ran.exit_code == 0, ran.output
        assert (asked[0].recogniser, asked[0].caller_channel) == ("large-v3-turbo", "left")
        with (tmp_path / "h.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        assert [(row["file"], row["channel"]) for row in found] == [(row["file"], row["channel"]) for row in rows]
        heard = {"caller": "tolong pak ada api,", "operator": "baik, di mana?", "mixed": "halo"}
        assert all(row["text"] == heard[row["channel"]] for row in found)

    def test_of_an_unknown_model_exits_with_its_code(self, folder: Path, tmp_path: Path) -> None:
        assert _triage("run", folder, tmp_path / "tidak-ada", "--out", tmp_path / "h.csv").exit_code == 3
        assert not (tmp_path / "h.csv").exists()


class TestScore:
    def test_the_references_themselves_have_no_errors(
        self, folder: Path, rows: list[dict[str, str]], tmp_path: Path
    ) -> None:
        file = _hypotheses(tmp_path / "benar.csv", rows)
        scored = _triage("score", folder, file, "--json", tmp_path / "f.json", "--report", tmp_path / "r.html")
        assert (scored.exit_code, scored.stderr) == (0, "")
        figures = json.loads((tmp_path / "f.json").read_text("utf-8"))
        assert list(figures["slices"]) == SLICES
        assert {(rate["wer"], rate["cer"]) for rate in figures["slices"].values()} == {(0.0, 0.0)}
        assert (figures["recogniser"], figures["clips"], figures["missing_rows"]) == ("benar", 2, 0)
        page = (tmp_path / "r.html").read_text("utf-8")
        assert all(name in scored.stdout and name in page for name in SLICES)

    def test_a_missing_row_counts_as_words_not_heard_and_is_named(
        self, folder: Path, rows: list[dict[str, str]], tmp_path: Path
    ) -> None:
        file = _hypotheses(tmp_path / "h.csv", rows[1:])
        scored = _triage("score", folder, file, "--json", tmp_path / "f.json")
        assert scored.exit_code == 0
        assert re.search(rf"1 baris tidak ada.*{rows[0]['file']} \(mixed\)", scored.stderr)
        figures = json.loads((tmp_path / "f.json").read_text("utf-8"))
        words = [len(row["text"].split()) for row in rows if row["slice"] == rows[0]["slice"]]
        assert figures["slices"][rows[0]["slice"]]["wer"] == pytest.approx(words[0] / sum(words), abs=1e-3)
        assert figures["missing_rows"] == 1

    def test_spelling_does_not_count(self, folder: Path, rows: list[dict[str, str]], tmp_path: Path) -> None:
        loud = [row | {"text": row["text"].upper() + "."} for row in rows]
        scored = _triage("score", folder, _hypotheses(tmp_path / "h.csv", loud), "--json", tmp_path / "f.json")
        assert scored.exit_code == 0
        figures = json.loads((tmp_path / "f.json").read_text("utf-8"))
        assert all(rate["wer"] == 0 for rate in figures["slices"].values())


class TestBadInput:
    def _refused(self, folder: Path, file: Path, code: str) -> str:
        scored = _triage("score", folder, file)
        assert (scored.exit_code, scored.stdout) == (2, "")
        assert re.search(rf"^Galat: .+\nError: .+  \[{code}\]\n\Z", scored.stderr)
        return scored.stderr

    def test_rows_of_no_recording(self, folder: Path, rows: list[dict[str, str]], tmp_path: Path) -> None:
        strange = [*rows, rows[0] | {"file": "audio/turns/lain.wav"}, rows[0] | {"channel": "caller"}]
        said = self._refused(folder, _hypotheses(tmp_path / "h.csv", strange), "hypotheses_unknown_rows")
        assert "audio/turns/lain.wav (mixed)" in said
        assert f"{rows[0]['file']} (caller)" in said

    def test_a_row_twice(self, folder: Path, rows: list[dict[str, str]], tmp_path: Path) -> None:
        said = self._refused(folder, _hypotheses(tmp_path / "h.csv", [*rows, rows[2]]), "hypotheses_duplicate_rows")
        assert rows[2]["file"] in said

    def test_wrong_columns(self, folder: Path, rows: list[dict[str, str]], tmp_path: Path) -> None:
        file = _hypotheses(tmp_path / "h.csv", rows, ("file", "text"))
        assert "no column channel" in self._refused(folder, file, "hypotheses_columns")

    def test_semicolons_for_commas(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "h.csv").write_text("file;channel;text\n")
        self._refused(folder, tmp_path / "h.csv", "hypotheses_columns")

    @pytest.mark.parametrize("data", [b"", b"file,channel,text\n\xff\xfe,,\n"])
    def test_no_csv(self, folder: Path, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "h.csv").write_bytes(data)
        self._refused(folder, tmp_path / "h.csv", "hypotheses_(columns|unreadable)")

    def test_no_such_file(self, folder: Path, tmp_path: Path) -> None:
        self._refused(folder, tmp_path / "h.csv", "hypotheses_unreadable")

    def test_a_folder_that_is_no_benchmark(self, tmp_path: Path) -> None:
        self._refused(tmp_path, tmp_path / "h.csv", "benchmark_folder_invalid")

    def test_references_that_were_changed(self, folder: Path, tmp_path: Path) -> None:
        for name in ("manifest.json", "references.csv"):
            (tmp_path / name).write_bytes((folder / name).read_bytes())
        with (tmp_path / "references.csv").open("a") as file:
            file.write("audio/turns/lain.wav,turns,mixed,halo,0.1\n")
        self._refused(tmp_path, tmp_path / "h.csv", "benchmark_references_changed")
