"""Settings: environment variables with the prefix TRIAGE_, or a .env file; a test holds docs/settings.md to this."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All settings of the service; every field has a default that works offline."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_", env_file=".env", extra="ignore")

    models_dir: Path = Field(default=REPOSITORY / "models", description="Folder of the models, one folder a model.")
    recogniser: str = Field(
        default="whisper-demo-synthetic-id",
        description="Name of a folder under models_dir, or a path to a faster-whisper model.",
    )
    classifier: str = Field(default="classifier-id", description="Name of a folder under models_dir, or a path.")
    transcriber_url: str | None = Field(
        default=None,
        description="Base URL of an OpenAI-compatible server; if set, it transcribes instead of the local model.",
    )
    transcriber_api_key: str | None = Field(default=None, description="Bearer token for transcriber_url.")
    transcriber_model: str = Field(default="whisper-1", description="Model name sent to transcriber_url.")
    transcriber_timeout: float = Field(default=120.0, description="Seconds to wait for transcriber_url.")
    language: str = Field(default="id", description="Spoken language given to the recogniser; 'auto' lets it detect.")
    beam_size: int = Field(default=5, ge=1, le=10, description="Beam size of the recogniser.")
    threads: int = Field(default=2, ge=1, description="CPU threads of the recogniser.")
    caller_channel: Literal["left", "right"] = Field(
        default="left", description="Stereo channel that carries the caller."
    )
    max_bytes: int = Field(default=512 * 1024 * 1024, description="Largest recording accepted, in bytes.")
    max_seconds: float = Field(default=7200.0, description="Longest recording accepted, in seconds.")
    min_seconds: float = Field(default=1.0, description="Shortest recording accepted, in seconds.")
    host: str = Field(default="127.0.0.1", description="Address `triage serve` listens on.")
    port: int = Field(default=8112, description="Port `triage serve` listens on.")
