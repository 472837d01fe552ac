from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from support.labelled import LABELS, logits

from triage.classifier.answer import Interpreter
from triage.classifier.labels import HEADS
from triage.classifier.model import EvidenceSpan, Limits

EVEN = dict.fromkeys(HEADS, 1.0)
ANY_LOGITS = arrays(np.float32, LABELS.outputs, elements=st.floats(-30, 30, width=32))
LIMITS = Limits(single_type=0.7, single_opd=0.8, pick_list=0.9, safety=0.3)


def interpreter(limits=None, ghost_bias=0.0, urgency_bias=0.0, **temperature):
    return Interpreter(LABELS, EVEN | temperature, urgency_bias, ghost_bias, limits)


def named(found, **changes):
    one = interpreter(**changes)
    return one.named(one.distributions(found))


class TestDistributions:
    @given(ANY_LOGITS)
    @settings(derandomize=True, deadline=None)
    def test_each_sums_to_one_and_forbids_what_the_taxonomy_forbids(self, found):
        one = interpreter(complaint_type=0.5, target_opd=3.0).distributions(found)
        for name, shares in asdict(one).items():
            assert np.asarray(shares).sum(axis=-1) == pytest.approx(1), name
        assert (one.opd_given_type[LABELS.log_opd_prior() == -np.inf] == 0).all()

    def test_a_head_is_cooled_by_its_own_temperature(self):
        found = logits(complaint_type={"banjir": 2.0}, disposition={"ticket": 2.0})
        one = interpreter(complaint_type=2.0).distributions(found)
        assert one.complaint_type[0] / one.complaint_type[1] == pytest.approx(np.e)
        assert one.disposition[0] / one.disposition[1] == pytest.approx(np.e**2)

    def test_the_opd_prior_cools_with_its_head(self):
        fallen = LABELS.complaint_type.index("pohon_tumbang")
        warm = interpreter(target_opd=1.0).distributions(logits()).opd_given_type[fallen]
        cool = interpreter(target_opd=2.0).distributions(logits()).opd_given_type[fallen]
        assert (warm[1] / warm[2], cool[1] / cool[2]) == pytest.approx((3.0, 3**0.5))

    def test_the_ghost_bias_counts_against_ghosts_alone(self):
        found = logits(disposition={"ghost": 2.0, "ticket": 1.0})
        free, against = (interpreter(ghost_bias=bias).distributions(found).disposition for bias in (0.0, -1.5))
        assert against[2] / against[0] == pytest.approx(free[2] / free[0] * np.exp(-1.5))
        assert against[1] / against[0] == pytest.approx(free[1] / free[0])

    def test_the_urgency_bias_lifts_the_first_priority(self):
        free, urgent = (interpreter(urgency_bias=bias).distributions(logits()).priority for bias in (0.0, 1.0))
        assert urgent[0] / urgent[1] == pytest.approx(np.e * free[0] / free[1])
        assert urgent[1] == pytest.approx(urgent[3])


class TestNamed:
    @given(ANY_LOGITS)
    @settings(derandomize=True, deadline=None)
    def test_names_every_code_likeliest_first_and_never_contradicts_itself(self, found):
        answer = named(found)
        for head in HEADS:
            shares = getattr(answer, head)
            assert set(shares) == set(LABELS.codes(head))
            assert list(shares.values()) == sorted(shares.values(), reverse=True)
            assert sum(shares.values()) == pytest.approx(1)
        assert next(iter(answer.target_opd)) in LABELS.opd_prior[next(iter(answer.complaint_type))]

    def test_ties_stay_in_the_order_of_the_labels(self):
        assert tuple(named(logits()).complaint_type) == LABELS.complaint_type

    def test_carries_the_evidence(self):
        one, span = interpreter(), EvidenceSpan(0, 1, 2, "banjir", 0.5)
        assert one.named(one.distributions(logits()), (span,)).evidence == (span,)


class TestLimits:
    SURE = logits(complaint_type={"banjir": 5.0}, safety={"S1": 3.0})
    UNSURE = logits(
        complaint_type={"sampah": 5.0, "pohon_tumbang": 5.0}, target_opd={"DLHK": 5.0}, safety={"none": 5.0}
    )

    def test_say_how_far_an_answer_carries(self):
        answer = named(self.SURE, limits=LIMITS)
        assert (answer.sure_of, answer.pick_list, answer.suspected) == ("type", ("banjir",), "S1")

    def test_leave_the_opd_where_two_types_are_alike(self):
        answer = named(self.UNSURE, limits=LIMITS)
        assert (answer.sure_of, answer.suspected) == ("opd", None)
        assert set(answer.pick_list) == {"sampah", "pohon_tumbang"}

    def test_change_no_distribution(self):
        with_limits, without = (named(self.UNSURE, limits=limits) for limits in (LIMITS, None))
        assert all(getattr(with_limits, head) == getattr(without, head) for head in HEADS)

    def test_unknown_make_it_sure_of_nothing(self):
        answer = named(self.SURE)
        assert (answer.sure_of, answer.pick_list, answer.suspected) == (None, (), None)


class TestNothingKnown:
    def test_is_even_and_sure_of_nothing_whatever_limits_and_biases(self):
        no_limit = Limits(single_type=0.0, single_opd=0.0, pick_list=0.0, safety=0.0)
        answer = interpreter(limits=no_limit, ghost_bias=-2.0, urgency_bias=1.0).nothing_known()
        for head in HEADS:
            shares = getattr(answer, head)
            assert sum(shares.values()) == pytest.approx(1), head
            if head != "target_opd":
                assert len({round(share, 12) for share in shares.values()}) == 1, head
        assert (answer.sure_of, answer.pick_list, answer.suspected, answer.evidence) == (None, (), None, ())

    def test_shares_out_each_type_evenly_and_keeps_the_first_pair_allowed(self):
        # By the sum over types 1/3, 1/2, 1/6; but the first type forbids DLHK, so BPBD is drawn level with it.
        answer = interpreter().nothing_known()
        assert answer.target_opd == pytest.approx({"BPBD": 3 / 7, "DLHK": 3 / 7, "PLN": 1 / 7}, abs=1e-5)
        assert (next(iter(answer.complaint_type)), next(iter(answer.target_opd))) == ("banjir", "BPBD")
