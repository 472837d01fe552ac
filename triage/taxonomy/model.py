"""What the city's knowledge is made of. Field aliases are the Indonesian keys of data/*.yaml."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Knowledge(BaseModel):
    model_config = ConfigDict(frozen=True, validate_by_name=True, validate_by_alias=True, extra="ignore")


class Opd(_Knowledge):
    """A city agency (opd, unit, bumd) or a partner outside the city government (mitra)."""

    code: str = Field(alias="kode", min_length=1)
    name: str = Field(alias="nama", min_length=1)
    aliases: tuple[str, ...] = Field(default=(), alias="sebutan")
    kind: Literal["opd", "unit", "bumd", "mitra"] = Field(alias="jenis")
    status: Literal["verified", "assumed"]


class Confusion(_Knowledge):
    """How to tell a type from one it is confused with (another type, or a ghost kind)."""

    type: str = Field(alias="tipe")
    rule: str = Field(alias="aturan")


class OpdException(_Knowledge):
    """An OPD that may be the target of a type when a rule holds; "*" stands for every OPD."""

    opd: str
    rule: str = Field(alias="aturan", min_length=1)


class Utterance(_Knowledge):
    """An example of what a caller says, with the ids of the places in it."""

    text: str = Field(alias="teks")
    places: tuple[str, ...] = Field(default=(), alias="id_gazetteer")


class Target(_Knowledge):
    """Service targets: minutes until forwarded, minutes until arrival, hours until done; None where there is none."""

    forward_minutes: float | None = Field(alias="teruskan_menit")
    arrive_minutes: float | None = Field(alias="tiba_menit")
    done_hours: float | None = Field(alias="selesai_jam")


class ComplaintType(_Knowledge):
    """A complaint type. `allowed_opds`, filled at load: main, supporting and exceptional targets, in that order."""

    code: str = Field(alias="kode", min_length=1)
    name: str = Field(alias="nama", min_length=1)
    group: str = Field(alias="kelompok")
    main_opd: str = Field(alias="opd_utama")
    supporting_opds: tuple[str, ...] = Field(alias="opd_pendukung")
    exceptions: tuple[OpdException, ...] = Field(default=(), alias="opd_boleh")
    allowed_opds: tuple[str, ...] = ()
    priority: str = Field(alias="prioritas")
    valid_from: date = Field(alias="berlaku_mulai")
    valid_until: date | None = Field(alias="berlaku_sampai")
    target: Target
    definition: str = Field(alias="definisi")
    keywords: tuple[str, ...] = Field(alias="kata_kunci", min_length=1)
    confusions: tuple[Confusion, ...] = Field(alias="mudah_tertukar")
    escalation: str = Field(alias="eskalasi")
    utterances: tuple[Utterance, ...] = Field(alias="ujaran")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> ComplaintType:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError(f"{self.code}: berlaku_sampai is before berlaku_mulai")
        return self

    def in_force(self, day: date) -> bool:
        """Whether the type may be given to a call of this day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class GhostKind(_Knowledge):
    """A kind of ghost call. No verdict of this kind is surer than `cap`; `advice` is what to do before closing."""

    code: str = Field(alias="kode", min_length=1)
    name: str = Field(alias="nama", min_length=1)
    definition: str = Field(alias="definisi")
    signals: tuple[str, ...] = Field(alias="sinyal")
    counter_evidence: tuple[str, ...] = Field(alias="lawan_bukti")
    cap: float = Field(alias="keyakinan_maks", gt=0, lt=1)
    advice: str = Field(alias="tindakan", min_length=1)


class SafetyException(_Knowledge):
    """A safety exception. Where it fires, ghost confidence is at most `cap` and a person listens."""

    code: str = Field(alias="kode", pattern=r"^S[1-9]_[a-z_]+$")
    title: str = Field(alias="judul", min_length=1)
    trigger: str = Field(alias="pemicu")
    cap: float = Field(alias="keyakinan_ghost_maks", gt=0, lt=0.5)
    action: str = Field(alias="tindakan", min_length=1)

    @property
    def short(self) -> str:
        """The number alone: S4 of S4_anak_ortu_tidak_sadar."""
        return self.code.partition("_")[0]


class Taxonomy(_Knowledge):
    """Everything the city knows about its calls, checked for contradictions; dicts keep the order of the data."""

    version: str
    types: dict[str, ComplaintType]
    opds: dict[str, Opd]
    ghost_kinds: dict[str, GhostKind]
    safety: dict[str, SafetyException]
    priorities: dict[str, str]
