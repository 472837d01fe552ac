"""Logging in and out: what opens a session, what ends it, and what never does."""

from datetime import UTC, datetime, timedelta

import pytest
from support.service import PASSWORD, SETUP, ServiceUnderTest

from triage.accounts.rights import Right, Role
from triage.store.tables import AuditRow, LoginSession, User


@pytest.fixture
def service(database, tmp_path):
    made = ServiceUnderTest(database, tmp_path, login_attempts=3, login_lock_minutes=15)
    with database.write() as session:
        made.context.users.add(session, SETUP, "budi", Role.operator, PASSWORD)
    return made


def log_in(service, password=PASSWORD, name="budi", **headers):
    return service.anonymous().post("/login", json={"name": name, "password": password}, headers=headers)


def actions(service):
    with service.database.read() as session:
        return [row.action for row in session.query(AuditRow).order_by(AuditRow.id)]


class TestLogin:
    def test_gives_a_cookie_that_scripts_cannot_read_and_stores_only_its_hash(self, service):
        answer = log_in(service)
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        token = answer.cookies["triage_session"]
        with service.database.read() as session:
            assert token not in str([vars(row) for row in session.query(LoginSession)])
        assert actions(service)[-1] == "login"

    def test_behind_https_makes_the_cookie_secure_and_bound_to_the_host(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, cookie_secure=True)
        with database.write() as session:
            service.context.users.add(session, SETUP, "budi", Role.operator, PASSWORD)
        cookie = log_in(service).headers["set-cookie"]
        assert cookie.startswith("__Host-triage_session=")
        assert "Secure" in cookie

    def test_does_not_tell_whether_an_account_exists(self, service):
        wrong, unknown = log_in(service, "salah salah salah"), log_in(service, name="siapa")
        assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())

    def test_never_takes_over_a_session_that_somebody_brought_along(self, service):
        client = service.anonymous()
        client.cookies.set("triage_session", "chosen-by-somebody-else")
        answer = client.post("/login", json={"name": "budi", "password": PASSWORD})
        assert answer.cookies["triage_session"] != "chosen-by-somebody-else"

    @pytest.mark.parametrize(
        "body",
        [{}, {"name": "budi"}, {"name": "x" * 65, "password": PASSWORD}, {"name": "budi", "password": "x" * 257}, []],
    )
    def test_refuses_what_is_no_log_in(self, service, body):
        assert service.anonymous().post("/login", json=body).status_code == 422

    @pytest.mark.parametrize("name", ["' OR 1=1 --", "budi\x00", "BUDI", " budi", "büdi"])
    def test_is_for_exactly_one_name(self, service, name):
        assert log_in(service, name=name).status_code in (401, 422)

    def test_from_another_sites_page_is_refused(self, service):
        assert log_in(service, Origin="https://evil.example").json()["code"] == "other_site"
        assert log_in(service, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert log_in(service, Origin="http://testserver").status_code == 200


class TestLock:
    def test_after_too_many_wrong_passwords_the_right_one_does_not_open(self, service):
        for _ in range(3):
            assert log_in(service, "salah salah salah").status_code == 401
        answer = log_in(service)
        assert (answer.status_code, answer.json()["code"]) == (429, "login_locked")
        assert 0 < int(answer.headers["retry-after"]) <= 900
        assert "login.locked" in actions(service)

    def test_holds_for_every_process(self, service, database, tmp_path):
        for _ in range(3):
            log_in(service, "salah salah salah")
        other = ServiceUnderTest(database, tmp_path)
        assert log_in(other).status_code == 429

    def test_ends_by_itself_or_by_an_administrator(self, service):
        for _ in range(3):
            log_in(service, "salah salah salah")
        with service.database.write() as session:
            session.query(User).filter_by(name="budi").one().locked_until = datetime.now(UTC) - timedelta(seconds=1)
        assert log_in(service).status_code == 200
        for _ in range(3):
            log_in(service, "salah salah salah")
        assert service.client("admin").patch("/v1/users/budi", json={"unlock": True}).status_code == 200
        assert log_in(service).status_code == 200

    def test_counts_from_zero_after_a_right_password(self, service):
        for _ in range(2):
            log_in(service, "salah salah salah")
        log_in(service)
        log_in(service, "salah salah salah")
        assert log_in(service).status_code == 200


class TestSession:
    def test_says_who_is_logged_in_and_keeps_its_csrf_token_in_every_tab(self, service):
        client = service.client("qa")
        first, second = client.get("/v1/session").json(), client.get("/v1/session").json()
        assert first == second
        assert (first["name"], first["role"]) == ("qa.uji", "qa")

    def test_of_another_session_lends_no_csrf_token(self, service):
        one, other = service.client("admin"), service.client("admin", "admin.lain")
        one.headers["X-CSRF-Token"] = other.headers["X-CSRF-Token"]
        answer = one.post("/v1/users", json={"name": "baru", "role": "qa"})
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_token")

    def test_is_over_after_idling(self, service):
        client = service.client("qa")
        with service.database.write() as session:
            session.query(LoginSession).one().seen_at = datetime.now(UTC) - timedelta(minutes=61)
        assert client.get("/v1/session").status_code == 401

    def test_ends_with_log_out_also_for_a_copied_cookie(self, service):
        client = service.client("qa")
        copy = service.anonymous()
        copy.cookies.set("triage_session", client.cookies["triage_session"])
        assert copy.get("/v1/session").status_code == 200
        assert client.post("/logout").status_code == 204
        assert copy.get("/v1/session").status_code == 401

    @pytest.mark.parametrize("change", [{"role": "data"}, {"password": "kuda laut baru sekali"}, {"active": False}])
    def test_ends_when_the_account_changes(self, service, change):
        client = service.client("qa")
        service.client("admin").patch("/v1/users/qa.uji", json=change)
        assert client.get("/v1/session").status_code == 401

    @pytest.mark.parametrize("value", ["", "x", "x" * 5000, "' OR 1=1 --", "%00"])
    def test_is_not_opened_by_rubbish(self, service, value):
        assert service.anonymous().get("/v1/session", headers={"Cookie": f"triage_session={value}"}).status_code == 401
        header = {"Authorization": f"Bearer {value}"}
        assert service.anonymous().get("/v1/session", headers=header).status_code == 401


class TestPassword:
    def test_is_changed_by_who_knows_the_old_one(self, service):
        client = service.client("qa")
        refused = client.post("/v1/session/password", json={"old": "salah salah salah", "new": "kuda laut baru sekali"})
        assert refused.status_code == 403
        changed = client.post("/v1/session/password", json={"old": PASSWORD, "new": "kuda laut baru sekali"})
        assert changed.status_code == 204
        assert client.get("/v1/session").status_code == 401
        assert log_in(service, "kuda laut baru sekali", "qa.uji").status_code == 200

    @pytest.mark.parametrize("new", ["pendek", "qa.uji qa.uji", "aaaaaaaaaaaaaaaa"])
    def test_must_be_hard_to_guess(self, service, new):
        answer = service.client("qa").post("/v1/session/password", json={"old": PASSWORD, "new": new})
        assert answer.status_code == 422
        assert log_in(service, PASSWORD, "qa.uji").status_code == 200

    def test_is_nothing_that_a_machine_has(self, service):
        machine = service.machine(Right.calls_ingest)
        answer = machine.post("/v1/session/password", json={"old": PASSWORD, "new": "kuda laut baru sekali"})
        assert answer.status_code == 409


class TestRates:
    def test_hold_back_who_asks_too_often_and_nobody_else(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, rate_limit="20/minute")
        client, other = service.client("qa"), service.client("admin")
        answers = [client.get("/v1/session") for _ in range(22)]
        assert answers[0].status_code == 200
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0
        assert other.get("/v1/session").status_code == 200
        assert client.get("/ready").status_code == 200

    def test_hold_back_guessing_from_one_address(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, login_rate_limit="5/minute")
        statuses = [log_in(service, name=f"orang{number}").status_code for number in range(7)]
        assert statuses == [401] * 5 + [429] * 2

    def test_that_cannot_be_understood_are_named_at_the_start(self, database, tmp_path):
        with pytest.raises(Exception, match="TRIAGE_RATE_LIMIT"):
            ServiceUnderTest(database, tmp_path, rate_limit="often")


class TestHeaders:
    def test_keep_answers_out_of_frames_and_caches(self, service):
        headers = service.client("qa").get("/v1/session").headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]

    def test_let_the_description_of_the_api_start(self, service):
        headers = service.anonymous().get("/docs").headers
        assert "script-src 'self' 'unsafe-inline'" in headers["Content-Security-Policy"]


class TestSuggestions:
    def test_need_a_token_where_they_are_not_public(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, suggestions_public=False)
        files = {"file": ("a.wav", b"no audio")}
        assert service.anonymous().post("/v1/suggestions", files=files).status_code == 401
        assert service.machine(Right.calls_read, name="a").post("/v1/suggestions", files=files).status_code == 403
        assert service.machine(Right.calls_ingest, name="b").post("/v1/suggestions", files=files).status_code == 422
