# `make help` lists what there is. Two commands matter: `make demo` and `make test`.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
# More options for the one pip call that installs torch, for instance an index with CPU-only builds.
TORCH_OPTIONS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
TORCH := $(shell sed -n 's/.*"\(torch==[^"]*\)".*/\1/p' pyproject.toml)

.DEFAULT_GOAL := help
.PHONY: help demo test check format setup setup-dev serve clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

demo: setup  ## recordings of audio_samples/ become suggestions: a table, and JSON in build/demo/
	$(BIN)/triage call audio_samples --jsonl build/demo/suggestions.jsonl --expect audio_samples/manifest.csv

test: setup-dev  ## set up all that is needed and run the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: setup-dev  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-dev  ## format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

serve: setup  ## the HTTP service on http://127.0.0.1:8112 (pages of the API: /docs)
	$(BIN)/triage serve

setup: $(VENV)/.runtime  ## what running needs: no torch, no transformers

setup-dev: $(VENV)/.dev  ## what tests, checks and training need as well

clean:  ## remove the environment and everything built
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python found. Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is $$("$(PYTHON)" --version 2>&1); Python 3.11 or newer is needed. Name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv (or python3.11-venv)."; exit 1; }

$(VENV)/.runtime: pyproject.toml | $(BIN)/python
	$(PIP) --editable .
	@touch $@

# torch goes first and alone: asked for together with the rest, pip may choose a build with gigabytes of CUDA libraries.
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(PIP) $(TORCH_OPTIONS) "$(TORCH)"
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.runtime
