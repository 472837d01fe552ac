"""Settings: environment variables with the prefix TRIAGE_, or a .env file; a test holds docs/settings.md to this."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All settings of the service; every field has a default that works offline."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_", env_file=".env", extra="ignore")

    models_dir: Path = Field(default=REPOSITORY / "models", description="Folder of the models, one folder a model.")
    recogniser: str = Field(
        default="champion",
        description="Name of a folder under models_dir, a path to a faster-whisper model, or `champion`: the one "
        "promoted last, else the bundled one.",
    )
    classifier: str = Field(
        default="champion", description="Name of a folder under models_dir, a path, or `champion`, as above."
    )
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

    # The service's store and what it keeps
    data_dir: Path = Field(default=Path("data"), description="Folder of the database file, recordings and the key.")
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL; by default a SQLite file in data_dir. postgresql:// for many machines.",
    )
    audio_url: str | None = Field(
        default=None, description="Where recordings are kept: any fsspec URL (file://, s3://); by default in data_dir."
    )
    import_urls: str | None = Field(
        default=None, description="URL prefixes, comma-separated, from which POST /v1/calls may take a recording."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Key of the hashes (caller numbers, audit chain); by default made once in data_dir/secret.key. "
        "The same on every machine.",
    )
    city_code: str = Field(default="KDI", description="First part of ticket numbers.")
    jurisdiction_id: str = Field(
        default="kendarikota.go.id", description="The city in Open311; requests for another one are refused."
    )
    time_zone: str = Field(default="Asia/Makassar", description="Of the call centre: days of tickets and reports.")
    phone_region: str = Field(default="ID", description="Country of callers whose number has no country code.")

    # Work
    worker_concurrency: int = Field(default=1, ge=1, le=64, description="Calls a worker works on at once.")
    worker_name: str | None = Field(
        default=None, description="Name of this worker, unique and stable; by default host name and slot."
    )
    step_attempts: int = Field(default=4, ge=1, description="Attempts at a step before the call is a dead letter.")
    watch_settle_seconds: float = Field(
        default=2.0, description="A watched file is complete when it has not grown for this long."
    )

    # Log-in
    session_hours: float = Field(default=12.0, description="A log-in ends after this many hours.")
    session_idle_minutes: float = Field(default=60.0, description="... or after this long without a request.")
    login_attempts: int = Field(default=5, ge=1, description="Wrong passwords before an account is locked.")
    login_lock_minutes: float = Field(default=15.0, description="How long it stays locked.")
    rate_limit: str = Field(
        default="200/second", description="Requests of one user, token or address; 'limits' syntax."
    )
    login_rate_limit: str = Field(default="10/minute", description="Log-ins from one address.")
    cookie_secure: bool = Field(default=False, description="Cookies over HTTPS only; set it wherever TLS is in front.")
    suggestions_public: bool = Field(
        default=True,
        description="POST /v1/suggestions (stores nothing) without a token; false demands calls:ingest or calls:read.",
    )
    oidc_issuer: str | None = Field(default=None, description="OpenID Connect issuer; if set, users may log in by it.")
    oidc_client_id: str | None = Field(default=None, description="Client id at the issuer.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="Client secret at the issuer.")
    oidc_mail_domains: str | None = Field(
        default=None,
        description="Domains, comma-separated, whose verified mail addresses name accounts where the issuer gives no "
        "user name.",
    )

    # Out, policy, operations
    channels_file: Path | None = Field(
        default=None, description="YAML: how tickets reach each OPD (docs/dispatch.md); none: they stay here."
    )
    public_url: str | None = Field(
        default=None, description="Where OPDs reach this service (https://...): links in messages begin with it."
    )
    retention_file: Path | None = Field(
        default=None, description="YAML: how long what is kept (docs/privacy.md); by default the bundled policy."
    )
    metrics_public: bool = Field(
        default=False, description="GET /metrics without a token; else it needs the right metrics:read."
    )
    log_format: Literal["json", "console"] = Field(default="console", description="json for machines.")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    otlp_endpoint: str | None = Field(
        default=None, description="OTLP/HTTP endpoint for traces; needs the extra `tracing`."
    )

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the store, with the driver named."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir.absolute() / 'triage.sqlite'}"
        return self.database_url.replace("postgres://", "postgresql://", 1).replace(
            "postgresql://", "postgresql+psycopg://", 1
        )

    @property
    def recordings_url(self) -> str:
        """fsspec URL of the folder of recordings."""
        return self.audio_url or f"file://{self.data_dir.absolute() / 'audio'}"
