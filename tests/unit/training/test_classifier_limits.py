import numpy as np
import pytest
from scipy.stats import binomtest
from support.labelled import answer, prank, ticket

from training.classifier.limits import (
    CONFIDENCE,
    OPD_PRECISION,
    PICK_LIST_COVERAGE,
    SAFETY_FALSE_ALARMS,
    TYPE_PRECISION,
    first,
    fit_limits,
    lower_bound,
    lowest_limit,
    pick_list_mass,
)
from triage.classifier.combine import softmax
from triage.classifier.labels import NO_EXCEPTION
from triage.classifier.pick import pick_list, sure_of, suspected

CODES = [f"t{number:02}" for number in range(12)]


def limit(confidence, right, precision=0.75):
    return lowest_limit(np.asarray(confidence), np.asarray(right, dtype=bool), precision)


def simulated(number, seed, overconfidence=2.0):
    """Calls whose type is drawn from a distribution, and answers that are surer than that distribution."""
    chance = np.random.default_rng(seed)
    pairs = []
    for index in range(number):
        scores = 2.5 * chance.normal(size=len(CODES))
        truth = CODES[chance.choice(len(CODES), p=softmax(scores))]
        shares = softmax(overconfidence * scores)
        order = np.argsort(-shares)
        types = {CODES[place]: float(shares[place]) for place in order}
        pairs.append((ticket(f"A{index}", complaint_type=truth), answer(complaint_type=types)))
    return pairs


def covered(pairs, mass):
    return np.mean([call.complaint_type in pick_list(found.complaint_type, mass) for call, found in pairs])


@pytest.fixture(scope="module")
def history():
    """400 calls: sure and right, unsure of the type but not of the OPD, unsure of both; and some ghosts."""
    chance = np.random.default_rng(7)
    calls, answers = [], []
    for index in range(400):
        share, doubt = 0.4 + 0.59 * chance.random(), 0.9 if index % 40 == 0 else float(0.2 * chance.random())
        right = chance.random() < (1.0 if share > 0.8 else share)
        opd = 0.5 + 0.5 * chance.random()
        opd_right = right or chance.random() < opd
        calls.append(
            ticket(
                f"A{index}",
                complaint_type="banjir" if right else "sampah",
                target_opd="BPBD" if opd_right else "DLHK",
                safety="S1" if index % 40 == 0 else None,
            )
        )
        answers.append(
            answer(
                complaint_type={"banjir": share, "sampah": 1 - share},
                target_opd={"BPBD": opd, "DLHK": 1 - opd},
                safety={"none": 1 - doubt, "S1": doubt},
            )
        )
    ghosts = [prank(f"B{number}") for number in range(30)]
    return [*calls, *ghosts], [*answers, *[answer(safety={"none": 0.0, "S1": 1.0})] * 30]


class TestFirst:
    def test_is_the_likeliest(self):
        assert first({"a": 0.2, "b": 0.8}) == ("b", 0.8)


class TestLowestLimit:
    STEPS = (0.9, 0.8, 0.7, 0.6, 0.5)
    OF_TEN = (10, 10, 5, 10, 3)
    """So many of ten answers of each step's confidence are right: 35 of 40 from 0.6 on, where the bound is 0.79."""

    def answers(self):
        confidence = [step for step in self.STEPS for _ in range(10)]
        right = [place < number for number in self.OF_TEN for place in range(10)]
        return confidence, right

    def test_answers_above_it_are_right_as_often_as_promised_by_the_lower_bound(self):
        assert limit(*self.answers(), precision=0.78) == 0.6
        assert limit(*self.answers(), precision=0.85) == 0.8

    def test_the_share_itself_is_not_enough(self):
        confidence, right = self.answers()
        share = np.mean(right[:40])
        assert share == 0.875 and limit(confidence, right, precision=share) == 0.8

    def test_more_answers_of_the_same_share_bring_it_down(self):
        confidence, right = self.answers()
        assert limit(confidence * 20, right * 20, precision=0.85) == 0.6

    def test_the_order_of_the_answers_does_not_matter(self):
        confidence, right = self.answers()
        assert limit(confidence[::-1], right[::-1], precision=0.78) == 0.6

    @pytest.mark.parametrize("answers", [([0.9, 0.8], [False, False]), ([0.9, 0.8], [True, True]), ([], [])])
    def test_is_one_where_nothing_keeps_the_promise(self, answers):
        assert limit(*answers) == 1.0


class TestLowerBound:
    def test_is_wilsons(self):
        found = lower_bound(np.asarray([45, 3]), np.asarray([50, 3]))
        for bound, right, answers in zip(found, (45, 3), (50, 3), strict=True):
            # Two-sided at 80 %: a tenth below.
            expected = binomtest(right, answers).proportion_ci(2 * CONFIDENCE - 1, "wilson").low
            assert bound == pytest.approx(expected)


class TestPickListMass:
    def test_covers_calls_it_was_not_fitted_on(self):
        mass = pick_list_mass(simulated(1500, seed=1), 0.9)
        others = simulated(1500, seed=2)
        assert 0.89 <= covered(others, mass) <= 0.94
        # Not by listing everything, and not as the overconfident probabilities alone would have it.
        assert np.mean([len(pick_list(found.complaint_type, mass)) for _, found in others]) < 4
        assert mass > 0.95

    def test_a_higher_promise_takes_a_larger_mass(self):
        pairs = simulated(500, seed=3)
        masses = [pick_list_mass(pairs, coverage) for coverage in (0.5, 0.8, 0.95)]
        assert masses == sorted(masses) and len(set(masses)) == 3

    def test_a_list_of_one_is_enough_where_the_first_is_always_right(self):
        pairs = [(ticket(), answer())] * 50
        assert pick_list_mass(pairs, 0.97) == 0.0
        assert pick_list(pairs[0][1].complaint_type, 0.0) == ("banjir",)


class TestFitLimits:
    def test_keep_what_they_promise_on_the_calls_they_were_fitted_on(self, history):
        calls, answers = history
        limits = fit_limits(calls, answers)
        served = [(call, one) for call, one in zip(calls, answers, strict=True) if call.complaint_type]
        levels = [sure_of(one, limits) for _, one in served]
        single = [
            call.complaint_type == "banjir" for (call, _), level in zip(served, levels, strict=True) if level == "type"
        ]
        opd = [call.target_opd == "BPBD" for (call, _), level in zip(served, levels, strict=True) if level == "opd"]
        assert np.mean(single) >= TYPE_PRECISION and np.mean(opd) >= OPD_PRECISION
        assert 0.3 * len(served) < len(single) < len(served) - len(opd)
        assert len(opd) > 20
        assert covered(served, limits.pick_list) >= PICK_LIST_COVERAGE

    def test_suspect_few_ordinary_calls_and_do_not_count_ghosts(self, history):
        calls, answers = history
        limits = fit_limits(calls, answers)
        ordinary = [one for call, one in zip(calls, answers, strict=True) if call.complaint_type and not call.safety]
        alarms = np.mean([suspected(one.safety, limits.safety) is not None for one in ordinary])
        assert 0 < alarms <= SAFETY_FALSE_ALARMS + 1 / len(ordinary)  # a quantile lies between two calls
        assert limits.safety < 1 - min(one.safety[NO_EXCEPTION] for one in ordinary)

    def test_suspect_nothing_where_no_call_has_an_exception(self):
        sure = [answer(safety={"none": 0.9, "S1": 0.1})] * 20
        limits = fit_limits([ticket(f"A{number}") for number in range(20)], sure)
        assert limits.safety == 1.0
        assert suspected({"none": 0.0, "S1": 1.0}, limits.safety) is None
