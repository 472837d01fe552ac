"""Safety rules on the corpus; `pytest -s` prints the figures. The validation calls were never used to write a rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.corpus.load import TRAIN, VALIDATION, Call, read_calls
from triage.safety import find_safety

FALSE_ALARMS = 0.05
"""At most one ordinary ticket in twenty is sent to be heard first; operators stop trusting at about one in seven."""


def fires(call: Call) -> bool:
    return bool(find_safety(call.as_turns(), None))


class TestCorpus:
    @pytest.mark.parametrize("path", [TRAIN, VALIDATION], ids=["train", "validation"])
    def test_few_ordinary_tickets_are_sent_to_be_heard(self, path: Path) -> None:
        tickets = [call for call in read_calls(path) if call.disposition == "ticket" and call.safety is None]
        share = sum(map(fires, tickets)) / len(tickets)
        print(f"\n{path.name}: {share:.3f} of {len(tickets)} ordinary tickets")
        assert share <= FALSE_ALARMS

    # S1 and S5 are left out: text does not show them. Of the training calls, hand R's were written for the classifier,
    # to escape such rules, and a quarter of them does.
    @pytest.mark.parametrize(("path", "floor"), [(TRAIN, 0.87), (VALIDATION, 0.5)], ids=["train", "validation"])
    def test_most_exceptions_that_text_can_show_are_found(self, path: Path, floor: float) -> None:
        shown = [call for call in read_calls(path) if call.safety not in (None, "S1", "S5")]
        share = sum(map(fires, shown)) / len(shown)
        print(f"\n{path.name}: {share:.3f} of {len(shown)} safety calls")
        assert share >= floor
