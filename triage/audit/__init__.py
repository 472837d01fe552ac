"""The audit trail: who did what to which thing, when, from where. A chain of keyed hashes that shows any change."""

from triage.audit.chain import Actor, Audit
from triage.audit.verify import Finding, verify

__all__ = ["Actor", "Audit", "Finding", "verify"]
