"""Acoustic and textual evidence for a ghost call, kept apart and capped."""
