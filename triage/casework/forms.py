"""What people send: a decision, a review, a new status of a ticket."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from triage.store.tables import TicketStatus, Verdict

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Revision = Annotated[int, Field(ge=1, le=2**31 - 1, description="Of the thing as you saw it; 409 if it has changed.")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00]*$")]
"""A text as PostgreSQL takes it: any character but the null character."""
TicketNumber = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}-112-[0-9]{8}-[0-9]{4,8}$")]
Disposition = Literal["ticket", "information", "ghost"]
Fault = Literal["type", "opd", "disposition", "ghost", "place", "transcript"]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DecisionForm(_Form):
    """A decision on a call.

    `accept` takes the suggestion's answer, and allows to say only the place; `correct` gives another answer, and so may
    `bad_transcript` where the operator knows it from listening; `cannot_tell` gives none.
    """

    revision: Revision
    verdict: Verdict
    disposition: Disposition | None = None
    complaint_type: Code | None = Field(default=None, description="Needed for a ticket.")
    target_opd: Code | None = Field(default=None, description="By default the type's main OPD.")
    priority: Code | None = Field(
        default=None, description="P1 to P4; by default P1 where a safety exception fired, else the type's."
    )
    ghost_kind: Code | None = Field(default=None, description="With disposition ghost only.")
    place_id: Code | None = Field(default=None, description="Of the gazetteer.")
    place_text: Text | None = Field(default=None, max_length=255, description="Where, in the operator's words.")
    same_incident_as: TicketNumber | None = Field(
        default=None, description="Number of an open ticket about the same incident: the call joins it."
    )
    seconds: float = Field(ge=0, le=86_400, allow_inf_nan=False, description="From showing the call to deciding.")
    note: Text | None = Field(default=None, max_length=2000, description="For the OPD: stands in the ticket.")


class ReviewForm(_Form):
    """A reviewer's finding; the right values where he knows them."""

    faults: list[Fault] = Field(max_length=6, description="What was wrong; empty: nothing.")
    disposition: Disposition | None = None
    complaint_type: Code | None = None
    target_opd: Code | None = None
    note: Text | None = Field(default=None, max_length=2000)


class TicketStatusForm(_Form):
    """A new status of a ticket."""

    revision: Revision
    status: Literal[TicketStatus.accepted, TicketStatus.done, TicketStatus.withdrawn]
