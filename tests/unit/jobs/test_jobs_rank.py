"""Order of the operator's queue."""

from __future__ import annotations

from triage.store.repositories.work import rank_of


class TestRank:
    def test_what_cannot_wait_comes_first(self) -> None:
        order = [
            rank_of(safety=True, listen=True, disposition="ticket", priority="P1"),
            rank_of(safety=False, listen=False, disposition="ticket", priority="P1"),
            rank_of(safety=False, listen=True, disposition="ticket", priority="P3"),
            rank_of(safety=False, listen=False, disposition="ticket", priority="P2"),
            rank_of(safety=False, listen=False, disposition="ticket", priority="P3"),
            rank_of(safety=False, listen=False, disposition="ticket", priority="P4"),
            rank_of(safety=False, listen=False, disposition="ghost", priority="P4"),
        ]
        assert order == sorted(set(order))

    def test_to_be_listened_to_never_moves_a_call_back(self) -> None:
        listened = rank_of(safety=False, listen=True, disposition="ticket", priority="P1")
        assert listened == rank_of(safety=False, listen=False, disposition="ticket", priority="P1")

    def test_a_ghost_to_be_listened_to_does_not_wait_until_the_end(self) -> None:
        assert rank_of(safety=False, listen=True, disposition="ghost", priority="P4") == rank_of(
            safety=False, listen=True, disposition="information", priority="P4"
        )

    def test_questions_are_as_urgent_as_the_least_urgent_tickets(self) -> None:
        assert rank_of(safety=False, listen=False, disposition="information", priority="P4") == rank_of(
            safety=False, listen=False, disposition="ticket", priority="P4"
        )
