"""The page of a classifier, for figures that the evaluation's own functions make of a few calls."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from support.labelled import answer, prank, ticket

from training.classifier.evaluation.contract import contract, coverage_at, risk_coverage
from training.classifier.evaluation.judged import from_classification
from training.classifier.evaluation.measures import by_ghost_kind, by_type, certainty, measure, reliability
from training.classifier.evaluation.report import figure, table, write_report
from training.classifier.evaluation.run import by_slice, confusions, intervals
from training.classifier.evaluation.titles import COLUMN_TITLES, MEASURE_TITLES
from training.classifier.publish import COLUMNS
from training.corpus.bundled import Corpus
from triage.errors import InputError
from triage.taxonomy import load_taxonomy

CALLS = [
    ticket("A1"),
    ticket("A2", said="air naik mi ini toh kodong", target_opd="PUPR"),
    ticket("A3", complaint_type="sampah", target_opd="DLHK", priority="P3", safety="S1"),
    prank(),
]
ANSWERS = [
    answer(sure_of="type", pick_list=("banjir",)),
    answer(sure_of="opd", pick_list=("banjir", "sampah")),
    answer(pick_list=("banjir", "sampah")),
    answer(disposition={"ticket": 0.1, "information": 0.1, "ghost": 0.8}),
]
EXTRA = {
    "learning_curve": [
        {"texts_a_type": size, "calls_linear": 0.3, "calls_svm": 0.2, "all_linear": 0.5 + size / 1000, "all_svm": 0.4}
        for size in (5, 10)
    ],
    "spoken": {"calls": 40, "type_macro_f1_text": 0.8125, "type_macro_f1_speech": 0.5625},
    "speed": {"words": 150, "median_ms": 10.5, "median_ms_with_evidence": 12.25, "batch_over_single": 1.0625},
}
VOID = {"meta", "img"}


def figures():
    """What training.classifier.evaluation.run.evaluate gives, for CALLS and ANSWERS."""
    judged = [from_classification(one) for one in ANSWERS]
    pairs = list(zip(CALLS, judged, strict=True))
    confidence, right = certainty([pair for pair in pairs if pair[0].complaint_type])
    corpus = Corpus(calls=[], phrases=[], validation=CALLS, taxonomy=load_taxonomy())
    both = ("model", "svm_all")
    return {
        "calls": len(CALLS),
        "columns": {name: measure(CALLS, judged) for name in COLUMNS},
        "intervals": intervals(CALLS, judged),
        "types": {code: row | {"svm_recall": row["recall"]} for code, row in by_type(pairs).items()},
        "ghost_kinds": by_ghost_kind(pairs),
        "confusions": confusions(CALLS, judged),
        "reliability": reliability(confidence, right),
        "risk_coverage": dict.fromkeys(both, risk_coverage(confidence, right)),
        "coverage_at_95": dict.fromkeys(both, coverage_at(confidence, right)),
        "contract": contract(CALLS, ANSWERS),
        "slices": by_slice(corpus, dict.fromkeys(both, judged) | {"misheard": [*judged, *judged]}),
    }


def trained(model):
    """The part that training adds, as training.classifier.evaluation.folds.cross_validation gives it."""
    part = {"calls": 3, "model": model, "svm_calls": {"type_macro_f1": 0.4375}}
    return {"cross_validation": {"folds": 4, "near_duplicates": 0, "stories": part, "writers": part}}


class Page(HTMLParser):
    """Visible text, table cells, headings and images of a page, and whether its elements close."""

    def __init__(self, source):
        super().__init__()
        self.open, self.text, self.cells, self.headings, self.images = [], "", [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.images.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)
            for kind, found in (("td", self.cells), ("h2", self.headings)):
                if tag == kind:
                    found.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.text += data
        for kind, found in (("td", self.cells), ("h2", self.headings)):
            if kind in self.open:
                found[-1] += data


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """The page with every part."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    metrics = figures()
    write_report(metrics | EXTRA | {"training": trained(metrics["columns"]["model"])}, path)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The page with no more than the evaluation always gives."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(figures(), path)
    return path.read_text(encoding="utf-8")


class TestThePage:
    def test_is_whole_and_needs_no_other_file(self, full):
        page = Page(full)
        assert page.open == []
        assert all(image["src"].startswith("data:image/svg+xml") for image in page.images)
        assert not re.search(r'(?:src|href)="(?!data:)', full)

    def test_every_picture_says_in_words_what_it_shows(self, full):
        images = Page(full).images
        assert len(images) == 4
        assert [image["alt"] for image in images] == [
            "peluang 90,0%: benar 66,7%",
            "Bagian terbesar dengan 95% benar: model 66,7%, SVM 66,7%.",
            "sampah dijawab banjir: 1",
            "5: 0,505; 10: 0,510",
        ]

    def test_writes_numbers_with_a_decimal_comma(self, full):
        page = Page(full)
        assert [cell for cell in page.cells if re.search(r"\d\.\d", cell)] == []
        spoken = page.text[: page.text.index("Asal angka-angka ini")]
        assert re.search(r"\d\.\d", spoken) is None
        assert all(number in spoken for number in ("0,812", "0,562", "10,500 ms", "12,250 ms", "66,7%"))

    def test_has_a_row_for_every_measure_slice_type_and_ghost_kind(self, full):
        text = Page(full).text
        for title in (*MEASURE_TITLES.values(), "Melayu Kendari", "20% kata salah dengar", "prank_anak", "sampah"):
            assert title in text, title

    def test_shows_what_the_limits_promise_and_cost(self, full):
        cells = Page(full).cells
        start = cells.index("33,3%", cells.index("1 panggilan"))
        assert cells[start : start + 2] == ["33,3%", "100,0%"]

    def test_names_the_folds_and_the_versions(self, full):
        text = Page(full).text
        assert "4 lipatan" in text and "0,438" in text
        assert re.search(r"triage112 \d.*onnxruntime \d.*torch \d", text, re.DOTALL)

    def test_is_the_same_at_every_run(self, bare, tmp_path):
        write_report(figures(), tmp_path / "again.html")
        assert (tmp_path / "again.html").read_text(encoding="utf-8") == bare

    def test_leaves_out_the_parts_that_were_not_measured(self, full, bare):
        gone = set(Page(full).headings) - set(Page(bare).headings)
        assert gone == {
            "Kurva belajar (cabang linear, tanpa transformer)",
            "Diucapkan dan didengar",
            "Validasi silang (dicatat saat pelatihan)",
            "Kecepatan",
        }

    def test_of_calls_without_ghosts_has_no_table_of_them(self, tmp_path):
        write_report(figures() | {"ghost_kinds": {}}, tmp_path / "r.html")
        assert "Tiap macam ghost" not in Page((tmp_path / "r.html").read_text(encoding="utf-8")).headings

    def test_that_cannot_be_written_is_an_input_error(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(InputError):
            write_report(figures(), tmp_path / "file" / "report.html")


class TestTitles:
    def test_every_figure_and_column_has_one(self):
        metrics = figures()
        assert set(MEASURE_TITLES) == set(metrics["columns"]["model"])
        assert list(COLUMN_TITLES) == list(COLUMNS)
        assert set(metrics["intervals"]) <= set(MEASURE_TITLES)


class TestFigure:
    @pytest.mark.parametrize(
        ("value", "written"), [(0.5, "0,500"), (12.3456, "12,346"), (float("nan"), "-"), (None, "-")]
    )
    def test_has_three_decimals_and_a_comma(self, value, written):
        assert figure(value) == written


class TestTheTable:
    def test_has_a_row_a_measure_and_a_column_a_reading(self):
        found = table(figures())
        assert len(found.columns) == 1 + len(COLUMNS)
        assert found.row_count == len(MEASURE_TITLES)
        assert "4 panggilan" in str(found.title)


class TestConfusions:
    def test_the_commonest_comes_first_and_ghosts_are_left_out(self):
        judged = from_classification(answer())
        other = replace(judged, types=("odgj",))
        calls = [ticket(f"A{n}", complaint_type="sampah") for n in range(3)]
        assert confusions([*calls, prank()], [judged, judged, other, judged]) == [
            {"true": "sampah", "answered": "banjir", "calls": 2},
            {"true": "sampah", "answered": "odgj", "calls": 1},
        ]
