"""`triage db`, `triage backup`, `triage restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from triage.audit import verify
from triage.cli.configuration import load_settings
from triage.cli.service import open_service
from triage.operations.backup import back_up, restore
from triage.storage import Storage
from triage.store import Database
from triage.store import migrate as migrations

db_app = typer.Typer(no_args_is_help=True, help="Skema basis data.")


@db_app.command("current")
def db_current() -> None:
    """Skema sekarang, dan yang diperlukan versi ini."""
    database = Database(load_settings().store_url)
    typer.echo(f"sekarang {migrations.current(database) or 'kosong'}, perlu {migrations.newest()}")


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Naikkan skema ke versi ini; buat cadangan dahulu (`triage backup`)."""
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
    service = open_service(load_settings())
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
