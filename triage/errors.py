"""Every error a user can meet, each with its HTTP status and a message in Indonesian and English.

TriageError
├── InputError            the caller's input cannot be used (exit code 2, 4xx)
│   ├── RecordingError    a recording: not audio, empty, truncated, too large, too long ...
│   └── TextInputError    a line of a JSONL file
├── ModelError            a bundled or chosen model is missing, damaged or does not fit (exit code 3, 503)
├── AccessError           who asks is not known, or may not do this (exit code 2, 401 or 403)
├── RateError             too often (exit code 2, 429)
├── MissingError          there is no such call, ticket, user ... (exit code 2, 404)
├── ConflictError         somebody else was faster, or the state does not allow it (exit code 2, 409)
├── StoreError            database or storage cannot be reached, or its schema does not fit (exit code 5, 503)
├── KnowledgeError        taxonomy, OPD list or gazetteer data contradict each other (exit code 3, 500)
└── TranscriberError      the transcriber (a remote server, say) failed (exit code 4, 502)
"""

from __future__ import annotations


class TriageError(Exception):
    """Base of all errors a user can meet.

    code     stable machine-readable name, also the last part of the problem document's `type`
    status   HTTP status; exit_code the CLI's
    message  what happened and what to do next, in Indonesian (message_id) and English (message_en)
    """

    status = 500
    exit_code = 3

    def __init__(self, code: str, message_id: str, message_en: str, *, status: int | None = None) -> None:
        super().__init__(f"{message_id} / {message_en}")
        self.code = code
        self.message_id = message_id
        self.message_en = message_en
        if status is not None:
            self.status = status


class InputError(TriageError):
    """The input cannot be used; nothing was stored."""

    status = 422
    exit_code = 2


class RecordingError(InputError):
    """A recording cannot be decoded or breaks a limit."""


class TextInputError(InputError):
    """A line of a text file is not in one of the documented shapes."""


class ModelError(TriageError):
    """A model is missing, damaged, or does not fit this version."""

    status = 503


class KnowledgeError(TriageError):
    """Taxonomy, OPD or gazetteer data contradict each other."""


class TranscriberError(TriageError):
    """The transcriber failed."""

    status = 502
    exit_code = 4


class AccessError(TriageError):
    """Who asks is not known (401), or may not do this (403)."""

    status = 403
    exit_code = 2


class RateError(TriageError):
    """Too often. retry_after: seconds after which another attempt makes sense."""

    status = 429
    exit_code = 2

    def __init__(self, code: str, message_id: str, message_en: str, *, retry_after: int) -> None:
        super().__init__(code, message_id, message_en)
        self.retry_after = retry_after


class MissingError(TriageError):
    """There is no such thing."""

    status = 404
    exit_code = 2


class ConflictError(TriageError):
    """Somebody else was faster, or the state of the thing does not allow it."""

    status = 409
    exit_code = 2


class StoreError(TriageError):
    """The database or the storage cannot be reached, or its schema does not fit this version."""

    status = 503
    exit_code = 5
