"""From transcript segments to turns, and from characters of a turn back to seconds of the recording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from triage.classifier import Turn
from triage.speech import Segment


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters [first, last) of a turn, said from start to end (seconds)."""

    first: int
    last: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class TimedTurns:
    """Turns and, for each, the times of its words (empty when only text was given)."""

    turns: tuple[Turn, ...]
    _pieces: tuple[tuple[_Piece, ...], ...] = ()

    @classmethod
    def from_segments(cls, segments: Iterable[Segment]) -> TimedTurns:
        """Join neighbouring segments of one channel, so that a name cut by a segment border is still found."""
        turns: list[Turn] = []
        pieces: list[tuple[_Piece, ...]] = []
        for segment in segments:
            text = segment.text.strip()
            if not text:
                continue
            if turns and turns[-1].speaker == segment.channel:
                offset = len(turns[-1].text) + 1
                turns[-1] = Turn(segment.channel, f"{turns[-1].text} {text}")
                pieces[-1] += _pieces(segment, text, offset)
            else:
                turns.append(Turn(segment.channel, text))
                pieces.append(_pieces(segment, text, 0))
        return cls(tuple(turns), tuple(pieces))

    def quote(self, turn: int, start: int, end: int) -> str:
        """The characters [start, end) of a turn."""
        return self.turns[turn].text[start:end]

    def times(self, turn: int | None, start: int, end: int) -> tuple[float | None, float | None]:
        """Seconds during which characters [start, end) of a turn were said; (None, None) where that is not known."""
        if turn is None or turn >= len(self._pieces):
            return None, None
        said = [piece for piece in self._pieces[turn] if piece.first < end and piece.last > start]
        return (said[0].start, said[-1].end) if said else (None, None)


def _pieces(segment: Segment, text: str, offset: int) -> tuple[_Piece, ...]:
    """The words of a segment as pieces; the whole segment as one where a word cannot be found in its text."""
    whole = (_Piece(offset, offset + len(text), segment.start, segment.end),)
    pieces = []
    at = 0
    for word in segment.words:
        token = word.text.strip()
        found = text.find(token, at)
        if found < 0:
            return whole
        at = found + len(token)
        pieces.append(_Piece(offset + found, offset + at, word.start, word.end))
    return tuple(pieces) or whole
