"""Every kind of user and machine against every route: who may not, gets 401 or 403 and changes no row."""

from datetime import UTC, datetime, timedelta

import pytest
from support.rows import NOON, add_call, add_user
from support.service import SETUP, ServiceUnderTest
from support.snapshot import snapshot

from triage.accounts.rights import RIGHTS, Right, Role
from triage.accounts.tokens import PEOPLE_ONLY
from triage.dispatch import enqueue
from triage.store.tables import LoginSession, OutboxMessage, Ticket

PUBLIC, LOGGED_IN = "public", "logged in"
CALL, TICKET, MESSAGE = "call-0000000000000001", "KDI-112-20251118-0001", "msg_1"

ROUTES = {
    "GET /health": PUBLIC,
    "GET /ready": PUBLIC,
    "GET /metrics": Right.metrics_read,
    "GET /v1/taxonomy": PUBLIC,
    "POST /v1/suggestions": PUBLIC,
    "POST /login": PUBLIC,
    "GET /v1/session": LOGGED_IN,
    "POST /v1/session/password": LOGGED_IN,
    "POST /logout": LOGGED_IN,
    "GET /v1/users": Right.users_manage,
    "POST /v1/users": Right.users_manage,
    "PATCH /v1/users/{name}": Right.users_manage,
    "GET /v1/tokens": Right.users_manage,
    "POST /v1/tokens": Right.users_manage,
    "DELETE /v1/tokens/{name}": Right.users_manage,
    "POST /v1/calls": Right.calls_ingest,
    "GET /v1/calls/{call_id}/status": (Right.calls_ingest, Right.calls_read),
    "GET /v1/refused-files": Right.jobs_manage,
    "GET /v1/jobs/dead": Right.jobs_manage,
    "POST /v1/calls/{call_id}/retry": Right.jobs_manage,
    "GET /v1/calls/{call_id}/events": (Right.calls_ingest, Right.calls_read),
    "GET /v1/events": Right.calls_read,
    "GET /v1/queue": Right.calls_read,
    "GET /v1/calls": Right.calls_read,
    "GET /v1/calls/{call_id}": Right.calls_read,
    "GET /v1/calls/{call_id}/audio": Right.calls_listen,
    "GET /v1/calls/{call_id}/similar-tickets": Right.calls_read,
    "POST /v1/calls/{call_id}/decision": Right.calls_decide,
    "GET /v1/calls/{call_id}/reviews": Right.reviews_write,
    "POST /v1/calls/{call_id}/reviews": Right.reviews_write,
    "GET /v1/tickets": Right.tickets_read,
    "GET /v1/tickets/{number}": Right.tickets_read,
    "PATCH /v1/tickets/{number}": Right.tickets_write,
    "GET /v1/tickets/{number}/messages": Right.tickets_read,
    "GET /v1/outbox": Right.jobs_manage,
    "POST /v1/outbox/{message_id}/retry": Right.jobs_manage,
    "POST /v1/outbox/{message_id}/drop": Right.jobs_manage,
    "POST /v1/calls/{call_id}/hold": Right.privacy_manage,
    "DELETE /v1/calls/{call_id}/hold": Right.privacy_manage,
    "DELETE /v1/calls/{call_id}": Right.privacy_manage,
    "GET /v1/exports/{kind}.{file_format}": Right.reports_read,
    "GET /v1/reports/monthly": Right.reports_read,
    "GET /v1/reports/monthly.csv": Right.reports_read,
    "GET /v1/audit": Right.audit_read,
    "GET /v1/audit/verify": Right.audit_read,
    "GET /open311/v2/discovery.{form}": PUBLIC,
    "GET /open311/v2/services.{form}": PUBLIC,
    "GET /open311/v2/services/{code}.{form}": PUBLIC,
    "GET /open311/v2/requests.{form}": Right.tickets_read,
    "GET /open311/v2/requests/{number}.{form}": Right.tickets_read,
    "GET /open311/v2/tokens/{token}.{form}": Right.tickets_read,
    "POST /open311/v2/requests.{form}": Right.open311_write,
}
"""Route -> public, for whoever has logged in, or the right (any of several) that it needs."""

STREAMS = {"GET /v1/events", "GET /v1/calls/{call_id}/events"}
"""Answers without end: asked only by those who are refused."""
LAST = ("POST /v1/session/password", "POST /logout")
"""End the session that asks."""
PARAMETERS = {
    "call_id": CALL,
    "number": TICKET,
    "message_id": MESSAGE,
    "name": "korban",
    "form": "json",
    "code": "banjir",
    "token": TICKET,
    "kind": "calls",
    "file_format": "csv",
}
BODIES = {
    "POST /login": {"json": {"name": "nobody", "password": "salah salah salah"}},
    "POST /v1/session/password": {"json": {"old": "salah salah salah", "new": "kuda laut terbang lagi"}},
    "POST /v1/users": {"json": {"name": "baru", "role": "admin", "password": "kuda laut terbang"}},
    "PATCH /v1/users/{name}": {"json": {"role": "admin"}},
    "POST /v1/tokens": {"json": {"name": "baru", "scopes": ["calls:read"]}},
    "POST /v1/calls/{call_id}/decision": {
        "json": {"revision": 1, "verdict": "correct", "disposition": "ghost", "ghost_kind": "prank_anak", "seconds": 3}
    },
    "POST /v1/calls/{call_id}/reviews": {"json": {"faults": ["type"]}},
    "PATCH /v1/tickets/{number}": {"json": {"revision": 1, "status": "selesai"}},
    "POST /v1/calls/{call_id}/hold": {"json": {"reason": "LP/1/2025"}},
    "DELETE /v1/calls/{call_id}/hold": {"json": {"reason": "LP/1/2025"}},
    "DELETE /v1/calls/{call_id}": {"json": {"reason": "permintaan 1/2025"}},
    "GET /v1/exports/{kind}.{file_format}": {"params": {"from": "2025-11-01", "to": "2025-11-30"}},
    "GET /v1/reports/monthly": {"params": {"month": "2025-11"}},
    "GET /v1/reports/monthly.csv": {"params": {"month": "2025-11"}},
    "POST /open311/v2/requests.{form}": {"data": {"service_code": "banjir", "address_string": "Jl. Segar"}},
}
"""What would do the deed, if only one were allowed to."""


@pytest.fixture
def service(database, tmp_path):
    """A service with a call, a ticket, a stuck message, a user and a token that requests can do something to."""
    made = ServiceUnderTest(database, tmp_path)
    with database.write() as session:
        add_call(session, call_id=CALL, state="dead")
        ticket = Ticket(
            number=TICKET, status="baru", complaint_type="banjir", target_opd="BPBD", priority="P2", description="",
            source="call", revision=1, created_at=NOON, updated_at=NOON,
        )  # fmt: skip
        session.add(ticket)
        session.flush()
        enqueue(session, ticket, "ticket.created", NOON)
        message = session.query(OutboxMessage).one()
        message.message_id, message.state = MESSAGE, "dead"
        add_user(session, "korban")
        made.context.tokens.add(session, SETUP, "korban", [Right.calls_read], NOON, None)
    return made


def operations(service):
    """ "METHOD path" of every route in the OpenAPI document."""
    paths = service.app.openapi()["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]


def allows(rule, rights):
    """Whether somebody with these rights may; rights None: nobody is known to ask."""
    if rule == PUBLIC:
        return True
    if rights is None:
        return False
    return rule == LOGGED_IN or bool(rights.intersection(rule if isinstance(rule, tuple) else (rule,)))


def ask(client, operation):
    method, path = operation.split(" ")
    return client.request(method, path.format(**PARAMETERS), **BODIES.get(operation, {}))


def check(service, client, rights):
    """Ask every route as this client: refused ones change nothing, allowed ones are not refused."""
    refused = [one for one, rule in ROUTES.items() if not allows(rule, rights)]
    before = snapshot(service.database)
    for operation in refused:
        answer = ask(client, operation)
        assert answer.status_code == (401 if rights is None else 403), f"{operation}: {answer.status_code}"
    assert snapshot(service.database) == before
    allowed = [one for one in ROUTES if one not in refused and one not in STREAMS]
    for operation in sorted(allowed, key=lambda one: one in LAST):
        answer = ask(client, operation)
        wrong_password = operation in ("POST /login", "POST /v1/session/password")
        assert answer.status_code < 500, f"{operation}: {answer.text}"
        assert answer.status_code not in (401, 403) or wrong_password, f"{operation}: {answer.text}"


class TestTable:
    def test_has_every_route_and_no_other(self, service):
        assert sorted(ROUTES) == sorted(operations(service))


class TestPeople:
    @pytest.mark.parametrize("role", Role)
    def test_do_what_their_role_may_and_nothing_else(self, service, role):
        check(service, service.client(role), RIGHTS[role])

    def test_who_have_not_logged_in_reach_what_is_public(self, service):
        check(service, service.anonymous(), None)

    def test_whose_account_was_deactivated_are_nobody(self, service):
        client = service.client("admin", "lama")
        service.client("admin")
        with service.database.write() as session:
            service.context.users.set_active(session, SETUP, "lama", False)
        check(service, client, None)

    def test_whose_session_is_over_are_nobody(self, service):
        client = service.client("admin")
        with service.database.write() as session:
            session.query(LoginSession).one().expires_at = datetime.now(UTC) - timedelta(seconds=1)
        check(service, client, None)

    def test_without_the_csrf_token_change_nothing(self, service):
        client = service.client("admin")
        del client.headers["X-CSRF-Token"]
        before = snapshot(service.database)
        for operation in ROUTES:
            if not operation.startswith("GET") and ROUTES[operation] != PUBLIC:
                assert ask(client, operation).status_code == 403, operation
        assert snapshot(service.database) == before


class TestMachines:
    @pytest.mark.parametrize("scope", sorted(set(Right) - PEOPLE_ONLY))
    def test_do_what_their_scope_says_and_nothing_else(self, service, scope):
        check(service, service.machine(scope), frozenset({scope}))

    def test_with_a_revoked_token_are_nobody(self, service):
        client = service.machine(*sorted(set(Right) - PEOPLE_ONLY))
        with service.database.write() as session:
            service.context.tokens.revoke(session, SETUP, "pbx", NOON)
        check(service, client, None)
