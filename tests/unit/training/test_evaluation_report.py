"""The report: one page, whole or in part, that needs nothing else."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from training.evaluation.gates import check
from training.evaluation.report import percent, write_report
from triage.errors import InputError


def _rate(wer: float) -> dict[str, float]:
    return {
        "wer": wer, "wer_low": wer - 0.01, "wer_high": wer + 0.01, "cer": wer / 2,
        "words": 100, "recordings": 10, "doubted_segments": 0.05,
    }  # fmt: skip


NAMES = (
    "turns", "turns_known_voices", "dialogues", "dialogues_mono", "clean", "level_-45dbfs", "level_-5dbfs", "codec_gsm",
    "codec_amr_low", "loss_2pct", "echo", "children", "slow", "noise_rain_20db", "noise_rain_5db",
    "noise_jalan_raya_10db",
)  # fmt: skip
METRICS = {
    "recogniser": "whisper <uji> 1",
    "command": "triage evaluate recogniser",
    "clips": 100,
    "dialogues": 60,
    "slices": {name: _rate(0.1012 + 0.02 * index) for index, name in enumerate(NAMES)},
    "samples": _rate(0.777),
    "word_start_error": {"median": 0.044, "p90": 0.155, "words": 987},
    "loops": 5,
    "segments": 6789,
    "calls": {
        "calls": 300, "wrong_incident": 0.111, "wrong_incident_suggested": 0.0612, "wrong_incident_undoubted": 0.0234,
        "lost_as_ghost": 0.0071, "flagged": 0.412, "listen": 0.222, "type_macro_f1_text": 0.7654,
        "type_macro_f1_speech": 0.7, "places": 50, "place_recall": 0.8123, "place_words": 90,
        "place_word_recall": 0.6543,
    },
    "nonspeech": {
        "minutes": 60, "words": 4, "words_undoubted": 1,
        "by_kind": {"rain": {"minutes": 59, "words": 3, "words_undoubted": 1}},
        "babble": {"minutes": 10, "words": 321, "words_undoubted": 12},
    },
    "speed": {"rtf_long": 0.1234, "rtf_short": 0.2345, "peak_mb": 456},
}  # fmt: skip


class _Page(HTMLParser):
    """What a page shows: its tags with their attributes, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(path.read_text("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def close(self) -> None:
        super().close()
        assert self.open == []

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> _Page:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(METRICS, path)
    return _Page(path)


class TestWholeReport:
    @pytest.mark.parametrize("name", NAMES)
    def test_shows_the_figures_of_every_slice(self, page: _Page, name: str) -> None:
        rate = METRICS["slices"][name]
        assert name in page.text
        for key in ("wer", "wer_low", "wer_high", "cer"):
            assert percent(rate[key]) in page.text

    def test_shows_calls_sounds_speed_and_origin(self, page: _Page) -> None:
        for shown in (
            "2,3%",
            "41,2%",
            "76,5%",
            "81,2%",
            "65,4%",
            "321",
            "0,1234",
            "456",
            "0,044",
            "77,7%",
            "Hujan",
            "5 dari 6789",
        ):
            assert shown in page.text
        assert METRICS["recogniser"] in page.text
        assert METRICS["command"] in page.text
        assert "jiwer 4" in page.text

    def test_begins_with_the_gates_and_marks_them_in_words(self, page: _Page) -> None:
        gates = check(METRICS)
        marks = [mark.strip() for mark in page.text.split("\n") if mark.strip() in ("✓ lulus", "✗ tidak lulus")]
        assert marks == ["✓ lulus" if gate.passed else "✗ tidak lulus" for gate in gates]
        assert page.text.index("Syarat penerimaan") < page.text.index("WER menurut irisan utama")

    def test_plots_say_in_words_what_they_show(self, page: _Page) -> None:
        plots = page.all("img")
        assert len(plots) == 6
        assert all("WER: " in plot["alt"] for plot in plots)
        assert percent(METRICS["slices"]["noise_rain_5db"]["wer"]) in plots[-1]["alt"]

    def test_needs_no_other_file(self, page: _Page) -> None:
        assert not page.all("script")
        assert not page.all("link")
        assert all(plot["src"].startswith("data:image/") for plot in page.all("img"))
        assert "url(" not in page.text

    def test_is_in_indonesian(self, page: _Page) -> None:
        assert page.all("html") == [{"lang": "id"}]

    def test_is_the_same_every_time(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            write_report(METRICS, tmp_path / name)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


class TestPartOfAReport:
    def test_a_sites_own_recordings(self, tmp_path: Path) -> None:
        write_report({"recogniser": "x", "slices": {"recordings": _rate(0.4321)}}, tmp_path / "r.html")
        page = _Page(tmp_path / "r.html")
        assert "Rekaman sendiri" in page.text
        assert "43,2%" in page.text
        assert len(page.all("img")) == 1
        for absent in ("Syarat penerimaan", "Kecepatan", "Panggilan yang diucapkan", "padahal tidak ada", "Perintah"):
            assert absent not in page.text

    @pytest.mark.parametrize("part", [name for name in METRICS if name != "slices"])
    def test_any_part_may_be_missing(self, tmp_path: Path, part: str) -> None:
        write_report({name: value for name, value in METRICS.items() if name != part}, tmp_path / "r.html")
        assert "Semua irisan" in _Page(tmp_path / "r.html").text

    def test_rates_of_another_recogniser_have_no_doubts(self, tmp_path: Path) -> None:
        rate = {key: value for key, value in _rate(0.2).items() if key != "doubted_segments"}
        write_report({"recogniser": "x", "slices": {"turns": rate}}, tmp_path / "r.html")
        assert "20,0%" in _Page(tmp_path / "r.html").text

    def test_a_slice_without_words_has_no_rate(self, tmp_path: Path) -> None:
        empty = dict.fromkeys(_rate(0), float("nan")) | {"words": 0, "recordings": 0}
        write_report({"recogniser": "x", "slices": {"recordings": empty}}, tmp_path / "r.html")
        page = _Page(tmp_path / "r.html")
        assert "nan" not in page.text.lower().split("semua irisan")[1]
        assert not page.all("img")


class TestWriting:
    def test_a_path_that_cannot_be_written_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(InputError, match="cannot be written"):
            write_report(METRICS, tmp_path / "file" / "r.html")
