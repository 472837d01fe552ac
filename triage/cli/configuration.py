"""Settings for the CLI, with a message instead of a traceback when one is wrong."""

from __future__ import annotations

from pydantic import ValidationError

from triage.errors import InputError
from triage.settings import Settings


def load_settings() -> Settings:
    """Settings from the environment and .env. Raises InputError naming the wrong variables."""
    try:
        return Settings()
    except ValidationError as error:
        names = ", ".join(f"TRIAGE_{str(item['loc'][0]).upper()} ({item['msg']})" for item in error.errors())
        raise InputError(
            "settings_invalid",
            f"Pengaturan salah: {names}. Lihat docs/settings.md.",
            f"Wrong setting: {names}. See docs/settings.md.",
        ) from None
