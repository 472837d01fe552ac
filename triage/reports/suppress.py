"""Hiding small cells of published counts, so that what is shown does not give them away.

Counts by complaint type and by OPD are the margins of one table, whose inside is not published. Primary suppression: a
margin of 1 to 4 is shown as "<5". Complementary suppression: then further margins are hidden ("*"), the smallest first,
until every "<5" may still be anything from 1 to 4 as far as the published figures tell. That is checked, not assumed:
by linear programming over all tables that fit what is shown (feasibility intervals; Hundepool et al., Statistical
Disclosure Control, 2012, chapter 4). The table is a transport problem, so the bounds found are whole numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linprog  # type: ignore[import-untyped]

SMALL = 5
"""Counts below this are not published."""
Shown = int | Literal["<5", "*"]
Pair = tuple[str, str]
"""A type and an OPD."""
_Margin = tuple[int, str]
"""0 and a type, or 1 and an OPD."""
_TOTAL: _Margin = (2, "")


@dataclass(frozen=True, slots=True)
class Published:
    """Margins and total as they may be shown. others: of a margin that is in neither; "*" where all were withheld."""

    by_type: Mapping[str, Shown]
    by_opd: Mapping[str, Shown]
    total: Shown
    others: Shown = 0


def suppress(counts: Mapping[Pair, int], allowed: Collection[Pair], *, total_known: bool = False) -> Published:
    """Margins of these counts without any that could tell of a few people.

    A pair with the OPD "" has none, and no margin of it. allowed: pairs that readers know to be possible; the more, the
    less has to be hidden. total_known: the total is published in any case; where nothing can then be shown, no margin
    is.
    """
    counts = {pair: count for pair, count in counts.items() if count > 0}
    margins = _margins(counts)
    pairs = sorted({*counts, *(pair for pair in allowed if (0, pair[0]) in margins and (1, pair[1]) in margins)})
    small = {margin for margin, count in margins.items() if count < SMALL and not (total_known and margin == _TOTAL)}
    hidden = {*small}
    while exposed := _exposed(margins, small, hidden, pairs):
        # of the exposed margin's own kind as long as there is one, so that the other list stays whole
        visible = [margin for margin in margins if margin not in hidden and not (total_known and margin == _TOTAL)]
        if not visible:
            return Published({}, {}, margins[_TOTAL] if total_known else "*", "*")
        hidden.add(min(visible, key=lambda one: (one[0] != exposed[0], one == _TOTAL, margins[one], one)))
    shown = {margin: _shown(margin, count, small, hidden) for margin, count in margins.items()}
    return Published(
        by_type={name: value for (kind, name), value in shown.items() if kind == 0},
        by_opd={name: value for (kind, name), value in shown.items() if kind == 1},
        total=shown.get(_TOTAL, 0),
    )


def _margins(counts: Mapping[Pair, int]) -> dict[_Margin, int]:
    margins: dict[_Margin, int] = {}
    for (about, opd), count in counts.items():
        for margin in ((0, about), (1, opd), _TOTAL) if opd else ((0, about), _TOTAL):
            margins[margin] = margins.get(margin, 0) + count
    return margins


def _shown(margin: _Margin, count: int, small: Collection[_Margin], hidden: Collection[_Margin]) -> Shown:
    if margin in small:
        return "<5"
    return "*" if margin in hidden else count


def _exposed(
    margins: Mapping[_Margin, int], small: Collection[_Margin], hidden: Collection[_Margin], pairs: list[Pair]
) -> _Margin | None:
    """A small margin that readers could narrow down below 1 to 4; None where there is none."""
    rows = {
        margin: np.array([float(margin in ((0, about), (1, opd), _TOTAL)) for about, opd in pairs])
        for margin in margins
    }
    known = [margin for margin in margins if margin not in hidden]
    upper, limits = [], []
    for margin in hidden:  # readers know that "<5" is 1 to 4, and "*" at least 5
        low, high = (1, SMALL - 1) if margin in small else (SMALL, None)
        upper.append(-rows[margin])
        limits.append(-low)
        if high is not None:
            upper.append(rows[margin])
            limits.append(high)
    for margin in sorted(small):
        for sign, bound in ((1.0, 1), (-1.0, SMALL - 1)):
            found = linprog(
                sign * rows[margin],
                A_ub=upper or None,
                b_ub=limits or None,
                A_eq=[rows[one] for one in known] or None,
                b_eq=[margins[one] for one in known] or None,
            )
            if round(sign * found.fun) != bound:
                return margin
    return None
