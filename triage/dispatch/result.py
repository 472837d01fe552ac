"""What became of an attempt to send a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Result:
    """sent: with the receiver's receipt, if it gave one; later: worth another attempt, not before `wait` seconds;
    never: the receiver refuses it for good; kept: the channel has no way to say this; elsewhere: the OPD no longer has
    the channel, and the message goes by those that it has now.

    reason: why not, or what an administrator should know of it (Indonesian).
    """

    outcome: Literal["sent", "later", "never", "kept", "elsewhere"]
    reason: str = ""
    receipt: str | None = None
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent. body: as documented in docs/dispatch.md; message_id: the same at every attempt."""

    message_id: str
    kind: str
    body: dict[str, object]

    @property
    def data(self) -> dict[str, object]:
        """The ticket."""
        data = self.body["data"]
        assert isinstance(data, dict)
        return data
