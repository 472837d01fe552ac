"""Bytes in, Recording out: decoding, channels, level, acoustic facts."""

from triage.recording.model import AcousticFacts, Channel, Recording, Role, Span, Tone

__all__ = ["AcousticFacts", "Channel", "Recording", "Role", "Span", "Tone"]
