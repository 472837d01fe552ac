"""The safety exceptions S1-S8: where one fires, a person listens."""

from triage.safety.find import SafetyFinding, find_danger, find_safety

__all__ = ["SafetyFinding", "find_danger", "find_safety"]
