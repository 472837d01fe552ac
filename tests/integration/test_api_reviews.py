"""Reviews by QA."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from support.cases import add_ready_call
from support.rows import add_decision, add_user
from support.service import ServiceUnderTest

from triage.store.tables import AuditRow, Review

FORM = {
    "faults": ["type", "opd", "type"],
    "complaint_type": "gangguan_listrik",
    "target_opd": "PLN",
    "note": "Kabel, bukan pohon",
}


@pytest.fixture
def url(service: ServiceUnderTest) -> str:
    """Address of the reviews of a decided call."""
    with service.database.write() as session:
        call = add_ready_call(session)
        add_decision(session, call, add_user(session))
        return f"/v1/calls/{call.call_id}/reviews"


class TestReview:
    def test_is_kept_with_the_decision_it_is_about(self, service: ServiceUnderTest, url: str) -> None:
        client = service.client("qa", "rina")
        created = client.post(url, json=FORM)
        assert created.status_code == 201
        assert created.json() == client.get(url).json()["items"][0]
        assert (created.json()["user"], created.json()["faults"]) == ("rina", ["type", "opd"])
        with service.database.read() as session:
            review = session.scalars(select(Review)).one()
            row = session.scalars(select(AuditRow).where(AuditRow.action == "review.create")).one()
        assert review.decision_pk is not None
        assert row.detail == {"review": review.id}

    def test_the_last_one_comes_first_and_takes_the_call_from_the_list(
        self, service: ServiceUnderTest, url: str
    ) -> None:
        client = service.client("qa")
        assert len(client.get("/v1/calls", params={"reviewed": False}).json()["items"]) == 1
        client.post(url, json={"faults": []})
        client.post(url, json={"faults": ["ghost"], "disposition": "ghost"})
        assert [one["faults"] for one in client.get(url).json()["items"]] == [["ghost"], []]
        assert client.get("/v1/calls", params={"reviewed": False}).json()["items"] == []

    @pytest.mark.parametrize(
        "form",
        [
            {},
            {"faults": ["everything"]},
            {"faults": [], "complaint_type": "naga"},
            {"faults": [], "complaint_type": "gangguan_listrik", "target_opd": "KOMINFO"},
            {"faults": [], "note": "a\u0000b"},
        ],
    )
    def test_one_that_does_not_hold_is_refused(self, service: ServiceUnderTest, url: str, form: dict[str, Any]) -> None:
        client = service.client("qa")
        assert client.post(url, json=form).status_code == 422
        assert client.get(url).json() == {"items": []}

    @pytest.mark.parametrize("role", ["operator", "data", "admin"])
    def test_only_qa(self, service: ServiceUnderTest, url: str, role: str) -> None:
        client = service.client(role)
        assert (client.get(url).status_code, client.post(url, json=FORM).status_code) == (403, 403)
        with service.database.read() as session:
            assert session.scalars(select(Review)).all() == []

    def test_an_unknown_call_has_none(self, service: ServiceUnderTest) -> None:
        client = service.client("qa")
        assert client.get("/v1/calls/call-0/reviews").status_code == 404
        assert client.post("/v1/calls/call-0/reviews", json=FORM).status_code == 404
