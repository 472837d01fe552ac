"""What of a call went into training, so that its deletion reaches there too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from triage.store.tables.base import Base
from triage.store.types import Key


class Dataset(Base):
    """A data set, made from decisions by `triage data export` or taken in by `triage data import`.

    fingerprint: SHA-256 of its file as it was made. rows: how many it had then; an erased call leaves with its row.
    """

    __tablename__ = "datasets"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(128), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]


class DatasetRow(Base):
    """A redacted training row; body as a line of training/corpus/data/train.jsonl, row_id its `id`.

    call_pk: null for a row that came from elsewhere, or whose call's term is over.
    """

    __tablename__ = "dataset_rows"

    dataset_pk: Mapped[int] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    row_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    call_pk: Mapped[int | None] = mapped_column(ForeignKey("calls.id"), index=True)
    body: Mapped[dict[str, Any]]


class DatasetModel(Base):
    """A model that was trained on a data set."""

    __tablename__ = "dataset_models"

    dataset_pk: Mapped[int] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    created_at: Mapped[datetime]


class Erasure(Base):
    """That a call was erased, in which data sets it had been and which models were trained on them.

    No datum of the call is left here.
    """

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    call_id: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    datasets: Mapped[list[str]]
    models: Mapped[list[str]]
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
