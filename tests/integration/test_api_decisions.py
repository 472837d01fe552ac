"""Deciding over HTTP. What follows from a decision is tested in tests/unit/casework."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from support.cases import add_ready_call
from support.service import ServiceUnderTest

from triage.accounts.rights import Right
from triage.store.tables import AuditRow, Call, Decision, OutboxMessage, Ticket

ACCEPT = {"revision": 2, "verdict": "accept", "seconds": 5.5}


@pytest.fixture
def call_id(service: ServiceUnderTest) -> str:
    with service.database.write() as session:
        return add_ready_call(session).call_id


def kept(service: ServiceUnderTest) -> list[int]:
    """Rows in the store: decisions, tickets, messages, audit rows of decisions."""
    with service.database.read() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table)) for table in (Decision, Ticket, OutboxMessage)
        ]
        rows = session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.action == "decision.create"))
    return [*(count or 0 for count in counts), rows or 0]


class TestDecide:
    def test_accept(self, service: ServiceUnderTest, call_id: str) -> None:
        response = service.client("operator", "siti").post(f"/v1/calls/{call_id}/decision", json=ACCEPT)
        answer = response.json()
        assert response.status_code == 201
        assert (answer["call_id"], answer["revision"]) == (call_id, 3)
        assert (answer["decision"]["user"], answer["decision"]["agreed"]) == ("siti", True)
        assert answer["ticket"]["number"].startswith("KDI-112-")
        assert answer["ticket"]["callers"] == 1
        assert kept(service) == [1, 1, 1, 1]

    def test_leaves_the_queue(self, service: ServiceUnderTest, call_id: str) -> None:
        client = service.client("operator")
        client.post(f"/v1/calls/{call_id}/decision", json={"revision": 2, "verdict": "cannot_tell", "seconds": 40})
        assert client.get("/v1/queue").json()["items"] == []
        assert client.get("/v1/calls", params={"verdict": "cannot_tell"}).json()["items"][0]["call_id"] == call_id

    def test_the_second_gets_a_conflict_that_says_what_to_do(self, service: ServiceUnderTest, call_id: str) -> None:
        service.client("operator", "siti").post(f"/v1/calls/{call_id}/decision", json=ACCEPT)
        response = service.client("operator", "andi").post(f"/v1/calls/{call_id}/decision", json=ACCEPT)
        assert response.status_code == 409
        assert "siti" in response.json()["detail"]
        assert "revisi 3" in response.json()["detail"]
        assert kept(service) == [1, 1, 1, 1]

    def test_the_same_incident(self, service: ServiceUnderTest, call_id: str) -> None:
        client = service.client("operator")
        number = client.post(f"/v1/calls/{call_id}/decision", json=ACCEPT).json()["ticket"]["number"]
        with service.database.write() as session:
            other = add_ready_call(session).call_id
        answer = client.post(f"/v1/calls/{other}/decision", json={**ACCEPT, "same_incident_as": number}).json()
        assert (answer["ticket"]["number"], answer["ticket"]["callers"]) == (number, 2)
        assert client.get(f"/v1/tickets/{number}").json()["call_ids"] == [call_id, other]

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ({}, 422),
            ({**ACCEPT, "revision": "two"}, 422),
            ({**ACCEPT, "verdict": "perhaps"}, 422),
            ({**ACCEPT, "priority": "P1"}, 422),
            ({**ACCEPT, "place_id": "kel-0"}, 422),
            ({**ACCEPT, "note": "\u0000"}, 422),
            ({**ACCEPT, "verdict": "correct"}, 422),
            ({**ACCEPT, "same_incident_as": "KDI-112-20251118-0099"}, 404),
            ({**ACCEPT, "revision": 1}, 409),
        ],
    )
    def test_what_is_refused_keeps_nothing(
        self, service: ServiceUnderTest, call_id: str, form: dict[str, Any], status: int
    ) -> None:
        response = service.client("operator").post(f"/v1/calls/{call_id}/decision", json=form)
        assert response.status_code == status
        assert response.json()["detail"]
        assert kept(service) == [0, 0, 0, 0]

    def test_an_unknown_call_is_missing(self, service: ServiceUnderTest) -> None:
        assert service.client("operator").post("/v1/calls/call-0/decision", json=ACCEPT).status_code == 404

    @pytest.mark.parametrize("role", ["qa", "data", "admin"])
    def test_only_operators(self, service: ServiceUnderTest, call_id: str, role: str) -> None:
        response = service.client(role).post(f"/v1/calls/{call_id}/decision", json=ACCEPT)
        assert response.status_code == 403
        assert kept(service) == [0, 0, 0, 0]
        with service.database.read() as session:
            assert session.scalars(select(Call.state)).one() == "ready"

    def test_no_machine(self, service: ServiceUnderTest, call_id: str) -> None:
        response = service.machine(Right.calls_read).post(f"/v1/calls/{call_id}/decision", json=ACCEPT)
        assert response.status_code == 403
        assert kept(service) == [0, 0, 0, 0]
