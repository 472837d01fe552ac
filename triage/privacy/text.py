"""Taking personal data out of what the machine stored of a call."""

from __future__ import annotations

from triage.privacy.redact import redact_turns
from triage.store.tables import SuggestionRow, TranscriptRow

_QUOTING = ("safety", "places", "evidence")
"""Lists of a suggestion whose entries quote what was said."""


def mask_transcript(row: TranscriptRow) -> None:
    """Mask names and numbers in a transcript, and forget when each word was said."""
    segments = row.body["segments"]
    masked = redact_turns([segment["text"] for segment in segments])
    row.body = row.body | {
        "segments": [segment | {"text": said, "words": []} for segment, said in zip(segments, masked, strict=True)]
    }
    row.text = "\n".join(redact_turns(row.text.split("\n")))


def strip_quotes(row: SuggestionRow, said: str = "") -> None:
    """Empty the quotes of a suggestion that are not in `said` (what may stay of the words), and the file name."""
    body = dict(row.body)
    for name in _QUOTING:
        body[name] = [
            entry | {"quote": entry["quote"] if entry["quote"].casefold() in said.casefold() else ""}
            for entry in body.get(name, [])
        ]
    if body.get("audio"):
        body["audio"] = body["audio"] | {"file": ""}
    row.body = body


def without_caller(content_key: str, call_id: str) -> str:
    """The mark by which a recording is known again (triage.intake.identity), without the caller, and still unique."""
    sha256, pbx, start, *_ = [*content_key.split(":"), "-", "-"]
    return f"{sha256}:{pbx}:{start}:-:{call_id}"
