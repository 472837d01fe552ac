"""GET /v1/exports/{kind}.{format}: status, content and the row in the audit trail."""

import tempfile
from pathlib import Path

import pytest
from sqlalchemy import select
from support.kept import add_decided
from support.rows import without_ids
from support.service import ServiceUnderTest

from triage.store.tables import AuditRow

PERIOD = {"from": "2026-11-01", "to": "2026-11-30"}


@pytest.fixture
def service(database, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    made = ServiceUnderTest(database, tmp_path)
    with database.write() as session:
        for _ in range(3):
            add_decided(session, 5)
    return made


def exports(service):
    with service.database.read() as session:
        return session.scalars(select(AuditRow).where(AuditRow.action == "export")).all()


class TestExport:
    @pytest.mark.parametrize("kind", ["calls", "tickets", "decisions"])
    @pytest.mark.parametrize(
        ("file_format", "begins"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("parquet", b"PAR1")]
    )
    def test_is_a_file_of_its_kind(self, service, kind, file_format, begins):
        answer = service.client("qa").get(f"/v1/exports/{kind}.{file_format}", params=PERIOD)
        assert answer.status_code == 200
        assert answer.content.startswith(begins)
        assert f'filename="{kind}-2026-11-01-2026-11-30.{file_format}"' in answer.headers["content-disposition"]
        assert answer.headers["cache-control"] == "no-store"

    def test_is_recorded_with_format_period_and_rows(self, service):
        service.client("data").get("/v1/exports/calls.csv", params=PERIOD)
        [row] = exports(service)
        assert (row.actor, row.object_kind, row.object_id) == ("user:data.uji", "export", "calls")
        assert row.detail == {"format": "csv", "first": "2026-11-01", "last": "2026-11-30", "rows": 3}

    def test_leaves_no_file_behind(self, service):
        service.client("data").get("/v1/exports/calls.xlsx", params=PERIOD)
        service.client("data").get("/v1/exports/calls.csv", params=PERIOD | {"to": "2026-10-01"})
        assert list(Path(tempfile.gettempdir()).iterdir()) == []

    @pytest.mark.parametrize(
        ("path", "params"),
        [
            ("calls.csv", {}),
            ("calls.csv", {"from": "2026-11-30", "to": "2026-11-01"}),
            ("calls.csv", {"from": "0001-01-01", "to": "9999-12-31"}),
            ("calls.csv", {"from": "kemarin", "to": "2026-11-01"}),
            ("calls.pdf", PERIOD),
            ("users.csv", PERIOD),
        ],
    )
    def test_of_nonsense_is_refused_and_not_recorded(self, service, path, params):
        assert service.client("data").get(f"/v1/exports/{path}", params=params).status_code == 422
        assert exports(service) == []

    def test_is_not_for_operators(self, service):
        assert service.client("operator").get("/v1/exports/calls.csv", params=PERIOD).status_code == 403
        assert exports(service) == []

    def test_has_neither_caller_nor_words(self, service):
        for kind in ("calls", "tickets", "decisions"):
            text = without_ids(service.client("data").get(f"/v1/exports/{kind}.csv", params=PERIOD).text)
            for secret in ("rahmat", "c" * 24, "678", "lorong anawai", "budi"):
                assert secret not in text
