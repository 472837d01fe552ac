"""`triage db`, `backup`, `restore`, `doctor`, `models promote|rollback`, `dispatch` and `outbox`, as they are typed."""

import json
import os
import subprocess
import sys

import pytest
from sqlalchemy import func, select
from support.databases import new_url
from support.kept import add_ticket
from support.rows import NOON, add_call
from typer.testing import CliRunner

from triage.cli.main import app
from triage.dispatch import enqueue
from triage.registry import Manifest, write_manifest
from triage.settings import Settings
from triage.storage import Storage
from triage.store import Database
from triage.store.migrate import newest
from triage.store.repositories import outbox
from triage.store.tables import AuditRow, Call, OutboxMessage


@pytest.fixture
def environment(database, tmp_path, monkeypatch):
    """Settings by the environment, as an administrator gives them."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TRIAGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TRIAGE_DATABASE_URL", database.url)
    monkeypatch.setenv("COLUMNS", "250")
    return monkeypatch


@pytest.fixture
def run(environment):
    """Runs a command; what it said to both streams."""

    def invoke(*arguments, code=0):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.output

    return invoke


def actions(database):
    with database.read() as session:
        return list(session.scalars(select(AuditRow.action).order_by(AuditRow.id)))


def count(url, table):
    database = Database(Settings(_env_file=None, database_url=url).store_url)
    with database.read() as session:
        found = session.scalar(select(func.count()).select_from(table))
    database.close()
    return found


class TestDb:
    def test_current_says_what_is_and_what_is_needed(self, run):
        assert run("db", "current") == f"sekarang {newest()}, perlu {newest()}\n"

    def test_goes_down_and_up_again(self, run):
        assert run("db", "downgrade", "0001") == f"Skema {newest()} menjadi 0001.\n"
        assert run("db", "current") == f"sekarang 0001, perlu {newest()}\n"
        assert run("db", "upgrade") == f"Skema 0001 menjadi {newest()}.\n"

    def test_makes_the_tables_of_an_empty_database(self, run, environment, tmp_path):
        environment.setenv("TRIAGE_DATABASE_URL", new_url("sqlite", tmp_path))
        assert "sekarang kosong" in run("db", "current")
        assert run("db", "upgrade") == f"Skema kosong menjadi {newest()}.\n"

    @pytest.mark.parametrize("version", ["0099", "x"])
    def test_a_schema_that_is_none_is_said_to_be_none(self, run, version):
        assert "schema_unknown" in run("db", "downgrade", version, code=2)
        assert run("db", "current") == f"sekarang {newest()}, perlu {newest()}\n"

    def test_other_commands_do_not_work_on_an_old_schema_and_name_the_way_out(self, run):
        run("db", "downgrade", "0001")
        said = run("outbox", "list", code=5)
        assert "store_schema" in said
        assert "triage db upgrade" in said

    def test_a_database_that_is_away_is_no_traceback(self, run, environment):
        environment.setenv("TRIAGE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
        for command in ("current", "upgrade"):
            assert "store_unavailable" in run("db", command, code=5)


class TestBackup:
    @pytest.fixture
    def call(self, database, environment):
        """A call with its recording."""
        uri = Storage(Settings().recordings_url).write("2025/11/18/a.wav", b"sound")
        with database.write() as session:
            return add_call(session, audio_uri=uri).call_id

    def test_goes_into_an_empty_database(self, run, environment, database, tmp_path, call):
        said = run("backup", "b.tar.gz", "--audio")
        assert "1 rekaman" in said
        assert "Kunci tidak ikut" in said
        assert actions(database) == ["backup"]
        target = new_url("sqlite", tmp_path)
        environment.setenv("TRIAGE_DATABASE_URL", target)
        said = run("restore", "b.tar.gz")
        assert "Jejak audit 0 baris: utuh" in said  # the trail of that moment: the backup itself came after it
        assert count(target, Call) == 1

    def test_a_full_database_is_only_replaced_by_force(self, run, database, call):
        run("backup", "b.tar.gz")
        with database.write() as session:
            add_call(session)
        assert "restore_not_empty" in run("restore", "b.tar.gz", code=2)
        assert count(database.url, Call) == 2
        run("restore", "b.tar.gz", "--force")
        assert count(database.url, Call) == 1
        assert actions(database) == ["restore"]

    def test_says_of_a_changed_trail_that_it_is_broken(self, run, database, call):
        run("backup", "first.tar.gz")
        with database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE audit SET actor = 'user:x'")
        run("backup", "b.tar.gz")
        assert "RUSAK" in run("restore", "b.tar.gz", "--force")

    def test_never_overwrites_an_older_one(self, run, tmp_path):
        run("backup", "b.tar.gz")
        before = (tmp_path / "b.tar.gz").read_bytes()
        assert "backup_exists" in run("backup", "b.tar.gz", code=2)
        assert (tmp_path / "b.tar.gz").read_bytes() == before

    def test_a_folder_that_cannot_be_made_is_no_traceback(self, run, tmp_path):
        (tmp_path / "file").touch()
        assert "output_not_writable" in run("backup", "file/b.tar.gz", code=2)

    def test_what_is_no_backup_is_refused(self, run, tmp_path):
        (tmp_path / "b.tar.gz").write_bytes(b"no backup")
        assert "backup_damaged" in run("restore", "b.tar.gz", code=2)
        assert "backup_damaged" in run("restore", "missing.tar.gz", code=2)


class TestKey:
    """Commands on a machine that has another key than the one that the database was begun with."""

    @pytest.fixture
    def other_key(self, run, environment):
        run("backup", "b.tar.gz")
        environment.setenv("TRIAGE_SECRET_KEY", "another")

    def test_write_nothing(self, run, database, other_key):
        for command in (
            ["backup", "c.tar.gz"],
            ["outbox", "list"],
            ["tokens", "add", "pbx", "--scope", "calls:ingest"],
        ):
            assert "key_changed" in run(*command, code=5)
        assert actions(database) == ["backup"]

    def test_restore_names_the_key_and_works_once_it_is_back(self, run, environment, tmp_path, other_key):
        environment.setenv("TRIAGE_DATABASE_URL", new_url("sqlite", tmp_path))
        assert "backup_key" in run("restore", "b.tar.gz", code=2)
        environment.delenv("TRIAGE_SECRET_KEY")
        assert "utuh" in run("restore", "b.tar.gz")
        assert "utuh" in run("audit", "verify")


class TestDoctor:
    def test_ends_with_1_as_long_as_something_fails(self, run):
        checks = {check["name"]: check for check in json.loads(run("doctor", "--json", code=1))}
        assert checks["Akun"]["state"] == "fail"
        assert "triage users add" in checks["Akun"]["mend"]

    def test_ends_with_0_when_nothing_does(self, run):
        assert (
            CliRunner()
            .invoke(app, ["users", "add", "budi", "--role", "admin", "--password-stdin"], input="kuda laut terbang\n")
            .stdout.startswith("Akun budi")
        )
        checks = json.loads(run("doctor", "--json"))
        assert {check["state"] for check in checks} <= {"ok", "warn"}

    def test_prints_a_table_for_people(self, run):
        assert "GAGAL" in run("doctor", code=1)


class TestModels:
    @pytest.fixture
    def models(self, environment, tmp_path):
        """Two classifiers, the bundled one's name among them."""
        for name in ("classifier-id", "kendari-1"):
            folder = tmp_path / "models" / name
            folder.mkdir(parents=True)
            (folder / "weights.bin").write_bytes(name.encode())
            write_manifest(folder, Manifest(name=name, version="1", kind="classifier", title=name))
        environment.setenv("TRIAGE_MODELS_DIR", str(tmp_path / "models"))
        return tmp_path / "models"

    def test_promote_and_rollback_say_what_serves_now_and_from_when(self, run, models, database):
        said = run("models", "promote", "kendari-1")
        assert "menggantikan classifier-id" in said
        assert "dimulai ulang" in said
        assert "Perhatian" not in said
        assert "classifier-id dipakai lagi, kendari-1 tidak" in run("models", "rollback", "classifier")
        assert actions(database) == ["model.promote", "model.rollback"]

    @pytest.mark.parametrize("command", [["promote", "kendari-1"], ["rollback", "classifier"]])
    def test_warn_of_a_setting_that_wins(self, run, models, environment, command):
        if command[0] == "rollback":
            run("models", "promote", "kendari-1")
        environment.setenv("TRIAGE_CLASSIFIER", "classifier-id")
        assert "Perhatian: TRIAGE_CLASSIFIER=classifier-id menang" in run("models", *command)

    def test_refuse_what_cannot_be(self, run, models, database):
        assert "model_not_found" in run("models", "promote", "missing", code=3)
        assert "model_in_service" in run("models", "promote", "classifier-id", code=2)
        assert "model_no_rollback" in run("models", "rollback", "classifier", code=2)
        (models / "kendari-1" / "weights.bin").write_bytes(b"other")
        run("models", "promote", "kendari-1", code=3)
        assert actions(database) == []


class TestOutbox:
    @pytest.fixture
    def message_id(self, database):
        """A message to an OPD without a channel, due."""
        with database.write() as session:
            ticket = add_ticket(session, days=0, revision=1)
            enqueue(session, ticket, "ticket.created", NOON)
            return session.scalar(select(OutboxMessage.message_id))

    @pytest.fixture
    def stuck(self, database, message_id):
        """The same, given up."""
        with database.write() as session:
            outbox.lock_message(session, message_id).state = "dead"
        return message_id

    def dispatch(self):
        """In a process of its own, as it sets up the logs of its process."""
        command = [sys.executable, "-m", "triage", "dispatch", "--once"]
        return subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))

    def state(self, database, message_id):
        with database.write() as session:
            return outbox.lock_message(session, message_id).state

    def test_dispatch_once_takes_what_is_due_and_list_shows_what_stayed(self, run, database, message_id):
        assert self.dispatch().returncode == 0
        assert self.state(database, message_id) == "kept"
        said = run("outbox", "list", "--state", "kept")
        assert message_id in said
        assert "KDI-112-20251118-0001" in said
        assert message_id not in run("outbox", "list")  # by default those that were given up

    def test_retry_makes_it_due_again(self, run, database, stuck):
        assert stuck in run("outbox", "list")
        run("outbox", "retry", stuck)
        assert self.state(database, stuck) == "pending"
        assert actions(database) == ["outbox.retry"]

    def test_drop_gives_it_up(self, run, database, stuck):
        assert stuck in run("outbox", "list")
        run("outbox", "drop", stuck)
        assert self.state(database, stuck) == "dropped"
        assert actions(database) == ["outbox.drop"]

    @pytest.mark.parametrize("command", ["retry", "drop"])
    def test_what_is_not_stuck_is_left_alone(self, run, database, message_id, command):
        run("outbox", command, message_id, code=2)
        assert "message_missing" in run("outbox", command, "msg_none", code=2)
        assert self.state(database, message_id) == "pending"
        assert actions(database) == []

    def test_a_mistake_in_the_channels_file_is_named(self, run, environment, tmp_path):
        (tmp_path / "channels.yaml").write_text("opd: {NOBODY: {kind: webhook}}\n")
        environment.setenv("TRIAGE_CHANNELS_FILE", str(tmp_path / "channels.yaml"))
        done = self.dispatch()
        assert done.returncode == 2
        assert "channels_invalid" in done.stderr
