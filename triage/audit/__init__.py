"""The audit trail: who did what to which thing, when, from where. A chain of keyed hashes that shows any change."""

from triage.audit.chain import Actor, Audit
from triage.audit.links import Finding
from triage.audit.verify import Anchor, current_anchor, verify

__all__ = ["Actor", "Anchor", "Audit", "Finding", "current_anchor", "verify"]
