"""`triage privacy`, `triage data`, `triage audit` and `triage report`, as an administrator types them."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from support.kept import NOW, add_decided, add_ticket
from typer.testing import CliRunner

from triage.cli.main import app
from triage.storage import Storage
from triage.store.tables import AuditRow, Call, Decision


@pytest.fixture
def run(database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TRIAGE_DATABASE_URL", database.url)
    monkeypatch.setenv("TRIAGE_TIME_ZONE", "Asia/Makassar")
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments, code=0, stdin=None):
        result = CliRunner().invoke(app, arguments, input=stdin)
        assert result.exit_code == code, result.output
        return result.output

    return invoke


@pytest.fixture
def call_id(database, tmp_path):
    """A ghost call, decided 40 days ago, with its recording."""
    with database.write() as session:
        call = add_decided(session, 1, "ghost", None, storage=Storage(f"file://{tmp_path}/data/audio"))
        call.started_at = datetime.now(UTC) - timedelta(days=40)
        session.execute(update(Decision).values(created_at=call.started_at))
        return call.call_id


def recordings(tmp_path):
    return [path for path in (tmp_path / "data" / "audio").rglob("*") if path.is_file()]


class TestPurge:
    def test_counts_then_removes_and_prints_the_anchor(self, run, database, tmp_path, call_id):
        assert "Akan dibuang: 1 rekaman" in run("privacy", "purge", "--dry-run")
        assert len(recordings(tmp_path)) == 1
        said = run("privacy", "purge")
        assert "Dibuang: 1 rekaman" in said
        assert recordings(tmp_path) == []
        anchor = re.search(r"\d+:[0-9a-f]{64}", said)[0]
        assert "utuh" in run("audit", "verify", "--anchor", anchor)

    def test_follows_the_policy_file(self, run, tmp_path, monkeypatch, call_id):
        policy = tmp_path / "retention.yaml"
        policy.write_text(
            "audio: {ticket_days: 90, ghost_days: 41, other_days: 90}\ntext_days: 365\nrecord_days: 900\n"
            "audit_days: 900\n"
        )
        monkeypatch.setenv("TRIAGE_RETENTION_FILE", str(policy))
        assert "Akan dibuang: 0 rekaman" in run("privacy", "purge", "--dry-run")
        policy.write_text("audio: 3")
        assert "retention_invalid" in run("privacy", "purge", code=2)


class TestOneCall:
    def test_is_held_released_and_erased(self, run, tmp_path, call_id):
        run("privacy", "hold", call_id, "--reason", "LP/1/2026")
        assert "legal_hold" in run("privacy", "erase", call_id, "--reason", "permintaan 7", "--yes", code=2)
        assert "Dibuang: 0 rekaman" in run("privacy", "purge")
        run("privacy", "release", call_id, "--reason", "inkrah")
        assert "Hapus" in run("privacy", "erase", call_id, "--reason", "permintaan 7", stdin="n\n", code=1)
        assert len(recordings(tmp_path)) == 1
        assert "Cadangan" in run("privacy", "erase", call_id, "--reason", "permintaan 7", "--yes")
        assert recordings(tmp_path) == []

    def test_that_is_not_there(self, run):
        assert "call_missing" in run("privacy", "hold", "call-0", "--reason", "LP/1", code=2)


class TestData:
    def test_export_import_write_list_models_erase(self, run, database, tmp_path, call_id):
        said = run("data", "export", "--out", "nov.jsonl", "--table", "tabel", "--city", "Kota Kendari")
        assert "dataset nov, 1 baris" in said
        assert [path.name for path in sorted((tmp_path / "tabel").iterdir())] == ["history.csv", "mapping.yaml"]
        row = json.loads((tmp_path / "nov.jsonl").read_text())
        assert row["turns"][0]["text"].startswith("halo nama saya [NAMA]")
        (tmp_path / "lama.jsonl").write_text(json.dumps(row | {"id": "L1"}))
        assert "Dataset lama: 1 baris" in run("data", "import", "lama.jsonl")
        assert "2 baris" in run("data", "write", "nov", "lama", "--out", "semua.jsonl")
        run("data", "models", "nov", "--trained", "classifier-id 0.3")
        assert "classifier-id 0.3" in run("data", "list")
        assert "classifier-id 0.3" in run("privacy", "erase", call_id, "--reason", "permintaan 7", "--yes")
        assert "1 baris" in run("data", "write", "nov", "lama", "--out", "lagi.jsonl")

    def test_days_are_included(self, run, database, call_id):
        with database.write() as session:
            session.execute(update(Call).values(started_at=datetime(2025, 11, 18, 15, 59, tzinfo=UTC)))
        for since, until, code in (("2025-11-18", "2025-11-18", 0), ("2025-11-19", "2025-11-20", 2)):
            run("data", "export", "--out", f"{since}.jsonl", "--since", since, "--until", until, code=code)
        assert "day_invalid" in run("data", "export", "--out", "x.jsonl", "--since", "kemarin", code=2)

    def test_a_wrong_file_is_refused_with_its_line(self, run, tmp_path):
        (tmp_path / "x.jsonl").write_text("{}\n")
        assert "Baris 1: id" in run("data", "import", "x.jsonl", code=2)


class TestAudit:
    def test_verify_says_what_is_broken_and_exits_with_1(self, run, database, call_id):
        run("privacy", "hold", call_id, "--reason", "LP/1/2026")
        assert "Jejak audit utuh: 1 baris" in run("audit", "verify")
        with database.write() as session:
            session.execute(update(AuditRow).values(source="lain"))
        said = run("audit", "verify", code=1)
        assert "RUSAK" in said
        assert "baris 1 diubah" in said

    def test_list_by_object_and_actor(self, run, database, call_id):
        run("privacy", "hold", call_id, "--reason", "LP/1/2026")
        with database.read() as session:
            actor = session.scalars(select(AuditRow.actor)).one()
        for arguments in (["--object", f"call:{call_id}"], ["--actor", actor.partition(":")[2]], []):
            assert "privacy.hold" in run("audit", "list", *arguments)
        assert "privacy.hold" not in run("audit", "list", "--object", "call:call-0")
        assert "object_invalid" in run("audit", "list", "--object", "call", code=2)


class TestMonthly:
    def test_table_and_csv(self, run, database, tmp_path):
        with database.write() as session:
            add_ticket(session, add_decided(session, 5), days=5)
        month = f"{NOW:%Y-%m}"
        assert "tidak valid" in run("report", "monthly", month)
        assert "<5" in run("report", "monthly", month, "--public")
        run("report", "monthly", month, "--csv", "nov.csv")
        assert "ringkasan,,,masuk,1" in (tmp_path / "nov.csv").read_text("utf-8-sig")
        assert "month_invalid" in run("report", "monthly", "2025-13", code=2)
