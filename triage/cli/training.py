"""Hands `triage train ...` over to the training package, where it is installed."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence

from triage.errors import ModelError

_NEEDED = ("torch", "transformers", "sklearn")
_INSTALL = "pip install '.[training]'"


def run_training(module: str, arguments: Sequence[str], name: str) -> None:
    """Run the Typer app `module:app` with these arguments. Raises ModelError without the [training] extra.

    By name, not by import statement: the core and its checks must work where the training extra is not installed.
    """
    missing = [package for package in _NEEDED if importlib.util.find_spec(package) is None]
    if missing:
        names = ", ".join(missing)
        raise ModelError(
            "training_not_installed",
            f"Perintah ini perlu paket pelatihan yang belum terpasang ({names}). Jalankan: {_INSTALL}",
            f"This command needs the training packages, not installed here ({names}). Run: {_INSTALL}",
        )
    importlib.import_module(module).app(args=list(arguments), prog_name=name)
