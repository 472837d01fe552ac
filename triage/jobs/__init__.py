"""Durable work: every call that came in gets its suggestion once, whatever process dies meanwhile (docs/jobs.md)."""
