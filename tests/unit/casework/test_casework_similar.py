"""Open tickets that are offered as the same incident."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support.cases import MANDONGA, TAXONOMY, add_ready_call, suggestion
from support.rows import NOON, add_call, add_decision, add_user

from triage.casework.answer import places_by_id
from triage.casework.similar import Similar, confused_with, kilometres_between, similar_tickets
from triage.store import Database
from triage.store.tables import Ticket, TicketCall

BARUGA, LEPO_LEPO, KORUMBA = "kel-7471031001", "lmk-puskesmas-lepo-lepo", "kel-7471011006"
MINUTE = timedelta(minutes=1)


def similar(database: Database, tickets: list[dict[str, Any]], **asked: Any) -> list[Similar]:
    """What is offered for a call about a fallen tree in Mandonga at NOON, where these tickets are there."""
    with database.write() as session:
        call = add_ready_call(session, asked.pop("body", None))
        for number, values in enumerate(tickets):
            at = values.get("at", NOON - 12 * MINUTE)
            ticket = Ticket(
                **{
                    "number": f"KDI-112-20251118-{number:04d}",
                    "status": "baru",
                    "complaint_type": "pohon_tumbang",
                    "target_opd": "DLHK",
                    "priority": "P2",
                    "place_id": MANDONGA,
                    "created_at": at,
                    "updated_at": at,
                    **{name: value for name, value in values.items() if name != "at"},
                }
            )
            session.add(ticket)
            session.flush()
            session.add(TicketCall(call_pk=add_call(session, state="decided").id, ticket_pk=ticket.id, created_at=at))
            session.flush()
        return similar_tickets(session, TAXONOMY, call, asked.get("complaint_type"), asked.get("place_id"))


class TestOffered:
    def test_the_same_type_place_and_time(self, database: Database) -> None:
        (found,) = similar(database, [{}])
        assert found.reason == (
            "Jenis sama (Pohon tumbang), tempat sama (Mandonga), 12 menit sebelum panggilan ini, 1 penelepon."
        )
        assert (found.kilometres, found.minutes, found.callers) == (0.0, 12, 1)

    @pytest.mark.parametrize(
        "ticket",
        [
            {"status": "selesai"},
            {"status": "batal"},
            {"complaint_type": "lpju_padam"},
            {"place_id": BARUGA},
            {"place_id": None, "place_text": "Mandonga"},
            {"place_id": "jln-harimau"},
            {"at": NOON - timedelta(hours=3, minutes=1)},
            {"at": NOON + timedelta(hours=3, minutes=1)},
        ],
    )
    def test_none_that_is_closed_about_something_else_or_far_away(
        self, database: Database, ticket: dict[str, Any]
    ) -> None:
        assert similar(database, [ticket]) == []

    def test_a_confusable_type_and_an_accepted_ticket_too(self, database: Database) -> None:
        (found,) = similar(database, [{"complaint_type": "gangguan_listrik", "status": "diterima"}])
        assert found.reason.startswith("Jenis mirip (Gangguan listrik")

    def test_the_same_kelurahan(self, database: Database) -> None:
        (found,) = similar(database, [{"place_id": LEPO_LEPO}], place_id="kel-7471031002")
        assert "kelurahan sama (Lepo" in found.reason

    def test_place_before_type_before_time(self, database: Database) -> None:
        near = next(
            place.id
            for place in places_by_id().values()
            if place.kind == "kelurahan"
            and place.id != MANDONGA
            and (kilometres_between(place, places_by_id()[MANDONGA]) or 9) < 1.5
        )
        found = similar(
            database,
            [
                {"place_id": near, "at": NOON},
                {"complaint_type": "gangguan_listrik", "at": NOON},
                {"at": NOON - 90 * MINUTE},
                {"at": NOON + 5 * MINUTE},
            ],
        )
        assert [one.ticket.number[-1] for one in found] == ["3", "2", "1", "0"]
        assert "5 menit sesudah panggilan ini" in found[0].reason
        assert "sekitar " in found[3].reason

    def test_what_the_operator_has_chosen_counts_before_the_suggestion(self, database: Database) -> None:
        tickets: list[dict[str, Any]] = [{"complaint_type": "sampah", "place_id": BARUGA}]
        (found,) = similar(database, tickets, complaint_type="sampah", place_id=BARUGA)
        assert "tempat sama (Baruga)" in found.reason

    @pytest.mark.parametrize(
        "body", [suggestion(places=()), suggestion("ghost", sure_of=None, ghost_kind="salah_sambung")]
    )
    def test_none_without_a_type_or_a_place(self, database: Database, body: dict[str, Any]) -> None:
        assert similar(database, [{}], body=body) == []

    def test_the_decisions_place_counts_and_the_calls_own_ticket_is_no_other(self, database: Database) -> None:
        with database.write() as session:
            call = add_ready_call(session)
            add_decision(session, call, add_user(session), place_id=BARUGA)
            for number, place in enumerate((BARUGA, BARUGA, MANDONGA)):
                ticket = Ticket(
                    number=f"KDI-112-20251118-{number:04d}",
                    status="baru",
                    complaint_type="pohon_tumbang",
                    target_opd="DLHK",
                    priority="P2",
                    place_id=place,
                    created_at=NOON,
                    updated_at=NOON,
                )
                session.add(ticket)
                session.flush()
                if number == 0:
                    session.add(TicketCall(call_pk=call.id, ticket_pk=ticket.id, created_at=NOON))
            session.flush()
            found = similar_tickets(session, TAXONOMY, call, None, None)
        assert [one.ticket.number[-1] for one in found] == ["1"]


class TestDistance:
    def test_is_that_of_the_great_circle(self) -> None:
        one, other = places_by_id()[MANDONGA], places_by_id()[BARUGA]
        found = kilometres_between(one, other)
        assert found == pytest.approx(kilometres_between(other, one))
        assert found is not None
        assert one.latitude is not None
        assert other.latitude is not None
        assert found >= abs(one.latitude - other.latitude) * 111.1

    @pytest.mark.parametrize("place", ["jln-harimau", "kec-747101"])
    def test_is_not_known_without_a_point_and_not_told_from_a_kecamatan(self, place: str) -> None:
        assert kilometres_between(places_by_id()[MANDONGA], places_by_id()[place]) is None


class TestConfusion:
    def test_holds_in_both_directions_and_among_types_only(self) -> None:
        assert "tanah_longsor" in confused_with(TAXONOMY, "pohon_tumbang")  # named there, not here
        assert "prank_anak" not in confused_with(TAXONOMY, "kdrt_ppa")  # a ghost kind
