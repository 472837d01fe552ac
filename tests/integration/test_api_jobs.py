"""Dead letters: GET /v1/jobs/dead and POST /v1/calls/{id}/retry."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from support.service import ServiceUnderTest
from support.work import add_call, the_call

from triage.store.tables import AuditRow

GIVEN_UP = {"state": "dead", "error_code": "work_crashed", "error_message": "Mungkin rekamannya rusak."}


def add(service: ServiceUnderTest, **values: object) -> str:
    return add_call(service.database, service.settings, b"", **values)


class TestList:
    def test_shows_what_was_given_up_and_why_the_last_one_first(self, service: ServiceUnderTest) -> None:
        first, second = add(service, **GIVEN_UP), add(service, **GIVEN_UP)
        add(service, state="ready")
        answer = service.client("admin").get("/v1/jobs/dead")
        assert answer.status_code == 200
        assert [item["call_id"] for item in answer.json()["items"]] == [second, first]
        assert answer.json()["items"][0]["code"] == "work_crashed"
        assert answer.json()["items"][0]["message"] == "Mungkin rekamannya rusak."
        assert answer.json()["next"] is None

    def test_comes_in_pages(self, service: ServiceUnderTest) -> None:
        calls = [add(service, **GIVEN_UP) for _ in range(3)]
        client = service.client("admin")
        page = client.get("/v1/jobs/dead", params={"limit": 2}).json()
        rest = client.get("/v1/jobs/dead", params={"limit": 2, "cursor": page["next"]}).json()
        assert [item["call_id"] for item in [*page["items"], *rest["items"]]] == calls[::-1]
        assert rest["next"] is None

    def test_refuses_a_cursor_of_its_own_making(self, service: ServiceUnderTest) -> None:
        answer = service.client("admin").get("/v1/jobs/dead", params={"cursor": "x"})
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")

    def test_is_for_administrators(self, service: ServiceUnderTest) -> None:
        assert service.client("operator").get("/v1/jobs/dead").status_code == 403
        assert service.anonymous().get("/v1/jobs/dead").status_code == 401


class TestRetry:
    def test_gives_the_call_to_the_workers_again(self, service: ServiceUnderTest) -> None:
        call_id = add(service, progress=0.4, **GIVEN_UP)
        answer = service.client("admin").post(f"/v1/calls/{call_id}/retry")
        assert answer.status_code == 202
        assert answer.json() == {"call_id": call_id, "state": "received", "attempt": 2, "revision": 2}
        call = the_call(service.database, call_id)
        assert (call.state, call.attempt, call.progress) == ("received", 2, 0.0)
        assert (call.error_code, call.error_message) == (None, None)

    def test_is_in_the_audit_trail(self, service: ServiceUnderTest) -> None:
        call_id = add(service, **GIVEN_UP)
        service.client("admin").post(f"/v1/calls/{call_id}/retry")
        with service.database.read() as session:
            row = session.scalars(select(AuditRow).where(AuditRow.action == "call.retry")).one()
        assert (row.actor, row.object_kind, row.object_id) == ("user:admin.uji", "call", call_id)

    def test_twice_is_a_conflict(self, service: ServiceUnderTest) -> None:
        call_id = add(service, **GIVEN_UP)
        client = service.client("admin")
        client.post(f"/v1/calls/{call_id}/retry")
        answer = client.post(f"/v1/calls/{call_id}/retry")
        assert (answer.status_code, answer.json()["code"]) == (409, "call_not_dead")
        assert the_call(service.database, call_id).attempt == 2

    @pytest.mark.parametrize("state", ["received", "queued", "working", "ready", "decided", "erased"])
    def test_of_a_call_that_is_not_dead(self, service: ServiceUnderTest, state: str) -> None:
        call_id = add(service, state=state)
        answer = service.client("admin").post(f"/v1/calls/{call_id}/retry")
        assert answer.status_code == 409
        assert (the_call(service.database, call_id).state, the_call(service.database, call_id).attempt) == (state, 1)

    def test_of_a_call_whose_recording_is_purged(self, service: ServiceUnderTest) -> None:
        call_id = add(service, **{**GIVEN_UP, "audio_uri": None})
        answer = service.client("admin").post(f"/v1/calls/{call_id}/retry")
        assert (answer.status_code, answer.json()["code"]) == (409, "call_without_audio")

    def test_of_no_call(self, service: ServiceUnderTest) -> None:
        answer = service.client("admin").post("/v1/calls/call-0/retry")
        assert (answer.status_code, answer.json()["code"]) == (404, "call_missing")

    def test_is_for_administrators(self, service: ServiceUnderTest) -> None:
        call_id = add(service, **GIVEN_UP)
        assert service.client("operator").post(f"/v1/calls/{call_id}/retry").status_code == 403
        assert the_call(service.database, call_id).state == "dead"
