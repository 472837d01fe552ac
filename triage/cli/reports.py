"""`triage report`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from triage.cli.configuration import load_settings
from triage.cli.files import writing
from triage.cli.service import open_service

if TYPE_CHECKING:
    from triage.reports.monthly import Monthly

report_app = typer.Typer(no_args_is_help=True, help="Angka untuk laporan.")


@report_app.command("monthly")
def show_monthly(
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="Bulan.")],
    public: Annotated[bool, typer.Option("--public", help="Untuk diumumkan: angka kecil disembunyikan.")] = False,
    csv: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Simpan sebagai CSV.")] = None,
) -> None:
    """Masuk, valid, tidak valid, tiket, selesai, per OPD, per jenis."""
    from triage.assemble import load_taxonomy_in_use
    from triage.reports.monthly import monthly, to_csv

    service = open_service(load_settings())
    taxonomy = load_taxonomy_in_use(service.settings)
    with service.database.read() as session:
        figures = monthly(
            session,
            taxonomy,
            service.settings.time_zone,
            month,
            "public" if public else "internal",
            datetime.now(UTC),
        )
    if csv is not None:
        with writing(csv):
            csv.write_text(to_csv(figures), "utf-8", newline="")
        typer.echo(f"{csv}: {month}")
        return
    _print(figures)


def _print(figures: Monthly) -> None:
    from triage.reports.monthly import table

    shown = Table("Bagian", "Kode", "Nama", "Ukuran", "Jumlah", title=f"112, {figures.month}")
    for part, code, name, measure, count in table(figures):
        shown.add_row(part, code, name, measure, str(count))
    Console().print(shown)
    if figures.form == "public":
        typer.echo('"<5": 1 sampai 4. "*": disembunyikan agar angka kecil tidak dapat dihitung. Lihat docs/reports.md.')
