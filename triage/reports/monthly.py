"""The monthly figures as a city publishes them: masuk, valid, tidak valid, tiket, selesai, per OPD, per jenis."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from triage.errors import InputError
from triage.reports.files import safe_text
from triage.reports.suppress import Pair, Published, Shown, suppress
from triage.store.repositories import reports as repository
from triage.store.repositories.reports import CallCount, TicketCount
from triage.store.tables import TicketStatus
from triage.taxonomy import ComplaintType, GhostKind, Opd, Taxonomy

Form = Literal["internal", "public"]
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)
_UNKNOWN = "-"
"""Where a question has no type or OPD: a line of its own, so that the lines add up."""


class Line(BaseModel):
    """The counts of one OPD, complaint type or ghost kind."""

    code: str
    name: str
    calls: Shown
    tickets: Shown
    done: Shown


class Monthly(BaseModel):
    """A month's figures; docs/reports.md defines each. In the public form "<5" and "*" stand for hidden counts."""

    month: str
    form: Form
    time_zone: str
    generated_at: datetime
    calls: int = Field(description="Masuk: incoming calls that began in the month.")
    valid: int = Field(description="Decided as ticket or information.")
    not_valid: int = Field(description="Tidak valid: decided as ghost.")
    undecided: int = Field(description="Not decided yet, or nobody could tell.")
    long_calls: int | None = Field(description="Calls over 10 seconds, whatever was decided; not in the public form.")
    tickets: Shown = Field(description="Tickets opened in the month for calls.")
    done: Shown = Field(description="Selesai: of these, done by now.")
    withdrawn: int | None = Field(description="Of these, withdrawn by now; not in the public form.")
    other_tickets: int | None = Field(description="Tickets from other systems; not in the public form.")
    by_opd: list[Line]
    by_type: list[Line]
    by_ghost_kind: list[Line]


def month_bounds(month: str, time_zone: str) -> tuple[datetime, datetime]:
    """First moment of a month (2025-11) and of the next, in the call centre's time. Raises InputError."""
    found = _MONTH.fullmatch(month)
    if found is None:
        raise InputError(
            "month_invalid",
            f"Bulan '{month}' tidak dikenal. Tulis seperti 2025-11.",
            f"The month '{month}' is not known. Write it like 2025-11.",
        )
    zone, year, number = ZoneInfo(time_zone), int(found[1]), int(found[2])
    after = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=zone).astimezone(UTC), datetime(*after, 1, tzinfo=zone).astimezone(UTC)


def monthly(session: Session, taxonomy: Taxonomy, time_zone: str, month: str, form: Form, now: datetime) -> Monthly:
    """The figures of a month. Raises InputError for a month that is none."""
    since, until = month_bounds(month, time_zone)
    calls = repository.call_counts(session, since, until)
    tickets = repository.ticket_counts(session, since, until)
    own = [one for one in tickets if one.source == "call"]
    public = form == "public"
    about, ghosts = _calls_by_pair(calls), _ghosts(calls)
    opened, done = _by_pair(own), _by_pair(own, TicketStatus.done)
    if public:
        allowed = [(code, opd) for code, one in taxonomy.types.items() for opd in one.allowed_opds]
        shown = [
            suppress(about, allowed, total_known=True),
            suppress(opened, allowed),
            suppress(done, allowed),
            suppress(ghosts, (), total_known=True),
        ]
    else:
        shown = [_whole(counts) for counts in (about, opened, done, ghosts)]
    return Monthly(
        month=month,
        form=form,
        time_zone=time_zone,
        generated_at=now,
        calls=sum(one.calls for one in calls),
        valid=sum(one.calls for one in calls if one.disposition in ("ticket", "information")),
        not_valid=sum(one.calls for one in calls if one.disposition == "ghost"),
        undecided=sum(one.calls for one in calls if one.disposition is None),
        long_calls=None if public else sum(one.long for one in calls),
        tickets=shown[1].total,
        done=shown[2].total,
        withdrawn=None if public else sum(one.tickets for one in own if one.status == TicketStatus.withdrawn),
        other_tickets=None if public else sum(one.tickets for one in tickets if one.source != "call"),
        by_opd=_lines(taxonomy.opds, [(one.by_opd, one.others) for one in shown[:3]]),
        by_type=_lines(taxonomy.types, [(one.by_type, one.others) for one in shown[:3]]),
        by_ghost_kind=_lines(taxonomy.ghost_kinds, [(shown[3].by_type, shown[3].others), ({}, 0), ({}, 0)]),
    )


def table(figures: Monthly) -> Iterator[tuple[str, str, str, str, Shown]]:
    """The figures as lines: part, code, name, measure, count."""
    summary: dict[str, Shown | None] = {
        "masuk": figures.calls,
        "valid": figures.valid,
        "tidak valid": figures.not_valid,
        "belum diputus": figures.undecided,
        "lebih dari 10 detik": figures.long_calls,
        "tiket": figures.tickets,
        "selesai": figures.done,
        "batal": figures.withdrawn,
        "tiket dari sistem lain": figures.other_tickets,
    }
    for measure, count in summary.items():
        if count is not None:
            yield "ringkasan", "", "", measure, count
    for part, lines in (("opd", figures.by_opd), ("jenis aduan", figures.by_type)):
        for line in lines:
            for measure, count in (("panggilan", line.calls), ("tiket", line.tickets), ("selesai", line.done)):
                yield part, line.code, line.name, measure, count
    for line in figures.by_ghost_kind:
        yield "jenis ghost", line.code, line.name, "panggilan", line.calls


def to_csv(figures: Monthly) -> str:
    """The lines of `table` as CSV with a byte order mark, for Excel."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(("bagian", "kode", "nama", "ukuran", "jumlah"))
    rows.writerows([safe_text(str(cell)) for cell in line] for line in table(figures))
    return f"\ufeff{file.getvalue()}"


def _calls_by_pair(calls: list[CallCount]) -> Counter[Pair]:
    found: Counter[Pair] = Counter()
    for one in calls:
        if one.disposition in ("ticket", "information"):
            found[one.complaint_type or _UNKNOWN, one.target_opd or _UNKNOWN] += one.calls
    return found


def _by_pair(tickets: list[TicketCount], status: TicketStatus | None = None) -> Counter[Pair]:
    found: Counter[Pair] = Counter()
    for one in tickets:
        if status is None or one.status == status:
            found[one.complaint_type, one.target_opd] += one.tickets
    return found


def _ghosts(calls: list[CallCount]) -> Counter[Pair]:
    """Ghost kinds as a table of one column, which shows their total."""
    found: Counter[Pair] = Counter()
    for one in calls:
        if one.disposition == "ghost":
            found[one.ghost_kind or _UNKNOWN, ""] += one.calls
    return found


def _whole(counts: Mapping[Pair, int]) -> Published:
    by_type: Counter[str] = Counter()
    by_opd: Counter[str] = Counter()
    for (about, opd), count in counts.items():
        by_type[about] += count
        by_opd[opd] += count
    return Published(by_type, by_opd, sum(counts.values()))


def _lines(
    known: Mapping[str, Opd | ComplaintType | GhostKind], measures: Sequence[tuple[Mapping[str, Shown], Shown]]
) -> list[Line]:
    """A line for each code that has a count, in the order of the taxonomy, then those that it no longer has.

    measures: calls, tickets and tickets done, each with what stands for a code that is not in it.
    """
    there = {code for counts, _ in measures for code in counts}
    codes = [*(code for code in known if code in there), *sorted(there - known.keys())]
    return [
        Line(
            code=code,
            name=known[code].name if code in known else code,
            **dict(
                zip(("calls", "tickets", "done"), (counts.get(code, rest) for counts, rest in measures), strict=True)
            ),
        )
        for code in codes
    ]
