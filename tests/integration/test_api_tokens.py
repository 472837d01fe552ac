"""Tokens of machines by HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from support.service import PASSWORD, SETUP

from triage.accounts.rights import Right, Role
from triage.accounts.tokens import PEOPLE_ONLY, PREFIX
from triage.store.tables import ApiToken, AuditRow


def made(admin, **fields):
    answer = admin.post("/v1/tokens", json={"name": "pbx", "scopes": ["calls:ingest"], **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def with_token(service, secret):
    client = service.anonymous()
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


class TestAdd:
    def test_gives_the_secret_once_and_keeps_its_hash(self, service, admin):
        token = made(admin, days=30)
        assert token["token"].startswith(PREFIX)
        assert token["created_by"] == "user:admin.uji"
        session = with_token(service, token["token"]).get("/v1/session").json()
        assert session == {"name": "pbx", "role": None, "rights": ["calls:ingest"], "csrf_token": None}
        assert token["token"] not in admin.get("/v1/tokens").text
        with service.database.read() as session:
            row = session.query(ApiToken).one()
            assert token["token"] not in str(vars(row))
            audit = session.query(AuditRow).filter_by(action="token.create").one()
        assert (audit.actor, audit.object_id, audit.detail) == ("user:admin.uji", "pbx", {"scopes": ["calls:ingest"]})
        assert timedelta(days=29) < row.expires_at - datetime.now(UTC) <= timedelta(days=30)

    @pytest.mark.parametrize("scope", [*sorted(PEOPLE_ONLY), "calls:everything", "*", ""])
    def test_refuses_what_only_a_person_may_and_what_there_is_not(self, admin, scope):
        answer = admin.post("/v1/tokens", json={"name": "pbx", "scopes": ["calls:ingest", scope]})
        assert answer.status_code == 422

    @pytest.mark.parametrize(
        "body",
        [
            {"scopes": []},
            {"days": 0},
            {"days": 99999},
            {"name": ""},
            {"name": "a/b"},
            {"name": "a b"},
            {"name": "pbx\x00"},
            {"name": "x" * 65},
            {"name": "-x"},
        ],
    )
    def test_refuses_what_is_no_token(self, admin, body):
        assert admin.post("/v1/tokens", json={"name": "pbx", "scopes": ["calls:ingest"], **body}).status_code == 422

    def test_refuses_a_name_that_was_used_even_at_once(self, service, admin):
        body = {"name": "pbx", "scopes": ["calls:ingest"]}
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: admin.post("/v1/tokens", json=body).status_code, range(4)))
        assert sorted(statuses) == [201, 409, 409, 409]
        admin.delete("/v1/tokens/pbx")
        answer = admin.post("/v1/tokens", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "token_exists")

    def test_by_an_administrator_with_the_longest_name(self, service):
        name = "a" * 64
        with service.database.write() as session:
            service.context.users.add(session, SETUP, name, Role.admin, PASSWORD)
        assert made(service.client("admin", name))["created_by"] == f"user:{name}"


class TestUse:
    def test_needs_no_csrf_token_and_is_noted(self, service, admin):
        client = with_token(service, made(admin)["token"])
        assert client.post("/v1/calls", json={}).status_code == 422
        assert admin.get("/v1/tokens").json()[0]["used_at"] is not None

    def test_ends_when_revoked(self, service, admin):
        client = with_token(service, made(admin)["token"])
        assert client.get("/v1/session").status_code == 200
        assert admin.delete("/v1/tokens/pbx").json()["revoked_at"] is not None
        assert client.get("/v1/session").status_code == 401
        assert admin.delete("/v1/tokens/pbx").status_code == 200
        with service.database.read() as session:
            assert session.query(AuditRow).filter_by(action="token.revoke").count() == 1

    def test_ends_by_itself(self, service, admin):
        client = with_token(service, made(admin, days=1)["token"])
        with service.database.write() as session:
            session.query(ApiToken).one().expires_at = datetime.now(UTC)
        assert client.get("/v1/session").status_code == 401

    @pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
    def test_does_not_mind_how_the_scheme_is_written(self, service, admin, scheme):
        client = service.anonymous()
        client.headers["Authorization"] = f"{scheme} {made(admin)['token']}"
        assert client.get("/v1/session").status_code == 200

    @pytest.mark.parametrize("header", ["{0}", "Basic {0}", "Token {0}", "Bearer", "Bearer {0}, {0}", "Bearer {0} x"])
    def test_is_by_bearer_alone(self, service, admin, header):
        client = service.anonymous()
        client.headers["Authorization"] = header.format(made(admin)["token"])
        assert client.get("/v1/session").status_code == 401

    def test_in_place_of_a_cookie_opens_nothing(self, service, admin):
        client = service.anonymous()
        client.cookies.set("triage_session", made(admin)["token"])
        assert client.get("/v1/session").status_code == 401

    def test_of_a_session_in_place_of_a_token_opens_nothing(self, service, admin):
        assert with_token(service, admin.cookies["triage_session"]).get("/v1/session").status_code == 401

    def test_loses_a_right_that_is_taken_from_machines(self, service, admin):
        client = with_token(service, made(admin)["token"])
        with service.database.write() as session:
            session.query(ApiToken).one().scopes = ["users:manage", "calls:ingest", "of:tomorrow"]
        assert client.get("/v1/session").json()["rights"] == [Right.calls_ingest]
        assert client.get("/v1/users").status_code == 403


class TestRevoke:
    def test_of_what_there_is_not_is_not_found(self, admin):
        assert admin.delete("/v1/tokens/siapa").status_code == 404
