"""The triage command."""
