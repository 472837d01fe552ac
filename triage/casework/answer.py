"""The answer to a call: what kind it is, what it is about, whom it goes to, how urgent it is, where it happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from triage.casework.forms import DecisionForm
from triage.errors import ConflictError, InputError
from triage.places import Place, load_gazetteer
from triage.store.tables import Verdict
from triage.taxonomy import ComplaintType, Taxonomy

_OWN_ANSWER = ("disposition", "complaint_type", "target_opd", "priority", "ghost_kind")
_URGENT, _IDLE = "P1", "P4"


@dataclass(frozen=True, slots=True)
class Answer:
    """Codes as in the taxonomy and the gazetteer. A ticket has a type and an OPD, a ghost neither."""

    disposition: str
    complaint_type: str | None = None
    target_opd: str | None = None
    priority: str = _IDLE
    ghost_kind: str | None = None
    place_id: str | None = None
    place_text: str | None = None

    def agrees_with(self, other: Answer) -> bool:
        """Whether disposition, type and OPD are the same; what this answer leaves open is no difference."""
        return self.disposition == other.disposition and all(
            mine in (None, theirs)
            for mine, theirs in (
                (self.complaint_type, other.complaint_type),
                (self.target_opd, other.target_opd),
            )
        )


@cache
def places_by_id() -> dict[str, Place]:
    """The gazetteer by id."""
    return {place.id: place for place in load_gazetteer().places}


def suggested_answer(suggestion: dict[str, Any]) -> Answer:
    """The answer of a suggestion (the JSON contract): the first of each list, and the place if it is beyond doubt."""
    label = suggestion["disposition"]["label"]
    place_id, place_text = _heard_place(suggestion["places"])
    about = label != "ghost"
    return Answer(
        disposition=label,
        complaint_type=suggestion["complaint_type"][0]["code"] if about else None,
        target_opd=suggestion["target_opd"][0]["code"] if about else None,
        priority=suggestion["priority"]["code"],
        ghost_kind=suggestion["ghost"]["kind"],
        place_id=place_id,
        place_text=place_text,
    )


def _heard_place(places: list[dict[str, Any]]) -> tuple[str | None, str | None]:
    """Id of the only place heard; of several their names as text. One with near-twins is never guessed."""
    sure = {place["id"]: place["name"] for place in places if not place["ask_back"]}
    if len(sure) == 1:
        return next(iter(sure)), None
    return None, ", ".join(dict.fromkeys(sure.values()))[:255] or None


def answer_of(form: DecisionForm, suggestion: dict[str, Any] | None, taxonomy: Taxonomy, day: date) -> Answer | None:
    """The answer that a decision gives; None where it gives none.

    suggestion: the last one, None where there is none. day: of the call, in the call centre's time.
    Raises InputError where the answer is incomplete or contradicts the taxonomy, ConflictError where there is none to
    accept.
    """
    own = [name for name in _OWN_ANSWER if getattr(form, name) is not None]
    if form.verdict == Verdict.accept:
        if own:
            raise _accept_and_answer(own)
        answer = _accepted(suggestion)
    elif form.verdict == Verdict.cannot_tell:
        if own or form.same_incident_as:
            raise _no_answer_wanted(own or ["same_incident_as"])
        return None
    elif form.disposition is None:
        if form.verdict == Verdict.bad_transcript and not own and not form.same_incident_as:
            return None
        raise _incomplete("disposition", "jenis panggilan")
    else:
        answer = _own(form, suggestion, taxonomy)
    if form.same_incident_as and answer.disposition != "ticket":
        raise _only_for("same_incident_as", "ticket")
    if form.place_id is not None or form.place_text is not None:
        answer = replace(answer, place_id=form.place_id, place_text=form.place_text)
    check_codes(answer, taxonomy, day)
    return answer


def _accepted(suggestion: dict[str, Any] | None) -> Answer:
    if suggestion is None:
        raise ConflictError(
            "nothing_to_accept",
            "Panggilan ini belum punya saran untuk diterima. Dengarkan, lalu putuskan sendiri (correct).",
            "This call has no suggestion to accept. Listen, then give your own answer (correct).",
        )
    answer = suggested_answer(suggestion)
    if suggestion["decision"] == "listen" and suggestion.get("sure_of") is None and answer.disposition != "ghost":
        raise ConflictError(
            "nothing_to_accept",
            "Saran ini hanya meminta Anda mendengarkan: jenisnya tidak pasti. Dengarkan, lalu pilih jenis (correct).",
            "This suggestion only asks you to listen; its type is not certain. Listen, then choose the type (correct).",
        )
    return answer


def _own(form: DecisionForm, suggestion: dict[str, Any] | None, taxonomy: Taxonomy) -> Answer:
    assert form.disposition is not None
    if form.disposition == "ghost":
        for name in ("complaint_type", "target_opd"):
            if getattr(form, name) is not None:
                raise _only_for(name, "ticket, information")
    elif form.ghost_kind is not None:
        raise _only_for("ghost_kind", "ghost")
    about = taxonomy.types.get(form.complaint_type) if form.complaint_type else None
    if form.disposition == "ticket" and form.complaint_type is None:
        raise _incomplete("complaint_type", "jenis aduan")
    return Answer(
        disposition=form.disposition,
        complaint_type=form.complaint_type,
        target_opd=form.target_opd or (about.main_opd if about else None),
        priority=form.priority or _usual_priority(form.disposition, about, suggestion),
        ghost_kind=form.ghost_kind,
    )


def _usual_priority(disposition: str, about: ComplaintType | None, suggestion: dict[str, Any] | None) -> str:
    """Of a ticket that nobody gave one: a safety exception's P1 stays, whatever the type becomes."""
    if disposition != "ticket" or about is None:
        return _IDLE
    unsafe = suggestion is not None and suggestion["safety"] and suggestion["priority"]["code"] == _URGENT
    return _URGENT if unsafe else about.priority


def check_codes(answer: Answer, taxonomy: Taxonomy, day: date) -> None:
    """Raises InputError for a code that is not known, or a type and an OPD that do not go together."""
    check_type_and_opd(answer.complaint_type, answer.target_opd, taxonomy, day)
    for name, code, known in (
        ("priority", answer.priority, taxonomy.priorities),
        ("ghost_kind", answer.ghost_kind, taxonomy.ghost_kinds),
        ("place_id", answer.place_id, places_by_id()),
    ):
        if code is not None and code not in known:
            raise unknown_code(name, code)


def check_type_and_opd(complaint_type: str | None, target_opd: str | None, taxonomy: Taxonomy, day: date) -> None:
    """Raises InputError where they are not known, not in force on that day, or do not go together."""
    about = taxonomy.types.get(complaint_type) if complaint_type else None
    if complaint_type is not None and (about is None or not about.in_force(day)):
        raise unknown_code("complaint_type", complaint_type)
    if target_opd is not None and target_opd not in taxonomy.opds:
        raise unknown_code("target_opd", target_opd)
    if about is not None and target_opd is not None and target_opd not in about.allowed_opds:
        allowed = ", ".join(about.allowed_opds)
        raise InputError(
            "opd_not_allowed",
            f"{target_opd} tidak menangani {about.name}. Pilih salah satu: {allowed}.",
            f"{target_opd} does not handle {about.code}. Choose one of: {allowed}.",
        )


def unknown_code(field: str, code: str) -> InputError:
    """A code that the taxonomy or the gazetteer does not have."""
    return InputError(
        "code_unknown",
        f"{field}: {code} tidak dikenal atau tidak berlaku pada hari itu. Lihat kode di /v1/taxonomy.",
        f"{field}: {code} is not known, or not in force on that day. See /v1/taxonomy for the codes.",
    )


def _incomplete(field: str, name: str) -> InputError:
    return InputError(
        "decision_incomplete",
        f"Keputusan belum lengkap: {name} ({field}) belum diisi. Isi, lalu kirim lagi.",
        f"The decision is incomplete: {field} is missing. Fill it in and send it again.",
    )


def _only_for(field: str, dispositions: str) -> InputError:
    return InputError(
        "decision_contradicts",
        f"{field} hanya boleh diisi untuk: {dispositions}. Kosongkan, atau ubah disposition.",
        f"{field} may be given only for: {dispositions}. Leave it out, or change the disposition.",
    )


def _accept_and_answer(fields: list[str]) -> InputError:
    names = ", ".join(fields)
    return InputError(
        "decision_contradicts",
        f"`accept` menerima saran apa adanya, tetapi {names} juga diisi. Kosongkan, atau kirim `correct`.",
        f"`accept` takes the suggestion as it is, but {names} is given too. Leave it out, or send `correct`.",
    )


def _no_answer_wanted(fields: list[str]) -> InputError:
    names = ", ".join(fields)
    return InputError(
        "decision_contradicts",
        f"`cannot_tell` tidak memuat jawaban, tetapi {names} diisi. Kosongkan, atau kirim `correct`.",
        f"`cannot_tell` has no answer, but {names} is given. Leave it out, or send `correct`.",
    )
