"""Data sets, their rows, the models trained on them, and what was erased."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session, aliased

from triage.store.tables import (
    Call,
    CallState,
    Dataset,
    DatasetModel,
    DatasetRow,
    Decision,
    Review,
    TranscriptRow,
    Verdict,
)

_BATCH = 500


def find_dataset(session: Session, name: str) -> Dataset | None:
    """The data set with this name."""
    return session.scalar(select(Dataset).where(Dataset.name == name))


def all_datasets(session: Session) -> Sequence[tuple[Dataset, int, list[str]]]:
    """All data sets, the oldest first, each with how many rows it has now and the models trained on it."""
    count = select(func.count()).where(DatasetRow.dataset_pk == Dataset.id).scalar_subquery()
    models: dict[int, list[str]] = {}
    for model in session.scalars(select(DatasetModel).order_by(DatasetModel.created_at, DatasetModel.model)):
        models.setdefault(model.dataset_pk, []).append(model.model)
    rows = session.execute(select(Dataset, count).order_by(Dataset.id))
    return [(row[0], row[1], models.get(row[0].id, [])) for row in rows]


def rows_of(session: Session, dataset_pks: Collection[int]) -> Iterator[dict[str, Any]]:
    """Bodies of the rows of these data sets, in the order of their names for calls; never many in memory."""
    found = select(DatasetRow.body).where(DatasetRow.dataset_pk.in_(dataset_pks))
    yield from session.scalars(
        found.order_by(DatasetRow.row_id, DatasetRow.dataset_pk), execution_options={"yield_per": _BATCH}
    )


def add_rows(session: Session, dataset_pk: int, rows: Iterable[tuple[str, int | None, dict[str, Any]]]) -> None:
    """Insert rows (row_id, call_pk, body)."""
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        session.execute(
            insert(DatasetRow),
            [{"dataset_pk": dataset_pk, "row_id": one, "call_pk": pk, "body": body} for one, pk, body in batch],
        )


def call_keys(session: Session, call_ids: Collection[str]) -> dict[str, int]:
    """Keys of those of these calls that are there and were not erased."""
    rows = session.execute(
        select(Call.call_id, Call.id).where(Call.call_id.in_(call_ids), Call.state != CallState.erased)
    )
    return {row.call_id: row.id for row in rows}


def add_model(session: Session, dataset_pk: int, model: str, now: datetime) -> None:
    """Note that a model was trained on a data set."""
    if session.get(DatasetModel, (dataset_pk, model)) is None:
        session.add(DatasetModel(dataset_pk=dataset_pk, model=model, created_at=now))


def datasets_of(session: Session, call_pk: int) -> Sequence[Dataset]:
    """Data sets that have a row of this call."""
    return session.scalars(
        select(Dataset)
        .where(Dataset.id.in_(select(DatasetRow.dataset_pk).where(DatasetRow.call_pk == call_pk)))
        .order_by(Dataset.id)
    ).all()


def models_of(session: Session, dataset_pks: Collection[int]) -> list[str]:
    """Models that were trained on any of these data sets."""
    return list(
        session.scalars(
            select(DatasetModel.model)
            .where(DatasetModel.dataset_pk.in_(dataset_pks))
            .distinct()
            .order_by(DatasetModel.model)
        )
    )


def remove_rows(session: Session, call_pk: int) -> None:
    """Remove the rows of this call from all data sets."""
    session.execute(delete(DatasetRow).where(DatasetRow.call_pk == call_pk))


def labelled_calls(
    session: Session, after: int, limit: int, since: datetime | None, until: datetime | None
) -> Sequence[tuple[Call, Decision, Review | None, TranscriptRow]]:
    """(Call, Decision, Review | None, TranscriptRow) of decided calls above a key: the last of each, in order of key.

    Left out: what nobody could tell, a bad transcript, and calls whose words are gone. since, until: of `started_at`.
    """
    review, transcript = aliased(Review), aliased(TranscriptRow)
    calls = (
        select(Call, Decision, review, transcript)
        .select_from(Call)
        .join(Decision, Decision.id == _last(Decision))
        .join(transcript, transcript.id == _last(TranscriptRow))
        .outerjoin(review, review.id == _last(Review))
        .where(
            Call.id > after,
            Call.state == CallState.decided,
            Call.text_purged_at.is_(None),
            Decision.verdict.in_((Verdict.accept, Verdict.correct)),
        )
        .order_by(Call.id)
        .limit(limit)
    )
    if since is not None:
        calls = calls.where(Call.started_at >= since)
    if until is not None:
        calls = calls.where(Call.started_at < until)
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(calls)]


def _last(table: type[Decision] | type[Review] | type[TranscriptRow]) -> Any:
    """Key of the newest row of a call."""
    one = aliased(table)
    return select(func.max(one.id)).where(one.call_pk == Call.id).correlate(Call).scalar_subquery()
