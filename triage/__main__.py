"""`python -m triage` is the triage command."""

from triage.cli.main import app

app(prog_name="triage")
