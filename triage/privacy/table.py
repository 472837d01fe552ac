"""A data set as the complaint history that `triage train classifier --csv --mapping` reads (docs/own-city.md)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from triage.privacy.rows import TrainingRow
from triage.taxonomy import Taxonomy

HISTORY, MAPPING = "history.csv", "mapping.yaml"
_COLUMNS = {"id": "nomor", "text": "isi_aduan", "category": "jenis", "agency": "opd", "priority": "prioritas"}


def write_table(rows: Path, folder: Path, taxonomy: Taxonomy, city: str, day: date) -> int:
    """Write history.csv and mapping.yaml from a data set's JSONL file. Returns how many rows.

    What the caller said is the text. Ghost calls are left out: a history knows none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    types: set[str] = set()
    opds: set[str] = set()
    count = 0
    with rows.open(encoding="utf-8") as lines, (folder / HISTORY).open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(_COLUMNS.values())
        for line in lines:
            row = TrainingRow.model_validate_json(line)
            said = " ".join(turn.text for turn in row.turns if turn.speaker != "operator")
            if row.complaint_type is None or row.target_opd is None or not said:
                continue
            types.add(row.complaint_type)
            opds.add(row.target_opd)
            table.writerow([row.id, said, row.complaint_type, row.target_opd, row.priority])
            count += 1
    mapping = _mapping(taxonomy, city, day, sorted(types), sorted(opds))
    (folder / MAPPING).write_text(yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False), "utf-8")
    return count


def _mapping(taxonomy: Taxonomy, city: str, day: date, types: list[str], opds: list[str]) -> dict[str, Any]:
    found = [taxonomy.types[code] for code in types]
    return {
        "city": city,
        "version": taxonomy.version,
        "valid_from": day,
        "columns": _COLUMNS,
        "categories": {
            one.code: {"code": one.code, "name": one.name, "group": one.group, "priority": one.priority}
            for one in found
        },
        "agencies": {code: {"code": code, "name": taxonomy.opds[code].name} for code in opds},
    }
