"""Tickets to a city's GeoReport v2 server."""

from urllib.parse import parse_qs

import httpx
import pytest
from support.rows import MESSAGE_DATA, NOON
from support.servers import Reply, serve

from triage.dispatch.channels import Open311Channel
from triage.dispatch.http import send_open311
from triage.dispatch.result import Message


def channel(url):
    return Open311Channel.model_validate(
        {
            "kind": "open311",
            "url": f"{url}/open311/v2",
            "jurisdiction_id": "kendarikota.go.id",
            "api_key": "kunci",
            "service_codes": {"kebakaran_bangunan": "001"},
            "other": "999",
        }
    )


def send(answer, kind="ticket.created", **data):
    """The result, and what the server was sent."""
    seen = []

    def city(request):
        seen.append(request)
        return answer

    with serve(city) as url, httpx.Client() as client:
        result = send_open311(channel(url), Message("msg_1", kind, {"data": {**MESSAGE_DATA, **data}}), client, NOON)
    return result, seen


class TestRequest:
    def test_has_the_fields_of_the_standard_and_its_id_is_the_receipt(self):
        result, [request] = send(Reply(201, [{"service_request_id": "293944", "service_notice": "ok"}]))
        assert (result.outcome, result.receipt) == ("sent", "293944")
        assert (request.method, request.path) == ("POST", "/open311/v2/requests.json")
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        assert form.pop("description").startswith("KDI-112-20251118-0001 Kebakaran bangunan (P1). Jumlah penelepon: 3.")
        assert form == {
            "service_code": "001",
            "address_string": "Jl. Segar",
            "lat": "-3.98",
            "long": "122.51",
            "jurisdiction_id": "kendarikota.go.id",
            "api_key": "kunci",
        }

    def test_can_be_told_from_another_by_servers_that_look(self):
        _, [request] = send(Reply(201, [{"token": "t1"}]))
        assert request.headers["idempotency-key"] == "msg_1"

    def test_has_no_longer_description_than_the_standard_allows(self):
        _, [request] = send(Reply(201, [{"token": "t1"}]), description="x" * 5000)
        assert len(parse_qs(request.body.decode())["description"][0]) == 4000

    def test_of_another_type_goes_by_the_other_code(self):
        _, [request] = send(Reply(201, [{"token": "t1"}]), complaint_type="odgj")
        assert parse_qs(request.body.decode())["service_code"] == ["999"]

    @pytest.mark.parametrize("body", [b"", b"<xml/>", b"[]", b"{}", b"[1]"])
    def test_is_sent_even_where_the_answer_says_nothing(self, body):
        assert send(Reply(200, body))[0].outcome == "sent"

    def test_that_became_a_token_has_it_as_its_receipt(self):
        assert send(Reply(201, [{"token": 12345}]))[0].receipt == "12345"

    def test_refused_is_refused(self):
        assert send(Reply(400, [{"code": 400, "description": "no such service"}]))[0].outcome == "never"


class TestChange:
    @pytest.mark.parametrize("kind", ["ticket.updated", "ticket.withdrawn"])
    def test_is_kept_for_people_because_the_standard_has_none(self, kind):
        result, seen = send(Reply(200), kind)
        assert (result.outcome, seen) == ("kept", [])
        assert "GeoReport" in result.reason
