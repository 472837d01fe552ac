"""Training examples: the corpus' calls, the phrase bank alone and composed into calls, the taxonomy's words."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from training.corpus.load import INFORMATION_GROUP, Call, Phrase
from triage.classifier.labels import NO_EXCEPTION
from triage.classifier.model import Turn
from triage.classifier.text import plain, plain_text
from triage.taxonomy import Taxonomy

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
    heard   what a recogniser wrote of the caller's words, "" where the call was not spoken
    """

    text: str
    source: str
    mixed: str = ""
    disposition: str | None = None
    complaint_type: str | None = None
    target_opd: str | None = None
    priority: str | None = None
    ghost_kind: str | None = None
    safety: str | None = None
    places: tuple[str, ...] = ()
    weight: float = 1.0
    heard: str = ""

    @property
    def label(self) -> str:
        """Complaint type or ghost kind."""
        return self.complaint_type or self.ghost_kind or ""


def from_calls(calls: Iterable[Call]) -> list[Example]:
    """Calls with words in them; a call without any says nothing about its text."""
    return [
        Example(
            text=text,
            source="call",
            mixed=plain([Turn("mixed", turn.text) for turn in call.turns]),
            heard=plain([Turn(turn.speaker, turn.text) for turn in call.heard]),
            disposition=call.disposition,
            complaint_type=call.complaint_type,
            target_opd=call.target_opd,
            priority=call.priority,
            ghost_kind=call.ghost_kind,
            safety=call.safety or NO_EXCEPTION,
            places=tuple(plain_text(place) for place in call.places),
        )
        for call in calls
        if (text := plain(call.as_turns()))
    ]


def from_phrases(phrases: Iterable[Phrase], taxonomy: Taxonomy, source: str, weight: float) -> list[Example]:
    """Short pieces of speech: each tells its type, or the ghost kind it is said in."""
    examples = []
    for phrase in phrases:
        kind = taxonomy.types.get(phrase.label)
        if text := plain_text(phrase.text):
            served = "information" if kind is not None and kind.group == INFORMATION_GROUP else "ticket"
            examples.append(
                Example(
                    text=text,
                    source=source,
                    disposition=served if kind else "ghost",
                    complaint_type=phrase.label if kind else None,
                    target_opd=phrase.target_opd,
                    priority=phrase.priority,
                    ghost_kind=None if kind else phrase.label,
                    weight=weight,
                )
            )
    return examples


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
    phrases: Sequence[Example],
    greetings: Sequence[str],
    places: Sequence[str],
    main_opds: Mapping[str, str],
    number: int,
    chance: random.Random,
) -> list[Example]:
    """`number` calls made of an opening, one to three phrases of one label and a place; labels in equal shares.

    main_opds: of each type. Of the phrases' OPDs the exceptional one holds, of their priorities the most urgent.
    """
    by_label: dict[str, list[Example]] = defaultdict(list)
    for phrase in phrases:
        by_label[phrase.label].append(phrase)
    codes = sorted(by_label)
    composed = []
    for index in range(number):
        bank = by_label[codes[index % len(codes)]]
        chosen = chance.sample(bank, min(chance.randint(1, 3), len(bank)))
        parts = [phrase.text for phrase in chosen]
        place = chance.choice(places)
        if chosen[0].ghost_kind is None:
            parts.insert(chance.randint(0, len(parts)), f"{chance.choice(_PLACE_CUES)} {place}")
        composed.append(
            Example(
                text=" ".join([chance.choice(greetings), *parts]).strip(),
                source="composed",
                disposition=chosen[0].disposition,
                complaint_type=chosen[0].complaint_type,
                target_opd=_exceptional([phrase.target_opd for phrase in chosen], main_opds.get(chosen[0].label)),
                priority=_most_urgent([phrase.priority for phrase in chosen]),
                ghost_kind=chosen[0].ghost_kind,
                places=(place,),
                weight=0.7,
            )
        )
    return composed


def _exceptional(opds: Sequence[str | None], main: str | None) -> str | None:
    """The one OPD among them that is not the type's main one, else the main one.

    None where the OPD of a phrase is not known, or two exceptions contradict.
    """
    if None in opds:
        return None
    exceptions = set(opds) - {main}
    return main if not exceptions else exceptions.pop() if len(exceptions) == 1 else None


def _most_urgent(priorities: Sequence[str | None]) -> str | None:
    known = [priority for priority in priorities if priority is not None]
    return min(known) if len(known) == len(priorities) else None
