"""Masking of personal data in what was said: [NOMOR], [NIK], [EMAIL], [NAMA] in place of the words.

Works on what a recogniser writes (lower case, no signs) as on written text. Street addresses, house numbers and number
plates stay: they say where help is needed. The classifier reads nothing in square brackets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from triage.privacy.names import asks_for_name, find_names
from triage.privacy.numbers import Run, begins_a_phone_number, find_numbers, runs_of_digits

_PLACEHOLDERS = {"nomor": "[NOMOR]", "nik": "[NIK]", "email": "[EMAIL]", "name": "[NAMA]"}
_PIECE = 2
"""Digits of the shortest piece of a number that is dictated over several turns."""
_PIECES = 9
"""... and of all its pieces together."""

Found = tuple[int, int, str]
"""A range [start, end) of a text and the kind of what stands there."""


def find_personal_data(text: str, *, asked: bool = False) -> list[Found]:
    """Numbers, e-mails and names in a text, in order, without overlap. asked: the turn before asked for a name."""
    found: list[Found] = list(find_numbers(text))
    names = [(start, end, "name") for start, end in find_names(text, asked=asked)]
    found += [name for name in names if not any(name[0] < end and start < name[1] for start, end, _ in found)]
    return sorted(found)


def redact(text: str, *, asked: bool = False) -> str:
    """The text with placeholders."""
    return _replaced(text, find_personal_data(text, asked=asked))


def redact_turns(turns: Sequence[str]) -> list[str]:
    """The turns of one conversation with placeholders."""
    return [_replaced(turn, ranges) for turn, ranges in zip(turns, find_turns(turns), strict=True)]


def find_turns(turns: Sequence[str]) -> list[list[Found]]:
    """For each turn of a conversation what `find_personal_data` finds, and what only the turns together show.

    That is a short answer to "dengan siapa?", and a telephone number that is dictated piece by piece while the other
    side repeats it.
    """
    asked = [False, *(asks_for_name(turn) for turn in turns[:-1])][: len(turns)]
    found = [find_personal_data(turn, asked=after) for turn, after in zip(turns, asked, strict=True)]
    for number, run in _dictated(turns, found):
        found[number] = sorted([*found[number], (run.start, run.end, "nomor")])
    return found


def _dictated(turns: Sequence[str], found: Sequence[Sequence[Found]]) -> Iterator[tuple[int, Run]]:
    """Pieces of numbers in neighbouring turns that are long enough together; a turn without digits ends a number."""
    pieces: list[tuple[int, Run]] = []
    for number, turn in enumerate(turns):
        covered = [(start, end) for start, end, _ in found[number]]
        runs = [
            run
            for run in runs_of_digits(turn)
            if len(run.digits) >= _PIECE and not any(start < run.end and run.start < end for start, end in covered)
        ]
        if not pieces:
            before = f"{turns[number - 1]} " if number else ""
            first = next(
                (n for n, run in enumerate(runs) if begins_a_phone_number(run, before + turn[: run.start])), None
            )
            pieces = [(number, run) for run in runs[first:]] if first is not None else []
        elif runs:
            pieces += [(number, run) for run in runs]
        elif number - pieces[-1][0] > 1:
            yield from _long_enough(pieces)
            pieces = []
    yield from _long_enough(pieces)


def _long_enough(pieces: Sequence[tuple[int, Run]]) -> Sequence[tuple[int, Run]]:
    return pieces if sum(len(run.digits) for _, run in pieces) >= _PIECES else ()


def _replaced(text: str, found: Sequence[Found]) -> str:
    for start, end, kind in reversed(found):
        text = text[:start] + _PLACEHOLDERS[kind] + text[end:]
    return text
