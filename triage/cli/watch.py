"""`triage watch`: a PBX's recording folder becomes calls."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Event

import typer

from triage.cli.service import open_service
from triage.intake.accept import Intake
from triage.intake.watch import Watcher
from triage.operations.logs import configure_logs
from triage.settings import Settings
from triage.storage import Storage


def watch_folder(root: Path, settings: Settings, *, once: bool) -> None:
    """Follow a folder until SIGTERM or Ctrl-C; `once`: until what is there now is taken.

    Raises InputError where the folder is missing; StoreError where the store cannot be opened at the start.
    """
    configure_logs(settings)
    service = open_service(settings)
    intake = Intake(service.database, Storage(settings.recordings_url), settings, service.key)
    watcher = Watcher(root, intake, service.database, settings, service.key, report=typer.echo)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    typer.echo(f"Mengikuti folder {root}. Berhenti dengan Ctrl-C.")
    if once:
        watcher.run_once(stop)
    else:
        watcher.run(stop)
    counts = watcher.counts
    typer.echo(f"Selesai: {counts.created} diterima, {counts.known} sudah ada, {counts.refused} ditolak.")
