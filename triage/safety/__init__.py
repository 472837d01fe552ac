"""The safety exceptions S1-S8: where one fires, a person listens."""

from triage.safety.find import SafetyFinding, find_danger, find_safety
from triage.safety.history import UNKNOWN_CALLER, CallHistory, was_dropped

__all__ = ["UNKNOWN_CALLER", "CallHistory", "SafetyFinding", "find_danger", "find_safety", "was_dropped"]
