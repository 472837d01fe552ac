"""`triage users` and `triage tokens`: the first administrator, and everything that can be done without the service."""

import pytest
from support.service import ServiceUnderTest
from typer.testing import CliRunner

from triage.cli.main import app
from triage.store.tables import ApiToken, AuditRow, User

PASSWORD = "kuda laut terbang"


@pytest.fixture
def run(database, tmp_path, monkeypatch):
    """Runs a command on the test's installation; gives its result."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TRIAGE_DATABASE_URL", database.url)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("USER", "teknisi")
    monkeypatch.setenv("LOGNAME", "teknisi")

    def command(*words, given="", code=0):
        result = CliRunner().invoke(app, [*words], input=given)
        assert result.exit_code == code, result.output
        return result

    return command


def user(database, name="siti"):
    with database.read() as session:
        return session.query(User).filter_by(name=name).one()


def trail(database):
    with database.read() as session:
        return [(row.actor, row.action, row.object_id) for row in session.query(AuditRow).order_by(AuditRow.id)]


def add(run, name="siti", role="admin", **more):
    return run("users", "add", name, "--role", role, "--password-stdin", given=f"{PASSWORD}\n", **more)


class TestUsers:
    def test_first_administrator_can_log_in(self, run, database, tmp_path):
        assert "siti" in add(run).output
        service = ServiceUnderTest(database, tmp_path)
        answer = service.anonymous().post("/login", json={"name": "siti", "password": PASSWORD})
        assert (answer.status_code, answer.json()["role"]) == (200, "admin")
        assert trail(database)[0] == ("cli:teknisi", "user.create", "siti")

    def test_never_show_a_password(self, run, database):
        result = add(run)
        assert PASSWORD not in result.output
        assert PASSWORD not in str(trail(database))

    @pytest.mark.parametrize("given", ["pendek\n", "siti siti siti\n", "123456789012\n", "\n", ""])
    def test_are_not_made_with_a_bad_password(self, run, database, given):
        result = run("users", "add", "siti", "--role", "admin", "--password-stdin", given=given, code=2)
        assert "Kata sandi" in result.stderr
        assert trail(database) == []

    def test_are_not_made_where_nobody_can_be_asked_for_a_password(self, run):
        assert "--password-stdin" in run("users", "add", "siti", "--role", "admin", code=2).stderr

    def test_have_a_role_that_there_is(self, run):
        run("users", "add", "siti", "--role", "root", "--password-stdin", given=f"{PASSWORD}\n", code=2)

    def test_are_not_made_twice(self, run):
        add(run)
        assert "sudah ada" in add(run, code=2).stderr

    def test_for_openid_connect_have_no_password(self, run, database):
        result = run("users", "add", "siti", "--role", "qa", "--oidc")
        assert "/oidc/login" in result.output
        assert user(database).password_hash is None

    def test_are_listed_with_what_counts(self, run):
        add(run)
        add(run, "budi", "operator")
        run("users", "deactivate", "budi")
        output = run("users", "list").output
        assert "siti" in output
        assert "operator" in output
        assert "tidak" in output
        assert "argon2" not in output

    def test_get_another_role_password_and_are_ended_and_begun_again(self, run, database):
        add(run)
        add(run, "budi", "operator")
        before = user(database, "budi").password_hash
        run("users", "role", "budi", "qa")
        run("users", "password", "budi", "--password-stdin", given="kuda laut baru sekali\n")
        run("users", "deactivate", "budi")
        assert not user(database, "budi").active
        run("users", "activate", "budi")
        run("users", "unlock", "budi")
        after = user(database, "budi")
        assert (after.role, after.active) == ("qa", True)
        assert after.password_hash != before
        actions = [action for _, action, name in trail(database) if name == "budi"]
        assert actions == [
            "user.create", "user.role", "user.password", "user.deactivate", "user.activate", "user.unlock",
        ]  # fmt: skip

    @pytest.mark.parametrize("command", [["role", "siti", "qa"], ["deactivate", "siti"]])
    def test_keep_the_last_administrator(self, run, database, command):
        add(run)
        assert "admin terakhir" in run("users", *command, code=2).stderr
        assert (user(database).role, user(database).active) == ("admin", True)

    @pytest.mark.parametrize("command", [["role", "siapa", "qa"], ["deactivate", "siapa"], ["unlock", "siapa"]])
    def test_that_are_not_there_are_said(self, run, command):
        assert "Tidak ada akun" in run("users", *command, code=2).stderr


class TestTokens:
    def test_write_the_secret_alone_to_standard_output(self, run, database, tmp_path):
        secret = run("tokens", "add", "pbx", "--scope", "calls:ingest", "--days", "30").stdout.strip()
        client = ServiceUnderTest(database, tmp_path).anonymous()
        answer = client.get("/v1/session", headers={"Authorization": f"Bearer {secret}"})
        assert answer.json()["rights"] == ["calls:ingest"]
        with database.read() as session:
            assert session.query(ApiToken).one().created_by == "cli:teknisi"

    def test_are_listed_without_it_and_end(self, run, database, tmp_path):
        secret = run("tokens", "add", "pbx", "--scope", "calls:ingest", "--scope", "tickets:read").stdout.strip()
        output = run("tokens", "list").output
        assert "pbx" in output
        assert secret[5:] not in output
        run("tokens", "revoke", "pbx")
        client = ServiceUnderTest(database, tmp_path).anonymous()
        assert client.get("/v1/session", headers={"Authorization": f"Bearer {secret}"}).status_code == 401

    @pytest.mark.parametrize("scope", ["users:manage", "calls:decide", "privacy:manage", "everything"])
    def test_have_no_right_that_only_a_person_may_use(self, run, scope):
        run("tokens", "add", "pbx", "--scope", scope, code=2)

    def test_with_a_name_that_was_used_are_not_made(self, run):
        run("tokens", "add", "pbx", "--scope", "calls:ingest")
        assert "sudah dipakai" in run("tokens", "add", "pbx", "--scope", "calls:ingest", code=2).stderr

    def test_that_are_not_there_are_said(self, run):
        assert "Tidak ada token" in run("tokens", "revoke", "siapa", code=2).stderr
