"""Recognisers behind one small Protocol."""

from triage.transcribers.base import Transcriber

__all__ = ["Transcriber"]
