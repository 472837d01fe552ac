"""Lists of calls: by words, by conditions, page by page, whatever the size of the windows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from support.cases import add_ready_call, suggestion
from support.rows import NOON, add_call, add_decision, add_user

from triage.store import Database
from triage.store.repositories import search
from triage.store.repositories.queue import QueueFilter, queue_page
from triage.store.repositories.search import CallFilter, find_calls, words_of
from triage.store.tables import Review

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few calls lie in several windows."""
    monkeypatch.setattr(search, "_FIRST_WINDOW", 2)
    monkeypatch.setattr(search, "_GROWTH", 2)
    monkeypatch.setattr(search, "_JITTER", 1)


def everything(database: Database, wanted: CallFilter, limit: int = 2) -> list[str]:
    """call_ids of all pages."""
    found, before = [], None
    with database.read() as session:
        while True:
            page = find_calls(session, wanted, before, limit)
            assert len(page.lines) <= limit
            found += [line.call_id for line in page.lines]
            if page.before is None:
                return found
            assert before is None or page.before < before, "a list must come to its end"
            before = page.before


class TestWords:
    @pytest.fixture
    def calls(self, database: Database) -> Iterator[Database]:
        said = ["rumah terbakar di mandonga", "banjir di mandonga", "halo halo", "Rumah kebanjiran", "jalan 112 rusak"]
        with database.write() as session:
            for number, words in enumerate(said):
                add_ready_call(session, words=words, call_id=f"call-{number}", now=NOON + number * MINUTE)
            add_call(session, call_id="call-without-words")
        yield database

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("mandonga", [1, 0]),
            ("RUMAH", [3, 0]),
            ("rumah mandonga", [0]),
            ("rumah mandonga banjir", []),
            ("banjir", [1]),
            ("112", [4]),
            ("kebakaran", []),
        ],
    )
    def test_all_words_must_be_there_whole(self, calls: Database, query: str, found: list[int]) -> None:
        assert everything(calls, CallFilter(words=words_of(query))) == [f"call-{number}" for number in found]

    @pytest.mark.parametrize(
        "query",
        ['"rumah', "rumah*", "rumah OR banjir", "NEAR(rumah mandonga)", "text:rumah", "rumah & !x", "a\x00b", "'"],
    )
    def test_no_query_is_syntax(self, calls: Database, query: str) -> None:
        everything(calls, CallFilter(words=words_of(query)))

    def test_an_operator_of_the_full_text_search_is_a_word(self, calls: Database) -> None:
        assert everything(calls, CallFilter(words=words_of("rumah OR banjir"))) == []

    def test_at_most_eight_words_each_once(self) -> None:
        assert words_of("a A b! c-d e,f (g) h i j") == ("a", "b", "c", "d", "e", "f", "g", "h")

    def test_words_and_conditions_together(self, calls: Database) -> None:
        wanted = CallFilter(words=("rumah",), complaint_type="pohon_tumbang", since=NOON + MINUTE)
        assert everything(calls, wanted) == ["call-3"]


class TestConditions:
    @pytest.fixture
    def calls(self, database: Database) -> Iterator[Database]:
        with database.write() as session:
            user = add_user(session)
            for number in range(12):
                about = "banjir" if number % 3 == 0 else "sampah"
                call = add_ready_call(
                    session,
                    suggestion(complaint_type=about),
                    call_id=f"call-{number}",
                    caller_last3=f"{number % 4:03d}",
                    now=NOON + number * MINUTE,
                )
                if number % 2 == 0:
                    decision = add_decision(session, call, user, agreed=number != 4, verdict="correct")
                    call.state, call.agreed, call.verdict = "decided", decision.agreed, decision.verdict
                if number == 4:
                    session.add(Review(call_pk=call.id, user_pk=user.id, faults=["type"], created_at=NOON))
        yield database

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, list(range(11, -1, -1))),
            ({"complaint_type": "banjir"}, [9, 6, 3, 0]),
            ({"target_opd": "BPBD"}, [9, 6, 3, 0]),
            ({"caller_last3": "001"}, [9, 5, 1]),
            ({"state": "ready", "complaint_type": "banjir"}, [9, 3]),
            ({"agreed": False}, [4]),
            ({"verdict": "correct", "disposition": "ticket"}, [10, 8, 6, 4, 2, 0]),
            ({"reviewed": True}, [4]),
            ({"reviewed": False, "agreed": False}, []),
            ({"since": NOON + 3 * MINUTE, "until": NOON + 6 * MINUTE}, [5, 4, 3]),
            ({"since": NOON + 30 * MINUTE}, []),
            ({"until": NOON}, []),
        ],
    )
    @pytest.mark.parametrize("limit", [1, 4, 50])
    def test_newest_first_each_once(
        self, calls: Database, wanted: dict[str, Any], found: list[int], limit: int
    ) -> None:
        assert everything(calls, CallFilter(**wanted), limit) == [f"call-{number}" for number in found]

    def test_with_several_conditions_a_request_looks_through_a_part(
        self, calls: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(search, "_REACH", 1)
        wanted = CallFilter(complaint_type="banjir", caller_last3="000")
        with calls.read() as session:
            page = find_calls(session, wanted, None, 5)
        assert (len(page.lines), page.before is None) == (0, False)
        assert everything(calls, wanted) == ["call-0"]

    def test_calls_that_came_together_may_have_ids_in_the_other_order(self, database: Database) -> None:
        with database.write() as session:
            add_call(session, call_id="later", received_at=NOON + MINUTE)
            add_call(session, call_id="earlier", received_at=NOON)
        assert everything(database, CallFilter(since=NOON + MINUTE)) == ["later"]
        assert everything(database, CallFilter(until=NOON + MINUTE)) == ["earlier"]

    def test_an_empty_store_has_an_empty_list(self, database: Database) -> None:
        assert everything(database, CallFilter(words=("x",), state="ready")) == []


class TestQueue:
    def test_the_most_urgent_first_then_the_first_to_come(self, database: Database) -> None:
        with database.write() as session:
            for number, rank in enumerate([5, 1, 3, 1, 5, 3]):
                call = add_ready_call(session, call_id=f"call-{number}", now=NOON + number * MINUTE)
                call.rank = rank
            add_call(session, state="decided")
            add_call(session, state="received")
        found, after = [], None
        with database.read() as session:
            while lines := queue_page(session, QueueFilter(), after, 2):
                found += [line.call_id for line in lines]
                after = (lines[-1].rank, lines[-1].received_at, lines[-1].id)
        assert found == [f"call-{number}" for number in (1, 3, 2, 5, 0, 4)]

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (QueueFilter(), ["tree", "flood"]),
            (QueueFilter(complaint_type="banjir"), ["flood"]),
            (QueueFilter(target_opd="DLHK"), ["tree"]),
            (QueueFilter(listen=True), ["tree"]),
            (QueueFilter(complaint_type="banjir", listen=True), []),
        ],
    )
    def test_filters(self, database: Database, wanted: QueueFilter, found: list[str]) -> None:
        with database.write() as session:
            add_ready_call(session, suggestion(complaint_type="banjir"), call_id="flood")
            add_ready_call(session, suggestion(listen=True), call_id="tree")
        with database.read() as session:
            assert [line.call_id for line in queue_page(session, wanted, None, 10)] == found
