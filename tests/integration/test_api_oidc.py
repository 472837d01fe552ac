"""Log-in by OpenID Connect against a real issuer: it proves who somebody is, and gives nobody rights."""

import pytest
from joserfc.jwk import RSAKey
from support.issuer import issuing
from support.service import SETUP, ServiceUnderTest

from triage.accounts.rights import Role
from triage.store.tables import LoginSession, User


@pytest.fixture
def issuer():
    with issuing("triage") as made:
        yield made


@pytest.fixture
def service(database, tmp_path, issuer):
    made = ServiceUnderTest(
        database, tmp_path, oidc_issuer=issuer.url, oidc_client_id="triage", oidc_client_secret="rahasia"
    )
    with database.write() as session:
        made.context.users.add(session, SETUP, "budi", Role.qa, None)
    return made


def log_in(client, issuer):
    """The whole way of a browser; the answer of the callback."""
    begun = client.get("/oidc/login", follow_redirects=False)
    assert begun.status_code == 302, begun.text
    return client.get(issuer.log_in(begun.headers["location"]))


class TestLogin:
    def test_begins_a_session_for_the_account_made_for_it(self, service, issuer):
        client = service.anonymous()
        answer = log_in(client, issuer)
        assert (answer.status_code, answer.json()["name"], answer.json()["role"]) == (200, "budi", "qa")
        assert client.get("/v1/session").json()["name"] == "budi"

    def test_knows_the_subject_again_whatever_its_name_is_then(self, service, issuer):
        log_in(service.anonymous(), issuer)
        issuer.claims = {"sub": "s-1", "preferred_username": "lain"}
        assert log_in(service.anonymous(), issuer).json()["name"] == "budi"

    def test_by_the_mail_address_where_there_is_no_user_name(self, service, issuer):
        issuer.claims = {"sub": "s-1", "email": "Budi@kendarikota.go.id"}
        assert log_in(service.anonymous(), issuer).json()["name"] == "budi"


class TestRefusal:
    def rejected(self, service, answer, status, code):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        with service.database.read() as session:
            assert session.query(LoginSession).count() == 0
            assert {user.name for user in session.query(User)} <= {"budi", "sari"}

    def test_of_somebody_without_an_account(self, service, issuer):
        issuer.claims = {"sub": "s-2", "preferred_username": "orang.lain"}
        self.rejected(service, log_in(service.anonymous(), issuer), 403, "oidc_no_account")

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

    @pytest.mark.parametrize("claim", [{"aud": "another"}, {"nonce": "old"}, {"exp": 1}, {"iss": "https://else"}])
    def test_of_a_token_that_is_not_for_this_log_in(self, service, issuer, claim):
        issuer.claims |= claim
        self.rejected(service, log_in(service.anonymous(), issuer), 401, "oidc_refused")

    def test_of_a_token_signed_by_somebody_else(self, service, issuer):
        issuer.key = RSAKey.generate_key(2048, {"kid": "k1"})
        self.rejected(service, log_in(service.anonymous(), issuer), 401, "oidc_refused")

    def test_of_a_callback_that_this_browser_did_not_begin(self, service, issuer):
        begun = service.anonymous().get("/oidc/login", follow_redirects=False)
        back = issuer.log_in(begun.headers["location"])
        self.rejected(service, service.anonymous().get(back), 401, "oidc_refused")

    def test_where_the_issuer_says_no(self, service, issuer):
        client = service.anonymous()
        client.get("/oidc/login", follow_redirects=False)
        answer = client.get("/oidc/callback", params={"error": "access_denied"})
        self.rejected(service, answer, 401, "oidc_refused")

    def test_where_the_issuer_is_away(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, oidc_issuer="http://127.0.0.1:1", oidc_client_id="triage")
        answer = service.anonymous().get("/oidc/login", follow_redirects=False)
        assert (answer.status_code, answer.json()["code"]) == (502, "oidc_unreachable")


class TestWithoutAnIssuer:
    def test_there_are_no_such_routes(self, database, tmp_path):
        assert ServiceUnderTest(database, tmp_path).anonymous().get("/oidc/login").status_code == 404
