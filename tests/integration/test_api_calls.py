"""The queue, lists of calls, a call's page, and tickets offered as the same incident."""

from __future__ import annotations

from datetime import timedelta

import pytest
from httpx import Response
from sqlalchemy import select
from support.cases import add_ready_call, suggestion
from support.rows import NOON, add_call, add_decision, add_user
from support.service import ServiceUnderTest

from triage.store.tables import AuditRow, Call, Ticket, TicketCall
from triage.suggestion.model import TranscriptPart

MINUTE = timedelta(minutes=1)
SECRET = "rahasia"


@pytest.fixture
def calls(service: ServiceUnderTest) -> list[str]:
    """Five calls in the queue, each a minute after the one before."""
    with service.database.write() as session:
        return [
            add_ready_call(
                session, words=f"{SECRET} nomor {number}", caller_last3="345", now=NOON + number * MINUTE
            ).call_id
            for number in range(5)
        ]


def ids(response: Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [line["call_id"] for line in response.json()["items"]]


class TestQueue:
    def test_page_by_page(self, service: ServiceUnderTest, calls: list[str]) -> None:
        client = service.client("operator")
        first = client.get("/v1/queue", params={"limit": 3})
        assert ids(first) == calls[:3]
        second = client.get("/v1/queue", params={"limit": 3, "cursor": first.json()["next"]})
        assert ids(second) == calls[3:]
        assert second.json()["next"] is None

    def test_tells_nothing_of_what_was_said(self, service: ServiceUnderTest, calls: list[str]) -> None:
        response = service.client("operator").get("/v1/queue")
        assert SECRET not in response.text
        line = response.json()["items"][0]
        assert (line["revision"], line["caller_last3"], line["complaint_type"], line["listen"]) == (
            2,
            "345",
            "pohon_tumbang",
            False,
        )

    def test_filters(self, service: ServiceUnderTest, calls: list[str]) -> None:
        client = service.client("qa")
        assert ids(client.get("/v1/queue", params={"complaint_type": "banjir"})) == []
        assert ids(client.get("/v1/queue", params={"target_opd": "DLHK", "listen": False})) == calls


class TestList:
    def test_finds_what_was_said_newest_first(self, service: ServiceUnderTest, calls: list[str]) -> None:
        client = service.client("operator")
        assert ids(client.get("/v1/calls", params={"q": SECRET})) == calls[::-1]
        assert ids(client.get("/v1/calls", params={"q": f"{SECRET} 3"})) == [calls[3]]

    def test_goes_on_where_the_page_before_ended(self, service: ServiceUnderTest, calls: list[str]) -> None:
        client = service.client("operator")
        found, cursor = [], None
        for _ in calls:
            response = client.get("/v1/calls", params={"q": SECRET, "limit": 2, "cursor": cursor})
            found += ids(response)
            cursor = response.json()["next"]
            if cursor is None:
                break
        assert found == calls[::-1]

    @pytest.mark.parametrize("query", ['"', "!!!", "*", "\x00", "(((", "\N{PILE OF POO}"])
    def test_rubbish_finds_nothing_and_harms_nothing(
        self, service: ServiceUnderTest, calls: list[str], query: str
    ) -> None:
        assert ids(service.client("operator").get("/v1/calls", params={"q": query})) == []

    def test_qa_finds_what_was_decided_otherwise_and_what_nobody_could_tell(
        self, service: ServiceUnderTest, calls: list[str]
    ) -> None:
        with service.database.write() as session:
            for call_id, verdict, agreed in ((calls[0], "correct", False), (calls[1], "cannot_tell", None)):
                call = session.scalars(select(Call).where(Call.call_id == call_id)).one()
                call.state, call.verdict, call.agreed = "decided", verdict, agreed
        client = service.client("qa")
        assert ids(client.get("/v1/calls", params={"agreed": False})) == [calls[0]]
        assert ids(client.get("/v1/calls", params={"verdict": "cannot_tell", "reviewed": False})) == [calls[1]]

    def test_times_need_a_zone(self, service: ServiceUnderTest, calls: list[str]) -> None:
        client = service.client("operator")
        wanted = {"from": "2025-11-18T20:01:00+08:00", "to": "2025-11-18T20:03:00+08:00"}
        assert ids(client.get("/v1/calls", params=wanted)) == [calls[2], calls[1]]
        assert client.get("/v1/calls", params={"from": "2025-11-18T20:01:00"}).status_code == 422

    @pytest.mark.parametrize(
        "wanted",
        [
            {"state": "open"},
            {"verdict": "maybe"},
            {"complaint_type": "a'b"},
            {"caller_last3": "12"},
            {"cursor": "x"},
            {"cursor": "1-2"},
            {"limit": 0},
            {"limit": 201},
            {"q": "a" * 201},
            {"from": "0001-01-01T00:00:00+14:00"},
        ],
    )
    def test_a_filter_that_cannot_be_is_refused(self, service: ServiceUnderTest, wanted: dict[str, object]) -> None:
        response = service.client("operator").get("/v1/calls", params=wanted)  # type: ignore[arg-type]
        assert response.status_code == 422
        assert response.headers["content-type"] == "application/problem+json"


class TestPage:
    def test_shows_all_that_is_known(self, service: ServiceUnderTest) -> None:
        with service.database.write() as session:
            call = add_ready_call(session, words=SECRET, agent="12", queue="112", audio_uri="2025/a.wav")
            decision = add_decision(session, call, add_user(session, "siti"), complaint_type="pohon_tumbang")
            ticket = Ticket(
                number="KDI-112-20251118-0001",
                status="baru",
                complaint_type="pohon_tumbang",
                target_opd="DLHK",
                priority="P2",
                created_at=NOON,
                updated_at=NOON,
            )
            session.add(ticket)
            session.flush()
            session.add(TicketCall(call_pk=call.id, ticket_pk=ticket.id, created_at=NOON))
        response = service.client("operator").get(f"/v1/calls/{call.call_id}")
        page = response.json()
        assert response.headers["cache-control"] == "no-store"
        assert (page["agent"], page["queue"], page["has_audio"], page["revision"]) == ("12", "112", True, 2)
        assert page["suggestion"]["call_id"] == call.call_id
        assert page["suggestion"]["complaint_type"] == suggestion()["complaint_type"]
        assert TranscriptPart.model_validate(page["suggestion"]["transcript"]).segments[0].text == SECRET
        assert [one["classifier"] for one in page["suggestions"]] == ["fake-classifier 1"]
        assert (page["decisions"][0]["user"], page["decisions"][0]["seconds"]) == ("siti", decision.seconds)
        assert (page["ticket"]["number"], page["ticket"]["callers"]) == (ticket.number, 1)
        assert "sha256" not in page
        assert "caller_hash" not in page

    def test_of_a_call_that_waits_has_no_suggestion(self, service: ServiceUnderTest) -> None:
        with service.database.write() as session:
            call_id = add_call(session, state="received").call_id
        page = service.client("operator").get(f"/v1/calls/{call_id}").json()
        assert (page["suggestion"], page["suggestions"], page["decisions"], page["ticket"]) == (None, [], [], None)
        assert page["has_audio"] is False

    def test_reading_it_is_noted(self, service: ServiceUnderTest, calls: list[str]) -> None:
        service.client("qa", "rina").get(f"/v1/calls/{calls[0]}")
        with service.database.read() as session:
            rows = session.scalars(select(AuditRow).where(AuditRow.action == "call.read")).all()
        assert [(row.actor, row.object_id, row.detail) for row in rows] == [("user:rina", calls[0], {})]

    def test_lists_are_not(self, service: ServiceUnderTest, calls: list[str]) -> None:
        client = service.client("operator")
        client.get("/v1/queue")
        client.get("/v1/calls", params={"q": SECRET})
        with service.database.read() as session:
            assert session.scalars(select(AuditRow).where(AuditRow.action.like("call.%"))).all() == []

    @pytest.mark.parametrize(("call_id", "status"), [("call-0", 404), ("a b", 422), ("x" * 65, 422)])
    def test_an_unknown_call_has_none(self, service: ServiceUnderTest, call_id: str, status: int) -> None:
        response = service.client("operator").get(f"/v1/calls/{call_id}")
        assert response.status_code == status
        assert response.json()["detail"]


class TestSimilarTickets:
    def test_are_offered_with_the_reason(self, service: ServiceUnderTest, calls: list[str]) -> None:
        with service.database.write() as session:
            session.add(
                Ticket(
                    number="KDI-112-20251118-0001",
                    status="baru",
                    complaint_type="pohon_tumbang",
                    target_opd="DLHK",
                    priority="P2",
                    place_id="kel-7471011005",
                    created_at=NOON - 5 * MINUTE,
                    updated_at=NOON,
                )
            )
        client = service.client("operator")
        (found,) = client.get(f"/v1/calls/{calls[0]}/similar-tickets").json()["items"]
        assert (found["ticket"]["number"], found["minutes"], found["kilometres"]) == ("KDI-112-20251118-0001", 5, 0.0)
        assert "tempat sama (Mandonga)" in found["reason"]
        elsewhere = client.get(f"/v1/calls/{calls[0]}/similar-tickets", params={"place_id": "kel-7471031001"})
        assert elsewhere.json() == {"items": []}


class TestRights:
    @pytest.mark.parametrize("role", ["data", "admin"])
    @pytest.mark.parametrize("path", ["/v1/queue", "/v1/calls", "/v1/calls/{}", "/v1/calls/{}/similar-tickets"])
    def test_who_need_not_read_calls_may_not(
        self, service: ServiceUnderTest, calls: list[str], role: str, path: str
    ) -> None:
        response = service.client(role).get(path.format(calls[0]))
        assert response.status_code == 403
        assert SECRET not in response.text
        with service.database.read() as session:
            assert session.scalars(select(AuditRow).where(AuditRow.action == "call.read")).all() == []
