"""Erasing one call (UU 27/2022, article 43-44): sound, words, training rows; what is left says that it was erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from triage.audit import Actor, Audit
from triage.errors import ConflictError
from triage.privacy.hold import call_erased
from triage.privacy.purge import forget_caller
from triage.storage import Storage
from triage.store.calls import call_missing
from triage.store.repositories import datasets
from triage.store.repositories import retention as repository
from triage.store.tables import Call, CallState, Erasure


@dataclass(frozen=True, slots=True)
class Erased:
    """What erasing a call reached.

    datasets, models: names of the data sets that had a row of it, and of the models trained on those. shared_ticket:
    its ticket is about other calls too and was left as it is.
    """

    call_id: str
    datasets: tuple[str, ...]
    models: tuple[str, ...]
    shared_ticket: bool

    @property
    def todo(self) -> list[str]:
        """What is left to do by people, in Indonesian."""
        left = ["Hapus berkas aslinya di folder rekaman PBX, dan hasil ekspor yang memuat panggilan ini."]
        if self.datasets:
            left.append(f"Buang berkas dataset {', '.join(self.datasets)}; tulis ulang dengan `triage data write`.")
        if self.models:
            left.append(f"Latih ulang model yang dilatih dengannya: {', '.join(self.models)}.")
        if self.shared_ticket:
            left.append("Tiketnya juga tentang panggilan lain dan tetap utuh; periksa uraiannya.")
        left.append("Cadangan lama masih memuatnya sampai kedaluwarsa.")
        return left


def erase_call(
    session: Session, storage: Storage, audit: Audit, actor: Actor, call_id: str, reason: str, now: datetime
) -> Erased:
    """Erase a call in this transaction; the recording is deleted before it commits.

    Raises MissingError; ConflictError under legal hold or when erased already; StoreError, after which nothing but
    perhaps the recording is gone, and a second attempt does the rest.
    """
    call = repository.lock_call(session, call_id)
    if call is None:
        raise call_missing()
    if call.state == CallState.erased:
        raise call_erased()
    if call.legal_hold is not None:
        raise ConflictError(
            "legal_hold",
            "Panggilan ini ditahan untuk keperluan hukum, jadi tidak dihapus. Lepaskan penahanannya dahulu.",
            "This call is under legal hold and is not erased. Release the hold first.",
        )
    sets = datasets.datasets_of(session, call.id)
    models = datasets.models_of(session, [one.id for one in sets])
    shared = _remove(session, call)
    if call.audio_uri is not None:
        storage.delete(call.audio_uri)
    _leave_tombstone(call, now)
    names = [one.name for one in sets]
    session.add(
        Erasure(call_id=call_id, reason=reason, datasets=names, models=models, created_by=actor.name, created_at=now)
    )
    audit.record(session, actor, "privacy.erase", "call", call_id, datasets=names, models=models)
    return Erased(call_id, tuple(names), tuple(models), shared)


def _remove(session: Session, call: Call) -> bool:
    """Remove all that belongs to the call but its row. Whether its ticket stays full, for other calls' sake."""
    emptied = repository.empty_tickets(session, [call.id])
    repository.remove_words(session, [call.id])
    repository.remove_suggestions(session, call.id)
    datasets.remove_rows(session, call.id)
    return repository.has_ticket(session, call.id) and not emptied


def _leave_tombstone(call: Call, now: datetime) -> None:
    """Codes and times stay, so that the month's figures do; nothing that leads to a person or brings the call back."""
    forget_caller(call)
    call.state = CallState.erased
    call.audio_purged_at = call.audio_purged_at or now
    call.text_purged_at = call.text_purged_at or now
    call.audio_uri = call.queue = call.error_code = None
    call.revision += 1
    call.updated_at = now
