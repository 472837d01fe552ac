"""What a decision's answer is, and which answers are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from support.cases import MANDONGA, TAXONOMY, suggestion

from triage.casework.answer import Answer, answer_of, suggested_answer
from triage.casework.forms import DecisionForm
from triage.errors import ConflictError, InputError

DAY = date(2025, 11, 18)
NEAR_TWIN = "kel-7471031001"


def answer(body: dict[str, Any] | None = None, day: date = DAY, **form: Any) -> Answer | None:
    whole = DecisionForm.model_validate({"revision": 1, "seconds": 3.5, **form})
    return answer_of(whole, suggestion() if body is None else body, TAXONOMY, day)


class TestAccept:
    def test_takes_the_first_of_each_list_and_the_only_place(self) -> None:
        expected = Answer("ticket", "pohon_tumbang", "DLHK", "P2", None, MANDONGA, None)
        assert answer(verdict="accept") == expected

    def test_a_ghost_has_neither_type_nor_opd(self) -> None:
        body = suggestion("ghost", priority="P4", sure_of=None, ghost_kind="salah_sambung", places=())
        assert answer(body, verdict="accept") == Answer("ghost", priority="P4", ghost_kind="salah_sambung")

    def test_a_place_with_a_near_twin_is_not_guessed(self) -> None:
        taken = answer(suggestion(ask_back=("Kecamatan Mandonga",)), verdict="accept")
        assert taken is not None
        assert (taken.place_id, taken.place_text) == (None, None)

    def test_of_several_places_the_names_are_taken(self) -> None:
        taken = answer(suggestion(places=(MANDONGA, NEAR_TWIN)), verdict="accept")
        assert taken is not None
        assert (taken.place_id, taken.place_text) == (None, "Mandonga, Baruga")

    def test_the_operator_may_say_the_place(self) -> None:
        taken = answer(verdict="accept", place_id=NEAR_TWIN, place_text="depan masjid")
        assert taken is not None
        assert (taken.place_id, taken.place_text) == (NEAR_TWIN, "depan masjid")

    def test_a_suggestion_that_only_asks_to_listen_has_no_answer(self) -> None:
        with pytest.raises(ConflictError, match="correct"):
            answer(suggestion(listen=True, sure_of=None), verdict="accept")

    def test_after_listening_a_sure_type_may_be_accepted(self) -> None:
        assert answer(suggestion(listen=True, sure_of="type"), verdict="accept") is not None

    def test_without_a_suggestion_there_is_nothing_to_accept(self) -> None:
        form = DecisionForm(revision=1, verdict="accept", seconds=1)
        with pytest.raises(ConflictError):
            answer_of(form, None, TAXONOMY, DAY)

    def test_an_answer_beside_it_is_refused(self) -> None:
        with pytest.raises(InputError, match="priority"):
            answer(verdict="accept", priority="P1")


class TestCorrect:
    def test_opd_and_priority_follow_from_the_type(self) -> None:
        found = answer(verdict="correct", disposition="ticket", complaint_type="gangguan_listrik")
        assert found == Answer("ticket", "gangguan_listrik", "PLN", "P3")

    def test_a_safety_exception_keeps_the_priority(self) -> None:
        body = suggestion(safety=("S4_anak_ortu_tidak_sadar",), priority="P1")
        found = answer(body, verdict="correct", disposition="ticket", complaint_type="permintaan_ambulans")
        assert found is not None
        assert found.priority == "P1"

    def test_a_priority_that_was_said_is_taken(self) -> None:
        body = suggestion(safety=("S4_anak_ortu_tidak_sadar",), priority="P1")
        found = answer(body, verdict="correct", disposition="ticket", complaint_type="banjir", priority="P3")
        assert found is not None
        assert found.priority == "P3"

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({}, "disposition"),
            ({"disposition": "ticket"}, "complaint_type"),
            ({"disposition": "ticket", "complaint_type": "naga"}, "naga"),
            ({"disposition": "ticket", "complaint_type": "banjir", "target_opd": "NASA"}, "NASA"),
            ({"disposition": "ticket", "complaint_type": "banjir", "target_opd": "KOMINFO"}, "BPBD"),
            ({"disposition": "ticket", "complaint_type": "banjir", "priority": "P9"}, "P9"),
            ({"disposition": "ticket", "complaint_type": "banjir", "place_id": "kel-0"}, "kel-0"),
            ({"disposition": "ticket", "complaint_type": "banjir", "ghost_kind": "salah_sambung"}, "ghost_kind"),
            ({"disposition": "ghost", "complaint_type": "banjir"}, "complaint_type"),
            ({"disposition": "ghost", "target_opd": "PLN"}, "target_opd"),
            ({"disposition": "ghost", "ghost_kind": "hantu"}, "hantu"),
            ({"disposition": "ghost", "same_incident_as": "KDI-112-20251118-0042"}, "same_incident_as"),
        ],
    )
    def test_an_answer_that_does_not_hold_is_refused(self, form: dict[str, Any], said: str) -> None:
        with pytest.raises(InputError, match=said):
            answer(verdict="correct", **form)

    def test_a_type_that_was_not_in_force_on_the_day_of_the_call_is_refused(self) -> None:
        with pytest.raises(InputError):
            answer(verdict="correct", disposition="ticket", complaint_type="banjir", day=date(2025, 6, 9))


class TestNoAnswer:
    @pytest.mark.parametrize("verdict", ["cannot_tell", "bad_transcript"])
    def test_none_is_given(self, verdict: str) -> None:
        assert answer(verdict=verdict) is None

    @pytest.mark.parametrize("more", [{"disposition": "ghost"}, {"same_incident_as": "KDI-112-20251118-0042"}])
    def test_who_cannot_tell_gives_none(self, more: dict[str, str]) -> None:
        with pytest.raises(InputError, match="cannot_tell"):
            answer(verdict="cannot_tell", **more)

    def test_who_heard_it_may_answer_beside_a_bad_transcript(self) -> None:
        found = answer(verdict="bad_transcript", disposition="ticket", complaint_type="banjir")
        assert found is not None
        assert found.target_opd == "BPBD"


class TestAgreement:
    SUGGESTED = suggested_answer(suggestion("information", "informasi_layanan", priority="P4"))

    def test_what_is_left_open_is_no_difference(self) -> None:
        assert Answer("information").agrees_with(self.SUGGESTED)

    @pytest.mark.parametrize(
        "other",
        [Answer("ghost"), Answer("information", "bantuan_sosial"), Answer("information", None, "DINSOS")],
    )
    def test_another_disposition_type_or_opd_is_one(self, other: Answer) -> None:
        assert not other.agrees_with(self.SUGGESTED)


class TestForm:
    @pytest.mark.parametrize(
        "field",
        [
            {"revision": 2**40},
            {"seconds": float("nan")},
            {"seconds": -1},
            {"note": "a\x00b"},
            {"note": "  "},
            {"place_text": "x" * 256},
            {"complaint_type": "x'; DROP TABLE calls"},
            {"same_incident_as": "42"},
            {"unknown": 1},
        ],
    )
    def test_what_no_database_could_keep_is_refused(self, field: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            DecisionForm.model_validate({"revision": 1, "verdict": "correct", "seconds": 1, **field})
