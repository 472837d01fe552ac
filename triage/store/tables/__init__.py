"""The tables. Timestamps are UTC; codes (types, OPDs, ghost kinds, P1-P4) are those of the taxonomy."""

from triage.store.tables.base import Base
from triage.store.tables.calls import Call, CallState, SuggestionRow, TranscriptRow, WatchedFile
from triage.store.tables.cases import (
    Decision,
    OutboxMessage,
    OutboxState,
    Review,
    Ticket,
    TicketCall,
    TicketCounter,
    TicketStatus,
    Verdict,
)
from triage.store.tables.learning import Dataset, DatasetModel, DatasetRow, Erasure
from triage.store.tables.people import ApiToken, AuditHead, AuditRow, LoginSession, Note, User

__all__ = [
    "ApiToken",
    "AuditHead",
    "AuditRow",
    "Base",
    "Call",
    "CallState",
    "Dataset",
    "DatasetModel",
    "DatasetRow",
    "Decision",
    "Erasure",
    "LoginSession",
    "Note",
    "OutboxMessage",
    "OutboxState",
    "Review",
    "SuggestionRow",
    "Ticket",
    "TicketCall",
    "TicketCounter",
    "TicketStatus",
    "TranscriptRow",
    "User",
    "Verdict",
    "WatchedFile",
]
