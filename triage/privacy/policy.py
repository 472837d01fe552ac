"""The retention policy: a YAML file, by default triage/privacy/data/retention.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from triage.errors import InputError
from triage.taxonomy import Taxonomy

BUNDLED = Path(__file__).parent / "data" / "retention.yaml"

Days = Annotated[int, Field(ge=1, le=36_500)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AudioDays(_Part):
    """Of recordings: after the ticket was closed; after the decision on a ghost; after any other decision."""

    ticket_days: Days
    ghost_days: Days
    other_days: Days


class RetentionPolicy(_Part):
    """How long what is kept. Calls of kept_types, and those under a legal hold, are kept until they are released."""

    audio: AudioDays
    text_days: Days
    record_days: Days
    audit_days: Days
    kept_types: list[str] = []

    @model_validator(mode="after")
    def _what_is_derived_goes_no_sooner(self) -> RetentionPolicy:
        longest = max(self.audio.ticket_days, self.audio.ghost_days, self.audio.other_days)
        if self.text_days < longest:
            raise ValueError(f"text_days must be at least {longest}, the longest time of a recording")
        if self.record_days < self.text_days:
            raise ValueError("record_days must be at least text_days")
        return self

    def at(self, now: datetime) -> Cutoffs:
        """The moments before which something must have ended to be removed now."""
        return Cutoffs(
            **{
                name: now - timedelta(days=days)
                for name, days in {
                    "ticket_audio": self.audio.ticket_days,
                    "ghost_audio": self.audio.ghost_days,
                    "other_audio": self.audio.other_days,
                    "text": self.text_days,
                    "record": self.record_days,
                    "audit": self.audit_days,
                }.items()
            }
        )


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Moments before which something must have ended to be removed."""

    ticket_audio: datetime
    ghost_audio: datetime
    other_audio: datetime
    text: datetime
    record: datetime
    audit: datetime


def load_policy(path: Path | None, taxonomy: Taxonomy) -> RetentionPolicy:
    """The policy of a file; None: the bundled one.

    Raises InputError where it cannot be read, is not of the documented shape, or names a type that the taxonomy lacks:
    a slip of the pen there would cost evidence.
    """
    path = path or BUNDLED
    try:
        policy = RetentionPolicy.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc'])) or path.name}: {one['msg']}" for one in error.errors())
        raise _invalid(path, faults) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _invalid(path, " ".join(str(error).split())) from error
    if unknown := [code for code in policy.kept_types if code not in taxonomy.types]:
        raise _invalid(path, f"kept_types: {', '.join(unknown)}: not in the taxonomy {taxonomy.version}")
    return policy


def _invalid(path: Path, detail: str) -> InputError:
    return InputError(
        "retention_invalid",
        f"Kebijakan retensi {path} tidak dapat dipakai: {detail}. Perbaiki (docs/privacy.md), lalu jalankan lagi. "
        "Tidak ada yang dihapus.",
        f"The retention policy {path} cannot be used: {detail}. Mend it (docs/privacy.md) and run again. Nothing was "
        "removed.",
    )
