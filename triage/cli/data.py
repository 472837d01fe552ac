"""`triage data`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from triage.cli.configuration import load_settings
from triage.cli.service import ServiceParts, open_service
from triage.errors import InputError
from triage.store.repositories.datasets import all_datasets

if TYPE_CHECKING:
    from triage.privacy.datasets import DataSets
    from triage.taxonomy import Taxonomy

data_app = typer.Typer(no_args_is_help=True, help="Dataset pelatihan dari keputusan petugas, disamarkan.")

Name = Annotated[str, typer.Argument(help="Nama dataset.")]
Out = Annotated[Path, typer.Option(metavar="FILE.jsonl", help="Berkas hasil.")]
Day = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")]
AsTable = Annotated[
    Path | None, typer.Option("--table", metavar="FOLDER", help="Juga sebagai CSV dan pemetaan untuk `triage train`.")
]
City = Annotated[str, typer.Option(help="Nama kota, untuk --table.")]


@data_app.command("export")
def export(
    out: Out,
    name: Annotated[str | None, typer.Option(help="Nama dataset; bawaan: nama berkas.")] = None,
    since: Day = None,
    until: Day = None,
    table: AsTable = None,
    city: City = "Kota",
) -> None:
    """Panggilan yang sudah diputus menjadi baris pelatihan; --since dan --until termasuk."""
    from triage.privacy.datasets import REASONS

    service, taxonomy = _open()
    begin, end = _day(since, service), _day(until, service, timedelta(days=1))
    made = _sets(service, taxonomy).export(out, name or out.stem, datetime.now(UTC), begin, end)
    typer.echo(f"{out}: dataset {made.name}, {made.rows} baris, SHA-256 {made.fingerprint}")
    for reason, count in made.left_out.most_common():
        typer.echo(f"Tidak ikut, {REASONS[reason]}: {count}")
    _write_table(out, table, taxonomy, city, service)


@data_app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Baris berlabel, bentuknya seperti hasil ekspor.")],
    name: Annotated[str | None, typer.Option(help="Nama dataset; bawaan: nama berkas.")] = None,
) -> None:
    """Simpan baris dari tempat lain sebagai dataset: semuanya, disamarkan, atau tidak satu pun."""
    service, taxonomy = _open()
    made = _sets(service, taxonomy).take_in(file, name or file.stem, datetime.now(UTC))
    typer.echo(f"Dataset {made.name}: {made.rows} baris. Tulis dengan: triage data write {made.name} --out FILE.jsonl")


@data_app.command("write")
def write(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Nama dataset, satu atau lebih.")],
    out: Out,
    table: AsTable = None,
    city: City = "Kota",
) -> None:
    """Tulis lagi dataset yang ada, tanpa panggilan yang sejak itu dihapus."""
    service, taxonomy = _open()
    typer.echo(f"{out}: {_sets(service, taxonomy).write(names, out)} baris")
    _write_table(out, table, taxonomy, city, service)


@data_app.command("list")
def list_sets() -> None:
    """Semua dataset, dan model yang dilatih dengannya."""
    service = open_service(load_settings())
    table = Table("Dataset", "Baris", "Semula", "Dibuat", "Oleh", "Model", "SHA-256")
    with service.database.read() as session:
        for one, rows, models in all_datasets(session):
            made = f"{one.created_at.astimezone():%Y-%m-%d}"
            table.add_row(
                one.name, str(rows), str(one.rows), made, one.created_by, "\n".join(models), one.fingerprint[:12]
            )
    Console().print(table)


@data_app.command("models")
def models(
    name: Name,
    trained: Annotated[str, typer.Option(help="Nama dan versi model, seperti di `triage models list`.")],
) -> None:
    """Catat model yang dilatih dengan satu dataset, supaya penghapusan panggilan dapat menyebutnya."""
    service, taxonomy = _open()
    _sets(service, taxonomy).note_model(name, trained, datetime.now(UTC))
    typer.echo(f"Dicatat: {trained} dilatih dengan {name}.")


def _open() -> tuple[ServiceParts, Taxonomy]:
    from triage.assemble import load_taxonomy_in_use

    service = open_service(load_settings())
    return service, load_taxonomy_in_use(service.settings)


def _sets(service: ServiceParts, taxonomy: Taxonomy) -> DataSets:
    from triage.privacy.datasets import DataSets

    return DataSets(service.database, service.audit, service.actor, taxonomy)


def _write_table(out: Path, folder: Path | None, taxonomy: Taxonomy, city: str, service: ServiceParts) -> None:
    if folder is None:
        return
    from triage.privacy.table import HISTORY, MAPPING, write_table

    today = datetime.now(ZoneInfo(service.settings.time_zone)).date()
    count = write_table(out, folder, taxonomy, city, today)
    typer.echo(
        f"{folder}: {count} baris. triage train classifier --csv {folder / HISTORY} --mapping {folder / MAPPING}"
    )


def _day(text: str | None, service: ServiceParts, more: timedelta = timedelta(0)) -> datetime | None:
    """The first moment of a day of the call centre, `more` later. Raises InputError."""
    if text is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time.min, ZoneInfo(service.settings.time_zone)) + more
    except ValueError:
        raise InputError(
            "day_invalid",
            f"Tanggal '{text}' tidak dikenal. Tulis seperti 2025-11-18.",
            f"The day '{text}' is not known. Write it like 2025-11-18.",
        ) from None
