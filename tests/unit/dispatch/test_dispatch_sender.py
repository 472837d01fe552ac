"""Messages reach OPDs at least once and in order, whatever the receiver and the senders do."""

import base64
import json
import re
import threading
import time
from datetime import timedelta

import pytest
from standardwebhooks import Webhook
from support.rows import NOON
from support.servers import Reply, serve

from triage.dispatch import enqueue
from triage.dispatch.channels import Channels
from triage.dispatch.outbox import drop, retry, route
from triage.dispatch.sender import ATTEMPTS, LEASE, TO_ONE_DESTINATION, Sender
from triage.errors import ConflictError, MissingError, StoreError
from triage.settings import Settings
from triage.store.repositories import outbox as repository
from triage.store.tables import OutboxMessage, Ticket
from triage.taxonomy import load_taxonomy

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
TAXONOMY = load_taxonomy()
SETTINGS = Settings(_env_file=None, public_url="https://112.kendarikota.go.id/")


def add_ticket(session, number="KDI-112-20251118-0001", opd="DLHK", **values):
    ticket = Ticket(
        **{
            "number": number,
            "status": "baru",
            "revision": 1,
            "complaint_type": "pohon_tumbang",
            "target_opd": opd,
            "priority": "P2",
            "place_text": "Jl. Segar",
            "description": "menutup jalan",
            "created_at": NOON,
            "updated_at": NOON,
            **values,
        }
    )
    session.add(ticket)
    session.flush()
    return ticket


class Opd:
    """An OPD's server: remembers what came, and answers what the test wants, in order."""

    def __init__(self, *answers):
        self.requests = []
        self.answers = list(answers)

    def __call__(self, request):
        self.requests.append(request)
        return self.answers.pop(0) if self.answers else Reply(204)

    @property
    def bodies(self):
        return [json.loads(request.body) for request in self.requests]


@pytest.fixture
def opd():
    return Opd()


@pytest.fixture
def url(opd):
    with serve(opd) as url:
        yield url


@pytest.fixture
def sender(database, url):
    return make(database, {"opd": {"DLHK": [{"kind": "webhook", "url": url, "secret": SECRET}]}})


def make(database, channels):
    return Sender(database, SETTINGS, Channels.model_validate(channels), TAXONOMY)


def put(database, *kinds, number="KDI-112-20251118-0001", opd="DLHK"):
    with database.write() as session:
        ticket = add_ticket(session, number, opd)
        for kind in kinds:
            enqueue(session, ticket, kind, NOON)


def states(database):
    with database.read() as session:
        return [m.state for m in session.query(OutboxMessage).order_by(OutboxMessage.id)]


def wait_until(holds):
    """Until it holds, or half a minute has gone."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def message(database, position=0):
    with database.read() as session:
        return session.query(OutboxMessage).order_by(OutboxMessage.id).all()[position]


class TestTheUnforeseen:
    def test_in_one_message_stops_no_other_and_is_seen_in_the_end(self, database, sender, opd):
        put(database, "ticket.created")
        put(database, "ticket.created", number="KDI-112-20251118-0002")
        with database.write() as session:
            first = session.query(OutboxMessage).order_by(OutboxMessage.id).first()
            first.payload, first.attempts = {}, ATTEMPTS - 1
        assert sender.send_due() == 2
        assert states(database) == ["dead", "sent"]
        assert "KeyError" in message(database).last_error


class TestWebhook:
    def test_is_signed_and_says_what_the_opd_needs_and_nothing_of_the_caller(self, database, sender, opd):
        put(database, "ticket.created")
        assert sender.send_due() == 1
        [request] = opd.requests
        body = Webhook(SECRET).verify(request.body, request.headers)
        assert body["type"] == "ticket.created"
        assert body["data"] == {
            "number": "KDI-112-20251118-0001",
            "revision": 1,
            "status": "baru",
            "complaint_type": "pohon_tumbang",
            "complaint_name": "Pohon tumbang",
            "target_opd": "DLHK",
            "opd_name": TAXONOMY.opds["DLHK"].name,
            "priority": "P2",
            "place_id": None,
            "place": "Jl. Segar",
            "latitude": None,
            "longitude": None,
            "description": "menutup jalan",
            "callers": 0,
            "link": "https://112.kendarikota.go.id/v1/tickets/KDI-112-20251118-0001",
            "created_at": "2025-11-18T12:00:00+00:00",
        }
        assert states(database) == ["sent"]
        assert request.headers["webhook-id"] == message(database).message_id


class TestOrder:
    def test_messages_of_a_ticket_go_one_after_another(self, database, sender, opd):
        put(database, "ticket.created", "ticket.updated", "ticket.withdrawn")
        while sender.send_due():
            pass
        assert [body["type"] for body in opd.bodies] == ["ticket.created", "ticket.updated", "ticket.withdrawn"]

    def test_a_later_message_waits_for_one_that_failed_and_other_tickets_do_not(self, database, sender, opd):
        put(database, "ticket.created", "ticket.updated")
        put(database, "ticket.created", number="KDI-112-20251118-0002")
        opd.answers = [Reply(503), Reply(503)]  # both first messages, whichever comes first
        sender.send_due(NOON)
        assert sender.send_due(NOON) == 0
        assert sender.send_due(NOON + timedelta(seconds=7)) == 2
        assert [m["type"] for m in opd.bodies] == ["ticket.created"] * 4

    def test_many_senders_do_not_overtake_each_other_or_send_twice(self, database, sender, opd):
        kinds = ["ticket.created", *["ticket.updated"] * 4, "ticket.withdrawn"]
        for number in range(6):
            put(database, *kinds, number=f"KDI-112-20251118-{number:04d}")
        others = [Sender(database, SETTINGS, sender._channels, TAXONOMY) for _ in range(2)]

        def drain(one):
            while any(state == "pending" for state in states(database)):
                one.send_due()

        threads = [threading.Thread(target=drain, args=(one,)) for one in (sender, *others)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        by_ticket = {}
        for body in opd.bodies:
            by_ticket.setdefault(body["data"]["number"], []).append(body["type"])
        assert list(by_ticket.values()) == [kinds] * 6


class TestSideBySide:
    @pytest.fixture
    def hanging(self):
        """An OPD's server that does not answer before `release` is set."""
        opd = Opd()
        opd.release = threading.Event()
        opd.answers = [Reply(204, wait=opd.release) for _ in range(50)]
        with serve(opd) as opd.url:
            yield opd
            opd.release.set()

    @pytest.fixture
    def both(self, database, url, hanging):
        """A sender to one that hangs (DLHK) and one that does not (PLN), at work."""
        made = make(
            database,
            {
                "opd": {
                    "DLHK": [{"kind": "webhook", "url": hanging.url, "secret": SECRET}],
                    "PLN": [{"kind": "webhook", "url": url, "secret": SECRET}],
                }
            },
        )
        stop = threading.Event()
        thread = threading.Thread(target=made.run, args=(stop,))
        yield thread
        stop.set()
        hanging.release.set()
        thread.join(30)
        assert not thread.is_alive()

    def test_a_server_that_hangs_holds_up_nobody_else(self, database, both, hanging, opd):
        for number in range(20):
            put(database, "ticket.created", number=f"KDI-112-20251118-{number:04d}")
        put(database, "ticket.created", number="KDI-112-20251118-9999", opd="PLN")
        both.start()
        wait_until(lambda: opd.requests and len(hanging.requests) == TO_ONE_DESTINATION)
        assert not hanging.release.is_set()

    def test_a_message_that_takes_long_stays_its_senders(self, database, both, hanging, sender, monkeypatch):
        monkeypatch.setattr("triage.dispatch.sender.LEASE", timedelta(seconds=0.4))
        monkeypatch.setattr("triage.dispatch.sender._POLL_SECONDS", 0.02)
        put(database, "ticket.created")
        both.start()
        seen = set()

        def renewed_often():
            seen.add(message(database).next_at)
            assert sender.send_due() == 0
            return len(seen) > 4

        wait_until(lambda: hanging.requests)
        wait_until(renewed_often)
        assert len(hanging.requests) == 1

    def test_what_is_under_way_ends_before_the_sender_does(self, database, both, hanging):
        put(database, "ticket.created")
        both.start()
        wait_until(lambda: hanging.requests)
        hanging.release.set()
        wait_until(lambda: states(database) == ["sent"])

    def test_a_database_that_is_away_for_a_while_stops_nothing(self, database, both, opd, monkeypatch):
        put(database, "ticket.created", opd="PLN")
        monkeypatch.setattr("triage.dispatch.sender._POLL_SECONDS", 0.02)
        away = [1, 2, 3]
        has_due = repository.has_due

        def sometimes(*arguments):
            if away:
                away.pop()
                raise StoreError("store_unavailable", "-", "-")
            return has_due(*arguments)

        monkeypatch.setattr(repository, "has_due", sometimes)
        both.start()
        wait_until(lambda: opd.requests)


class TestManyChannels:
    @pytest.fixture
    def city(self):
        """A city's Open311 server."""
        city = Opd(*[Reply(201, [{"service_request_id": "17"}])] * 9)
        with serve(city) as city.url:
            yield city

    @pytest.fixture
    def channels(self, url, city):
        return [
            {"kind": "webhook", "url": url, "secret": SECRET},
            {"kind": "open311", "url": city.url, "api_key": "k", "other": "1"},
        ]

    def test_each_get_the_message_and_do_not_wait_for_each_other(self, database, channels, opd, city):
        put(database, "ticket.created", "ticket.updated")
        opd.answers = [Reply(400)]
        both = make(database, {"opd": {"DLHK": channels}})
        while both.send_due():
            pass
        with database.read() as session:
            rows = session.query(OutboxMessage).order_by(OutboxMessage.channel, OutboxMessage.id).all()
        assert [(row.channel, row.kind, row.state) for row in rows] == [
            ("open311", "ticket.created", "sent"),
            ("open311", "ticket.updated", "kept"),
            ("webhook", "ticket.created", "dead"),
            ("webhook", "ticket.updated", "pending"),
        ]
        assert len({row.message_id for row in rows}) == 4
        assert (len(opd.requests), len(city.requests), rows[0].receipt) == (1, 1, "17")

    def test_one_that_is_taken_out_of_the_file_leaves_its_messages_to_the_others(self, database, channels, opd, city):
        put(database, "ticket.created")
        opd.answers = [Reply(503)]
        make(database, {"opd": {"DLHK": channels[:1]}}).send_due(NOON)
        after = make(database, {"opd": {"DLHK": channels[1:]}})
        while after.send_due():
            pass
        assert states(database) == ["sent"]
        assert (message(database).channel, len(opd.requests), len(city.requests)) == ("open311", 1, 1)

    def test_are_those_of_the_time_of_sending(self, database, channels, opd):
        put(database, "ticket.created")
        make(database, {}).send_due()
        assert states(database) == ["kept"]
        with database.write() as session:
            retry(session, message(database).message_id, NOON)
        make(database, {"opd": {"DLHK": channels[:1]}}).send_due()
        assert states(database) == ["sent"]


class TestFailure:
    @pytest.mark.parametrize("answer", [Reply(500), Reply(408), Reply(429), Reply(425), Reply(503)])
    def test_that_may_pass_is_tried_again_later_with_the_same_id(self, database, sender, opd, answer):
        put(database, "ticket.created")
        opd.answers = [answer]
        sender.send_due(NOON)
        assert states(database) == ["pending"]
        wait = (message(database).next_at - NOON).total_seconds()
        assert 4 <= wait <= 6
        sender.send_due(NOON + timedelta(seconds=6))
        assert states(database) == ["sent"]
        assert len({request.headers["webhook-id"] for request in opd.requests}) == 1

    @pytest.mark.parametrize("status", [400, 401, 404, 410, 301])
    def test_for_good_ends_at_once_and_holds_up_what_follows(self, database, sender, opd, status):
        put(database, "ticket.created", "ticket.updated")
        opd.answers = [Reply(status, headers={"Location": "http://127.0.0.1:1/"})]
        sender.send_due(NOON)
        assert sender.send_due(NOON + timedelta(days=1)) == 0
        assert states(database) == ["dead", "pending"]
        assert message(database).last_error == f"dijawab HTTP {status}"

    def test_of_the_answers_body_is_none(self, database, sender, opd):
        put(database, "ticket.created")
        opd.answers = [Reply(200, b"x", headers={"Content-Length": "5000"})]
        sender.send_due()
        assert states(database) == ["sent"]

    def test_waits_grow_and_end(self, database, sender, opd):
        put(database, "ticket.created")
        opd.answers = [Reply(500)] * (ATTEMPTS + 1)
        now, waits = NOON, []
        while states(database) == ["pending"]:
            sender.send_due(now)
            waits.append((message(database).next_at - now).total_seconds())
            now += timedelta(hours=2)
        assert len(opd.requests) == ATTEMPTS
        assert states(database) == ["dead"]
        assert waits[3] > 2 * waits[1]
        assert max(waits) <= 3600 * 1.2

    def test_asks_again_not_before_the_receiver_wants(self, database, sender, opd):
        put(database, "ticket.created")
        opd.answers = [Reply(429, headers={"Retry-After": "600"})]
        sender.send_due(NOON)
        assert message(database).next_at == NOON + timedelta(seconds=600)

    def test_of_the_line_is_tried_again(self, database, tmp_path):
        put(database, "ticket.created")
        make(database, {"default": [{"kind": "webhook", "url": "http://127.0.0.1:1/", "secret": SECRET}]}).send_due(
            NOON
        )
        assert states(database) == ["pending"]
        assert "tidak terjangkau" in message(database).last_error

    def test_of_a_sender_half_way_is_sent_again_by_another_after_the_lease(self, database, sender, opd):
        put(database, "ticket.created", "ticket.updated")
        with database.write() as session:  # a process takes it, sends it perhaps, and is killed
            route(session, sender._channels, 10)
            taken = repository.claim(session, NOON, LEASE, [])
        assert sender.send_due(NOON + LEASE / 2) == 0
        with database.write() as session:  # so is the next, who only slept
            slow = repository.claim(session, NOON + LEASE, LEASE, [])
            assert not repository.settle(session, taken, state="sent")
        assert slow.message_id == taken.message_id
        assert sender.send_due(NOON + 2 * LEASE) == 1
        assert opd.requests[0].headers["webhook-id"] == taken.message_id
        with database.write() as session:  # he wakes up again: too late to say anything
            assert not repository.settle(session, slow, state="dead")
        assert states(database) == ["sent", "pending"]


class TestWithoutChannel:
    def test_a_message_is_kept_for_people_and_holds_nothing_up(self, database, sender, opd):
        put(database, "ticket.created", "ticket.updated", opd="PLN")
        while sender.send_due():
            pass
        assert states(database) == ["kept", "kept"]
        assert "kanal" in message(database).last_error


class TestAdministrator:
    def test_sends_a_dead_message_again(self, database, sender, opd):
        put(database, "ticket.created", "ticket.updated")
        opd.answers = [Reply(400)]
        sender.send_due(NOON)
        with database.write() as session:
            retry(session, message(database).message_id, NOON)
        while sender.send_due():
            pass
        assert states(database) == ["sent", "sent"]

    def test_drops_a_dead_message_so_that_the_next_goes_out(self, database, sender, opd):
        put(database, "ticket.created", "ticket.updated")
        opd.answers = [Reply(400)]
        sender.send_due(NOON)
        with database.write() as session:
            drop(session, message(database).message_id)
        sender.send_due()
        assert states(database) == ["dropped", "sent"]

    def test_cannot_touch_what_is_not_stuck(self, database, sender):
        put(database, "ticket.created")
        sender.send_due()
        with database.write() as session:
            with pytest.raises(ConflictError):
                retry(session, message(database).message_id, NOON)
            with pytest.raises(MissingError):
                drop(session, "msg_none")


class TestDocumentation:
    def test_names_every_field_and_no_other(self, database, sender, opd, request):
        put(database, "ticket.created")
        sender.send_due()
        page = (request.config.rootpath / "docs" / "dispatch.md").read_text("utf-8")
        table = page.split("### Webhook")[1].split("### E-mail")[0]
        assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(opd.bodies[0]["data"])
