"""The mapping: which columns of a history say what, and how its values become types, OPDs and priorities.

docs/own-city.md describes every key.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from training.corpus.table.errors import TableError

Priority = Literal["P1", "P2", "P3", "P4"]
_Value = TypeVar("_Value")
_Filled = Annotated[str, Field(min_length=1)]
_IN_INDONESIAN = {"missing": "wajib diisi", "extra_forbidden": "kunci tidak dikenal"}


def fold(value: str) -> str:
    """A raw value as it is compared: neither case nor spaces count."""
    return " ".join(value.split()).casefold()


def _folded(values: AnyMapping[str, _Value]) -> dict[str, _Value]:
    found = {fold(key): value for key, value in values.items()}
    if len(found) < len(values):
        raise ValueError("two keys differ in case or spaces only")
    return found


class _Part(BaseModel):
    # Categories may be numbers: YAML reads the key 12 as one, the CSV file says "12".
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Columns(_Part):
    """Names of columns. Texts of several columns are joined by a space."""

    text: Annotated[
        tuple[_Filled, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
    ] = Field(min_length=1)
    category: _Filled
    agency: _Filled
    priority: _Filled | None = None
    id: _Filled | None = None
    reporter: _Filled | None = None

    def names(self) -> list[str]:
        """All the columns the CSV file must have."""
        optional = (self.priority, self.id, self.reporter)
        return [*self.text, self.category, self.agency, *(name for name in optional if name is not None)]


class CategoryRule(_Part):
    """What becomes of a raw category; None: what the history itself says. priority is for rows that state none."""

    code: str | None = Field(default=None, pattern=r"^[a-z0-9_]+$")
    name: _Filled | None = None
    group: _Filled | None = None
    drop: bool = False
    priority: Priority | None = None

    @model_validator(mode="after")
    def _dropped_is_nothing_else(self) -> CategoryRule:
        if self.drop and self.model_fields_set != {"drop"}:
            raise ValueError("drop: true stands alone")
        return self


class AgencyRule(_Part):
    """What becomes of a raw agency; None: what the history itself says."""

    code: str | None = Field(default=None, pattern=r"^[A-Z0-9_]+$")
    name: _Filled | None = None


class Mapping(_Part):
    """A whole mapping. Keys of categories, agencies and priorities are folded."""

    city: _Filled
    valid_from: date
    version: _Filled = "1"
    columns: Columns
    categories: dict[str, CategoryRule] = {}
    agencies: dict[str, AgencyRule] = {}
    priorities: dict[str, Priority] = {}
    default_priority: Priority = "P3"
    minimum: int = Field(default=8, ge=1)
    encoding: str = "utf-8-sig"
    delimiter: Literal[",", ";", "\t"] = ","
    validation_share: float = Field(default=0.15, gt=0, le=0.5)

    @model_validator(mode="after")
    def _keys_are_folded(self) -> Mapping:
        if self.priorities and self.columns.priority is None:
            raise ValueError("priorities are given, but no columns.priority")
        for name in ("categories", "agencies", "priorities"):
            object.__setattr__(self, name, _folded(getattr(self, name)))
        return self


def read_mapping(path: Path) -> Mapping:
    """The mapping of a YAML file. Raises TableError when it cannot be read or is not of the documented shape."""
    try:
        return Mapping.model_validate(yaml.safe_load(path.read_text("utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"{path} tidak dapat dibaca ({error})", f"{path} cannot be read ({error})") from error
    except yaml.YAMLError as error:
        detail = " ".join(str(error).split())
        raise TableError(f"{path} bukan YAML yang benar: {detail}", f"{path} is not valid YAML: {detail}") from error
    except ValidationError as error:
        found = [(".".join(map(str, one["loc"])) or "isi", one["type"], one["msg"]) for one in error.errors()]
        raise TableError(
            f"{path}: {'; '.join(f'{where}: {_IN_INDONESIAN.get(kind, said)}' for where, kind, said in found)}",
            f"{path}: {'; '.join(f'{where}: {said}' for where, _, said in found)}",
        ) from error
