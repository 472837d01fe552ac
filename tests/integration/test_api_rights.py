"""Every kind of user and machine against every route: who may not, gets 401 or 403 and changes no row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.cases import add_ready_call
from support.databases import new_database
from support.intake import take
from support.rows import NOON, add_call, add_user
from support.service import PASSWORD, SETUP, ServiceUnderTest
from support.snapshot import snapshot

from api.changes import Changes, Listener
from triage.accounts.rights import RIGHTS, Right, Role
from triage.accounts.tokens import PEOPLE_ONLY
from triage.dispatch import enqueue
from triage.store.tables import ApiToken, LoginSession, OutboxMessage, Ticket

PUBLIC, LOGGED_IN = frozenset(Right) | {"public"}, frozenset(Right) | {"logged in"}
DEAD, STUCK = "call-0000000000000002", "msg_2"
PATHS = {
    "call_id": "call-0000000000000001",
    "number": "KDI-112-20251118-0001",
    "token": "KDI-112-20251118-0001",
    "message_id": "msg_1",
    "name": "korban",
    "form": "json",
    "code": "banjir",
    "kind": "calls",
    "file_format": "csv",
}
"""What stands in the routes' paths; the fixture makes these things."""


@dataclass
class Route:
    """rights: any of them opens it. table: in which the deed shows. at: other path parameters; request: the rest."""

    rights: frozenset[str]
    table: str | None = None
    at: dict[str, str] = field(default_factory=dict)
    request: dict[str, Any] = field(default_factory=dict)


def reads(*rights: str, **at: str) -> Route:
    return Route(frozenset(rights), at=at)


def writes(right: str, table: str, at: dict[str, str] | None = None, **request: Any) -> Route:
    """`request` does the deed if it is let."""
    return Route(frozenset({right}), table, at or {}, request)


WHY = {"json": {"reason": "surat 112/2025"}}

ROUTES = {
    "GET /health": Route(PUBLIC),
    "GET /ready": Route(PUBLIC),
    "GET /metrics": reads(Right.metrics_read),
    "GET /v1/taxonomy": Route(PUBLIC),
    "POST /v1/suggestions": Route(PUBLIC, request={"files": {"file": ("a.wav", take(1))}}),
    # log-in
    "POST /login": Route(PUBLIC, request={"json": {"name": "nobody", "password": "salah salah salah"}}),
    "GET /v1/session": Route(LOGGED_IN),
    "POST /v1/session/password": Route(LOGGED_IN, request={"json": {"old": "salah", "new": "kuda laut terbang lagi"}}),
    "POST /logout": Route(LOGGED_IN),
    # users and tokens
    "GET /v1/users": reads(Right.users_manage),
    "POST /v1/users": writes(
        Right.users_manage, "users", json={"name": "baru", "role": "admin", "password": "kuda laut terbang"}
    ),
    "PATCH /v1/users/{name}": writes(Right.users_manage, "users", json={"role": "admin"}),
    "GET /v1/tokens": reads(Right.users_manage),
    "POST /v1/tokens": writes(Right.users_manage, "api_tokens", json={"name": "baru", "scopes": ["calls:read"]}),
    "DELETE /v1/tokens/{name}": writes(Right.users_manage, "api_tokens"),
    # calls come in and are worked on
    "POST /v1/calls": writes(Right.calls_ingest, "calls", files={"file": ("a.wav", take(2))}),
    "GET /v1/calls/{call_id}/status": reads(Right.calls_ingest, Right.calls_read),
    "GET /v1/refused-files": reads(Right.jobs_manage),
    "GET /v1/jobs/dead": reads(Right.jobs_manage),
    "POST /v1/calls/{call_id}/retry": writes(Right.jobs_manage, "calls", {"call_id": DEAD}),
    "GET /v1/calls/{call_id}/events": reads(Right.calls_ingest, Right.calls_read),
    "GET /v1/events": reads(Right.calls_read),
    # operators and QA
    "GET /v1/queue": reads(Right.calls_read),
    "GET /v1/calls": reads(Right.calls_read),
    "GET /v1/calls/{call_id}": reads(Right.calls_read),
    "GET /v1/calls/{call_id}/audio": reads(Right.calls_listen),
    "GET /v1/calls/{call_id}/similar-tickets": reads(Right.calls_read),
    "POST /v1/calls/{call_id}/decision": writes(
        Right.calls_decide, "decisions", json={"revision": 2, "verdict": "cannot_tell", "seconds": 3}
    ),
    "GET /v1/calls/{call_id}/reviews": reads(Right.reviews_write),
    "POST /v1/calls/{call_id}/reviews": writes(Right.reviews_write, "reviews", json={"faults": ["type"]}),
    "GET /v1/tickets": reads(Right.tickets_read),
    "GET /v1/tickets/{number}": reads(Right.tickets_read),
    "PATCH /v1/tickets/{number}": writes(Right.tickets_write, "tickets", json={"revision": 1, "status": "diterima"}),
    "GET /v1/tickets/{number}/messages": reads(Right.tickets_read),
    # out
    "GET /v1/outbox": reads(Right.jobs_manage),
    "POST /v1/outbox/{message_id}/retry": writes(Right.jobs_manage, "outbox"),
    "POST /v1/outbox/{message_id}/drop": writes(Right.jobs_manage, "outbox", {"message_id": STUCK}),
    "GET /open311/v2/discovery.{form}": Route(PUBLIC),
    "GET /open311/v2/services.{form}": Route(PUBLIC),
    "GET /open311/v2/services/{code}.{form}": Route(PUBLIC),
    "GET /open311/v2/requests.{form}": reads(Right.tickets_read),
    "GET /open311/v2/requests/{number}.{form}": reads(Right.tickets_read),
    "GET /open311/v2/tokens/{token}.{form}": reads(Right.tickets_read),
    "POST /open311/v2/requests.{form}": writes(
        Right.open311_write, "tickets", data={"service_code": "banjir", "address_string": "Jl. Segar"}
    ),
    # figures, audit, personal data
    "GET /v1/exports/{kind}.{file_format}": reads(Right.reports_read),
    "GET /v1/reports/monthly": reads(Right.reports_read),
    "GET /v1/reports/monthly.csv": reads(Right.reports_read),
    "GET /v1/audit": reads(Right.audit_read),
    "GET /v1/audit/verify": reads(Right.audit_read),
    "POST /v1/calls/{call_id}/hold": writes(Right.privacy_manage, "calls", **WHY),
    "DELETE /v1/calls/{call_id}/hold": writes(Right.privacy_manage, "calls", **WHY),
    "DELETE /v1/calls/{call_id}": writes(Right.privacy_manage, "calls", **WHY),
}

OPEN311 = "/open311/"
"""GeoReport v2 wants 403 for a missing key too."""
REFUSALS = {"login_needed", "not_allowed", "csrf_token", "other_site"}
MACHINES = sorted(set(Right) - PEOPLE_ONLY)
HOSTILE = ["%00", "%F0%9F%98%80", "%C3", "x" * 3000, "'%20OR%201=1--", "..%2F..%2Fsecret.key", "%25s", "-1", "9" * 40]


class NoChanges(Changes):
    """Nothing ever changes, and a stream of it ends at once."""

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[Listener]:
        listener = Listener()
        listener.end()
        yield listener


def build(kind: str, folder: Any) -> ServiceUnderTest:
    """A service with a thing of each kind that requests can do something to."""
    made = ServiceUnderTest(new_database(kind, folder), folder)
    made.context.changes = NoChanges(made.database)
    with made.database.write() as session:
        add_ready_call(session, call_id=PATHS["call_id"], revision=1)
        add_call(session, call_id=DEAD, state="dead", audio_uri="kosong.wav")
        ticket = Ticket(
            number=PATHS["number"], status="baru", complaint_type="banjir", target_opd="BPBD", priority="P2",
            description="", source="call", revision=1, created_at=NOON, updated_at=NOON,
        )  # fmt: skip
        session.add(ticket)
        session.flush()
        for message_id in (PATHS["message_id"], STUCK):
            enqueue(session, ticket, "ticket.created", NOON)
            message = session.query(OutboxMessage).filter_by(state="pending").one()
            message.message_id, message.state = message_id, "dead"
            session.flush()
        add_user(session, PATHS["name"])
        made.context.tokens.add(session, SETUP, PATHS["name"], [Right.calls_read], NOON, None)
    return made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceUnderTest]:
    """One service a database for all who ask; what some have done to it changes nothing for who is refused."""
    made = build(request.param, tmp_path_factory.mktemp(request.param))
    yield made
    made.database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[ServiceUnderTest]:
    """A service in which nobody has done anything yet."""
    made = build(request.param, tmp_path)
    yield made
    made.database.close()


def ask(client: TestClient, operation: str, **at: str) -> Any:
    """Send the request of the table."""
    route = ROUTES[operation]
    method, path = operation.split(" ")
    return client.request(method, path.format(**{**PATHS, **route.at, **at}), **route.request)


def check_refused(service: ServiceUnderTest, client: TestClient, rights: frozenset[str] | None) -> None:
    """Whoever has only these rights (None: is nobody) is refused by every route of others, and changes no row."""
    allowed = {"public"} if rights is None else {"logged in", *rights}
    refused = [one for one, route in ROUTES.items() if "public" not in route.rights and not allowed & route.rights]
    before = snapshot(service.database)
    answers = {operation: ask(client, operation).status_code for operation in refused}
    assert answers == {one: 403 if rights is not None or OPEN311 in one else 401 for one in refused}
    assert snapshot(service.database) == before


def check_let(client: TestClient, rights: frozenset[str] | None) -> None:
    """Whoever has these rights is refused by no route that they open."""
    allowed = {"public"} if rights is None else {"public", "logged in", *rights}
    open_routes = [one for one, route in ROUTES.items() if allowed & route.rights]
    assert open_routes
    for operation in sorted(open_routes, key=lambda one: one == "POST /logout"):
        answer = ask(client, operation)
        assert answer.status_code < 500, f"{operation}: {answer.text}"
        kind = answer.headers.get("content-type", "")
        assert not ("problem" in kind and answer.json()["code"] in REFUSALS), f"{operation}: {answer.text}"


class TestTable:
    def test_has_every_route_and_no_other(self, shared):
        paths = shared.app.openapi()["paths"]
        routes = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
        assert sorted(ROUTES) == sorted(routes)

    def test_names_every_right_that_a_role_or_token_can_have(self):
        unused = set(Right) - {right for route in ROUTES.values() for right in route.rights if len(route.rights) < 5}
        assert unused <= {Right.data_export, Right.models_promote}  # used on the command line alone

    def test_is_what_the_description_of_the_api_says(self, shared):
        """What needs a right says so in the OpenAPI document."""
        document = shared.app.openapi()
        for operation, route in ROUTES.items():
            method, path = operation.split(" ")
            declared = document["paths"][path][method.lower()]
            if "public" not in route.rights and operation not in ("GET /metrics", "POST /open311/v2/requests.{form}"):
                assert declared.get("security") == [{"token": []}, {"session": []}], operation
                assert ("403" if OPEN311 in path else "401") in declared["responses"], operation


class TestPeople:
    @pytest.mark.parametrize("role", Role)
    def test_do_what_their_role_may_and_nothing_else(self, shared, role):
        client = shared.client(role)
        check_refused(shared, client, RIGHTS[role])
        check_let(client, RIGHTS[role])

    def test_who_have_not_logged_in_reach_what_is_public(self, shared):
        check_refused(shared, shared.anonymous(), None)
        check_let(shared.anonymous(), None)

    def test_whose_account_was_deactivated_are_nobody(self, shared):
        client = shared.client("admin", "lama")
        shared.client("admin", "baru.admin")
        with shared.database.write() as session:
            shared.context.users.set_active(session, SETUP, "lama", False)
        check_refused(shared, client, None)

    def test_whose_account_was_deactivated_by_hand_in_the_database_are_nobody(self, shared):
        client = shared.client("admin", "lama.sekali")
        with shared.database.write() as session:
            user = next(user for user in shared.users() if user.name == "lama.sekali")
            session.merge(user).active = False
        check_refused(shared, client, None)

    def test_whose_session_is_over_are_nobody(self, shared):
        client = shared.client("admin", "terlambat")
        with shared.database.write() as session:
            for row in session.query(LoginSession):
                row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
        check_refused(shared, client, None)

    @pytest.mark.parametrize("token", [None, "", "0" * 64])
    def test_without_their_csrf_token_change_nothing(self, shared, token):
        client = shared.client("admin", "tanpa.csrf")
        del client.headers["X-CSRF-Token"]
        if token is not None:
            client.headers["X-CSRF-Token"] = token
        writing = [one for one, route in ROUTES.items() if not one.startswith("GET") and "public" not in route.rights]
        before = snapshot(shared.database)
        assert {operation: ask(client, operation).status_code for operation in writing} == dict.fromkeys(writing, 403)
        assert snapshot(shared.database) == before


class TestMachines:
    @pytest.mark.parametrize("scope", MACHINES)
    def test_do_what_their_scope_says_and_nothing_else(self, shared, scope):
        client = shared.machine(scope, name=f"mesin-{scope}")
        check_refused(shared, client, frozenset({scope}))
        check_let(client, frozenset({scope}))

    @pytest.mark.parametrize("scopes", [[], sorted(PEOPLE_ONLY), ["right:of-another-version"]])
    def test_with_no_scope_that_counts_may_only_ask_who_they_are(self, shared, scopes):
        name = f"kosong-{len(scopes)}-{''.join(scopes)[:20]}"
        client = shared.machine(Right.calls_read, name=name)
        with shared.database.write() as session:
            session.query(ApiToken).filter_by(name=name).one().scopes = list(scopes)
        check_refused(shared, client, frozenset())

    @pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
    def test_with_a_token_that_has_ended_are_nobody(self, shared, end):
        client = shared.machine(*MACHINES, name=end)
        with shared.database.write() as session:
            setattr(session.query(ApiToken).filter_by(name=end).one(), end, NOON)
        check_refused(shared, client, None)

    @pytest.mark.parametrize(
        "tamper", [lambda token: token[:-1], lambda token: token + "x", str.swapcase, lambda token: token[5:], hash]
    )
    def test_with_a_token_that_was_tampered_with_are_nobody(self, shared, tamper: Callable[[str], object]):
        name = f"utuh-{len(shared.users())}-{id(tamper)}"
        client = shared.machine(*MACHINES, name=name)
        token = client.headers["Authorization"].partition(" ")[2]
        client.headers["Authorization"] = f"Bearer {tamper(token)}"
        check_refused(shared, client, None)


class TestDeeds:
    def test_of_who_may_show_in_the_store(self, fresh):
        people = {role: fresh.client(role) for role in Role}
        for operation, route in ROUTES.items():
            if route.table is None:
                continue
            role = next((role for role in Role if RIGHTS[role] & route.rights), None)
            client = people[role] if role else fresh.machine(*route.rights, name="mesin")
            before = snapshot(fresh.database)
            answer = ask(client, operation)
            assert answer.status_code < 300, f"{operation}: {answer.text}"
            assert snapshot(fresh.database)[route.table] != before[route.table], operation

    def test_of_changing_the_own_password_shows_in_the_store(self, fresh):
        before = snapshot(fresh.database)
        body = {"old": PASSWORD, "new": "kuda laut terbang lagi"}
        assert fresh.client("data").post("/v1/session/password", json=body).status_code == 204
        assert snapshot(fresh.database)["users"] != before["users"]


class TestHostileValues:
    def test_in_paths_never_end_in_an_unexpected_error(self, shared):
        people = [shared.client(role, f"musuh.{role}") for role in Role]
        for operation in ROUTES:
            names = [name for name in PATHS if f"{{{name}}}" in operation]
            for name in names:
                for value in HOSTILE:
                    answers = [ask(client, operation, **{name: value}) for client in people]
                    assert max(answer.status_code for answer in answers) < 500, f"{operation} {name}={value[:40]}"
