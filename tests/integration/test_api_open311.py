"""GeoReport v2: what other systems of the city see of the types and tickets, and how they open one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from support.cases import MANDONGA
from support.rows import MESSAGE_DATA, NOON
from support.service import ServiceUnderTest

from triage.accounts.rights import Right
from triage.casework.answer import places_by_id
from triage.dispatch.channels import Open311Channel
from triage.dispatch.http import send_open311
from triage.dispatch.result import Message
from triage.store.tables import AuditRow, OutboxMessage, Ticket
from triage.taxonomy import load_taxonomy

NEW = {"service_code": "pohon_tumbang", "lat": "-3.98", "long": "122.51", "description": "menutup jalan"}
REQUEST_FIELDS = {
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime"),
    *("address", "address_id", "zipcode", "lat", "long", "media_url"),
}


@pytest.fixture
def city(service):
    """The city's own system: may read and open."""
    return service.machine(Right.open311_write, Right.tickets_read, name="kota")


def tickets(service):
    with service.database.read() as session:
        return session.query(Ticket).order_by(Ticket.id).all()


def add(service, number, **values):
    with service.database.write() as session:
        fields = {
            "number": number, "status": "baru", "complaint_type": "banjir", "target_opd": "BPBD", "priority": "P2",
            "created_at": NOON, "updated_at": NOON, **values,
        }  # fmt: skip
        session.add(Ticket(**fields))


class TestServices:
    def test_are_the_complaint_types_for_everybody(self, service):
        found = service.anonymous().get("/open311/v2/services.json").json()
        assert [one["service_code"] for one in found] == list(load_taxonomy().types)
        assert set(found[0]) == {
            *("service_code", "service_name", "description", "metadata", "type", "keywords", "group")
        }

    def test_are_the_same_in_xml(self, service):
        root = ElementTree.fromstring(service.anonymous().get("/open311/v2/services.xml").content)
        assert root.tag == "services"
        assert [one.findtext("service_code") for one in root.iterfind("service")] == list(load_taxonomy().types)
        assert root.findtext("service/metadata") == "false"

    def test_have_a_definition_without_attributes(self, service):
        client = service.anonymous()
        assert client.get("/open311/v2/services/banjir.json").json() == {"service_code": "banjir", "attributes": []}
        assert ElementTree.fromstring(client.get("/open311/v2/services/banjir.xml").content).tag == "service_definition"

    def test_that_are_not_there_are_an_error_of_the_standard(self, service):
        answer = service.anonymous().get("/open311/v2/services/ufo.json")
        assert answer.status_code == 404
        assert answer.json()[0]["code"] == 404
        root = ElementTree.fromstring(service.anonymous().get("/open311/v2/services/ufo.xml").content)
        assert (root.tag, root.findtext("error/code")) == ("errors", "404")


class TestNewRequest:
    def test_is_a_ticket_for_the_types_main_opd_and_the_opd_is_told(self, service, city):
        answer = city.post("/open311/v2/requests.json", data={**NEW, "first_name": "Budi", "phone": "0812345678"})
        assert answer.status_code == 201
        [ticket] = tickets(service)
        assert answer.json() == [
            {
                "service_request_id": ticket.number,
                "service_notice": answer.json()[0]["service_notice"],
                "account_id": None,
            }
        ]
        assert (ticket.complaint_type, ticket.target_opd, ticket.priority) == ("pohon_tumbang", "DLHK", "P2")
        assert (ticket.latitude, ticket.longitude, ticket.source) == (-3.98, 122.51, "open311")
        with service.database.read() as session:
            [message] = session.query(OutboxMessage).all()
            assert message.payload["data"]["latitude"] == -3.98
            assert session.query(AuditRow).filter_by(action="ticket.create", object_id=ticket.number).count() == 1
            stored = str([vars(row) for table in (Ticket, OutboxMessage, AuditRow) for row in session.query(table)])
        assert "Budi" not in stored
        assert "0812345678" not in stored

    def test_may_give_the_place_in_words_and_the_token_as_api_key(self, service, city):
        secret = city.headers["Authorization"].removeprefix("Bearer ")
        data = {"service_code": "banjir", "address_string": "Jl. Segar", "api_key": secret}
        answer = service.anonymous().post("/open311/v2/requests.xml", data=data)
        assert answer.status_code == 201
        root = ElementTree.fromstring(answer.content)
        assert root.findtext("request/service_request_id") == tickets(service)[0].number
        assert tickets(service)[0].place_text == "Jl. Segar"

    def test_may_give_a_place_of_the_gazetteer(self, service, city):
        answer = city.post("/open311/v2/requests.json", data={"service_code": "banjir", "address_id": MANDONGA})
        assert answer.status_code == 201, answer.text
        [ticket] = tickets(service)
        assert (ticket.place_id, ticket.place_text) == (MANDONGA, places_by_id()[MANDONGA].name)
        assert ticket.latitude is not None

    def test_with_an_address_id_of_another_system_is_found_by_its_other_place(self, service, city):
        assert city.post("/open311/v2/requests.json", data={**NEW, "address_id": "545483"}).status_code == 201
        assert (tickets(service)[0].place_id, tickets(service)[0].latitude) == (None, -3.98)

    def test_takes_what_the_standard_sends_along(self, service, city):
        more = {"attribute[WHISPAWN]": "123456", "media_url": "http://x.id/a.jpg", "device_id": "tt2", "account_id": ""}
        empty = {"address_string": "", "address_id": "", "jurisdiction_id": ""}
        assert city.post("/open311/v2/requests.json", data={**NEW, **more, **empty}).status_code == 201

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"service_code": "ufo"}, 404),
            ({"jurisdiction_id": "sfgov.org"}, 404),
            ({"lat": "", "long": "", "address_id": "545483"}, 400),
            ({"lat": ""}, 400),
            ({"service_code": ""}, 400),
            ({"lat": "", "long": ""}, 400),
            ({"lat": "91"}, 400),
            ({"lat": "north"}, 400),
            ({"lat": "nan"}, 400),
            ({"description": "x" * 4001}, 400),
        ],
    )
    def test_that_is_wrong_opens_nothing(self, service, city, change, status):
        answer = city.post("/open311/v2/requests.json", data={**NEW, **change})
        assert answer.status_code == status, answer.text
        assert answer.json()[0]["code"] == status
        assert answer.json()[0]["description"]
        assert tickets(service) == []

    def test_needs_the_right(self, service):
        reader = service.machine(Right.tickets_read, name="pembaca")
        assert reader.post("/open311/v2/requests.json", data=NEW).status_code == 403
        assert service.anonymous().post("/open311/v2/requests.json", data=NEW).status_code == 403
        wrong = service.anonymous().post("/open311/v2/requests.json", data={**NEW, "api_key": "t112_wrong"})
        assert (wrong.status_code, wrong.json()[0]["code"]) == (403, 403)
        assert tickets(service) == []


class TestTheSameAgain:
    def post(self, client, key="laporan-17", **change):
        headers = {"Idempotency-Key": key} if key else {}
        return client.post("/open311/v2/requests.json", data={**NEW, **change}, headers=headers)

    def test_is_the_same_ticket(self, service, city):
        first, second = self.post(city), self.post(city)
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()
        assert len(tickets(service)) == 1
        with service.database.read() as session:
            assert session.query(OutboxMessage).count() == 1
            assert session.query(AuditRow).filter_by(action="ticket.create").count() == 1
            assert "laporan-17" not in str([vars(row) for row in session.query(Ticket)])

    def test_at_the_same_time_is_the_same_ticket(self, service, city):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: self.post(city), range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
        assert len(tickets(service)) == 1

    @pytest.mark.parametrize(
        "change",
        [{"service_code": "banjir"}, {"description": "lain"}, {"lat": "-3.97"}, {"address_string": "Jl. Lain"}],
    )
    def test_but_for_another_report_is_refused_so_that_none_gets_lost(self, service, city, change):
        self.post(city)
        answer = self.post(city, **change)
        assert (answer.status_code, len(tickets(service))) == (400, 1)
        assert "Idempotency-Key" in answer.json()[0]["description"]

    def test_by_somebody_else_or_without_a_key_is_another_ticket(self, service, city):
        self.post(city)
        self.post(service.machine(Right.open311_write, name="lain"))
        self.post(city, key=None)
        self.post(city, key=None)
        assert len(tickets(service)) == 4

    def test_from_another_call_centre_by_its_own_channel(self, service, city):
        """Client and server of this project understand each other."""
        channel = {
            "kind": "open311", "url": "http://testserver/open311/v2", "other": "banjir",
            "api_key": city.headers["Authorization"].removeprefix("Bearer "), "jurisdiction_id": "kendarikota.go.id",
        }  # fmt: skip
        message = Message("msg_1", "ticket.created", {"data": MESSAGE_DATA})
        results = [
            send_open311(Open311Channel.model_validate(channel), message, service.anonymous(), NOON) for _ in range(2)
        ]
        [ticket] = tickets(service)
        assert [(result.outcome, result.receipt) for result in results] == [("sent", ticket.number)] * 2
        assert ticket.description.startswith("KDI-112-20251118-0001 Kebakaran bangunan (P1).")


class TestRequests:
    def test_have_the_fields_of_the_standard(self, service, city):
        add(service, "KDI-112-20251118-0001", place_text="Jl. Segar", latitude=-3.9, longitude=122.5)
        [one] = city.get("/open311/v2/requests/KDI-112-20251118-0001.json").json()
        assert set(one) == REQUEST_FIELDS
        assert (one["status"], one["status_notes"], one["lat"], one["long"]) == ("open", "baru", -3.9, 122.5)
        assert one["requested_datetime"] == "2025-11-18T12:00:00Z"
        root = ElementTree.fromstring(city.get("/open311/v2/requests/KDI-112-20251118-0001.xml").content)
        assert {element.tag for element in root.find("request")} == REQUEST_FIELDS

    def test_are_found_by_id_code_status_and_dates(self, service, city):
        add(service, "A")
        add(service, "B", complaint_type="odgj", status="selesai", created_at=NOON + timedelta(hours=1))
        add(service, "C", status="batal", created_at=NOON + timedelta(hours=2))

        def found(**query):
            query = {"start_date": "2025-11-01T00:00:00Z", **query}
            return [one["service_request_id"] for one in city.get("/open311/v2/requests.json", params=query).json()]

        assert found() == ["C", "B", "A"]
        assert found(service_request_id="A,C", status="closed", service_code="odgj") == ["C", "A"]
        assert found(service_code="odgj,ufo") == ["B"]
        assert (found(status="open"), found(status="closed")) == (["A"], ["C", "B"])
        assert found(status="closed,open") == found(status="open,closed") == ["C", "B", "A"]
        assert found(start_date="2025-11-18T12:30:00Z", end_date="2025-11-18T13:30:00") == ["B"]
        assert found(page=2) == []

    def test_take_an_empty_parameter_for_none(self, service, city):
        add(service, "A", created_at=datetime.now(UTC))
        names = ("service_request_id", "service_code", "start_date", "end_date", "status", "page", "jurisdiction_id")
        answer = city.get("/open311/v2/requests.json", params=dict.fromkeys(names, ""))
        assert [one["service_request_id"] for one in answer.json()] == ["A"]

    def test_that_are_closed_say_when(self, service, city):
        add(service, "A", status="selesai", closed_at=NOON + timedelta(hours=2))
        [one] = city.get("/open311/v2/requests/A.json").json()
        assert (one["status"], one["updated_datetime"]) == ("closed", "2025-11-18T14:00:00Z")

    def test_without_dates_are_those_of_ninety_days(self, service, city):
        add(service, "OLD", created_at=datetime.now(UTC) - timedelta(days=91))
        add(service, "NEW", created_at=datetime.now(UTC) - timedelta(days=89))
        assert [one["service_request_id"] for one in city.get("/open311/v2/requests.json").json()] == ["NEW"]

    def test_hold_only_what_xml_can_hold(self, service, city):
        add(service, "A", description="a\x0b<b>&", created_at=datetime.now(UTC))
        root = ElementTree.fromstring(city.get("/open311/v2/requests.xml").content)
        assert root.findtext("request/description") == "a<b>&"

    def test_need_the_right(self, service):
        assert service.anonymous().get("/open311/v2/requests.json").status_code == 403
        writer = service.machine(Right.open311_write, name="penulis")
        assert writer.get("/open311/v2/requests.json").status_code == 403

    @pytest.mark.parametrize(
        "query",
        [
            {"status": "lost"},
            {"status": "open,"},
            {"page": "0"},
            {"start_date": "kemarin"},
            {"end_date": "0001-01-01T00:00:00Z"},
        ],
    )
    def test_refuse_nonsense(self, city, query):
        answer = city.get("/open311/v2/requests.json", params=query)
        assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)

    def test_have_their_id_at_once(self, service, city):
        add(service, "A")
        assert city.get("/open311/v2/tokens/A.json").json() == [{"service_request_id": "A", "token": "A"}]


class TestJurisdiction:
    @pytest.mark.parametrize("path", ["services", "services/banjir", "requests", "requests/A", "discovery"])
    def test_of_another_city_is_not_found(self, service, city, path):
        add(service, "A")
        asked = {"own": "kendarikota.go.id", "other": "sfgov.org"}
        found = {
            name: city.get(f"/open311/v2/{path}.json", params={"jurisdiction_id": one}).status_code
            for name, one in asked.items()
        }
        assert found == {"own": 200, "other": 404}


class TestTooMany:
    def test_say_when_to_come_again(self, database, tmp_path):
        client = ServiceUnderTest(database, tmp_path, rate_limit="1/minute").anonymous()
        client.get("/open311/v2/services.xml")
        answer = client.get("/open311/v2/services.xml")
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert ElementTree.fromstring(answer.content).findtext("error/code") == "429"


class TestDiscovery:
    def test_gives_the_address_that_others_reach(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, public_url="https://112.kendarikota.go.id/")
        [endpoint] = service.anonymous().get("/open311/v2/discovery.json").json()["endpoints"]
        assert endpoint["url"] == "https://112.kendarikota.go.id/open311/v2"

    def test_names_endpoint_and_formats(self, service):
        found = service.anonymous().get("/open311/v2/discovery.json").json()
        assert found["endpoints"][0]["formats"] == ["application/json", "text/xml"]
        root = ElementTree.fromstring(service.anonymous().get("/open311/v2/discovery.xml").content)
        assert [one.text for one in root.iterfind("endpoints/endpoint/formats/format")] == [
            "application/json",
            "text/xml",
        ]
