"""The figures for Prometheus, read from the store."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.rows import add_call, add_decision, add_user

from triage.operations.metrics import StoreCollector, render
from triage.store.tables import WatchedFile

NOW = datetime(2025, 11, 18, 12, tzinfo=UTC)


@pytest.fixture
def figures(database):
    """The figures as {(name, labels...): value}, at NOW."""

    def read():
        text = render(StoreCollector(database, clock=lambda: NOW)).decode()
        return {
            (sample.name, *(sample.labels[label] for label in sorted(sample.labels, reverse=True))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    return read


class TestFigures:
    def test_of_an_empty_store_are_zero(self, figures):
        seen = figures()
        assert seen["triage_calls", "ready"] == seen["triage_calls", "dead"] == 0
        assert seen["triage_oldest_call_seconds",] == seen["triage_audio_seconds_per_second",] == 0

    def test_count_what_waits_and_tell_the_age_of_the_oldest(self, database, figures):
        with database.write() as session:
            add_call(session, state="received", received_at=NOW - timedelta(seconds=90))
            add_call(session, state="queued", received_at=NOW - timedelta(seconds=30))
            add_call(session, state="ready", received_at=NOW - timedelta(days=9))
            add_call(session, state="decided", received_at=NOW - timedelta(days=9))
        seen = figures()
        assert [seen["triage_calls", state] for state in ("received", "queued", "working", "ready")] == [1, 1, 0, 1]
        assert ("triage_calls", "decided") not in seen
        assert seen["triage_oldest_call_seconds",] == 90

    def test_tell_seconds_of_audio_per_second_of_work_of_the_last_quarter_of_an_hour(self, database, figures):
        with database.write() as session:
            add_call(session, state="ready", duration=60.0, work_seconds=10.0, updated_at=NOW)
            add_call(session, state="ready", duration=30.0, work_seconds=20.0, updated_at=NOW)
            add_call(session, state="ready", duration=900.0, work_seconds=1.0, updated_at=NOW - timedelta(minutes=16))
        assert figures()["triage_audio_seconds_per_second",] == 3

    def test_count_agreement_of_the_last_day(self, database, figures):
        with database.write() as session:
            user = add_user(session)
            for agreed, age in ((True, 1), (True, 2), (False, 3), (True, 25)):
                add_decision(session, add_call(session), user, agreed=agreed, created_at=NOW - timedelta(hours=age))
        seen = figures()
        assert (seen["triage_decisions", "ticket", "true"], seen["triage_decisions", "ticket", "false"]) == (2, 1)

    def test_count_refused_files(self, database, figures):
        with database.write() as session:
            session.add(
                WatchedFile(
                    path="a.wav", path_key="a", size=1, modified_ns=1, error_code="x", error_message="x", seen_at=NOW
                )
            )
        assert figures()["triage_refused_files",] == 1
