"""The safety exceptions of one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from triage.classifier.model import Turn
from triage.recording import AcousticFacts
from triage.safety import rules
from triage.safety.history import UNKNOWN_CALLER, CallHistory
from triage.safety.words import Said, cues
from triage.taxonomy import load_taxonomy

SHORT_PLEA = 6
"""Words of a call in which "tolong" alone is a plea; in longer ones it is mere politeness."""

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
    turns: Sequence[Turn], caller: AcousticFacts | None, history: CallHistory = UNKNOWN_CALLER
) -> list[SafetyFinding]:
    """The safety exceptions that fire in one call, in the order of their codes, each at most once.

    Only the caller's and the mixed turns trigger; what the operator asked may support S3, S4 and S7.
    caller: facts of the caller's channel, None when only text is known.
    history: of the caller's number; without it S5 never fires.
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
    if history.shows_repeated_drops:
        found.append(SafetyFinding(codes["S5"], "", None, 0, 0))
    return sorted(found, key=lambda finding: finding.code)


def find_danger(turns: Sequence[Turn]) -> str | None:
    """The first word or phrase that names a danger to life, or None.

    No exception of the taxonomy: it decides nothing but that a call which would be taken for a ghost or a question is
    listened to first. What the operator said counts only when nobody else is heard: the sides may be swapped.
    """
    heard = [turn for turn in turns if turn.speaker != "operator"]
    said = Said(heard or [replace(turn, speaker="mixed") for turn in turns])
    lists = cues()
    found = said.phrase(lists["danger_words"])
    if found is None and len(said.words) <= SHORT_PLEA:
        found = said.phrase(lists["pleas"])
    return said.text(found)[0] if found else None
