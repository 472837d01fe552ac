import numpy as np
import pytest
from support.labelled import LABELS

from training.classifier.dataset import Example
from training.classifier.linear import counts, weighted
from training.classifier.opd import fit_opd

DLHK, PLN = (LABELS.target_opd.index(code) for code in ("DLHK", "PLN"))


def fallen(text, opd, weight=1.0):
    return Example(text, "call", complaint_type="pohon_tumbang", target_opd=opd, weight=weight)


def scores(examples, asked):
    """The scores (OPDs,) that weights fitted on the examples give to a text."""
    ones = np.ones(2 << 10, dtype=np.float32)
    rows = weighted(counts([example.text for example in examples], 10), ones, 10)
    return (weighted(counts([asked], 10), ones, 10) @ fit_opd(rows, examples, LABELS))[0]


CABLE = [
    *(fallen(f"pohon tumbang menimpa kabel {where}", "PLN") for where in ("rumah", "pasar", "masjid")),
    *(fallen(f"pohon tumbang menutup jalan {where}", "DLHK") for where in ("rumah", "pasar", "masjid")),
]


class TestFitOpd:
    def test_what_calls_for_the_exception_speaks_for_it(self):
        found, other = scores(CABLE, "kabel"), scores(CABLE, "jalan")
        assert found[PLN] > found[DLHK] and other[DLHK] > other[PLN]

    def test_what_the_type_already_says_moves_nothing(self):
        said = [Example("sampah bau busuk", "call", complaint_type="sampah", target_opd="DLHK")]
        assert scores(said, "sampah bau busuk") == pytest.approx(np.zeros(3), abs=1e-6)

    def test_the_weight_of_an_example_counts(self):
        lighter = [fallen(one.text, one.target_opd, 0.1 if one.target_opd == "PLN" else 1.0) for one in CABLE]
        assert scores(lighter, "kabel")[PLN] < scores(CABLE, "kabel")[PLN]

    @pytest.mark.parametrize(
        "unusable",
        [
            Example("sampah", "phrase", complaint_type="sampah"),
            Example("sampah", "call", complaint_type="sampah", target_opd="PLN"),
        ],
        ids=["not judged", "forbidden"],
    )
    def test_without_a_known_opd_it_says_nothing(self, unusable):
        assert not scores([unusable], "sampah").any()
