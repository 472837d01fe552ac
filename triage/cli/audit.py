"""`triage audit`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from triage.audit import Anchor, current_anchor, verify
from triage.cli.configuration import load_settings
from triage.cli.service import open_service
from triage.errors import InputError
from triage.store.repositories.audit import AuditFilter, audit_page

audit_app = typer.Typer(no_args_is_help=True, help="Jejak audit: siapa berbuat apa, kapan, dari mana.")


@audit_app.command("verify")
def verify_trail(
    anchor: Annotated[
        str | None, typer.Option(metavar="BARIS:HASH", help="Jangkar dari pemeriksaan dahulu, yang dicatat di luar.")
    ] = None,
) -> None:
    """Cari baris yang diubah, dibuang atau disisipkan; kode keluar 1 bila ada."""
    service = open_service(load_settings())
    with service.database.read() as session:
        count, findings = verify(session, service.key, Anchor.read(anchor) if anchor else None)
        end = current_anchor(session)
    if not findings:
        typer.echo(f"Jejak audit utuh: {count} baris. Jangkar, catat di luar: {end}")
        return
    typer.echo(f"Jejak audit RUSAK: {len(findings)} temuan di {count} baris.", err=True)
    for finding in findings:
        typer.echo(f"  {finding.message_id}", err=True)
    typer.echo("Simpan basis data ini sebagai bukti, lalu bandingkan dengan cadangan.", err=True)
    raise typer.Exit(1)


@audit_app.command("list")
def list_trail(
    thing: Annotated[str | None, typer.Option("--object", metavar="JENIS:ID", help="Misalnya call:call-12ab.")] = None,
    actor: Annotated[str | None, typer.Option(help="Nama, atau jenis dan nama: user:rina, token:pbx.")] = None,
    action: Annotated[str | None, typer.Option(help="Misalnya call.read.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Baris terbanyak.")] = 50,
) -> None:
    """Baris terbaru lebih dahulu."""
    kind, _, name = (thing or "").partition(":")
    if thing is not None and not (kind and name):
        raise InputError(
            "object_invalid",
            "--object ditulis JENIS:ID, misalnya call:call-12ab.",
            "--object is written KIND:ID, like call:call-12ab.",
        )
    service = open_service(load_settings())
    with service.database.read() as session:
        rows = audit_page(session, AuditFilter(actor, action, kind or None, name or None), None, limit)
    table = Table("No.", "Waktu", "Siapa", "Dari", "Perbuatan", "Objek", "Rincian")
    for row in rows:
        table.add_row(
            str(row.id),
            f"{row.at.astimezone():%Y-%m-%d %H:%M:%S}",
            row.actor,
            row.source,
            row.action,
            f"{row.object_kind}:{row.object_id}",
            ", ".join(f"{name}={value}" for name, value in row.detail.items()),
        )
    Console().print(table)
