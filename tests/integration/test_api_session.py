"""Logging in and out: what opens a session, what ends it, and what never does."""

import base64
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from support.service import PASSWORD, SETUP, ServiceUnderTest

from triage.accounts import login
from triage.accounts.passwords import verify_password
from triage.accounts.rights import Right, Role
from triage.errors import InputError
from triage.store import Database
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
        chosen = service.anonymous()
        chosen.cookies.set("triage_session", "chosen-by-somebody-else")
        assert chosen.get("/v1/session").status_code == 401

    def test_ends_the_session_that_this_browser_had(self, service):
        client = service.client("qa")
        before = service.anonymous()
        before.cookies.set("triage_session", client.cookies["triage_session"])
        assert client.post("/login", json={"name": "budi", "password": PASSWORD}).status_code == 200
        assert before.get("/v1/session").status_code == 401

    @pytest.mark.parametrize(
        "body",
        [{}, {"name": "budi"}, {"name": "x" * 65, "password": PASSWORD}, {"name": "budi", "password": "x" * 257}, []],
    )
    def test_refuses_what_is_no_log_in(self, service, body):
        assert service.anonymous().post("/login", json=body).status_code == 422

    @pytest.mark.parametrize("name", ["' OR 1=1 --", "budi\x00", "BUDI", " budi", "büdi"])
    def test_is_for_exactly_one_name(self, service, name):
        assert log_in(service, name=name).status_code in (401, 422)

    @pytest.mark.parametrize("body", [rb'{"name":"\ud800","password":"x"}', rb'{"name":"budi","password":"\ud800"}'])
    def test_with_what_is_no_text_opens_nothing(self, service, body):
        answer = service.anonymous().post("/login", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 401, 422)

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
    def test_takes_no_body_that_another_sites_form_could_send(self, service, kind):
        body = f'{{"name":"budi","password":"{PASSWORD}"}}'
        answer = service.anonymous().post("/login", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 422

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Origin": "http://testserver"}, 200),
            ({"Origin": "https://TESTSERVER"}, 200),  # TLS ends in front of the service
            ({"Origin": "http://testserver:81"}, 403),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "http://[half"}, 403),
            ({"Sec-Fetch-Site": "same-origin", "Origin": "https://name-in-front-of-a-proxy"}, 200),
            ({"Sec-Fetch-Site": "none"}, 200),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ],
    )
    def test_from_another_sites_page_is_refused(self, service, headers, status):
        answer = log_in(service, **headers)
        assert answer.status_code == status
        if status == 403:
            assert answer.json()["code"] == "other_site"

    def test_with_a_password_that_is_changed_meanwhile_opens_nothing(self, service, monkeypatch):
        """The slow check of the password is done outside of the transaction."""

        def changed_meanwhile(password, stored):
            with service.database.write() as session:
                service.context.users.set_password(session, SETUP, "budi", "kuda laut baru sekali")
            return verify_password(password, stored)

        monkeypatch.setattr(login, "verify_password", changed_meanwhile)
        assert log_in(service).status_code == 401


class TestLock:
    def test_after_too_many_wrong_passwords_the_right_one_does_not_open(self, service):
        for _ in range(3):
            assert log_in(service, "salah salah salah").status_code == 401
        answer = log_in(service)
        assert (answer.status_code, answer.json()["code"]) == (429, "login_locked")
        assert 0 < int(answer.headers["retry-after"]) <= 900
        assert "login.locked" in actions(service)

    def test_counts_every_one_of_many_attempts_at_once(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, login_attempts=8)
        with database.write() as session:
            service.context.users.add(session, SETUP, "budi", Role.operator, PASSWORD)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: log_in(service, "salah salah salah").status_code, range(8)))
        assert answers == [401] * 8
        assert log_in(service).status_code == 429
        assert actions(service).count("login.failed") == 7

    def test_says_for_how_long_and_counts_no_more_meanwhile(self, service):
        for _ in range(3):
            log_in(service, "salah salah salah")
        with service.database.write() as session:
            session.query(User).filter_by(name="budi").one().locked_until = datetime.now(UTC) + timedelta(seconds=61)
        answer = log_in(service, "salah salah salah")
        assert "2 menit" in answer.json()["detail"]
        assert "2 minutes" in answer.json()["detail_en"]
        with service.database.read() as session:
            assert session.query(User).filter_by(name="budi").one().failed_logins == 0

    def test_does_not_end_the_sessions_that_there_are(self, service):
        client = service.client("operator", "budi")
        for _ in range(3):
            log_in(service, "salah salah salah")
        assert client.get("/v1/session").status_code == 200

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

    @pytest.mark.parametrize("token", [b"", b"\xe9" * 64, b"0" * 64, b"x" * 9000])
    def test_changes_nothing_with_an_invented_csrf_token(self, service, token):
        client = service.client("admin")
        del client.headers["X-CSRF-Token"]
        answer = client.post("/v1/users", json={"name": "baru", "role": "qa"}, headers=[(b"X-CSRF-Token", token)])
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_token")

    def test_changes_nothing_from_another_sites_page_even_with_the_csrf_token(self, service):
        client = service.client("admin")
        answer = client.post(
            "/v1/users", json={"name": "baru", "role": "qa"}, headers={"Origin": "https://evil.example"}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "other_site")

    def test_counts_as_used_while_it_is_used(self, service):
        client = service.client("qa")
        with service.database.write() as session:
            session.query(LoginSession).one().seen_at = datetime.now(UTC) - timedelta(minutes=59)
        assert client.get("/v1/session").status_code == 200
        with service.database.read() as session:
            assert session.query(LoginSession).one().seen_at > datetime.now(UTC) - timedelta(minutes=1)

    def test_of_a_cookie_that_was_tampered_with_is_none(self, service):
        token = service.client("qa").cookies["triage_session"]
        for other in (token[:-1], token + "A", token.swapcase(), token.encode().hex()):
            client = service.anonymous()
            client.cookies.set("triage_session", other)
            assert client.get("/v1/session").status_code == 401

    def test_is_not_asked_where_a_token_is_sent(self, service):
        client = service.client("admin")
        assert client.get("/v1/users", headers={"Authorization": "Bearer t112_unknown"}).status_code == 401

    def test_goes_on_where_a_machine_logs_out(self, service):
        client = service.client("qa")
        machine = service.machine(Right.calls_ingest)
        machine.cookies.set("triage_session", client.cookies["triage_session"])
        assert machine.post("/logout").status_code == 204
        assert client.get("/v1/session").status_code == 200

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

    def test_change_begins_no_session_and_ends_all(self, service):
        client, other = service.client("qa"), service.client("qa")
        client.post("/v1/session/password", json={"old": PASSWORD, "new": "kuda laut baru sekali"})
        assert other.get("/v1/session").status_code == 401
        with service.database.read() as session:
            assert session.query(LoginSession).count() == 0

    def test_guessed_at_in_an_open_session_locks_the_account(self, service):
        client = service.client("qa")
        body = {"old": "salah salah salah", "new": "kuda laut baru sekali"}
        statuses = [client.post("/v1/session/password", json=body).status_code for _ in range(4)]
        assert statuses == [403, 403, 403, 429]

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

    def test_count_all_sessions_of_a_user_together(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, rate_limit="20/minute")
        clients = [service.client("qa") for _ in range(3)]
        statuses = [client.get("/v1/session").status_code for _ in range(10) for client in clients]
        assert statuses.count(429) == 7  # the first of each session counts for its address

    @pytest.mark.parametrize("header", ["Authorization", "Cookie"])
    def test_are_not_escaped_by_inventing_another_secret_each_time(self, database, tmp_path, header):
        service = ServiceUnderTest(database, tmp_path, rate_limit="20/minute")
        client = service.anonymous()
        scheme = "Bearer t112_" if header == "Authorization" else "triage_session="
        statuses = [client.get("/v1/session", headers={header: f"{scheme}{one}"}).status_code for one in range(25)]
        assert statuses == [401] * 20 + [429] * 5
        assert client.get("/v1/taxonomy").status_code == 429

    def test_of_more_than_one_all_hold(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, login_rate_limit="100/second;3/hour")
        answers = [log_in(service, name="siapa") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401] * 3 + [429]
        assert answers[-1].json()["code"] == "too_many_requests"
        assert 3500 < int(answers[-1].headers["retry-after"]) <= 3600

    def test_hold_for_changing_the_password_too(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, login_rate_limit="2/hour")
        client = service.client("qa")
        body = {"old": "salah salah salah", "new": "kuda laut baru sekali"}
        assert [client.post("/v1/session/password", json=body).status_code for _ in range(2)] == [403, 429]

    def test_hold_back_guessing_from_one_address(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, login_rate_limit="5/minute")
        statuses = [log_in(service, name=f"orang{number}").status_code for number in range(7)]
        assert statuses == [401] * 5 + [429] * 2

    @pytest.mark.parametrize("value", ["often", "", "0/second", "5/fortnight", "-1/second", "5/second; often"])
    @pytest.mark.parametrize("name", ["rate_limit", "login_rate_limit"])
    def test_that_cannot_be_understood_are_named_at_the_start(self, tmp_path, name, value):
        with pytest.raises(InputError, match=f"TRIAGE_{name.upper()} "):
            ServiceUnderTest(Database(f"sqlite:///{tmp_path}/x.sqlite"), tmp_path, **{name: value})


class TestHeaders:
    @pytest.mark.parametrize("path", ["/v1/session", "/v1/users", "/health", "/nowhere", "/v1/calls?limit=x"])
    def test_keep_answers_out_of_frames_and_caches(self, service, path):
        headers = service.client("qa").get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in headers

    def test_come_with_an_unexpected_error_too(self, service, monkeypatch):
        monkeypatch.setattr(service.context.logins, "log_in", lambda *_: 1 / 0)
        answer = log_in(service)
        assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_bind_browsers_to_https_where_cookies_are(self, database, tmp_path):
        client = ServiceUnderTest(database, tmp_path, cookie_secure=True).anonymous()
        assert "max-age" in client.get("/health").headers["Strict-Transport-Security"]

    @pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
    def test_let_the_description_of_the_api_run_its_own_script_and_no_other(self, service, path):
        page = service.anonymous().get(path)
        script = page.headers["Content-Security-Policy"].partition("script-src ")[2].partition(";")[0]
        inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline]
        assert script.split() == ["'self'", *(f"'sha256-{one}'" for one in hashes)]
        for source in re.findall(r'(?:src|href)="([^"]+)"', page.text):
            assert service.anonymous().get(source).status_code == 200


class TestBodies:
    def test_that_hold_no_recording_are_small(self, service):
        body = b"[" + b" " * 2_000_000 + b"]"
        answer = service.anonymous().post("/login", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413

    def test_that_come_piece_by_piece_too(self, service):
        pieces = (b" " * 65536 for _ in range(40))
        answer = service.anonymous().post("/login", content=pieces, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413


class TestSuggestions:
    def test_need_a_token_where_they_are_not_public(self, database, tmp_path):
        service = ServiceUnderTest(database, tmp_path, suggestions_public=False)
        files = {"file": ("a.wav", b"no audio")}
        assert service.anonymous().post("/v1/suggestions", files=files).status_code == 401
        assert service.machine(Right.tickets_read, name="a").post("/v1/suggestions", files=files).status_code == 403
        assert service.machine(Right.calls_read, name="c").post("/v1/suggestions", files=files).status_code == 422
        assert service.client("operator").post("/v1/suggestions", files=files).status_code == 422
        assert service.machine(Right.calls_ingest, name="b").post("/v1/suggestions", files=files).status_code == 422
