"""What S5 rests on: the dropped calls of one number, which neither sound nor words of a single call show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from triage.recording import Recording

DROPPED_CALL_SECONDS = 10.0
"""Taxonomy, S5: a dropped call is shorter than this."""
DROPPED_SPEECH_SECONDS = {"caller": 3.0, "mixed": 6.0}
"""A caller who spoke longer left a message; where the channels are mixed, the operator's greeting is in it too."""

HALF_HOUR, DAY = timedelta(minutes=30), timedelta(hours=24)
DROPS_OF_HALF_HOUR, DROPS_OF_A_DAY = 2, 3
"""Taxonomy, S5: so many in half an hour; or so many in a day, of a number that had a ticket."""


@dataclass(frozen=True, slots=True)
class CallHistory:
    """Dropped calls of one number up to this call, itself included; had_ticket: whether a call of it became one."""

    drops_of_half_hour: int = 0
    drops_of_day: int = 0
    had_ticket: bool = False

    @property
    def shows_repeated_drops(self) -> bool:
        """Whether S5 fires."""
        return self.drops_of_half_hour >= DROPS_OF_HALF_HOUR or (
            self.had_ticket and self.drops_of_day >= DROPS_OF_A_DAY
        )


UNKNOWN_CALLER = CallHistory()
"""The history of a call whose number is not known."""


def was_dropped(recording: Recording) -> bool:
    """Whether the call broke off before the caller could leave a usable message."""
    caller = recording.caller
    return (
        recording.duration < DROPPED_CALL_SECONDS and caller.facts.speech_seconds <= DROPPED_SPEECH_SECONDS[caller.role]
    )
