"""How tickets reach each OPD: what stands in the channels file (docs/dispatch.md)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

Address = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class WebhookChannel(_Part):
    """A signed request to the OPD's own system (Standard Webhooks)."""

    kind: Literal["webhook"]
    url: HttpUrl
    secret: SecretStr = Field(description="whsec_ and base64 of 24 to 64 random bytes.")

    @field_validator("secret")
    @classmethod
    def _is_a_secret(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"whsec_[A-Za-z0-9+/]{32,88}={0,2}", value.get_secret_value()):
            raise PydanticCustomError("webhook_secret", "must be whsec_ and base64 of 24 to 64 bytes")
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


Channel = WebhookChannel | EmailChannel | Open311Channel


def _one_of_each(channels: list[Channel]) -> list[Channel]:
    if len({channel.kind for channel in channels}) < len(channels):
        raise PydanticCustomError("kind_twice", "an OPD has at most one channel of each kind")
    return channels


ChannelList = Annotated[list[Annotated[Channel, Field(discriminator="kind")]], AfterValidator(_one_of_each)]


class MailServer(_Part):
    """The SMTP server that e-mails go through."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: Address


class Channels(_Part):
    """The whole file. opd: by code; default: for every other OPD. Without a channel tickets stay here, visibly."""

    mail_server: MailServer | None = None
    default: ChannelList = []
    opd: dict[str, ChannelList] = {}

    @model_validator(mode="after")
    def _mail_has_a_server(self) -> Channels:
        every = [*self.default, *(channel for channels in self.opd.values() for channel in channels)]
        if self.mail_server is None and any(channel.kind == "email" for channel in every):
            raise PydanticCustomError("mail_server", "there is an e-mail channel but no mail_server")
        return self

    def of(self, opd: str) -> dict[str, Channel]:
        """The channels to an OPD by their kind."""
        return {channel.kind: channel for channel in self.opd.get(opd, self.default)}
