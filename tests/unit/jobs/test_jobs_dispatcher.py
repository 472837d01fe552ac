"""What is queued when, what is taken up again, and what is given up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.work import NOW, add_call, the_call

from triage.jobs import dispatcher
from triage.jobs.dispatcher import Dispatcher, reap
from triage.jobs.workflow import workflow_id
from triage.settings import Settings
from triage.store import Database
from triage.store.tables import Ticket, TicketCall


class FakeQueue:
    """Keeps workflows in a dictionary, as the jobs database would."""

    def __init__(self) -> None:
        self.workflows: dict[str, str] = {}
        self.enqueued: list[str] = []
        self.executors: set[str] = set()
        self.recovered: list[str] = []

    def enqueue(self, call_id: str, attempt: int, urgency: int) -> None:
        if self.workflows.setdefault(workflow_id(call_id, attempt), "ENQUEUED") == "ENQUEUED":
            self.enqueued.append(call_id)

    def states(self, ids: Collection[str]) -> dict[str, str]:
        return {name: self.workflows[name] for name in ids if name in self.workflows}

    def forget(self, ids: Collection[str]) -> None:
        for name in ids:
            self.workflows.pop(name, None)

    def busy_executors(self) -> set[str]:
        return self.executors

    def recover(self, executor: str) -> None:
        self.recovered.append(executor)


class FakeLocks:
    """Names in `alive` are locked by others."""

    def __init__(self, *alive: str) -> None:
        self.alive = set(alive)
        self.held: list[str] = []

    def take(self, name: str) -> bool:
        if name in self.alive:
            return False
        self.held.append(name)
        return True

    def release(self, name: str) -> None:
        self.held.remove(name)

    def hold(self, name: str) -> bool:
        return True

    def close(self) -> None:
        """Nothing."""


class Desk:
    """A dispatcher on a database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.settings = Settings(data_dir=folder, _env_file=None)  # type: ignore[call-arg]
        self.queue = FakeQueue()
        self.now = datetime.now(UTC)
        self.dispatcher = Dispatcher(database, self.queue, clock=lambda: self.now)

    def add(self, **values: object) -> str:
        return add_call(self.database, self.settings, b"", **values)

    def dispatch(self) -> list[str]:
        self.queue.enqueued = []
        self.dispatcher.dispatch()
        return self.queue.enqueued

    def state(self, call_id: str) -> str:
        return the_call(self.database, call_id).state


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


class TestDispatch:
    def test_queues_in_the_order_of_arrival(self, desk: Desk) -> None:
        late, early = (desk.add(received_at=NOW + timedelta(seconds=age)) for age in (2, 1))
        assert desk.dispatch() == [early, late]
        assert [desk.state(one) for one in (early, late)] == ["queued", "queued"]
        assert desk.dispatch() == []

    def test_urgent_calls_go_ahead(self, desk: Desk) -> None:
        usual = desk.add(received_at=NOW)
        urgent = desk.add(received_at=NOW + timedelta(minutes=5), urgency=1)
        assert desk.dispatch() == [urgent, usual]

    def test_only_a_few_are_queued_ahead_so_that_urgent_ones_can_overtake(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dispatcher, "QUEUED_AHEAD", 2)
        usual = [desk.add(received_at=NOW + timedelta(seconds=age)) for age in range(3)]
        assert desk.dispatch() == usual[:2]
        urgent = desk.add(received_at=NOW + timedelta(hours=1), urgency=1)
        assert desk.dispatch() == []
        with desk.database.write() as session:
            the = session.merge(the_call(desk.database, usual[0]))
            the.state = "working"
        assert desk.dispatch() == [urgent]

    def test_a_call_that_a_worker_began_before_it_was_noted_stays_begun(self, desk: Desk) -> None:
        call_id = desk.add()
        enqueue = desk.queue.enqueue

        def begun_at_once(call: str, attempt: int, urgency: int) -> None:
            enqueue(call, attempt, urgency)
            with desk.database.write() as session:
                session.merge(the_call(desk.database, call)).state = "working"

        desk.queue.enqueue = begun_at_once  # type: ignore[method-assign]
        desk.dispatch()
        assert desk.state(call_id) == "working"


class TestUrgency:
    """A waiting call goes ahead when its number has become one of S5 since it came in."""

    def order(self, desk: Desk, *drops: timedelta, ticket: bool = False) -> bool:
        """Whether a call of the number goes ahead of one that came before it."""
        earlier = [
            desk.add(caller_hash="a" * 64, dropped=True, state="ready", started_at=desk.now - ago) for ago in drops
        ]
        if ticket:
            self.add_ticket(desk, earlier[0])
        other = desk.add(received_at=NOW)
        own = desk.add(caller_hash="a" * 64, received_at=NOW + timedelta(minutes=1))
        order = desk.dispatch()
        assert set(order) == {own, other}
        return order == [own, other]

    def add_ticket(self, desk: Desk, call_id: str) -> None:
        with desk.database.write() as session:
            ticket = Ticket(
                number="KDI-112-20251118-0001",
                status="baru",
                complaint_type="banjir",
                target_opd="BPBD",
                priority="P2",
                created_at=NOW,
                updated_at=NOW,
            )
            session.add(ticket)
            session.flush()
            session.add(TicketCall(call_pk=the_call(desk.database, call_id).id, ticket_pk=ticket.id, created_at=NOW))

    def test_two_drops_in_half_an_hour(self, desk: Desk) -> None:
        assert self.order(desk, timedelta(minutes=2), timedelta(minutes=20))

    def test_one_does_not_count(self, desk: Desk) -> None:
        assert not self.order(desk, timedelta(minutes=2), timedelta(minutes=40))

    def test_three_in_a_day_of_a_number_with_a_ticket(self, desk: Desk) -> None:
        hours = [timedelta(hours=number) for number in (2, 8, 20)]
        assert self.order(desk, *hours, ticket=True)

    def test_three_in_a_day_of_one_without(self, desk: Desk) -> None:
        assert not self.order(desk, *(timedelta(hours=number) for number in (2, 8, 20)))


class TestReconcile:
    def test_a_lost_jobs_database_is_made_again(self, desk: Desk) -> None:
        queued, working = desk.add(state="queued"), desk.add(state="working", attempt=3)
        desk.dispatcher.reconcile()
        assert sorted(desk.queue.workflows) == sorted([f"{queued}-1", f"{working}-3"])

    @pytest.mark.parametrize("state", ["ENQUEUED", "PENDING", "DELAYED"])
    def test_what_runs_is_left_alone(self, desk: Desk, state: str) -> None:
        call_id = desk.add(state="working")
        desk.queue.workflows = {f"{call_id}-1": state}
        desk.dispatcher.reconcile()
        assert desk.queue.workflows == {f"{call_id}-1": state} and desk.queue.enqueued == []

    @pytest.mark.parametrize("state", ["SUCCESS", "STALE"])
    def test_a_workflow_that_cannot_belong_to_this_store_is_begun_anew(self, desk: Desk, state: str) -> None:
        call_id = desk.add(state="queued")
        desk.queue.workflows = {f"{call_id}-1": state}
        desk.dispatcher.reconcile()
        assert desk.queue.workflows == {f"{call_id}-1": "ENQUEUED"}

    @pytest.mark.parametrize(
        ("state", "code"), [("MAX_RECOVERY_ATTEMPTS_EXCEEDED", "work_crashed"), ("ERROR", "work_broken")]
    )
    def test_a_call_whose_work_ended_without_a_result_is_given_up(self, desk: Desk, state: str, code: str) -> None:
        call_id = desk.add(state="working")
        desk.queue.workflows = {f"{call_id}-1": state}
        desk.dispatcher.reconcile()
        call = the_call(desk.database, call_id)
        assert (call.state, call.error_code) == ("dead", code)
        assert desk.queue.workflows == {}

    def test_a_call_that_became_ready_meanwhile_stays_ready(self, desk: Desk) -> None:
        call_id = desk.add(state="working")
        states = desk.queue.states

        def finishing(ids: Collection[str]) -> dict[str, str]:
            with desk.database.write() as session:
                session.merge(the_call(desk.database, call_id)).state = "ready"
            return states(ids)

        desk.queue.states = finishing  # type: ignore[method-assign]
        desk.queue.workflows = {f"{call_id}-1": "SUCCESS"}
        desk.dispatcher.reconcile()
        assert desk.queue.workflows == {f"{call_id}-1": "SUCCESS"} and desk.queue.enqueued == []


class TestReap:
    def test_takes_over_from_the_dead_alone(self) -> None:
        queue, locks = FakeQueue(), FakeLocks("alive-1")
        queue.executors = {"alive-1", "dead-1"}
        assert reap(queue, locks) == ["dead-1"]
        assert queue.recovered == ["dead-1"] and locks.held == []
