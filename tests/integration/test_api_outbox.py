"""GET /v1/outbox and what an administrator does with messages that are stuck."""

import pytest
from support.rows import NOON

from triage.dispatch import enqueue
from triage.store.tables import AuditRow, OutboxMessage, Ticket


@pytest.fixture
def dead(service):
    """A dead message; its id."""
    with service.database.write() as session:
        ticket = Ticket(
            number="KDI-112-20251118-0001", status="baru", complaint_type="banjir", target_opd="BPBD", priority="P2",
            created_at=NOON, updated_at=NOON,
        )  # fmt: skip
        session.add(ticket)
        session.flush()
        enqueue(session, ticket, "ticket.created", NOON)
        enqueue(session, ticket, "ticket.updated", NOON)
        message = session.query(OutboxMessage).order_by(OutboxMessage.id).first()
        message.state, message.last_error, message.attempts = "dead", "dijawab HTTP 400", 3
        return message.message_id


def state(service, message_id):
    with service.database.read() as session:
        return session.query(OutboxMessage).filter_by(message_id=message_id).one().state


class TestList:
    def test_shows_what_is_stuck_and_why_without_its_content(self, service, dead):
        [one] = service.client("admin").get("/v1/outbox", params={"state": "dead"}).json()["items"]
        assert (one["message_id"], one["ticket"], one["attempts"]) == (dead, "KDI-112-20251118-0001", 3)
        assert one["last_error"] == "dijawab HTTP 400"
        assert "payload" not in one

    def test_goes_on_by_a_cursor(self, service, dead, monkeypatch):
        monkeypatch.setattr("api.routes.outbox.PAGE", 1)
        admin = service.client("admin")
        first = admin.get("/v1/outbox").json()
        second = admin.get("/v1/outbox", params={"cursor": first["next"]}).json()
        assert first["items"][0]["message_id"] != dead
        assert [one["message_id"] for one in second["items"]] == [dead]
        assert admin.get("/v1/outbox", params={"cursor": "rubbish"}).status_code == 422

    def test_of_a_ticket_is_for_who_may_read_tickets(self, service, dead):
        path = "/v1/tickets/KDI-112-20251118-0001/messages"
        assert len(service.client("operator").get(path).json()) == 2
        assert service.client("data").get(path).status_code == 403
        assert service.client("operator").get("/v1/tickets/KDI-112-20251118-0009/messages").status_code == 404


class TestDeeds:
    def test_retry_and_drop_are_in_the_audit_trail(self, service, dead):
        admin = service.client("admin")
        assert admin.post(f"/v1/outbox/{dead}/retry").status_code == 204
        assert state(service, dead) == "pending"
        again = admin.post(f"/v1/outbox/{dead}/drop")
        assert (again.status_code, again.json()["code"]) == (409, "message_not_stuck")
        with service.database.write() as session:
            session.query(OutboxMessage).filter_by(message_id=dead).one().state = "kept"
        assert admin.post(f"/v1/outbox/{dead}/drop").status_code == 204
        assert state(service, dead) == "dropped"
        with service.database.read() as session:
            deeds = [row.action for row in session.query(AuditRow).filter_by(object_id=dead).order_by(AuditRow.id)]
        assert deeds == ["outbox.retry", "outbox.drop"]

    def test_of_an_unknown_message_are_404(self, service):
        assert service.client("admin").post("/v1/outbox/msg_none/retry").status_code == 404
