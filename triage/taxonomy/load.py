"""Reading the taxonomy from YAML; contradictions are refused at load, not met in service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from triage.errors import KnowledgeError
from triage.taxonomy.model import ComplaintType, GhostKind, Opd, SafetyException, Taxonomy

DATA = Path(__file__).parent / "data"
FILES = ("taxonomy.yaml", "opd.yaml")
EVERY_OPD = "*"

_Coded = TypeVar("_Coded", Opd, ComplaintType, GhostKind, SafetyException)


def load_taxonomy(folder: Path | None = None) -> Taxonomy:
    """Read taxonomy.yaml and opd.yaml of `folder` (None: the bundled ones, read once).

    Raises KnowledgeError when a file is missing or malformed, a code comes twice, or something names an OPD, a type
    or a priority that does not exist.
    """
    return _bundled() if folder is None else _load(folder)


@cache
def _bundled() -> Taxonomy:
    return _load(DATA)


def _load(folder: Path) -> Taxonomy:
    raw, agencies = _read(folder / "taxonomy.yaml"), _read(folder / "opd.yaml")
    try:
        opds = _by_code([Opd.model_validate(item) for item in agencies["opd"]])
        types = _by_code([ComplaintType.model_validate(item) for item in raw["jenis_aduan"]])
        ghost_kinds = _by_code([GhostKind.model_validate(item) for item in raw["ghost"]["jenis"]])
        safety = _by_code([SafetyException.model_validate(item) for item in raw["ghost"]["pengecualian_keselamatan"]])
        priorities: dict[str, str] = raw["meta"]["prioritas"]
        version, effective = str(raw["meta"]["versi"]), raw["meta"]["berlaku_mulai"]
    except ValidationError as error:
        raise _contradiction(f"{folder.name}: {error}") from error
    except (KeyError, TypeError) as error:
        raise _contradiction(f"{folder.name}: missing {error}") from error
    if not isinstance(effective, date):
        raise _contradiction("meta.berlaku_mulai is not a date")
    _check_references(types, opds, ghost_kinds, priorities)
    return Taxonomy(
        version=f"{version}+{effective.isoformat()}",
        types={code: _with_allowed_opds(item, opds) for code, item in types.items()},
        opds=opds,
        ghost_kinds=ghost_kinds,
        safety=safety,
        priorities=priorities,
    )


def _read(path: Path) -> Any:
    try:
        # The C loader: the pure Python one takes a second for this file.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _contradiction(f"{path.name}: {error}") from error


def _by_code(items: Sequence[_Coded]) -> dict[str, _Coded]:
    found: dict[str, _Coded] = {}
    for item in items:
        if item.code in found:
            raise _contradiction(f"code {item.code} comes twice")
        found[item.code] = item
    return found


def _check_references(
    types: dict[str, ComplaintType],
    opds: dict[str, Opd],
    ghost_kinds: dict[str, GhostKind],
    priorities: dict[str, str],
) -> None:
    for code, item in types.items():
        _known(f"{code}.opd_utama/opd_pendukung", (item.main_opd, *item.supporting_opds), opds)
        _known(f"{code}.opd_boleh", (one.opd for one in item.exceptions if one.opd != EVERY_OPD), opds)
        _known(f"{code}.mudah_tertukar", (one.type for one in item.confusions), (types.keys() | ghost_kinds.keys()))
        _known(f"{code}.prioritas", (item.priority,), priorities)
        if item.main_opd in item.supporting_opds:
            raise _contradiction(f"{code}: {item.main_opd} is both opd_utama and opd_pendukung")
        if any(one.type == code for one in item.confusions):
            raise _contradiction(f"{code}.mudah_tertukar names itself")


def _known(where: str, codes: Iterable[str], known: Any) -> None:
    for code in codes:
        if code not in known:
            raise _contradiction(f"{where}: {code} is not known")


def _with_allowed_opds(item: ComplaintType, opds: dict[str, Opd]) -> ComplaintType:
    exceptional = [one.opd for one in item.exceptions]
    if EVERY_OPD in exceptional:
        exceptional = list(opds)
    allowed = dict.fromkeys([item.main_opd, *item.supporting_opds, *exceptional])
    return item.model_copy(update={"allowed_opds": tuple(allowed)})


def _contradiction(detail: str) -> KnowledgeError:
    return KnowledgeError(
        "taxonomy_invalid",
        f"Data taksonomi tidak dapat dipakai: {detail}. Perbaiki berkas taksonomi, lalu coba lagi.",
        f"The taxonomy data cannot be used: {detail}. Mend the taxonomy files and try again.",
    )
