"""What GET /health answers: which models are in use, whether their files are whole, what they must not be used for."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from triage import __version__
from triage.pipeline import Pipeline
from triage.registry import verify
from triage.registry.load import chosen_model
from triage.settings import Settings


class ModelHealth(BaseModel):
    """A model in use."""

    role: Literal["recogniser", "classifier"]
    name: str = Field(description="Name and version, as in Suggestion.versions.")
    title: str
    demonstration: bool = Field(description="Not fit for real calls.")
    checksums: Literal["verified", "remote"] = Field(description="remote: the transcriber is on another machine.")
    warnings: list[str] = Field(description="In Indonesian; every suggestion carries them.")


class Health(BaseModel):
    """Fitness of the service. `demonstration`: it runs, but must not be used for real calls."""

    status: Literal["ok", "demonstration"]
    version: str
    taxonomy: str
    models: list[ModelHealth]


def measure_health(settings: Settings, pipeline: Pipeline) -> Health:
    """Check every file of the models in use: seconds for large ones. Raises ModelError where one is damaged."""
    models = [
        _remote(settings, pipeline) if settings.transcriber_url else _local(settings, pipeline, "recogniser"),
        _local(settings, pipeline, "classifier"),
    ]
    return Health(
        status="demonstration" if any(model.demonstration for model in models) else "ok",
        version=__version__,
        taxonomy=pipeline.taxonomy.version,
        models=models,
    )


def _remote(settings: Settings, pipeline: Pipeline) -> ModelHealth:
    return ModelHealth(
        role="recogniser",
        name=pipeline.transcriber.name,
        title=settings.transcriber_model,
        demonstration=False,
        checksums="remote",
        warnings=list(pipeline.transcriber.warnings),
    )


def _local(settings: Settings, pipeline: Pipeline, role: Literal["recogniser", "classifier"]) -> ModelHealth:
    part = pipeline.transcriber if role == "recogniser" else pipeline.classifier
    manifest = verify(chosen_model(settings, role).folder)
    return ModelHealth(
        role=role,
        name=part.name,
        title=manifest.title,
        demonstration=manifest.demonstration,
        checksums="verified",
        warnings=list(part.warnings),
    )
