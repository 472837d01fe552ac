"""Acceptance of the service, too slow for the tests: `PYTHONPATH=tests python -m trials.NAME --database sqlite`."""
