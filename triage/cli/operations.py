"""`triage db`, `triage backup`, `triage restore`, `triage doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from triage.audit import verify
from triage.cli.configuration import load_settings
from triage.cli.files import writing
from triage.cli.service import open_service
from triage.operations.backup import back_up, restore
from triage.storage import Storage
from triage.store import Database
from triage.store import migrate as migrations

_SIGNS = {"ok": "ok", "warn": "awas", "fail": "GAGAL"}

db_app = typer.Typer(no_args_is_help=True, help="Skema basis data.")


@db_app.command("current")
def db_current() -> None:
    """Skema sekarang, dan yang diperlukan versi ini."""
    database = Database(load_settings().store_url)
    typer.echo(f"sekarang {migrations.current(database) or 'kosong'}, perlu {migrations.newest()}")


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Naikkan skema ke versi ini; buat cadangan dahulu, dengan versi yang lama."""
    database = Database(load_settings().store_url)
    before = migrations.current(database)
    migrations.upgrade(database)
    typer.echo(f"Skema {before or 'kosong'} menjadi {migrations.current(database)}.")


@db_app.command("downgrade")
def db_downgrade(version: Annotated[str, typer.Argument(help="Skema tujuan, misalnya 0001.")]) -> None:
    """Turunkan skema; isi tabel yang lebih baru hilang."""
    database = Database(load_settings().store_url)
    before = migrations.current(database)
    migrations.downgrade(database, version)
    typer.echo(f"Skema {before} menjadi {migrations.current(database) or 'kosong'}.")


def backup_command(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="Berkas cadangan baru.")],
    audio: Annotated[bool, typer.Option("--audio", help="Sertakan rekaman.")] = False,
) -> None:
    """Cadangkan basis data (dan rekaman) selagi layanan berjalan."""
    service = open_service(load_settings())
    storage = Storage(service.settings.recordings_url)
    with writing(file):
        manifest = back_up(service.database, storage, service.key, file, audio=audio)
    rows = sum(part.rows or 0 for part in manifest.tables.values())
    with service.database.write() as session:
        service.audit.record(
            session, service.actor, "backup", "store", "all", rows=rows, recordings=len(manifest.audio)
        )
    typer.echo(f"{file}: {rows} baris, {len(manifest.audio)} rekaman. Kunci tidak ikut: simpan salinannya terpisah.")


def restore_command(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar.gz", help="Berkas cadangan.")],
    force: Annotated[bool, typer.Option("--force", help="Ganti semua isi basis data tujuan.")] = False,
) -> None:
    """Pulihkan cadangan ke basis data ini; hentikan layanan dahulu."""
    service = open_service(load_settings(), restoring=True)
    storage = Storage(service.settings.recordings_url)
    manifest = restore(service.database, storage, service.key, file, force=force)
    with service.database.read() as session:
        count, findings = verify(session, service.key)
    with service.database.write() as session:
        service.audit.record(
            session, service.actor, "restore", "store", "all", backup_of=manifest.created_at.isoformat()
        )
    state = "utuh" if not findings else f"RUSAK di {len(findings)} tempat (lihat `triage audit verify`)"
    typer.echo(f"Pulih dari {manifest.created_at:%Y-%m-%d %H:%M} UTC. Jejak audit {count} baris: {state}.")


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="Tulis hasilnya sebagai JSON.")] = False,
) -> None:
    """Periksa pemasangan: apa yang kurang, dan cara memperbaikinya."""
    from triage.operations.doctor import State, examine  # loads what the models need

    checks = examine(load_settings())
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=2))
    else:
        table = Table("", "Bagian", "Temuan", "Cara memperbaiki")
        for check in checks:
            table.add_row(_SIGNS[check.state], check.name, check.detail, check.mend)
        Console().print(table)
    raise typer.Exit(1 if any(check.state == State.fail for check in checks) else 0)
