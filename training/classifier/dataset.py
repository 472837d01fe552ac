"""Training examples: the corpus' calls, the phrase bank alone and composed into calls, the taxonomy's words."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training.corpus.load import Call, Phrase
from triage.classifier.model import Turn
from triage.classifier.text import plain, plain_text

_GREETINGS = frozenset(
    """halo hallo alo assalamualaikum waalaikumsalam selamat pagi siang sore malam permisi maaf pak bu bang kak mbak mas
    om dek bapak ibu tolong tolongi aduh iye iya ini anu eee pale""".split()  # noqa: SIM905 (one a line would be a page)
)
_PLACE_CUES = ("di", "dekat", "depan", "belakang", "samping", "daerah", "sebelah", "dari", "arah")


@dataclass(frozen=True, slots=True)
class Example:
    """Normalised text with what is known of its labels; None means unknown (or, for a ghost, not applicable).

    mixed   the same call with the operator's words in it, as a mono recording gives it
    weight  of its loss against that of a whole call
    """

    text: str
    source: str
    mixed: str = ""
    disposition: str | None = None
    complaint_type: str | None = None
    target_opd: str | None = None
    priority: str | None = None
    ghost_kind: str | None = None
    places: tuple[str, ...] = ()
    weight: float = 1.0


def from_calls(calls: Iterable[Call]) -> list[Example]:
    """Calls with words in them; a call without any says nothing about its text."""
    return [
        Example(
            text=text,
            source="call",
            mixed=plain([Turn("mixed", turn.text) for turn in call.turns]),
            disposition=call.disposition,
            complaint_type=call.complaint_type,
            target_opd=call.target_opd,
            priority=call.priority,
            ghost_kind=call.ghost_kind,
            places=tuple(plain_text(place) for place in call.places),
        )
        for call in calls
        if (text := plain(call.as_turns()))
    ]


def from_phrases(phrases: Iterable[Phrase], source: str, weight: float) -> list[Example]:
    """Short pieces of speech: they tell the type, and nothing on how urgent it is or whether it is a joke."""
    return [
        Example(text=text, source=source, complaint_type=phrase.complaint_type, weight=weight)
        for phrase in phrases
        if (text := plain_text(phrase.text))
    ]


def openings(calls: Iterable[Call]) -> list[str]:
    """The greetings with which callers open, one a call: "halo pak", "assalamualaikum bu tolong" ..."""
    found = []
    for call in calls:
        greeting = []
        for word in plain(call.as_turns()).split():
            if word not in _GREETINGS:
                break
            greeting.append(word)
        found.append(" ".join(greeting))
    return found


def compose(
    phrases: Sequence[Example], greetings: Sequence[str], places: Sequence[str], number: int, chance: random.Random
) -> list[Example]:
    """`number` calls made of an opening, one to three phrases of one type and a place; types in equal shares."""
    by_type: dict[str, list[str]] = defaultdict(list)
    for phrase in phrases:
        by_type[phrase.complaint_type or ""].append(phrase.text)
    composed = []
    for index in range(number):
        code = sorted(by_type)[index % len(by_type)]
        parts = chance.sample(by_type[code], min(chance.randint(1, 3), len(by_type[code])))
        place = chance.choice(places)
        parts.insert(chance.randint(0, len(parts)), f"{chance.choice(_PLACE_CUES)} {place}")
        text = " ".join([chance.choice(greetings), *parts]).strip()
        composed.append(Example(text=text, source="composed", complaint_type=code, places=(place,), weight=0.7))
    return composed
