"""Hearing a recording: whole and in ranges, and the trace it leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from support.rows import add_call
from support.service import ServiceUnderTest

from triage.store.tables import AuditRow, Call

SOUND = bytes(range(256)) * 1024


@pytest.fixture
def url(service: ServiceUnderTest) -> str:
    """Address of a recording."""
    uri = service.context.storage.write("2025/call.wav", SOUND)
    with service.database.write() as session:
        return f"/v1/calls/{add_call(session, audio_uri=uri).call_id}/audio"


def noted(service: ServiceUnderTest) -> list[str]:
    """Who has listened, by the trail."""
    with service.database.read() as session:
        return list(
            session.scalars(select(AuditRow.actor).where(AuditRow.action == "call.listen").order_by(AuditRow.id))
        )


class TestSound:
    def test_whole(self, service: ServiceUnderTest, url: str) -> None:
        response = service.client("operator").get(url)
        assert (response.status_code, response.content) == (200, SOUND)
        assert response.headers["content-type"] == "audio/wav"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["accept-ranges"] == "bytes"
        assert response.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        ("wanted", "begin", "end"),
        [
            ("bytes=0-0", 0, 1),
            ("bytes=100-199", 100, 200),
            ("bytes=262000-", 262000, 262144),
            ("bytes=-10", 262134, 262144),
            ("bytes=262000-999999999", 262000, 262144),
            ("bytes=-999999999", 0, 262144),
        ],
    )
    def test_a_range(self, service: ServiceUnderTest, url: str, wanted: str, begin: int, end: int) -> None:
        response = service.client("operator").get(url, headers={"Range": wanted})
        assert (response.status_code, response.content) == (206, SOUND[begin:end])
        assert response.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(SOUND)}"

    @pytest.mark.parametrize("wanted", ["bytes=262144-", "bytes=-0", "bytes=999999999-"])
    def test_a_range_behind_the_end(self, service: ServiceUnderTest, url: str, wanted: str) -> None:
        response = service.client("operator").get(url, headers={"Range": wanted})
        assert response.status_code == 416
        assert response.headers["content-range"] == f"bytes */{len(SOUND)}"
        assert response.json()["code"] == "range_unsatisfiable"

    @pytest.mark.parametrize("wanted", ["bytes=5-2", "bytes=-", "bytes=0-1,5-6", "seconds=1-2", "bytes=x-y", ""])
    def test_what_is_no_single_range_is_ignored(self, service: ServiceUnderTest, url: str, wanted: str) -> None:
        response = service.client("operator").get(url, headers={"Range": wanted})
        assert (response.status_code, len(response.content)) == (200, len(SOUND))

    def test_a_range_of_another_recording_is_none_of_this(self, service: ServiceUnderTest, url: str) -> None:
        client = service.client("operator")
        tag = client.get(url).headers["etag"]
        same = client.get(url, headers={"Range": "bytes=0-1", "If-Range": tag})
        other = client.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
        assert (same.status_code, other.status_code) == (206, 200)

    @pytest.mark.parametrize(
        ("name", "media_type"),
        [
            ("2025/a.mp3", "audio/mpeg"),
            ("2025/a.amr", "audio/amr"),
            ("2025/a.html", "application/octet-stream"),
            ("2025/a", "application/octet-stream"),
        ],
    )
    def test_the_media_type_is_that_of_what_is_kept_whatever_it_was_called(
        self, service: ServiceUnderTest, url: str, name: str, media_type: str
    ) -> None:
        uri = service.context.storage.write(name, SOUND)
        with service.database.write() as session:
            session.execute(update(Call).values(file_name="call.html", audio_uri=uri))
        assert service.client("operator").get(url).headers["content-type"] == media_type

    def test_one_that_was_removed_is_gone(self, service: ServiceUnderTest, url: str) -> None:
        with service.database.write() as session:
            session.execute(update(Call).values(audio_uri=None))
        response = service.client("operator").get(url)
        assert (response.status_code, response.json()["code"]) == (410, "audio_gone")
        assert noted(service) == []

    def test_one_that_the_storage_lost_is_missing(self, service: ServiceUnderTest, url: str) -> None:
        service.context.storage.delete("2025/call.wav")
        response = service.client("operator").get(url)
        assert (response.status_code, response.json()["code"]) == (404, "audio_missing")


class TestTrace:
    def test_one_row_a_play_whatever_the_ranges(self, service: ServiceUnderTest, url: str) -> None:
        client = service.client("operator", "siti")
        for wanted in ("bytes=50-", "bytes=0-9", "bytes=10-19"):
            assert client.get(url, headers={"Range": wanted}).status_code == 206
        assert noted(service) == ["user:siti"]

    def test_each_person_and_each_play_has_its_own(self, service: ServiceUnderTest, url: str) -> None:
        client = service.client("operator", "siti")
        client.get(url)
        service.client("qa", "rina").get(url)
        with service.database.write() as session:
            for row in session.scalars(select(AuditRow).where(AuditRow.action == "call.listen")):
                row.at -= timedelta(minutes=11)
        client.get(url)
        assert noted(service) == ["user:siti", "user:rina", "user:siti"]

    @pytest.mark.parametrize("role", ["data", "admin"])
    def test_who_may_not_listen_hears_nothing(self, service: ServiceUnderTest, url: str, role: str) -> None:
        response = service.client(role).get(url)
        assert response.status_code == 403
        assert noted(service) == []
