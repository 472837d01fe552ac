"""Decisions, and the tickets that follow them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from support.cases import MANDONGA, TAXONOMY, add_ready_call, messages, suggestion
from support.rows import NOON, add_call, add_user

from triage.accounts.rights import RIGHTS, Principal, Role
from triage.audit import Actor, Audit
from triage.casework.desk import Decided, Desk
from triage.casework.forms import DecisionForm, TicketStatusForm
from triage.errors import AccessError, ConflictError, InputError, MissingError, TriageError
from triage.settings import Settings
from triage.store import Database
from triage.store.repositories.tickets import calls_of, find_ticket
from triage.store.tables import AuditRow, Call, Decision, OutboxMessage, Ticket

NOW = NOON + timedelta(minutes=5)
KEY = b"a key for tests"


class Centre:
    """A call centre: a desk, its operators, and calls by the order in which they came in."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.audit = Audit(KEY)
        self.desk = Desk(database, self.audit, TAXONOMY, Settings(_env_file=None))  # type: ignore[call-arg]

    def operator(self, name: str) -> Principal:
        with self.database.write() as session:
            key = add_user(session, name).id
        return Principal(Actor(f"user:{name}", "test"), RIGHTS[Role.operator], key)

    def call(self, body: dict[str, Any] | None = None, **values: Any) -> str:
        with self.database.write() as session:
            return add_ready_call(session, body, **values).call_id

    def decide(self, who: Principal, call_id: str, revision: int = 2, now: datetime = NOW, **form: Any) -> Decided:
        whole = DecisionForm.model_validate({"revision": revision, "verdict": "accept", "seconds": 6.5, **form})
        return self.desk.decide(who, call_id, whole, now)

    def the(self, call_id: str) -> Call:
        with self.database.read() as session:
            return session.scalars(select(Call).where(Call.call_id == call_id)).one()

    def ticket(self, number: str) -> Ticket:
        with self.database.read() as session:
            found = find_ticket(session, number)
            assert found is not None
            return found

    def callers(self, number: str) -> list[str]:
        with self.database.read() as session:
            return list(calls_of(session, self.ticket(number).id))

    def messages(self) -> list[tuple[str, str, int]]:
        with self.database.read() as session:
            return messages(session)

    def count(self, table: type[Any]) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def centre(database: Database) -> Iterator[Centre]:
    return Centre(database)


@pytest.fixture
def siti(centre: Centre) -> Principal:
    return centre.operator("siti")


def number_of(decided: Decided) -> str:
    assert decided.ticket is not None
    return decided.ticket.number


class TestDecision:
    def test_accept_opens_a_ticket_and_sets_the_columns_of_lists(self, centre: Centre, siti: Principal) -> None:
        call_id = centre.call()
        decided = centre.decide(siti, call_id, note="Pohon menutup jalan")
        call, ticket = centre.the(call_id), centre.ticket("KDI-112-20251118-0001")
        assert (call.state, call.revision, call.verdict, call.agreed) == ("decided", 3, "accept", True)
        assert (ticket.status, ticket.complaint_type, ticket.target_opd, ticket.priority) == (
            "baru",
            "pohon_tumbang",
            "DLHK",
            "P2",
        )
        assert (ticket.place_id, ticket.place_text, ticket.description) == (MANDONGA, "Mandonga", "Pohon menutup jalan")
        assert ticket.latitude == pytest.approx(-3.967296)
        assert centre.messages() == [("ticket.created", "DLHK", 1)]
        assert (decided.revision, decided.callers, decided.decision.seconds) == (3, 1, 6.5)

    def test_a_correction_disagrees_and_is_what_lists_show(self, centre: Centre, siti: Principal) -> None:
        call_id = centre.call()
        centre.decide(siti, call_id, verdict="correct", disposition="ghost", ghost_kind="salah_sambung")
        call = centre.the(call_id)
        assert (call.agreed, call.disposition, call.complaint_type, call.priority) == (False, "ghost", None, "P4")
        assert centre.count(Ticket) == 0

    @pytest.mark.parametrize("verdict", ["cannot_tell", "bad_transcript"])
    def test_without_an_answer_the_call_leaves_the_queue_for_qa(
        self, centre: Centre, siti: Principal, verdict: str
    ) -> None:
        call_id = centre.call()
        centre.decide(siti, call_id, verdict=verdict)
        call = centre.the(call_id)
        assert (call.state, call.verdict, call.agreed, call.complaint_type) == (
            "decided",
            verdict,
            None,
            "pohon_tumbang",
        )

    def test_a_call_that_the_machine_gave_up_can_be_decided(self, centre: Centre, siti: Principal) -> None:
        with centre.database.write() as session:
            call_id = add_call(session, state="dead").call_id
        centre.decide(siti, call_id, 1, verdict="correct", disposition="ticket", complaint_type="banjir")
        call = centre.the(call_id)
        assert (call.state, call.agreed, call.target_opd) == ("decided", None, "BPBD")

    @pytest.mark.parametrize(
        ("state", "code"), [("received", "call_not_ready"), ("working", "call_not_ready"), ("erased", "call_erased")]
    )
    def test_others_cannot(self, centre: Centre, siti: Principal, state: str, code: str) -> None:
        with centre.database.write() as session:
            call_id = add_call(session, state=state).call_id
        with pytest.raises(ConflictError) as caught:
            centre.decide(siti, call_id, 1, verdict="correct", disposition="ghost")
        assert caught.value.code == code

    def test_a_machine_decides_nothing(self, centre: Centre) -> None:
        machine = Principal(Actor("token:pbx", "test"), RIGHTS[Role.operator])
        with pytest.raises(AccessError):
            centre.decide(machine, centre.call())
        assert centre.count(Decision) == 0

    def test_is_noted_without_what_it_says(self, centre: Centre, siti: Principal) -> None:
        call_id = centre.call()
        decided = centre.decide(siti, call_id, note="rahasia")
        with centre.database.read() as session:
            row = session.scalars(select(AuditRow)).one()
        assert (row.actor, row.action, row.object_id) == ("user:siti", "decision.create", call_id)
        assert row.detail == {"decision": decided.decision.id, "verdict": "accept", "ticket": number_of(decided)}

    def test_all_of_it_is_kept_or_nothing(
        self, centre: Centre, siti: Principal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("power cut")

        call_id = centre.call()
        monkeypatch.setattr(centre.audit, "record", fail)
        with pytest.raises(RuntimeError):
            centre.decide(siti, call_id)
        assert centre.the(call_id).state == "ready"
        assert [centre.count(table) for table in (Decision, Ticket, OutboxMessage)] == [0, 0, 0]


class TestTwoOperators:
    def test_the_second_is_told_who_decided_and_what_to_do(self, centre: Centre, siti: Principal) -> None:
        call_id = centre.call()
        centre.decide(siti, call_id)
        with pytest.raises(ConflictError) as caught:
            centre.decide(centre.operator("andi"), call_id)
        assert caught.value.code == "call_decided"
        assert "siti" in caught.value.message_id
        assert "18-11-2025 20:05:00" in caught.value.message_id  # Kendari's time, UTC+8
        assert "revisi 3" in caught.value.message_id
        assert centre.count(Decision) == 1

    def test_a_new_suggestion_is_a_change_too(self, centre: Centre, siti: Principal) -> None:
        with pytest.raises(ConflictError) as caught:
            centre.decide(siti, centre.call(), revision=1)
        assert caught.value.code == "call_changed"

    def test_of_many_at_once_one_decides(self, centre: Centre) -> None:
        call_id, people = centre.call(), [centre.operator(f"petugas{number}") for number in range(6)]

        def attempt(who: Principal) -> str:
            try:
                return number_of(centre.decide(who, call_id))
            except TriageError as error:
                return error.code

        with ThreadPoolExecutor(len(people)) as pool:
            results = sorted(pool.map(attempt, people))
        assert results == ["KDI-112-20251118-0001", *["call_decided"] * 5]
        assert [centre.count(table) for table in (Decision, Ticket, OutboxMessage)] == [1, 1, 1]

    def test_a_later_decision_counts_and_the_first_stays(self, centre: Centre, siti: Principal) -> None:
        call_id = centre.call()
        centre.decide(siti, call_id, verdict="cannot_tell")
        decided = centre.decide(centre.operator("andi"), call_id, 3)
        assert decided.ticket is not None
        assert centre.the(call_id).verdict == "accept"
        assert centre.count(Decision) == 2


class TestNumbers:
    def test_ten_at_once_get_ten_numbers_without_a_gap(self, centre: Centre, siti: Principal) -> None:
        calls = [centre.call() for _ in range(10)]
        with ThreadPoolExecutor(len(calls)) as pool:
            numbers = sorted(number_of(one) for one in pool.map(lambda call: centre.decide(siti, call), calls))
        assert numbers == [f"KDI-112-20251118-{count:04d}" for count in range(1, 11)]

    def test_the_day_is_that_of_the_call_centre(self, centre: Centre, siti: Principal) -> None:
        late = datetime(2025, 11, 18, 16, 30, tzinfo=UTC)  # half past midnight in Kendari
        assert number_of(centre.decide(siti, centre.call(), now=late)) == "KDI-112-20251119-0001"

    def test_a_decision_that_fails_takes_none(self, centre: Centre, siti: Principal) -> None:
        with pytest.raises(InputError):
            centre.decide(siti, centre.call(), verdict="correct", disposition="ticket", complaint_type="naga")
        assert number_of(centre.decide(siti, centre.call())) == "KDI-112-20251118-0001"


class TestLaterDecision:
    """Everything that a second decision may do to the ticket of the first."""

    @pytest.fixture
    def decided(self, centre: Centre, siti: Principal) -> tuple[str, str]:
        call_id = centre.call()
        return call_id, number_of(centre.decide(siti, call_id))

    def test_the_same_answer_changes_nothing(self, centre: Centre, siti: Principal, decided: tuple[str, str]) -> None:
        call_id, number = decided
        centre.decide(siti, call_id, 3)
        assert centre.ticket(number).revision == 1
        assert centre.messages() == [("ticket.created", "DLHK", 1)]

    def test_a_new_priority_updates_it(self, centre: Centre, siti: Principal, decided: tuple[str, str]) -> None:
        call_id, number = decided
        again = {"disposition": "ticket", "complaint_type": "pohon_tumbang", "priority": "P1", "place_id": MANDONGA}
        centre.decide(siti, call_id, 3, verdict="correct", **again)
        ticket = centre.ticket(number)
        assert (ticket.priority, ticket.revision) == ("P1", 2)
        assert centre.messages()[1:] == [("ticket.updated", "DLHK", 1)]

    def test_another_opd_gets_it_and_the_first_is_told(
        self, centre: Centre, siti: Principal, decided: tuple[str, str]
    ) -> None:
        call_id, number = decided
        centre.decide(siti, call_id, 3, verdict="correct", disposition="ticket", complaint_type="gangguan_listrik")
        ticket = centre.ticket(number)
        assert (ticket.target_opd, ticket.revision, ticket.status) == ("PLN", 2, "baru")
        assert centre.messages()[1:] == [("ticket.withdrawn", "DLHK", 1), ("ticket.created", "PLN", 1)]

    @pytest.mark.parametrize("disposition", ["ghost", "information"])
    def test_no_ticket_any_more_withdraws_it(
        self, centre: Centre, siti: Principal, decided: tuple[str, str], disposition: str
    ) -> None:
        call_id, number = decided
        centre.decide(siti, call_id, 3, verdict="correct", disposition=disposition)
        ticket = centre.ticket(number)
        assert (ticket.status, ticket.closed_at, ticket.revision) == ("batal", NOW, 2)
        assert centre.messages()[1:] == [("ticket.withdrawn", "DLHK", 1)]

    def test_a_ticket_after_all_gets_a_new_number(
        self, centre: Centre, siti: Principal, decided: tuple[str, str]
    ) -> None:
        call_id, number = decided
        centre.decide(siti, call_id, 3, verdict="correct", disposition="ghost")
        assert number_of(centre.decide(siti, call_id, 4)) == "KDI-112-20251118-0002"
        assert centre.ticket(number).status == "batal"

    def test_who_cannot_tell_leaves_it(self, centre: Centre, siti: Principal, decided: tuple[str, str]) -> None:
        call_id, number = decided
        again = centre.decide(siti, call_id, 3, verdict="cannot_tell")
        assert number_of(again) == number
        assert centre.ticket(number).status == "baru"

    def test_work_that_is_done_is_not_changed(self, centre: Centre, siti: Principal, decided: tuple[str, str]) -> None:
        call_id, number = decided
        centre.desk.change_ticket(siti, number, TicketStatusForm(revision=1, status="selesai"), NOW)
        assert number_of(centre.decide(siti, call_id, 3)) == number
        other = centre.decide(siti, call_id, 4, verdict="correct", disposition="ticket", complaint_type="banjir")
        assert number_of(other) == "KDI-112-20251118-0002"
        assert centre.ticket(number).status == "selesai"


class TestSameIncident:
    @pytest.fixture
    def first(self, centre: Centre, siti: Principal) -> tuple[str, str]:
        call_id = centre.call()
        return call_id, number_of(centre.decide(siti, call_id))

    @pytest.fixture
    def second(self, centre: Centre, siti: Principal, first: tuple[str, str]) -> str:
        call_id = centre.call()
        centre.decide(siti, call_id, same_incident_as=first[1])
        return call_id

    def test_the_call_joins_and_the_opd_hears_of_it(self, centre: Centre, first: tuple[str, str], second: str) -> None:
        call_id, number = first
        assert centre.callers(number) == [call_id, second]
        assert centre.count(Ticket) == 1
        assert centre.ticket(number).revision == 2
        assert centre.messages()[1:] == [("ticket.updated", "DLHK", 2)]

    def test_a_later_caller_does_not_speak_for_the_ticket(
        self, centre: Centre, siti: Principal, first: tuple[str, str], second: str
    ) -> None:
        call_id, number = first
        again = centre.decide(siti, second, 3, verdict="correct", disposition="ticket", complaint_type="banjir")
        assert number_of(again) == "KDI-112-20251118-0002"
        assert centre.callers(number) == [call_id]
        assert centre.ticket(number).complaint_type == "pohon_tumbang"

    def test_while_others_call_about_it_it_is_not_withdrawn(
        self, centre: Centre, siti: Principal, first: tuple[str, str], second: str
    ) -> None:
        call_id, number = first
        centre.decide(siti, call_id, 3, verdict="correct", disposition="ghost")
        assert centre.callers(number) == [second]
        assert centre.ticket(number).status == "baru"
        assert centre.messages()[-1] == ("ticket.updated", "DLHK", 1)

    def test_a_call_with_a_ticket_of_its_own_brings_none_along(
        self, centre: Centre, siti: Principal, first: tuple[str, str]
    ) -> None:
        other = centre.call()
        own = number_of(centre.decide(siti, other))
        assert number_of(centre.decide(siti, other, 3, same_incident_as=first[1])) == first[1]
        assert centre.ticket(own).status == "batal"
        assert centre.callers(own) == []

    def test_joining_again_changes_nothing(
        self, centre: Centre, siti: Principal, first: tuple[str, str], second: str
    ) -> None:
        count = len(centre.messages())
        centre.decide(siti, second, 3, same_incident_as=first[1])
        assert len(centre.messages()) == count

    def test_a_closed_ticket_takes_no_call(self, centre: Centre, siti: Principal, first: tuple[str, str]) -> None:
        centre.desk.change_ticket(siti, first[1], TicketStatusForm(revision=1, status="selesai"), NOW)
        call_id = centre.call()
        with pytest.raises(ConflictError) as caught:
            centre.decide(siti, call_id, same_incident_as=first[1])
        assert caught.value.code == "ticket_closed"
        assert centre.the(call_id).state == "ready"

    def test_an_unknown_ticket_takes_none(self, centre: Centre, siti: Principal) -> None:
        with pytest.raises(MissingError):
            centre.decide(siti, centre.call(), same_incident_as="KDI-112-20251118-0042")

    def test_many_join_one_ticket_at_once(self, centre: Centre, siti: Principal, first: tuple[str, str]) -> None:
        calls = [centre.call() for _ in range(6)]
        with ThreadPoolExecutor(len(calls)) as pool:
            list(pool.map(lambda call: centre.decide(siti, call, same_incident_as=first[1]), calls))
        assert len(centre.callers(first[1])) == 7
        assert centre.ticket(first[1]).revision == 7

    def test_a_ticket_of_another_system_is_nobodys_to_change(self, centre: Centre, siti: Principal) -> None:
        with centre.database.write() as session:
            ticket = Ticket(
                number="KDI-112-20251118-0900",
                status="baru",
                complaint_type="sampah",
                target_opd="DLHK",
                priority="P3",
                source="open311",
                created_at=NOW,
                updated_at=NOW,
            )
            session.add(ticket)
        call_id = centre.call(suggestion(complaint_type="sampah"))
        centre.decide(siti, call_id, same_incident_as=ticket.number)
        centre.decide(siti, call_id, 3, verdict="correct", disposition="ghost")
        assert centre.ticket(ticket.number).status == "baru"
        assert centre.callers(ticket.number) == []


class TestTicketStatus:
    @pytest.fixture
    def number(self, centre: Centre, siti: Principal) -> str:
        return number_of(centre.decide(siti, centre.call()))

    def change(self, centre: Centre, siti: Principal, number: str, revision: int, status: str) -> None:
        form = TicketStatusForm.model_validate({"revision": revision, "status": status})
        centre.desk.change_ticket(siti, number, form, NOW + timedelta(hours=1))

    @pytest.mark.parametrize(
        ("path", "closed"),
        [(["diterima"], False), (["diterima", "selesai"], True), (["selesai"], True), (["diterima", "batal"], True)],
    )
    def test_legal_ways(self, centre: Centre, siti: Principal, number: str, path: list[str], closed: bool) -> None:
        for revision, status in enumerate(path, 1):
            self.change(centre, siti, number, revision, status)
        ticket = centre.ticket(number)
        assert (ticket.status, ticket.revision) == (path[-1], len(path) + 1)
        assert (ticket.closed_at is not None) == closed
        kind = "ticket.withdrawn" if path[-1] == "batal" else "ticket.updated"
        assert centre.messages()[-1] == (kind, "DLHK", 1)

    @pytest.mark.parametrize(
        ("first", "then"), [("selesai", "diterima"), ("batal", "selesai"), ("diterima", "diterima")]
    )
    def test_illegal_ways(self, centre: Centre, siti: Principal, number: str, first: str, then: str) -> None:
        self.change(centre, siti, number, 1, first)
        with pytest.raises(ConflictError) as caught:
            self.change(centre, siti, number, 2, then)
        assert caught.value.code == "ticket_status"
        assert centre.ticket(number).status == first

    def test_of_two_the_second_is_told(self, centre: Centre, siti: Principal, number: str) -> None:
        self.change(centre, siti, number, 1, "diterima")
        with pytest.raises(ConflictError, match="revisi 2"):
            self.change(centre, siti, number, 1, "batal")
