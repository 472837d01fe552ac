"""What GET /v1/taxonomy answers."""

from __future__ import annotations

from pydantic import BaseModel

from triage.taxonomy import Taxonomy


class OpdView(BaseModel):
    """An agency."""

    code: str
    name: str


class TypeView(BaseModel):
    """A complaint type; the target OPD of a suggestion of this type is always among allowed_opds."""

    code: str
    name: str
    main_opd: str
    supporting_opds: list[str]
    allowed_opds: list[str]
    priority: str


class GhostKindView(BaseModel):
    """A ghost kind: no verdict of this kind is surer than cap."""

    code: str
    name: str
    cap: float
    advice: str


class SafetyView(BaseModel):
    """A safety exception: where it fires, a person listens."""

    code: str
    title: str
    cap: float
    action: str


class TaxonomyView(BaseModel):
    """The taxonomy in use."""

    version: str
    types: list[TypeView]
    opds: list[OpdView]
    ghost_kinds: list[GhostKindView]
    safety: list[SafetyView]


def taxonomy_view(taxonomy: Taxonomy) -> TaxonomyView:
    """The public part of a taxonomy, in its own order."""
    return TaxonomyView(
        version=taxonomy.version,
        types=[
            TypeView(
                code=item.code,
                name=item.name,
                main_opd=item.main_opd,
                supporting_opds=list(item.supporting_opds),
                allowed_opds=list(item.allowed_opds),
                priority=item.priority,
            )
            for item in taxonomy.types.values()
        ],
        opds=[OpdView(code=item.code, name=item.name) for item in taxonomy.opds.values()],
        ghost_kinds=[
            GhostKindView(code=item.code, name=item.name, cap=item.cap, advice=item.advice)
            for item in taxonomy.ghost_kinds.values()
        ],
        safety=[
            SafetyView(code=item.code, title=item.title, cap=item.cap, action=item.action)
            for item in taxonomy.safety.values()
        ],
    )
