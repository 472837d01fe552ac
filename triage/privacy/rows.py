"""Training rows: a labelled call as a line of training/corpus/data/train.jsonl, made from a decided call or read in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from triage.privacy.redact import redact_turns
from triage.store.tables import Call, Decision, Review, TranscriptRow
from triage.taxonomy import Taxonomy

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=100_000)]


class RowTurn(BaseModel):
    """What one side said until the other spoke."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    speaker: Literal["operator", "caller", "mixed"]
    text: Text


class TrainingRow(BaseModel):
    """A labelled call: a ghost carries a ghost kind and nothing else, all others a type, an OPD and a priority."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")
    turns: tuple[RowTurn, ...] = Field(min_length=1)
    disposition: Literal["ticket", "information", "ghost"]
    complaint_type: str | None = None
    target_opd: str | None = None
    priority: Literal["P1", "P2", "P3", "P4"] | None = None
    ghost_kind: str | None = None
    safety: str | None = Field(default=None, pattern=r"^S[1-8]$")
    places: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _labels_fit_the_disposition(self) -> TrainingRow:
        about = (self.complaint_type, self.target_opd, self.priority)
        if self.disposition == "ghost":
            if any(about) or self.ghost_kind is None:
                raise ValueError("a ghost call carries a ghost_kind and no type, OPD or priority")
        elif not all(about) or self.ghost_kind is not None:
            raise ValueError("a ticket or information call carries a type, an OPD and a priority, and no ghost_kind")
        return self

    def strangers(self, taxonomy: Taxonomy) -> list[str]:
        """What of its labels the taxonomy does not have or allow, for a message."""
        about = taxonomy.types.get(self.complaint_type or "")
        found = [
            f"{name} {code}"
            for name, code, known in (
                ("complaint_type", self.complaint_type, taxonomy.types),
                ("target_opd", self.target_opd, taxonomy.opds),
                ("ghost_kind", self.ghost_kind, taxonomy.ghost_kinds),
            )
            if code is not None and code not in known
        ]
        if not found and about is not None and self.target_opd not in about.allowed_opds:
            found.append(f"target_opd {self.target_opd} of {self.complaint_type}")
        return found

    def redacted(self) -> TrainingRow:
        """The row with names and numbers masked."""
        said = redact_turns([turn.text for turn in self.turns])
        turns = tuple(turn.model_copy(update={"text": text}) for turn, text in zip(self.turns, said, strict=True))
        return self.model_copy(update={"turns": turns})

    def to_json(self) -> str:
        """A line of the file, without its end."""
        return self.model_dump_json()


def row_of(
    call: Call, decision: Decision, review: Review | None, transcript: TranscriptRow, taxonomy: Taxonomy
) -> TrainingRow | str:
    """The row of a decided call, redacted; or why there is none, a key of export.REASONS.

    What a reviewer says counts more than the decision. Only what the recogniser did not doubt is in it, as in service.
    """
    if review is not None and "transcript" in review.faults:
        return "transcript"
    turns = _turns(transcript.body["segments"])
    if not turns:
        return "silent"
    labels = _labels(decision, review, taxonomy)
    if labels is None:
        return "labels"
    row = TrainingRow(id=call.call_id, turns=turns, **labels)
    return "taxonomy" if row.strangers(taxonomy) else row.redacted()


def _turns(segments: list[dict[str, Any]]) -> tuple[RowTurn, ...]:
    turns: list[RowTurn] = []
    for segment in segments:
        text = segment["text"].strip()
        if segment["doubts"] or not text:
            continue
        if turns and turns[-1].speaker == segment["channel"]:
            turns[-1] = RowTurn(speaker=segment["channel"], text=f"{turns[-1].text} {text}")
        else:
            turns.append(RowTurn(speaker=segment["channel"], text=text))
    return tuple(turns)


def _labels(decision: Decision, review: Review | None, taxonomy: Taxonomy) -> dict[str, Any] | None:
    """The labels that hold; None where they are not complete."""
    disposition = (review and review.disposition) or decision.disposition
    if disposition is None:
        return None
    if disposition == "ghost":
        kind = decision.ghost_kind
        return {"disposition": "ghost", "ghost_kind": kind} if kind else None
    complaint_type = (review and review.complaint_type) or decision.complaint_type
    about = taxonomy.types.get(complaint_type or "")
    if about is None:
        return None
    same_type = complaint_type == decision.complaint_type
    opd = (review and review.target_opd) or (decision.target_opd if same_type else None) or about.main_opd
    priority = decision.priority if same_type and decision.disposition == disposition else None
    return {
        "disposition": disposition,
        "complaint_type": complaint_type,
        "target_opd": opd,
        "priority": priority or about.priority,
    }
