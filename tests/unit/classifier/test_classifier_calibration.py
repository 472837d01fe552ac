import numpy as np
import pytest

from training.classifier.calibrate import calibrate
from training.classifier.dataset import Example
from training.classifier.measures import expected_calibration_error, measure
from training.corpus.load import Call
from triage.classifier.labels import Labels
from triage.classifier.model import Classification

LABELS = Labels(
    disposition=("ticket", "information", "ghost"),
    complaint_type=("banjir", "sampah"),
    target_opd=("BPBD", "DLHK"),
    priority=("P1", "P2", "P3", "P4"),
    ghost_kind=("panggilan_tes",),
    opd_prior={"banjir": {"BPBD": 1.0}, "sampah": {"DLHK": 1.0}},
    priority_prior=dict.fromkeys(("banjir", "sampah"), dict.fromkeys(("P1", "P2", "P3", "P4"), 0.25)),
)


class TestTemperature:
    def test_takes_back_the_overconfidence_it_finds(self):
        # Right three times in four, but with odds of e^6: the temperature that makes it 3 to 1 is 6 / log 3.
        examples = [Example("x", "call", complaint_type="banjir" if n % 4 else "sampah") for n in range(400)]
        deep = np.zeros((400, LABELS.outputs), dtype=np.float32)
        deep[:, LABELS.slices()["complaint_type"].start] = 6.0
        fitted = calibrate(deep, np.zeros_like(deep), examples, LABELS)
        assert fitted.temperature["complaint_type"] == pytest.approx(6 / np.log(3), rel=1e-3)
        assert fitted.temperature["disposition"] == 1.0  # nothing to fit it on

    def test_the_linear_branch_is_added_when_it_knows_more(self):
        chance = np.random.default_rng(1)
        truth = chance.integers(0, 2, 200)
        examples = [Example("x", "call", complaint_type=LABELS.complaint_type[kind]) for kind in truth]
        deep = chance.normal(size=(200, LABELS.outputs)).astype(np.float32)
        wide = np.zeros_like(deep)
        wide[:, LABELS.slices()["complaint_type"].start] = np.where(truth == 0, 2, -2)
        assert calibrate(deep, wide, examples, LABELS).share >= 2
        assert calibrate(wide, deep, examples, LABELS).share == 0


class TestMeasures:
    def test_expected_calibration_error(self):
        confidence = np.asarray([0.95, 0.95, 0.55, 0.55])
        right = np.asarray([True, False, True, False])
        assert expected_calibration_error(confidence, right) == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)

    def test_counts_ghosts_and_valid_calls_apart(self):
        ticket = Call(id="a", turns=(), disposition="ticket", complaint_type="banjir", target_opd="BPBD", priority="P1")
        other = ticket.model_copy(update={"id": "b", "complaint_type": "sampah", "safety": "S2"})
        ghost = Call(id="c", turns=(), disposition="ghost", ghost_kind="panggilan_tes")
        answer = Classification(
            disposition={"ghost": 0.8, "ticket": 0.2},
            complaint_type={"banjir": 0.9, "sampah": 0.1},
            target_opd={"BPBD": 1.0},
            priority={"P1": 1.0},
            ghost_kind={"panggilan_tes": 1.0},
        )
        figures = measure([ticket, other, ghost], [answer] * 3)
        assert figures["type_accuracy"] == 0.5
        assert figures["type_top3"] == 1.0
        assert figures["disposition_accuracy"] == pytest.approx(1 / 3)
        assert (figures["ghost_recall"], figures["false_ghost_rate"]) == (1.0, 1.0)
        assert figures["safety_called_ghost"] == 1
        assert figures["p1_recall"] == 1.0
