"""GET /v1/audit and /v1/audit/verify."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from triage.audit import Actor
from triage.store.tables import AuditRow

RINA = Actor("user:rina", "10.1.1.7")


@pytest.fixture
def trail(service, admin):
    """Five reads by Rina, after what making the administrator and logging in have left."""
    for number in range(5):
        with service.database.write() as session:
            service.context.audit.record(session, RINA, "call.read", "call", f"call-{number}", ticket=None)


class TestList:
    def test_newest_first_with_all_that_was_recorded(self, admin, trail):
        row = admin.get("/v1/audit", params={"limit": 1}).json()["items"][0]
        assert (row["actor"], row["action"], row["object_kind"], row["object_id"]) == (
            "user:rina",
            "call.read",
            "call",
            "call-4",
        )
        assert (row["source"], row["detail"]) == ("10.1.1.7", {"ticket": None})

    @pytest.mark.parametrize(
        ("params", "count"),
        [
            ({"actor": "rina"}, 5),
            ({"actor": "user:rina"}, 5),
            ({"actor": "token:rina"}, 0),
            ({"action": "call.read"}, 5),
            ({"object_kind": "call", "object_id": "call-3"}, 1),
            ({"object_kind": "call", "object_id": "call-9"}, 0),
        ],
    )
    def test_filters(self, admin, trail, params, count):
        assert len(admin.get("/v1/audit", params=params).json()["items"]) == count

    def test_of_a_time(self, admin, trail):
        now = datetime.now(UTC)
        for params, count in (
            ({"from": (now - timedelta(hours=1)).isoformat()}, 5),
            ({"to": (now - timedelta(hours=1)).isoformat()}, 0),
        ):
            assert len(admin.get("/v1/audit", params={"actor": "rina", **params}).json()["items"]) == count

    def test_pages_neither_leave_out_nor_repeat(self, admin, trail):
        seen, cursor = [], None
        while True:
            page = admin.get("/v1/audit", params={"actor": "rina", "limit": 2, "cursor": cursor or ""}).json()
            seen += [row["object_id"] for row in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == [f"call-{number}" for number in (4, 3, 2, 1, 0)]

    @pytest.mark.parametrize(
        "params", [{"limit": 0}, {"limit": 501}, {"cursor": "x"}, {"from": "kemarin"}, {"actor": "a\x00"}]
    )
    def test_nonsense(self, admin, params):
        assert admin.get("/v1/audit", params=params).status_code == 422


class TestVerify:
    def test_a_sound_trail(self, admin, trail):
        found = admin.get("/v1/audit/verify").json()
        assert found["findings"] == []
        assert found["rows"] >= 5
        again = admin.get("/v1/audit/verify", params={"anchor": found["anchor"]}).json()
        assert again["findings"] == []

    def test_an_edited_row(self, service, admin, trail):
        with service.database.write() as session:
            session.execute(update(AuditRow).where(AuditRow.object_id == "call-2").values(actor="user:budi"))
        [finding] = admin.get("/v1/audit/verify").json()["findings"]
        assert finding["kind"] == "edited"
        assert "diubah" in finding["message"]

    def test_an_anchor_of_another_trail(self, admin, trail):
        found = admin.get("/v1/audit/verify", params={"anchor": f"2:{'0' * 64}"}).json()
        assert [finding["kind"] for finding in found["findings"]] == ["anchor"]

    def test_nonsense(self, admin):
        assert admin.get("/v1/audit/verify", params={"anchor": "2:x"}).status_code == 422


class TestWhoMayRead:
    @pytest.mark.parametrize("role", ["operator", "qa", "data"])
    def test_administrators_only(self, service, role):
        client = service.client(role)
        for path in ("/v1/audit", "/v1/audit/verify"):
            assert client.get(path).status_code == 403
