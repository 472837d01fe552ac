"""`triage dispatch` and `triage outbox`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from triage.cli.configuration import load_settings
from triage.cli.service import open_service
from triage.store.repositories import outbox as repository
from triage.store.tables import OutboxState

outbox_app = typer.Typer(no_args_is_help=True, help="Pesan ke OPD yang tertahan.")

MessageId = Annotated[str, typer.Argument(help="Id pesan, dari `triage outbox list`.")]


def dispatch_command(
    once: Annotated[bool, typer.Option("--once", help="Kirim yang jatuh tempo sekarang, lalu selesai.")] = False,
) -> None:
    """Kirim tiket ke OPD; `triage worker` juga melakukannya."""
    from triage.dispatch.sender import make_sender
    from triage.jobs.worker import stop_on_signals
    from triage.operations.logs import configure_logs

    settings = load_settings()
    configure_logs(settings)
    service = open_service(settings)
    sender = make_sender(settings, service.database)
    if once:
        while sender.send_due():
            pass
        return
    sender.run(stop_on_signals())


@outbox_app.command("list")
def list_messages(
    state: Annotated[OutboxState, typer.Option(help="Status pesan.")] = OutboxState.dead,
) -> None:
    """Pesan terbaru dengan status ini."""
    service = open_service(load_settings())
    table = Table("Pesan", "Tiket", "OPD", "Kanal", "Isi", "Percobaan", "Sebab")
    with service.database.read() as session:
        for message, number in repository.messages(session, state=state, limit=50):
            cells = (message.message_id, number, message.opd, message.channel, message.kind, str(message.attempts))
            table.add_row(*cells, message.last_error)
    Console().print(table)


@outbox_app.command("retry")
def retry_message(message_id: MessageId) -> None:
    """Kirim lagi pesan yang gagal atau tertahan."""
    from triage.dispatch.outbox import retry

    service = open_service(load_settings())
    with service.database.write() as session:
        retry(session, message_id, datetime.now(UTC))
        service.audit.record(session, service.actor, "outbox.retry", "message", message_id)
    typer.echo(f"Pesan {message_id} akan dikirim lagi.")


@outbox_app.command("drop")
def drop_message(message_id: MessageId) -> None:
    """Lewati pesan ini untuk selamanya; OPD sudah dikabari dengan cara lain."""
    from triage.dispatch.outbox import drop

    service = open_service(load_settings())
    with service.database.write() as session:
        drop(session, message_id)
        service.audit.record(session, service.actor, "outbox.drop", "message", message_id)
    typer.echo(f"Pesan {message_id} tidak akan dikirim.")
