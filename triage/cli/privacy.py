"""`triage privacy`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from triage.cli.configuration import load_settings
from triage.cli.service import open_service
from triage.privacy.hold import release_hold, set_hold
from triage.storage import Storage

privacy_app = typer.Typer(no_args_is_help=True, help="Data pribadi: retensi, penahanan, penghapusan.")

CallId = Annotated[str, typer.Argument(metavar="CALL_ID", help="ID panggilan.")]
Why = Annotated[str, typer.Option("--reason", help="Alasan, misalnya nomor surat; tanpa nama orang.")]
_NAMES = {"audio": "rekaman", "text": "teks", "tickets": "tiket", "calls": "panggilan", "audit": "baris audit"}


@privacy_app.command("purge")
def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Hitung saja, tidak ada yang dibuang.")] = False,
) -> None:
    """Buang yang sudah lewat masa simpannya (kebijakan: TRIAGE_RETENTION_FILE); jalankan tiap malam."""
    from triage.assemble import load_taxonomy_in_use
    from triage.intake.orphans import remove_orphans
    from triage.privacy.policy import load_policy
    from triage.privacy.purge import Purge

    service = open_service(load_settings())
    policy = load_policy(service.settings.retention_file, load_taxonomy_in_use(service.settings))
    storage, now = Storage(service.settings.recordings_url), datetime.now(UTC)
    purge = Purge(service.database, storage, service.audit, service.actor, policy)
    counts = purge.count(now) if dry_run else purge.run(now)
    found = ", ".join(f"{count} {_NAMES[name]}" for name, count in asdict(counts).items())
    if dry_run:
        typer.echo(f"Akan dibuang: {found}.")
        return
    typer.echo(f"Dibuang: {found}, {remove_orphans(service.database, storage, now)} rekaman tanpa panggilan.")
    typer.echo(f"Jangkar jejak audit: {purge.anchor()}")


@privacy_app.command("hold")
def hold(call_id: CallId, reason: Why) -> None:
    """Tahan satu panggilan: tidak ada darinya yang dibuang sampai dilepas."""
    service = open_service(load_settings())
    with service.database.write() as session:
        set_hold(session, service.audit, service.actor, call_id, reason)
    typer.echo(f"{call_id} ditahan.")


@privacy_app.command("release")
def release(call_id: CallId, reason: Why) -> None:
    """Lepaskan satu panggilan; masa simpannya berjalan lagi mulai sekarang."""
    service = open_service(load_settings())
    with service.database.write() as session:
        release_hold(session, service.audit, service.actor, call_id, reason, datetime.now(UTC))
    typer.echo(f"{call_id} dilepas.")


@privacy_app.command("erase")
def erase(
    call_id: CallId,
    reason: Why,
    yes: Annotated[bool, typer.Option("--yes", help="Jangan bertanya lagi.")] = False,
) -> None:
    """Hapus satu panggilan: rekaman, kata-katanya, baris pelatihannya. Tidak dapat dibatalkan."""
    from triage.privacy.erase import erase_call

    if not yes:
        typer.confirm(f"Hapus {call_id} untuk selamanya?", abort=True)
    service = open_service(load_settings())
    storage = Storage(service.settings.recordings_url)
    with service.database.write() as session:
        erased = erase_call(session, storage, service.audit, service.actor, call_id, reason, datetime.now(UTC))
    typer.echo(f"{call_id} dihapus. Yang masih harus dilakukan:")
    for line in erased.todo:
        typer.echo(f"- {line}")
