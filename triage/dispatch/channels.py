"""How tickets reach each OPD: the channels file (TRIAGE_CHANNELS_FILE), described in docs/dispatch.md."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError, field_validator

from triage.errors import InputError

Address = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")]
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WebhookChannel(_Part):
    """A signed request to the OPD's own system (Standard Webhooks)."""

    kind: Literal["webhook"]
    url: HttpUrl
    secret: SecretStr = Field(description="whsec_ and base64 of 24 to 64 random bytes.")

    @field_validator("secret")
    @classmethod
    def _is_a_secret(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"whsec_[A-Za-z0-9+/]{32,88}={0,2}", value.get_secret_value()):
            raise ValueError("must be whsec_ and base64 of 24 to 64 bytes")
        return value


class EmailChannel(_Part):
    """A message to people."""

    kind: Literal["email"]
    to: list[Address] = Field(min_length=1)


class Open311Channel(_Part):
    """A city's GeoReport v2 server. service_codes: its code for each complaint type; `other` for those not listed."""

    kind: Literal["open311"]
    url: HttpUrl
    jurisdiction_id: str | None = None
    api_key: SecretStr
    service_codes: dict[str, str] = {}
    other: str


Channel = Annotated[WebhookChannel | EmailChannel | Open311Channel, Field(discriminator="kind")]


class MailServer(_Part):
    """The SMTP server that e-mails go through."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: Address


class Channels(_Part):
    """The whole file. opd: by code; default: for every other OPD. Without a channel tickets stay here, visibly."""

    mail_server: MailServer | None = None
    default: Channel | None = None
    opd: dict[str, Channel] = {}

    def of(self, opd: str) -> WebhookChannel | EmailChannel | Open311Channel | None:
        """The channel to an OPD."""
        return self.opd.get(opd, self.default)


def load_channels(path: Path | None, opds: frozenset[str]) -> Channels:
    """Read the channels file; `${NAME}` in it is taken from the environment, so that secrets need not stand there.

    opds: codes of the taxonomy. Raises InputError naming what is wrong.
    """
    if path is None:
        return Channels()
    try:
        channels = Channels.model_validate(yaml.safe_load(_filled(path.read_text("utf-8"))) or {})
    except OSError as error:
        raise _wrong(path, f"tidak dapat dibaca ({error.strerror})", f"cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, KeyError) as error:
        raise _wrong(path, str(error), str(error)) from None
    except ValidationError as error:
        where = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise _wrong(path, where, where) from None
    unknown = sorted(set(channels.opd) - opds)
    if unknown:
        raise _wrong(path, f"OPD tidak dikenal: {', '.join(unknown)}", f"unknown OPD: {', '.join(unknown)}")
    every = [*channels.opd.values(), *([channels.default] if channels.default else [])]
    if channels.mail_server is None and any(channel.kind == "email" for channel in every):
        raise _wrong(path, "ada kanal email tanpa mail_server", "there is an e-mail channel but no mail_server")
    return channels


def _filled(text: str) -> str:
    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise KeyError(f"variable {match[1]} is not set")
        return found

    return _VARIABLE.sub(value, text)


def _wrong(path: Path, message_id: str, message_en: str) -> InputError:
    return InputError(
        "channels_invalid",
        f"Berkas kanal {path.name} salah: {message_id}. Lihat docs/dispatch.md.",
        f"The channels file {path.name} is wrong: {message_en}. See docs/dispatch.md.",
    )
