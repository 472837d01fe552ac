import pytest
from support.labelled import answer

from triage.classifier.model import Limits
from triage.classifier.pick import LONGEST_LIST, pick_list, sure_of, suspected, within

LIMITS = Limits(single_type=0.7, single_opd=0.8, pick_list=0.9, safety=0.3)


class TestSureOf:
    @pytest.mark.parametrize(
        ("types", "opds", "expected"),
        [
            ({"a": 0.7, "b": 0.3}, {"X": 0.5, "Y": 0.5}, "type"),
            ({"a": 0.69, "b": 0.31}, {"X": 0.8, "Y": 0.2}, "opd"),
            ({"a": 0.69, "b": 0.31}, {"X": 0.79, "Y": 0.21}, None),
        ],
    )
    def test_falls_back_from_the_type_to_the_opd_to_nothing(self, types, opds, expected):
        assert sure_of(answer(complaint_type=types, target_opd=opds), LIMITS) == expected


class TestPickList:
    TYPES = {"c": 0.3, "a": 0.5, "b": 0.15, "d": 0.05}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("mass", "expected"),
        [(0.49, ("a",)), (0.5, ("a", "c")), (0.79, ("a", "c")), (0.9, ("a", "c", "b")), (1.0, ("a", "c", "b", "d"))],
    )
    def test_takes_the_likeliest_while_those_before_have_no_more_than_the_mass(self, mass, expected):
        assert pick_list(self.TYPES, mass) == expected

    @pytest.mark.parametrize("mass", [0.0, -1.0])
    def test_holds_at_least_one(self, mass):
        assert pick_list(self.TYPES, mass) == ("a",)

    def test_is_never_longer_than_is_read(self):
        types = {f"t{number}": 0.1 for number in range(10)}
        assert len(pick_list(types, 1.0)) == LONGEST_LIST

    def test_ties_go_by_the_alphabet(self):
        assert pick_list({"b": 0.5, "a": 0.5}, 0.4) == pick_list({"a": 0.5, "b": 0.5}, 0.4) == ("a",)


class TestSuspected:
    def test_is_the_likeliest_where_that_there_is_one_is_likely_enough(self):
        assert suspected({"none": 0.6, "S1": 0.15, "S2": 0.25}, 0.3) == "S2"

    def test_is_nothing_at_the_limit_itself(self):
        assert suspected({"none": 0.5, "S1": 0.5}, 0.5) is None

    def test_needs_no_majority_over_none(self):
        assert suspected({"none": 0.65, "S1": 0.2, "S2": 0.15}, 0.3) == "S1"

    def test_is_nothing_where_no_exception_is_known(self):
        assert suspected({"none": 1.0}, 0.0) is None


class TestWithin:
    def test_gives_the_three_fields_of_an_answer(self):
        found = within(answer(safety={"none": 0.2, "S1": 0.8}), LIMITS)
        assert found == {"sure_of": "type", "pick_list": ("banjir", "sampah"), "suspected": "S1"}
