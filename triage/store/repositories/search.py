"""Lists of calls, newest first, by what was said in them and by what is known of them.

A list is read in windows of ids, from the newest down, each larger than the one before. A page of frequent calls is
full after the first small window, rare ones are found by an index in the last large one, and in between no plan that
the database may choose is ever worse than reading a window. All lists are in the order of arrival (`calls.id`): it is
the only one in which both full-text indexes can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, column, exists, func, select, table, text
from sqlalchemy.orm import Session

from triage.store.repositories.queue import LISTED, Line
from triage.store.tables import Call, CallState, Review

_FIRST_WINDOW = 1024
_GROWTH = 4
_REACH = 5
"""Windows of a request with several conditions, about 350,000 calls: where they exclude each other, no index helps."""
_JITTER = 1000
"""Two calls that arrive together may have ids in the other order; by no more than this."""
_WORDS = re.compile(r"\w+")
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls; None or empty: all. since, until: bounds of `received_at`, the second exclusive.

    words: all of them are in the transcript (see `words_of`). reviewed: whether QA has looked at it.
    """

    words: tuple[str, ...] = ()
    state: str | None = None
    disposition: str | None = None
    complaint_type: str | None = None
    target_opd: str | None = None
    caller_last3: str | None = None
    verdict: str | None = None
    agreed: bool | None = None
    reviewed: bool | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def conditions(self) -> int:
        """How many there are beside the time."""
        values = [getattr(self, one.name) for one in fields(self) if one.name not in ("since", "until")]
        return sum(value not in (None, ()) for value in values)


class Page(NamedTuple):
    """Lines as LISTED. before: the id from which to go on downwards; None at the end of the list."""

    lines: Sequence[Line]
    before: int | None


def words_of(query: str) -> tuple[str, ...]:
    """The words of what somebody typed, at most eight. Nothing else of it reaches the full-text index."""
    return tuple(dict.fromkeys(word.casefold() for word in _WORDS.findall(query)))[:_MOST_WORDS]


def find_calls(session: Session, wanted: CallFilter, before: int | None, limit: int) -> Page:
    """A page of calls below an id, newest first.

    It may be short, or empty, although `before` says that the list goes on: where several conditions are combined, one
    request looks through a part of the calls only.
    """
    top, bottom = _bounds(session, wanted)
    top = top if before is None else min(top, before)
    lines: list[Line] = []
    for low, high in _windows(top, bottom, _REACH if wanted.conditions > 1 else None):
        lines += session.execute(_lines(session, wanted, low, high).limit(limit + 1 - len(lines)))
        if len(lines) > limit:
            return Page(lines[:limit], lines[limit - 1].id)
        top = low
    return Page(lines, top if top > bottom else None)


def _windows(top: int, bottom: int, reach: int | None) -> Iterator[tuple[int, int]]:
    """Ranges of ids [low, high) from the top down."""
    width, count = _FIRST_WINDOW, 0
    while top > bottom and (reach is None or count < reach):
        low = max(bottom, top - width)
        yield low, top
        top, width, count = low, width * _GROWTH, count + 1


def _bounds(session: Session, wanted: CallFilter) -> tuple[int, int]:
    """One above the newest id that can be meant, and the oldest such id."""
    newest = session.scalar(select(func.max(Call.id))) or 0
    top, bottom = newest + 1, session.scalar(select(func.min(Call.id))) or 0
    by_time = select(Call.id).limit(1)
    if wanted.until is not None:
        last = session.scalar(
            by_time.where(Call.received_at < wanted.until).order_by(Call.received_at.desc(), Call.id.desc())
        )
        top = min(top, last + _JITTER) if last is not None else bottom
    if wanted.since is not None:
        first = session.scalar(by_time.where(Call.received_at >= wanted.since).order_by(Call.received_at, Call.id))
        bottom = max(bottom, first - _JITTER) if first is not None else top
    return top, bottom


def _lines(session: Session, wanted: CallFilter, low: int, high: int) -> Select[*tuple[Any, ...]]:
    """The calls meant in a window."""
    lines = select(*LISTED).where(Call.id >= low, Call.id < high, *_conditions(wanted))
    if not wanted.words:
        return lines.order_by(Call.id.desc())
    if session.get_bind().dialect.name == "sqlite":
        return lines.where(Call.id.in_(_matches_sqlite(wanted.words, low, high))).order_by(Call.id.desc())
    # By an expression, so that the planner cannot gamble on a walk down the ids meeting all words early.
    return lines.where(Call.id.in_(_matches_postgresql(wanted.words, low, high))).order_by((Call.id + 0).desc())


def _conditions(wanted: CallFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        getattr(Call, name) == value
        for name in ("disposition", "complaint_type", "target_opd", "caller_last3", "verdict", "agreed")
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.state == CallState.decided:
        # As nearly every call is: said so that the index of the queue, which begins with the state, is of no use.
        found.append(Call.state.not_in([state for state in CallState if state != CallState.decided]))
    elif wanted.state is not None:
        found.append(Call.state == wanted.state)
    if wanted.reviewed is not None:
        reviewed = exists().where(Review.call_pk == Call.id)
        found.append(reviewed if wanted.reviewed else ~reviewed)
    if wanted.since is not None:
        found.append(Call.received_at >= wanted.since)
    if wanted.until is not None:
        found.append(Call.received_at < wanted.until)
    return found


def _matches_sqlite(words: Sequence[str], low: int, high: int) -> Select[Any]:
    query = " ".join(f'"{word}"' for word in words)
    return (
        select(column("rowid"))
        .select_from(table("call_search"))
        .where(text("call_search MATCH :words AND rowid >= :low AND rowid < :high"))
        .params(words=query, low=low, high=high)
    )


def _matches_postgresql(words: Sequence[str], low: int, high: int) -> Select[Any]:
    search = table("call_search", column("call_pk"), column("document"))
    query = func.plainto_tsquery(text("'simple'"), " ".join(words))
    return select(search.c.call_pk).where(
        search.c.document.op("@@")(query), search.c.call_pk >= low, search.c.call_pk < high
    )
