"""The desk at which calls are decided, listened to and reviewed: each deed with its traces in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from triage.accounts.rights import Principal
from triage.audit import Audit
from triage.casework.answer import Answer, answer_of, check_type_and_opd, suggested_answer
from triage.casework.forms import DecisionForm, ReviewForm, TicketStatusForm
from triage.casework.tickets import TicketDesk, change_status
from triage.errors import AccessError, ConflictError, TriageError
from triage.settings import Settings
from triage.store import Database
from triage.store.calls import get_call
from triage.store.repositories import decisions as repository
from triage.store.repositories import tickets as tickets_repository
from triage.store.tables import Call, CallState, Decision, Review, Ticket
from triage.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision led to. revision: of the call, now. ticket: that the call is about; callers: how many are."""

    decision: Decision
    revision: int
    ticket: Ticket | None
    callers: int


class Desk:
    """One a process."""

    def __init__(self, database: Database, audit: Audit, taxonomy: Taxonomy, settings: Settings) -> None:
        self._database = database
        self._audit = audit
        self._taxonomy = taxonomy
        self._zone = ZoneInfo(settings.time_zone)
        self._tickets = TicketDesk(settings)

    def decide(self, principal: Principal, call_id: str, form: DecisionForm, now: datetime) -> Decided:
        """Keep a decision, with its ticket, the messages to OPDs and the audit row, or nothing of it.

        Raises MissingError, InputError (incomplete, or contradicts the taxonomy), ConflictError (somebody was faster,
        there is nothing to accept, the ticket to join is closed), AccessError for a machine.
        """
        user_pk = _person(principal)
        with self._database.write() as session:
            call = get_call(session, call_id)
            found = repository.suggestion_with_transcript(session, call.id)
            suggestion = found[0] if found else None
            body = suggestion.body if suggestion else None
            answer = answer_of(form, body, self._taxonomy, call.started_at.astimezone(self._zone).date())
            agreed = answer.agrees_with(suggested_answer(body)) if answer and body else None
            columns = {**_columns(answer), "verdict": form.verdict, "agreed": agreed}
            if not repository.take(session, call.id, form.revision, now, **columns):
                raise self._conflict(session, call_id)
            decision = Decision(
                call_pk=call.id,
                suggestion_pk=suggestion.id if suggestion else None,
                user_pk=user_pk,
                verdict=form.verdict,
                agreed=agreed,
                seconds=form.seconds,
                note=form.note,
                created_at=now,
                **_values(answer),
            )
            session.add(decision)
            session.flush()
            if answer is None:  # nobody has said that there is no incident: a ticket stays
                ticket = tickets_repository.ticket_of(session, call.id)
            else:
                ticket = self._tickets.follow(session, call, answer, form.same_incident_as, form.note, now)
            callers = tickets_repository.callers(session, ticket.id) if ticket else 0
            self._audit.record(
                session,
                principal.actor,
                "decision.create",
                "call",
                call_id,
                decision=decision.id,
                verdict=form.verdict.value,
                ticket=ticket.number if ticket else None,
            )
        return Decided(decision, form.revision + 1, ticket, callers)

    def review(self, principal: Principal, call_id: str, form: ReviewForm, now: datetime) -> Review:
        """Keep a reviewer's finding on a call and its last decision. Raises as `decide`."""
        user_pk = _person(principal)
        with self._database.write() as session:
            call = get_call(session, call_id)
            day = call.started_at.astimezone(self._zone).date()
            check_type_and_opd(form.complaint_type, form.target_opd, self._taxonomy, day)
            last = repository.last_decision(session, call.id)
            review = Review(
                call_pk=call.id,
                decision_pk=last[0].id if last else None,
                user_pk=user_pk,
                faults=list(dict.fromkeys(form.faults)),
                disposition=form.disposition,
                complaint_type=form.complaint_type,
                target_opd=form.target_opd,
                note=form.note,
                created_at=now,
            )
            session.add(review)
            session.flush()
            self._audit.record(session, principal.actor, "review.create", "call", call_id, review=review.id)
        return review

    def change_ticket(self, principal: Principal, number: str, form: TicketStatusForm, now: datetime) -> None:
        """Give a ticket its next status and tell the OPD. Raises MissingError or ConflictError."""
        with self._database.write() as session:
            change_status(session, number, form.revision, form.status, now)
            self._audit.record(session, principal.actor, "ticket.update", "ticket", number, status=form.status.value)

    def _conflict(self, session: Session, call_id: str) -> TriageError:
        """Why a call could not be taken, and what to do."""
        call = get_call(session, call_id)
        session.refresh(call)
        if call.state not in repository.DECIDABLE:
            return _not_decidable(call)
        last = repository.last_decision(session, call.id)
        if last is None:
            return ConflictError(
                "call_changed",
                f"Panggilan ini sudah berubah (revisi {call.revision}): ada saran baru. Muat ulang, lalu putuskan.",
                f"This call has changed (revision {call.revision}): a new suggestion came. Load it again, then decide.",
            )
        decision, name = last
        when = decision.created_at.astimezone(self._zone)
        return ConflictError(
            "call_decided",
            f"Panggilan ini sudah diputuskan oleh {name} pada {when:%d-%m-%Y %H:%M:%S}. Muat ulang untuk melihat "
            f"keputusannya; bila Anda tidak setuju, putuskan lagi dengan revisi {call.revision}.",
            f"This call was decided by {name} at {when:%Y-%m-%d %H:%M:%S}. Load it again to see the decision; if you "
            f"do not agree, decide again with revision {call.revision}.",
        )


def _person(principal: Principal) -> int:
    if principal.user_pk is None:
        raise AccessError(
            "people_only",
            "Hanya orang yang boleh memutuskan dan menilai, bukan token. Masuk dengan akun.",
            "Only people decide and review, not tokens. Log in with an account.",
        )
    return principal.user_pk


def _not_decidable(call: Call) -> ConflictError:
    if call.state == CallState.erased:
        return ConflictError(
            "call_erased",
            "Panggilan ini sudah dihapus atas permintaan, maka tidak dapat diputuskan lagi. Kembali ke antrean.",
            "This call was erased on request and can no longer be decided. Go back to the queue.",
        )
    return ConflictError(
        "call_not_ready",
        f"Panggilan ini masih dikerjakan mesin ({call.state}). Tunggu sampai siap, lalu muat ulang.",
        f"The machine is still working on this call ({call.state}). Wait until it is ready, then load it again.",
    )


def _values(answer: Answer | None) -> dict[str, Any]:
    """An answer as columns of a decision."""
    names = ("disposition", "complaint_type", "target_opd", "priority", "ghost_kind", "place_id", "place_text")
    return {name: getattr(answer, name) for name in names} if answer else {}


def _columns(answer: Answer | None) -> dict[str, Any]:
    """An answer as columns of its call; without one those of the suggestion stay."""
    return {name: value for name, value in _values(answer).items() if not name.startswith("place_")}
