"""Comparing suggestions with what a manifest expects."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from triage.errors import InputError
from triage.suggestion.model import Suggestion

COLUMNS = ("file", "disposition", "complaint_type", "target_opd", "safety")

Row = dict[str, str]


@dataclass
class Score:
    """How many of those expected are right."""

    right: int = 0
    expected: int = 0

    def add(self, expected: str, found: str) -> None:
        """Count one comparison; nothing expected, nothing counted."""
        if expected:
            self.expected += 1
            self.right += expected == found

    def __str__(self) -> str:
        share = f" ({self.right / self.expected:.0%})" if self.expected else ""
        return f"{self.right} dari {self.expected}{share}"


@dataclass
class Comparison:
    """Suggestions beside the manifest. A file of the manifest without a suggestion counts as wrong."""

    disposition: Score = field(default_factory=Score)
    complaint_type: Score = field(default_factory=Score)
    target_opd: Score = field(default_factory=Score)
    safety: Score = field(default_factory=Score)
    safety_called_ghost: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """A few lines (Indonesian) to print."""
        lines = [
            "Dibandingkan dengan hasil yang diharapkan:",
            f"  disposisi benar      {self.disposition}",
            f"  jenis aduan benar    {self.complaint_type}",
            f"  OPD tujuan benar     {self.target_opd}",
            f"  keselamatan: 'dengarkan' {self.safety}",
        ]
        if self.safety_called_ghost:
            lines.append(f"  BAHAYA: panggilan keselamatan disebut ghost: {', '.join(self.safety_called_ghost)}")
        else:
            lines.append("  Tidak ada panggilan keselamatan yang disebut ghost.")
        if self.missing:
            lines.append(f"  Tidak ada sarannya: {', '.join(self.missing)}")
        if self.unexpected:
            lines.append(f"  Tidak ada di manifest: {', '.join(self.unexpected)}")
        return "\n".join(lines)


def read_manifest(path: Path) -> dict[str, Row]:
    """Rows of a manifest by file name. Raises InputError when it cannot be read or lacks a column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            lacking = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            rows = {Path(row["file"]).name: row for row in reader} if not lacking else {}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            "manifest_unreadable", f"{path} tidak dapat dibaca: {error}.", f"{path} cannot be read: {error}."
        ) from error
    if lacking:
        raise InputError(
            "manifest_columns",
            f"{path} tidak punya kolom {', '.join(lacking)}.",
            f"{path} lacks the columns {', '.join(lacking)}.",
        )
    return rows


def compare(manifest: Mapping[str, Row], suggestions: Mapping[str, Suggestion]) -> Comparison:
    """Compare by file name. Empty cells of the manifest expect nothing (a ghost call has no complaint type)."""
    result = Comparison(
        missing=[name for name in manifest if name not in suggestions],
        unexpected=[name for name in suggestions if name not in manifest],
    )
    for name, row in manifest.items():
        suggestion = suggestions.get(name)
        label = suggestion.disposition.label if suggestion else ""
        result.disposition.add(row["disposition"], label)
        result.complaint_type.add(row["complaint_type"], suggestion.complaint_type[0].code if suggestion else "")
        result.target_opd.add(row["target_opd"], suggestion.target_opd[0].code if suggestion else "")
        if row["safety"]:
            result.safety.add("listen", suggestion.decision if suggestion else "")
            if label == "ghost":
                result.safety_called_ghost.append(name)
    return result
