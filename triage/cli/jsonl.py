"""Reading calls as text: one JSON object a line, in either of the two documented shapes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from triage.classifier import Turn
from triage.errors import TextInputError

SHOWN = 5
"""Bad lines named in one message."""


class _Turn(BaseModel):
    speaker: Literal["operator", "caller", "mixed"]
    text: str


class _Call(BaseModel):
    """{"id", "text"} or {"id", "turns"}; other fields (labels of a corpus) are let through unread."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(min_length=1)]
    text: str | None = None
    turns: list[_Turn] | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> _Call:
        if (self.text is None) == (self.turns is None):
            raise ValueError('needs either "text" or "turns"')
        return self

    def spoken(self) -> tuple[Turn, ...]:
        """The call as turns; bare text as one turn of an unknown speaker."""
        if self.turns is None:
            return (Turn("mixed", self.text or ""),)
        return tuple(Turn(turn.speaker, turn.text) for turn in self.turns)


def read_calls(file: Path) -> list[tuple[str, tuple[Turn, ...]]]:
    """(id, turns) of every line; blank lines are skipped.

    Raises TextInputError when the file cannot be read, holds no call, or has lines of another shape (all are checked,
    the first ones named).
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TextInputError(
            "text_unreadable",
            f"{file} tidak dapat dibaca ({error.strerror}). Periksa nama dan izin berkasnya.",
            f"{file} cannot be read ({error.strerror}). Check its name and permissions.",
        ) from error
    except UnicodeDecodeError as error:
        raise TextInputError(
            "text_not_utf8",
            f"{file} bukan teks UTF-8. Simpan ulang sebagai JSONL dengan UTF-8.",
            f"{file} is not UTF-8 text. Save it again as JSONL in UTF-8.",
        ) from error
    calls: list[tuple[str, tuple[Turn, ...]]] = []
    faults: list[str] = []
    for number, line in _numbered(text):
        try:
            call = _Call.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            faults.append(f"{number}: {place + ': ' if place else ''}{first['msg']}")
        else:
            calls.append((call.id, call.spoken()))
    if faults:
        raise _bad_lines(file, faults)
    if not calls:
        raise TextInputError(
            "text_empty",
            f"{file} tidak berisi satu panggilan pun. Tulis satu objek JSON per baris.",
            f"{file} holds no call. Write one JSON object a line.",
        )
    return calls


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers. Only the line feed ends a line: JSON may hold U+2028, at which splitlines() cuts."""
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def _bad_lines(file: Path, faults: list[str]) -> TextInputError:
    shown = "; ".join(faults[:SHOWN]) + (f"; ... ({len(faults)})" if len(faults) > SHOWN else "")
    shapes = '{"id", "text"} / {"id", "turns": [{"speaker": "operator"|"caller", "text"}]}'
    return TextInputError(
        "text_line_invalid",
        f"{file}: baris yang salah: {shown}. Bentuk yang benar: {shapes}. Tidak ada yang ditulis.",
        f"{file}: wrong lines: {shown}. The right shapes: {shapes}. Nothing was written.",
    )
