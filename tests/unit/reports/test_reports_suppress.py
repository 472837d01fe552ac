"""Hiding small counts so that the others do not give them away."""

from __future__ import annotations

import random
from itertools import product

import pytest

from triage.reports.suppress import suppress
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
ALLOWED = [(code, opd) for code, one in TAXONOMY.types.items() for opd in one.allowed_opds]


class TestLargeCounts:
    def test_are_shown(self):
        found = suppress({("a", "X"): 7, ("b", "X"): 9, ("b", "Y"): 6}, ())
        assert (found.by_type, found.by_opd, found.total) == ({"a": 7, "b": 15}, {"X": 16, "Y": 6}, 22)

    def test_nothing_is_shown_as_nothing(self):
        found = suppress({}, ALLOWED)
        assert (found.by_type, found.by_opd, found.total, found.others) == ({}, {}, 0, 0)


class TestSmallCounts:
    def test_a_single_one_takes_the_next_smallest_with_it(self):
        found = suppress({(name, ""): count for name, count in {"a": 3, "b": 20, "c": 9}.items()}, ())
        assert found.by_type == {"a": "<5", "b": 20, "c": "*"}
        assert found.total == 32

    def test_two_whose_sum_would_tell_take_a_third_with_them(self):
        found = suppress({(name, ""): count for name, count in {"a": 1, "b": 1, "c": 9, "d": 9}.items()}, ())
        assert list(found.by_type.values()).count("<5") == 2
        assert list(found.by_type.values()).count("*") >= 1

    def test_many_hide_each_other(self):
        found = suppress({(name, ""): 3 for name in "abcdef"} | {("z", ""): 40}, ())
        assert found.by_type["z"] == 40

    def test_when_all_else_fails_the_total_is_hidden(self):
        found = suppress({("a", ""): 3}, ())
        assert (found.by_type, found.total) == ({"a": "<5"}, "<5")
        found = suppress({("a", ""): 3, ("b", ""): 4}, ())
        assert (found.by_type, found.total) == ({"a": "<5", "b": "<5"}, "*")

    def test_or_the_lines_are_withheld_when_the_total_is_known(self):
        found = suppress({("a", ""): 3, ("b", ""): 4}, (), total_known=True)
        assert (found.by_type, found.total, found.others) == ({}, 7, "*")

    def test_a_type_is_not_given_away_by_the_opd_that_alone_handles_it(self):
        """Y handles b and c only: shown as 23, with c shown as 20, it would say that b is 3."""
        counts = {("a", "X"): 30, ("b", "Y"): 3, ("c", "Y"): 20}
        found = suppress(counts, counts)
        assert found.by_type["b"] == "<5"
        assert found.by_type["c"] == "*" or found.by_opd["Y"] == "*"


def readings(counts, allowed, found, total_known):
    """For every "<5" all values that fit the published figures, by trying all tables: for small cases only."""
    pairs = sorted({*counts, *allowed})
    top = sum(counts.values())
    possible: dict = {}
    for values in product(range(top + 1), repeat=len(pairs)):
        table = dict(zip(pairs, values, strict=True))
        sums: dict = {}
        for (about, opd), count in table.items():
            for margin in ((0, about), (1, opd), (2, "")):
                sums[margin] = sums.get(margin, 0) + count
        shown = {(0, name): found.by_type.get(name, found.others) for name, _ in pairs}
        shown |= {(1, name): found.by_opd.get(name, found.others) for _, name in pairs}
        shown[2, ""] = found.total
        fits = {"<5": lambda value: 1 <= value < 5, "*": lambda value: value >= 5 or found.others == "*"}
        if all(fits[one](sums[margin]) if one in fits else sums[margin] == one for margin, one in shown.items()):
            for margin, one in shown.items():
                if one == "<5":
                    possible.setdefault(margin, set()).add(sums[margin])
    return possible


class TestByTryingAllTables:
    @pytest.mark.parametrize("seed", range(12))
    def test_every_small_margin_may_be_anything_from_1_to_4(self, seed):
        rng = random.Random(seed)
        allowed = [("a", "X"), ("b", "X"), ("b", "Y")]
        counts = {pair: rng.choice([0, 1, 2, 3, 6, 9]) for pair in allowed}
        known = rng.random() < 0.4
        found = suppress(counts, allowed, total_known=known)
        for margin, values in readings(counts, allowed, found, known).items():
            assert values == {1, 2, 3, 4}, (counts, found, margin)


class TestWholeCity:
    def test_a_month_of_kendari_keeps_most_of_its_lines(self):
        rng = random.Random(112)
        weights = [1 / (rank + 1) for rank in range(len(TAXONOMY.types))]
        counts: dict = {}
        for code in rng.choices(list(TAXONOMY.types), weights, k=118):
            about = TAXONOMY.types[code]
            opd = about.main_opd if rng.random() < 0.85 else rng.choice(about.allowed_opds)
            counts[code, opd] = counts.get((code, opd), 0) + 1
        found = suppress(counts, ALLOWED)
        assert found.total == 118
        assert sum(isinstance(value, int) for value in found.by_type.values()) >= 4
        assert "<5" in found.by_type.values()
