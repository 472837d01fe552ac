"""Triage 112: a recorded 112 call goes in, a suggestion comes out, a person decides."""

__version__ = "0.1.0"
