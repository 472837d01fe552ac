"""Calls that wait for an operator, with a suggestion as the machine would have stored it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from support.rows import NOON, add_call
from triage.casework.answer import places_by_id
from triage.store.repositories import work
from triage.store.tables import Call, OutboxMessage, SuggestionRow, TranscriptRow
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
MANDONGA = "kel-7471011005"
VERSIONS = {"recogniser": "fake-recogniser 1", "classifier": "fake-classifier 1", "taxonomy": TAXONOMY.version}


def suggestion(
    label: str = "ticket",
    complaint_type: str = "pohon_tumbang",
    target_opd: str | None = None,
    *,
    priority: str = "P2",
    listen: bool = False,
    sure_of: str | None = "type",
    safety: tuple[str, ...] = (),
    ghost_kind: str | None = None,
    places: tuple[str, ...] = (MANDONGA,),
    ask_back: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The JSON contract less the transcript, with what decisions and queues look at."""
    about = TAXONOMY.types[complaint_type]
    opd = target_opd or about.main_opd
    return {
        "schema": 1,
        "decision": "listen" if listen else "suggest",
        "disposition": {"label": label, "probability": 0.9},
        "complaint_type": [{"code": complaint_type, "name": about.name, "probability": 0.8}],
        "sure_of": sure_of,
        "pick_list": [],
        "target_opd": [{"code": opd, "name": TAXONOMY.opds[opd].name, "probability": 0.8}],
        "supporting_opd": [],
        "priority": {"code": priority, "probability": 0.9},
        "ghost": {"probability": 0.02, "kind": ghost_kind, "cap": 0.6, "evidence": [], "advice": None},
        "safety": [{"code": code, "title": "", "action": "", "quote": ""} for code in safety],
        "places": [
            {"id": one, "name": places_by_id()[one].name, "quote": "", "score": 0.9, "ask_back": list(ask_back)}
            for one in places
        ],
        "evidence": [],
        "audio": None,
        "warnings": [],
        "versions": VERSIONS,
    }


def add_ready_call(
    session: Session,
    body: dict[str, Any] | None = None,
    words: str = "halo ada pohon tumbang di mandonga",
    now: datetime = NOON,
    **values: Any,
) -> Call:
    """A call in the queue, by the very code with which a worker puts it there."""
    call = add_call(session, state="working", received_at=now, **values)
    segment = {"channel": "caller", "start": 0.5, "end": 4.0, "text": words, "words": [], "doubts": []}
    transcript = TranscriptRow(
        call_pk=call.id,
        recogniser=VERSIONS["recogniser"],
        body={"language": "id", "channels": ["caller"], "segments": [segment]},
        text=words,
        created_at=now,
    )
    session.add(transcript)
    session.flush()
    body = body or suggestion()
    session.add(
        SuggestionRow(
            call_pk=call.id,
            transcript_pk=transcript.id,
            body={**body, "call_id": call.call_id},
            created_at=now,
            **VERSIONS,
        )
    )
    session.flush()
    assert work.finish(session, call, None, now)
    session.flush()
    return call


def messages(session: Session) -> list[tuple[str, str, int]]:
    """(kind, OPD, number of callers) of all messages in the outbox, in order."""
    rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [(row.kind, row.opd, row.payload["data"]["callers"]) for row in rows]
