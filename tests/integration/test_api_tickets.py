"""Tickets over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from support.rows import NOON, add_call
from support.service import ServiceUnderTest

from triage.store.tables import AuditRow, OutboxMessage, Ticket, TicketCall


@pytest.fixture
def numbers(service: ServiceUnderTest) -> list[str]:
    """Four tickets an hour apart; the second has two callers, the last is done."""
    with service.database.write() as session:
        for count in range(1, 5):
            at = NOON + timedelta(hours=count)
            ticket = Ticket(
                number=f"KDI-112-20251118-{count:04d}",
                status="selesai" if count == 4 else "baru",
                complaint_type="banjir" if count == 3 else "sampah",
                target_opd="BPBD" if count == 3 else "DLHK",
                priority="P3",
                created_at=at,
                updated_at=at,
            )
            session.add(ticket)
            session.flush()
            for _ in range(2 if count == 2 else 1):
                session.add(TicketCall(call_pk=add_call(session).id, ticket_pk=ticket.id, created_at=at))
    return [f"KDI-112-20251118-{count:04d}" for count in range(1, 5)]


def found(service: ServiceUnderTest, **wanted: Any) -> list[str]:
    response = service.client("operator").get("/v1/tickets", params=wanted)
    assert response.status_code == 200, response.text
    return [ticket["number"] for ticket in response.json()["items"]]


class TestList:
    def test_newest_first_page_by_page(self, service: ServiceUnderTest, numbers: list[str]) -> None:
        client = service.client("admin")
        first = client.get("/v1/tickets", params={"limit": 3}).json()
        second = client.get("/v1/tickets", params={"limit": 3, "cursor": first["next"]}).json()
        assert [one["number"] for one in first["items"] + second["items"]] == numbers[::-1]
        assert [one["callers"] for one in first["items"]] == [1, 1, 2]
        assert second["next"] is None

    def test_filters(self, service: ServiceUnderTest, numbers: list[str]) -> None:
        assert found(service, status="selesai") == [numbers[3]]
        assert found(service, complaint_type="banjir") == [numbers[2]]
        assert found(service, target_opd="DLHK", status="baru") == [numbers[1], numbers[0]]
        assert found(service, **{"from": "2025-11-18T14:00:00Z", "to": "2025-11-18T15:00:00Z"}) == [numbers[1]]

    @pytest.mark.parametrize("wanted", [{"status": "open"}, {"cursor": "x"}, {"from": "yesterday"}])
    def test_a_filter_that_cannot_be_is_refused(self, service: ServiceUnderTest, wanted: dict[str, str]) -> None:
        assert service.client("operator").get("/v1/tickets", params=wanted).status_code == 422

    def test_the_data_team_sees_none(self, service: ServiceUnderTest, numbers: list[str]) -> None:
        client = service.client("data")
        assert client.get("/v1/tickets").status_code == 403
        assert client.get(f"/v1/tickets/{numbers[0]}").status_code == 403


class TestOne:
    def test_has_its_calls(self, service: ServiceUnderTest, numbers: list[str]) -> None:
        ticket = service.client("qa").get(f"/v1/tickets/{numbers[1]}").json()
        assert (ticket["number"], ticket["callers"], len(ticket["call_ids"])) == (numbers[1], 2, 2)

    @pytest.mark.parametrize(("number", "status"), [("KDI-112-20251118-0099", 404), ("42", 422)])
    def test_an_unknown_one_is_missing(self, service: ServiceUnderTest, number: str, status: int) -> None:
        assert service.client("qa").get(f"/v1/tickets/{number}").status_code == status


class TestStatus:
    def test_is_changed_noted_and_told(self, service: ServiceUnderTest, numbers: list[str]) -> None:
        client = service.client("operator")
        response = client.patch(f"/v1/tickets/{numbers[0]}", json={"revision": 1, "status": "diterima"})
        assert response.status_code == 200
        assert (response.json()["status"], response.json()["revision"]) == ("diterima", 2)
        with service.database.read() as session:
            row = session.scalars(select(AuditRow).where(AuditRow.action == "ticket.update")).one()
            message = session.scalars(select(OutboxMessage)).one()
        assert (row.object_kind, row.object_id, row.detail) == ("ticket", numbers[0], {"status": "diterima"})
        assert (message.kind, message.opd) == ("ticket.updated", "DLHK")

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ({"revision": 7, "status": "diterima"}, 409),
            ({"revision": 1, "status": "baru"}, 422),
            ({"revision": 1}, 422),
            ({"revision": 1, "status": "diterima", "priority": "P1"}, 422),
        ],
    )
    def test_what_is_refused_changes_nothing(
        self, service: ServiceUnderTest, numbers: list[str], form: dict[str, Any], status: int
    ) -> None:
        client = service.client("operator")
        assert client.patch(f"/v1/tickets/{numbers[0]}", json=form).status_code == status
        assert client.get(f"/v1/tickets/{numbers[0]}").json()["revision"] == 1
        with service.database.read() as session:
            assert session.scalars(select(OutboxMessage)).all() == []

    def test_done_is_final(self, service: ServiceUnderTest, numbers: list[str]) -> None:
        client = service.client("operator")
        response = client.patch(f"/v1/tickets/{numbers[3]}", json={"revision": 1, "status": "batal"})
        assert (response.status_code, response.json()["code"]) == (409, "ticket_status")

    @pytest.mark.parametrize("role", ["qa", "data", "admin"])
    def test_only_operators(self, service: ServiceUnderTest, numbers: list[str], role: str) -> None:
        response = service.client(role).patch(f"/v1/tickets/{numbers[0]}", json={"revision": 1, "status": "batal"})
        assert response.status_code == 403
        with service.database.read() as session:
            assert session.scalars(select(Ticket.status).where(Ticket.number == numbers[0])).one() == "baru"
