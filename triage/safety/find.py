"""The safety exceptions of one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triage.classifier.model import Turn
from triage.recording import AcousticFacts
from triage.safety import rules
from triage.safety.words import Said
from triage.taxonomy import load_taxonomy

REPEATED_DROPS = 2
"""Dropped calls under ten seconds from one number within thirty minutes (S5)."""

_RULES = {
    "S1": rules.silent_distress,
    "S2": rules.whisper,
    "S3": rules.coded_order,
    "S4": rules.child_and_unconscious,
    "S6": rules.noise_and_shouts,
    "S7": rules.forced_wrong_number,
    "S8": rules.impaired_or_regional,
}


@dataclass(frozen=True, slots=True)
class SafetyFinding:
    """A safety exception that fired: characters [start, end) of turns[turn].text, or turn None when audio shows it."""

    code: str
    quote: str
    turn: int | None
    start: int
    end: int


def find_safety(
    turns: Sequence[Turn], caller: AcousticFacts | None, recent_dropped_calls: int = 0
) -> list[SafetyFinding]:
    """The safety exceptions that fire in one call, in the order of their codes, each at most once.

    Only the caller's and the mixed turns trigger; what the operator asked may support S3, S4 and S7.
    caller: facts of the caller's channel, None when only text is known.
    recent_dropped_calls: dropped calls of the same number before this one. S5 rests on call history, which neither
    audio nor text show: without it S5 never fires.
    """
    said = Said(turns)
    codes = {item.short: code for code, item in load_taxonomy().safety.items()}
    found = []
    for short, rule in _RULES.items():
        quote = rule(said, caller)
        if quote == rules.SOUND:
            found.append(SafetyFinding(codes[short], "", None, 0, 0))
        elif quote is not None:
            found.append(SafetyFinding(codes[short], *said.text(quote)))
    if recent_dropped_calls >= REPEATED_DROPS:
        found.append(SafetyFinding(codes["S5"], "", None, 0, 0))
    return sorted(found, key=lambda finding: finding.code)
