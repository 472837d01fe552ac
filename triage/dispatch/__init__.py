"""Tickets on their way to the OPDs: an outbox, and the channels that empty it."""

from triage.dispatch.outbox import Kind, enqueue

__all__ = ["Kind", "enqueue"]
