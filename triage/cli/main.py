"""The `triage` command. Only what `--help` needs is imported here; each command imports its own part when it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from triage.cli.audit import audit_app
from triage.cli.data import data_app
from triage.cli.dispatch import dispatch_command, outbox_app
from triage.cli.errors import report
from triage.cli.operations import backup_command, db_app, doctor_command, restore_command
from triage.cli.privacy import privacy_app
from triage.cli.reports import report_app
from triage.cli.users import tokens_app, users_app
from triage.errors import TriageError


class _Commands(TyperGroup):
    """Ends every command on a TriageError with its message and its exit code, never with a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except TriageError as error:
            report(error)
            raise typer.Exit(error.exit_code) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they may hold what a caller said
    help="Triage 112: rekaman panggilan darurat menjadi saran. Petugas yang memutuskan.",
)
models_app = typer.Typer(no_args_is_help=True, help="Model yang terpasang.")
evaluate_app = typer.Typer(no_args_is_help=True, help="Ukur model (perlu paket pelatihan).")
benchmark_app = typer.Typer(no_args_is_help=True, help="Tolok ukur yang dapat diulang (perlu paket pelatihan).")
train_app = typer.Typer(no_args_is_help=True, help="Latih ulang model (perlu paket pelatihan).")
app.add_typer(db_app, name="db")
app.command("backup")(backup_command)
app.command("doctor")(doctor_command)
app.command("dispatch")(dispatch_command)
app.add_typer(outbox_app, name="outbox")
app.command("restore")(restore_command)
app.add_typer(users_app, name="users")
app.add_typer(tokens_app, name="tokens")
app.add_typer(privacy_app, name="privacy")
app.add_typer(audit_app, name="audit")
app.add_typer(data_app, name="data")
app.add_typer(report_app, name="report")
app.add_typer(models_app, name="models")
app.add_typer(train_app, name="train")
app.add_typer(evaluate_app, name="evaluate")
app.add_typer(benchmark_app, name="benchmark")

Recordings = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Rekaman, atau folder berisi rekaman.")]
_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


class TranscriptFormat(StrEnum):
    """Formats of `triage transcribe`."""

    json = "json"
    txt = "txt"
    srt = "srt"
    vtt = "vtt"


class ModelKind(StrEnum):
    """Kinds of models, as in a manifest."""

    recogniser = "recogniser"
    classifier = "classifier"


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Tampilkan versi.", is_eager=True)] = False) -> None:
    """Triage 112: rekaman panggilan darurat menjadi saran. Petugas yang memutuskan."""
    if version:
        from triage import __version__

        typer.echo(f"triage {__version__}")
        raise typer.Exit


@app.command()
def call(
    files: Recordings,
    as_json: Annotated[bool, typer.Option("--json", help="Tulis saran sebagai JSON (satu rekaman saja).")] = False,
    jsonl: Annotated[
        Path | None, typer.Option(help="Simpan semua saran ke berkas ini, satu baris per rekaman.")
    ] = None,
    expect: Annotated[Path | None, typer.Option(help="Bandingkan dengan hasil yang diharapkan (manifest CSV).")] = None,
) -> None:
    """Rekaman menjadi saran."""
    from triage.cli.call import call_files
    from triage.cli.configuration import load_settings

    code = call_files(files, load_settings(), as_json=as_json, jsonl=jsonl, expect=expect)
    raise typer.Exit(code)


@app.command()
def transcribe(
    files: Recordings,
    output: Annotated[TranscriptFormat, typer.Option("--format", help="Bentuk keluaran.")] = TranscriptFormat.txt,
) -> None:
    """Rekaman menjadi transkrip saja."""
    from triage.cli.configuration import load_settings
    from triage.cli.transcribe import transcribe_files

    raise typer.Exit(transcribe_files(files, load_settings(), output.value))


@app.command()
def classify(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Satu panggilan per baris.")],
    out: Annotated[Path | None, typer.Option(help="Simpan saran ke berkas ini; tanpa ini ke layar.")] = None,
) -> None:
    """Teks saja menjadi saran: {"id", "text"} atau {"id", "turns": [{"speaker", "text"}]} per baris."""
    from triage.cli.classify import classify_file
    from triage.cli.configuration import load_settings

    classify_file(file, out, load_settings())


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Alamat; bawaan dari TRIAGE_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Porta; bawaan dari TRIAGE_PORT.")] = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Proses sekaligus; satu cukup untuk satu kota.")] = 1,
) -> None:
    """Jalankan layanan HTTP."""
    from triage.cli.configuration import load_settings
    from triage.cli.serve import serve_api

    settings = load_settings()
    serve_api(settings, host or settings.host, port or settings.port, processes)


@app.command()
def worker(
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=64, help="Panggilan sekaligus; bawaan dari TRIAGE_WORKER_CONCURRENCY.")
    ] = None,
) -> None:
    """Olah panggilan yang masuk; jalankan sebanyak yang perlu, di mesin mana pun yang menjangkau basis datanya."""
    from triage.cli.configuration import load_settings
    from triage.cli.worker import run_worker

    settings = load_settings()
    run_worker(settings, concurrency or settings.worker_concurrency)


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder rekaman PBX.")],
    once: Annotated[bool, typer.Option("--once", help="Ambil yang ada sekarang, lalu selesai.")] = False,
) -> None:
    """Ikuti folder rekaman PBX: setiap rekaman menjadi panggilan, satu kali."""
    from triage.cli.configuration import load_settings
    from triage.cli.watch import watch_folder

    watch_folder(folder, load_settings(), once=once)


@models_app.command("list")
def models_list() -> None:
    """Daftar model yang terpasang."""
    from triage.cli.configuration import load_settings
    from triage.cli.models import print_models

    print_models(load_settings())


@models_app.command("show")
def models_show(name: Annotated[str, typer.Argument(help="Nama model.")]) -> None:
    """Isi manifest satu model, dan apakah berkasnya utuh."""
    from triage.cli.configuration import load_settings
    from triage.cli.models import print_model

    print_model(name, load_settings())


@models_app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="Nama model faster-whisper, misalnya large-v3-turbo.")],
) -> None:
    """Unduh model Whisper (perlu internet)."""
    from triage.cli.configuration import load_settings
    from triage.cli.models import pull_model

    pull_model(name, load_settings())


@models_app.command("promote")
def models_promote(name: Annotated[str, typer.Argument(help="Nama model di folder model.")]) -> None:
    """Pakai model ini mulai sekarang; tercatat di jejak audit."""
    from triage.cli.configuration import load_settings
    from triage.cli.models import promote_model

    promote_model(name, load_settings())


@models_app.command("rollback")
def models_rollback(kind: Annotated[ModelKind, typer.Argument(help="Pengenal suara atau pengklasifikasi.")]) -> None:
    """Kembali ke model sebelumnya."""
    from triage.cli.configuration import load_settings
    from triage.cli.models import roll_back_model

    roll_back_model(kind.value, load_settings())


@train_app.command("classifier", context_settings=_PASS_ON)
def train_classifier(ctx: typer.Context) -> None:
    """Latih pengklasifikasi."""
    from triage.cli.training import run_training

    run_training("training.classifier.cli", ctx.args, "triage train classifier")


@train_app.command("recogniser", context_settings=_PASS_ON)
def train_recogniser(ctx: typer.Context) -> None:
    """Latih pengenal suara."""
    from triage.cli.training import run_training

    run_training("training.recogniser.cli", ctx.args, "triage train recogniser")


@evaluate_app.command("classifier", context_settings=_PASS_ON)
def evaluate_classifier(ctx: typer.Context) -> None:
    """Ukur pengklasifikasi di samping pembandingnya (TF-IDF + SVM linear)."""
    from triage.cli.training import run_training

    run_training("training.classifier.evaluate", ctx.args, "triage evaluate classifier")


@evaluate_app.command("recogniser", context_settings=_PASS_ON)
def evaluate_recogniser(ctx: typer.Context) -> None:
    """Ukur pengenal suara: WER, CER, kejadian keliru, kata tanpa ucapan; laporan HTML."""
    from triage.cli.training import run_training

    run_training("training.recogniser.evaluate", ctx.args, "triage evaluate recogniser")


@benchmark_app.command("telephone", context_settings=_PASS_ON)
def benchmark_telephone(ctx: typer.Context) -> None:
    """Tolok ukur telepon 8 kHz berbahasa Indonesia: buat, jalankan, nilai."""
    from triage.cli.training import run_training

    run_training("training.benchmark.telephone", ctx.args, "triage benchmark telephone")
