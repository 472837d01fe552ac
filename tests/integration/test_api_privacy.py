"""POST and DELETE /v1/calls/{id}/hold, DELETE /v1/calls/{id}: status and stored rows."""

import pytest
from sqlalchemy import func, select
from support.kept import add_decided
from support.snapshot import snapshot

from triage.store.tables import AuditRow, Call, Erasure, TranscriptRow

REASON = {"reason": "LP/12/2026"}


@pytest.fixture
def call_id(service):
    with service.database.write() as session:
        return add_decided(session, 10, storage=service.context.storage).call_id


def actions(service):
    with service.database.read() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
    return [(row.action, row.actor, row.object_id) for row in rows if row.action.startswith("privacy.")]


class TestHold:
    def test_is_set_and_released_and_recorded(self, service, call_id):
        admin = service.client("admin")
        answer = admin.post(f"/v1/calls/{call_id}/hold", json=REASON)
        assert (answer.status_code, answer.json()["held"]) == (200, True)
        with service.database.read() as session:
            assert session.scalars(select(Call.legal_hold)).one() == "LP/12/2026"
        answer = admin.request("DELETE", f"/v1/calls/{call_id}/hold", json={"reason": "putusan inkrah"})
        assert (answer.status_code, answer.json()["held"]) == (200, False)
        with service.database.read() as session:
            assert session.scalars(select(Call.legal_hold)).one() is None
        assert actions(service) == [
            ("privacy.hold", "user:admin.uji", call_id),
            ("privacy.release", "user:admin.uji", call_id),
        ]

    def test_of_a_held_call_is_a_conflict(self, service, call_id):
        admin = service.client("admin")
        admin.post(f"/v1/calls/{call_id}/hold", json=REASON)
        answer = admin.post(f"/v1/calls/{call_id}/hold", json=REASON)
        assert (answer.status_code, answer.json()["code"]) == (409, "already_held")

    @pytest.mark.parametrize("body", [{}, {"reason": " "}, {"reason": "x" * 201}, {"reason": "a\x00bc"}, None])
    def test_needs_a_reason(self, service, call_id, body):
        admin = service.client("admin")
        before = snapshot(service.database)
        for method, path in (("POST", "/hold"), ("DELETE", "/hold"), ("DELETE", "")):
            assert admin.request(method, f"/v1/calls/{call_id}{path}", json=body).status_code == 422
        assert snapshot(service.database) == before

    def test_of_no_call(self, service):
        admin = service.client("admin")
        for method, path in (("POST", "/hold"), ("DELETE", "/hold"), ("DELETE", "")):
            answer = admin.request(method, f"/v1/calls/call-0{path}", json=REASON)
            assert (answer.status_code, answer.json()["code"]) == (404, "call_missing")


class TestErase:
    def test_removes_the_call_and_says_what_is_left_to_do(self, service, call_id):
        answer = service.client("admin").request("DELETE", f"/v1/calls/{call_id}", json=REASON)
        assert answer.status_code == 200
        assert answer.json()["datasets"] == answer.json()["models"] == []
        assert any("Cadangan" in line for line in answer.json()["todo"])
        with service.database.read() as session:
            assert session.scalars(select(Call.state)).one() == "erased"
            assert session.scalar(select(func.count()).select_from(TranscriptRow)) == 0
            assert session.scalars(select(Erasure.call_id)).one() == call_id
        assert list(service.context.storage.names()) == []
        assert actions(service) == [("privacy.erase", "user:admin.uji", call_id)]

    def test_under_hold_is_refused(self, service, call_id):
        admin = service.client("admin")
        admin.post(f"/v1/calls/{call_id}/hold", json=REASON)
        answer = admin.request("DELETE", f"/v1/calls/{call_id}", json=REASON)
        assert (answer.status_code, answer.json()["code"]) == (409, "legal_hold")
        with service.database.read() as session:
            assert session.scalars(select(Call.state)).one() == "decided"

    def test_leaves_pages_that_still_answer(self, service, call_id):
        service.client("admin").request("DELETE", f"/v1/calls/{call_id}", json=REASON)
        operator = service.client("operator")
        page = operator.get(f"/v1/calls/{call_id}")
        assert (page.status_code, page.json()["state"], page.json()["suggestion"]) == (200, "erased", None)
        assert operator.get(f"/v1/calls/{call_id}/audio").status_code == 410
        assert operator.get("/v1/calls").status_code == 200
        assert operator.get("/v1/calls", params={"q": "rahmat"}).json()["items"] == []

    @pytest.mark.parametrize("role", ["operator", "qa", "data"])
    def test_is_for_administrators(self, service, call_id, role):
        client = service.client(role)
        before = snapshot(service.database)
        assert client.request("DELETE", f"/v1/calls/{call_id}", json=REASON).status_code == 403
        assert snapshot(service.database) == before
        assert len(list(service.context.storage.names())) == 1
