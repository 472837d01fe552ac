"""Log-in by OpenID Connect against a real issuer: it proves who somebody is, and gives nobody rights."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey
from support.issuer import issuing
from support.servers import closed_port
from support.service import SETUP, ServiceUnderTest

from triage.accounts.rights import Role
from triage.errors import InputError
from triage.store import Database
from triage.store.tables import AuditRow, LoginSession, User


@pytest.fixture
def issuer():
    with issuing("triage") as made:
        yield made


@pytest.fixture
def service(database, tmp_path, issuer):
    return serving(database, tmp_path, issuer)


def serving(database, folder, issuer, **settings):
    """A service that knows the issuer, and an account budi for it."""
    values = {"oidc_issuer": issuer.url, "oidc_client_id": "triage", "oidc_client_secret": "rahasia", **settings}
    made = ServiceUnderTest(database, folder, **values)
    with database.write() as session:
        made.context.users.add(session, SETUP, "budi", Role.qa, None)
    return made


def log_in(client, issuer):
    """The whole way of a browser; the answer of the callback."""
    begun = client.get("/oidc/login", follow_redirects=False)
    assert begun.status_code == 302, begun.text
    return client.get(issuer.log_in(begun.headers["location"]), follow_redirects=False)


def who(client):
    return client.get("/v1/session").json()


def trail(service):
    with service.database.read() as session:
        return [(row.actor, row.action) for row in session.query(AuditRow).order_by(AuditRow.id)]


class TestLogin:
    def test_begins_a_session_for_the_account_made_for_it(self, service, issuer):
        client = service.anonymous()
        answer = log_in(client, issuer)
        assert (answer.status_code, answer.headers["location"]) == (303, "/v1/session")
        session = who(client)
        assert (session["name"], session["role"]) == ("budi", "qa")
        assert session["csrf_token"]
        assert [action for actor, action in trail(service) if actor == "user:budi"] == ["user.oidc", "login"]

    def test_asks_for_a_code_with_state_nonce_and_pkce(self, service, issuer):
        begun = service.anonymous().get("/oidc/login", follow_redirects=False)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
        assert asked["response_type"] == "code"
        assert asked["redirect_uri"] == "http://testserver/oidc/callback"
        assert asked["code_challenge_method"] == "S256"
        assert all(len(asked[name]) >= 20 for name in ("state", "nonce", "code_challenge"))
        assert "openid" in asked["scope"].split()
        cookie = begun.headers["set-cookie"]
        assert cookie.startswith("triage_oidc=")
        assert all(part in cookie.lower() for part in ("path=/oidc", "httponly", "samesite=lax", "max-age=600"))

    def test_knows_the_subject_again_whatever_its_name_is_then(self, service, issuer):
        log_in(service.anonymous(), issuer)
        issuer.claims = {"sub": "s-1", "preferred_username": "lain"}
        client = service.anonymous()
        assert log_in(client, issuer).status_code == 303
        assert who(client)["name"] == "budi"

    def test_keeps_nothing_of_the_subject_but_a_hash(self, service, issuer):
        issuer.claims["sub"] = "x" * 3000
        log_in(service.anonymous(), issuer)
        with service.database.read() as session:
            assert len(session.query(User).one().oidc_subject) == 64

    def test_ends_the_session_that_this_browser_had(self, service, issuer):
        client = service.client("admin")
        before = service.anonymous()
        before.cookies.set("triage_session", client.cookies["triage_session"])
        log_in(client, issuer)
        assert who(client)["name"] == "budi"
        assert before.get("/v1/session").status_code == 401

    def test_opens_an_account_that_is_locked_for_passwords(self, service, issuer):
        with service.database.write() as session:
            session.query(User).one().locked_until = datetime.now(UTC) + timedelta(minutes=10)
        assert log_in(service.anonymous(), issuer).status_code == 303

    def test_uses_a_new_key_of_the_issuer(self, service, issuer):
        log_in(service.anonymous(), issuer)
        issuer.key = issuer.published = RSAKey.generate_key(2048, {"kid": "k2"})
        assert log_in(service.anonymous(), issuer).status_code == 303

    def test_behind_https_comes_back_by_it(self, database, tmp_path, issuer):
        service = serving(database, tmp_path, issuer, cookie_secure=True)
        begun = service.anonymous().get("/oidc/login", follow_redirects=False)
        back = parse_qs(urlsplit(begun.headers["location"]).query)["redirect_uri"][0]
        assert back == "https://testserver/oidc/callback"
        assert "secure" in begun.headers["set-cookie"]


class TestRefusal:
    def rejected(self, service, answer, status, code):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "triage_session" not in answer.headers.get("set-cookie", "")
        with service.database.read() as session:
            assert session.query(LoginSession).count() == 0
            assert {user.name for user in session.query(User)} <= {"budi", "sari"}
            assert {user.oidc_subject for user in session.query(User)} == {None}

    def test_of_somebody_without_an_account(self, service, issuer):
        issuer.claims = {"sub": "s-2", "preferred_username": "orang.lain"}
        answer = log_in(service.anonymous(), issuer)
        self.rejected(service, answer, 403, "oidc_no_account")
        assert "Minta pengelola" in answer.json()["detail"]

    def test_of_another_subject_with_the_same_name(self, service, issuer):
        log_in(service.anonymous(), issuer)
        issuer.claims = {"sub": "s-2", "preferred_username": "budi"}
        answer = log_in(service.anonymous(), issuer)
        assert (answer.status_code, answer.json()["code"]) == (403, "oidc_no_account")

    def test_of_the_name_of_an_account_with_a_password(self, service, issuer):
        with service.database.write() as session:
            service.context.users.add(session, SETUP, "sari", Role.admin, "kuda laut terbang")
        issuer.claims = {"sub": "s-2", "preferred_username": "sari"}
        self.rejected(service, log_in(service.anonymous(), issuer), 403, "oidc_no_account")

    def test_of_a_deactivated_account(self, service, issuer):
        with service.database.write() as session:
            service.context.users.set_active(session, SETUP, "budi", False)
        self.rejected(service, log_in(service.anonymous(), issuer), 403, "oidc_no_account")

    @pytest.mark.parametrize(
        "claim",
        [
            {"aud": "another"},
            {"aud": ["another"], "azp": "triage"},
            {"aud": ["triage", "another"], "azp": "another"},
            {"nonce": "old"},
            {"exp": 1},
            {"iss": "https://else"},
            {"iat": 2**33},
        ],
    )
    def test_of_a_token_that_is_not_for_this_log_in(self, service, issuer, claim):
        issuer.claims |= claim
        self.rejected(service, log_in(service.anonymous(), issuer), 401, "oidc_refused")

    def test_of_a_token_signed_by_somebody_else(self, service, issuer):
        issuer.key = RSAKey.generate_key(2048, {"kid": "k1"})
        self.rejected(service, log_in(service.anonymous(), issuer), 401, "oidc_refused")

    @pytest.mark.parametrize("algorithms", [["RS256"], ["none", "RS256"]])
    def test_of_a_token_that_nobody_signed(self, service, issuer, algorithms):
        issuer.metadata = {"id_token_signing_alg_values_supported": algorithms}
        issuer.key = None
        self.rejected(service, log_in(service.anonymous(), issuer), 401, "oidc_refused")

    def test_where_no_id_token_comes(self, service, issuer):
        issuer.id_tokens = False
        self.rejected(service, log_in(service.anonymous(), issuer), 401, "oidc_refused")

    def test_of_a_callback_that_this_browser_did_not_begin(self, service, issuer):
        begun = service.anonymous().get("/oidc/login", follow_redirects=False)
        back = issuer.log_in(begun.headers["location"])
        self.rejected(service, service.anonymous().get(back), 401, "oidc_refused")
        assert issuer.tokens == 0

    @pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?code=x&state=%00", f"?code={'x' * 5000}&state=a"])
    def test_of_a_callback_out_of_nothing(self, service, issuer, query):
        self.rejected(service, service.anonymous().get(f"/oidc/callback{query}"), 401, "oidc_refused")

    def test_of_a_code_used_twice(self, service, issuer):
        client = service.anonymous()
        begun = client.get("/oidc/login", follow_redirects=False)
        back = issuer.log_in(begun.headers["location"])
        assert client.get(back, follow_redirects=False).status_code == 303
        answer = client.get(back, follow_redirects=False)
        assert (answer.status_code, answer.json()["code"]) == (401, "oidc_refused")

    def test_of_a_cookie_that_was_tampered_with(self, service, issuer):
        client = service.anonymous()
        begun = client.get("/oidc/login", follow_redirects=False)
        data, _, signature = client.cookies["triage_oidc"].partition(".")
        client.cookies.clear()
        client.cookies.set("triage_oidc", f"{data[:-4]}AAAA.{signature}")
        self.rejected(service, client.get(issuer.log_in(begun.headers["location"])), 401, "oidc_refused")

    def test_where_the_issuer_says_no(self, service, issuer):
        client = service.anonymous()
        client.get("/oidc/login", follow_redirects=False)
        answer = client.get("/oidc/callback", params={"error": "access_denied"})
        self.rejected(service, answer, 401, "oidc_refused")

    def test_after_many_attempts_from_one_address(self, database, tmp_path, issuer):
        service = serving(database, tmp_path, issuer, login_rate_limit="2/hour")
        client = service.anonymous()
        statuses = [client.get("/oidc/login", follow_redirects=False).status_code for _ in range(3)]
        assert statuses == [302, 302, 429]


class TestMailAddresses:
    @pytest.fixture
    def service(self, database, tmp_path, issuer):
        return serving(database, tmp_path, issuer, oidc_mail_domains="kota.go.id, dinas.go.id")

    @pytest.mark.parametrize("user_name", [{}, {"preferred_username": "budi@kota.go.id"}, {"preferred_username": ""}])
    def test_name_the_account_where_there_is_no_user_name(self, service, issuer, user_name):
        issuer.claims = {"sub": "s-1", "email": "Budi@Dinas.go.id", "email_verified": True, **user_name}
        assert log_in(service.anonymous(), issuer).status_code == 303

    @pytest.mark.parametrize(
        "claims",
        [
            {"email": "budi@kota.go.id"},
            {"email": "budi@kota.go.id", "email_verified": False},
            {"email": "budi@kota.go.id", "email_verified": "true"},
            {"email": "budi@evil.example", "email_verified": True},
            {"email": "budi@evil.example@kota.go.id", "email_verified": True},
            {"email": "budi", "email_verified": True},
            {"email": "@kota.go.id", "email_verified": True},
            {"email": "bu\x00di@kota.go.id", "email_verified": True},
            {"email": ["budi@kota.go.id"], "email_verified": True},
            {"email": "budi@kota.go.id", "email_verified": True, "preferred_username": "lain"},
        ],
    )
    def test_of_others_or_unverified_say_nothing(self, service, issuer, claims):
        issuer.claims = {"sub": "s-1", **claims}
        assert log_in(service.anonymous(), issuer).status_code == 403

    def test_say_nothing_where_no_domain_is_set(self, database, tmp_path, issuer):
        issuer.claims = {"sub": "s-1", "email": "budi@kota.go.id", "email_verified": True}
        assert log_in(serving(database, tmp_path, issuer).anonymous(), issuer).status_code == 403


class TestIssuer:
    def test_that_is_away_is_said(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, oidc_issuer=closed_port(), oidc_client_id="triage")
        answer = service.anonymous().get("/oidc/login", follow_redirects=False)
        assert (answer.status_code, answer.json()["code"]) == (502, "oidc_unreachable")
        assert service.client("qa").get("/v1/session").status_code == 200

    @pytest.mark.parametrize(
        "metadata",
        [
            {"issuer": "https://somebody.else"},
            {"issuer": None},
            {"id_token_signing_alg_values_supported": ["none", "HS256"]},
            {"authorization_endpoint": None},
        ],
    )
    def test_that_is_not_what_the_settings_say_is_refused(self, service, issuer, metadata):
        issuer.metadata = metadata
        answer = service.anonymous().get("/oidc/login", follow_redirects=False)
        assert (answer.status_code, answer.json()["code"]) == (502, "oidc_unreachable")

    def test_that_answers_rubbish_for_keys_is_said(self, service, issuer):
        issuer.metadata = {"jwks_uri": closed_port()}
        answer = log_in(service.anonymous(), issuer)
        assert (answer.status_code, answer.json()["code"]) == (502, "oidc_unreachable")

    @pytest.mark.parametrize(
        "settings",
        [
            {"oidc_issuer": "https://sso.kota.go.id"},
            {"oidc_issuer": "http://sso.kota.go.id", "oidc_client_id": "triage"},
            {"oidc_issuer": "sso.kota.go.id", "oidc_client_id": "triage"},
        ],
    )
    def test_that_cannot_be_used_is_named_at_the_start(self, tmp_path, settings):
        with pytest.raises(InputError, match="TRIAGE_OIDC_ISSUER"):
            ServiceUnderTest(Database(f"sqlite:///{tmp_path}/x.sqlite"), tmp_path, **settings)


class TestRoutes:
    def test_are_not_there_without_an_issuer(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path)
        for path in ("/oidc/login", "/oidc/callback"):
            assert service.anonymous().get(path).status_code == 404
            assert path not in service.app.openapi()["paths"]

    def test_alone_get_the_cookie(self, service):
        for path in ("/health", "/v1/session", "/docs"):
            headers = service.anonymous().get(path).headers
            assert "set-cookie" not in headers

    def test_bear_the_security_headers(self, service):
        headers = service.anonymous().get("/oidc/login", follow_redirects=False).headers
        assert (headers["Cache-Control"], headers["X-Frame-Options"]) == ("no-store", "DENY")
