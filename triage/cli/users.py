"""`triage users` and `triage tokens`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from triage.accounts.rights import Right, Role
from triage.accounts.tokens import Tokens
from triage.accounts.users import Users
from triage.cli.configuration import load_settings
from triage.cli.service import open_service
from triage.errors import InputError
from triage.store.repositories import users as repository

users_app = typer.Typer(no_args_is_help=True, help="Akun orang: tambah, ubah, akhiri.")
tokens_app = typer.Typer(no_args_is_help=True, help="Token mesin: PBX, pemantau.")

Name = Annotated[str, typer.Argument(help="Nama akun.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Baca kata sandi dari masukan baku.")]


@users_app.command("add")
def add_user(
    name: Name,
    role: Annotated[Role, typer.Option(help="Peran.")],
    password_stdin: FromStdin = False,
    oidc: Annotated[bool, typer.Option("--oidc", help="Tanpa kata sandi: hanya masuk lewat OpenID Connect.")] = False,
) -> None:
    """Tambah akun; admin pertama dibuat dengan perintah ini."""
    service = open_service(load_settings())
    password = None if oidc else _password(password_stdin)
    with service.database.write() as session:
        Users(service.audit).add(session, service.actor, name, role, password)
    typer.echo(f"Akun {name} ({role}) dibuat. Masuk lewat {'/oidc/login' if oidc else 'POST /login'}.")


@users_app.command("list")
def list_users() -> None:
    """Semua akun."""
    service = open_service(load_settings())
    table = Table("Akun", "Peran", "Aktif", "Terkunci sampai", "Dibuat")
    with service.database.read() as session:
        for user in repository.all_users(session):
            table.add_row(
                user.name, user.role, "ya" if user.active else "tidak", _time(user.locked_until), _time(user.created_at)
            )
    Console().print(table)


@users_app.command("role")
def set_role(name: Name, role: Annotated[Role, typer.Argument(help="Peran baru.")]) -> None:
    """Beri peran lain; sesi akun itu berakhir."""
    service = open_service(load_settings())
    with service.database.write() as session:
        Users(service.audit).set_role(session, service.actor, name, role)
    typer.echo(f"Akun {name} sekarang {role}.")


@users_app.command("password")
def set_password(name: Name, password_stdin: FromStdin = False) -> None:
    """Ganti kata sandi; sesi akun itu berakhir, kunci dibuka."""
    service = open_service(load_settings())
    password = _password(password_stdin)
    with service.database.write() as session:
        Users(service.audit).set_password(session, service.actor, name, password)
    typer.echo(f"Kata sandi {name} diganti.")


@users_app.command("deactivate")
def deactivate(name: Name) -> None:
    """Akhiri akun; catatannya tetap ada."""
    _set_active(name, False)


@users_app.command("activate")
def activate(name: Name) -> None:
    """Hidupkan lagi akun yang diakhiri."""
    _set_active(name, True)


@users_app.command("unlock")
def unlock(name: Name) -> None:
    """Buka akun yang terkunci karena kata sandi salah."""
    service = open_service(load_settings())
    with service.database.write() as session:
        Users(service.audit).unlock(session, service.actor, name)
    typer.echo(f"Akun {name} terbuka.")


@tokens_app.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="Nama mesin.")],
    scope: Annotated[list[Right], typer.Option(help="Hak; boleh berkali-kali.")],
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Masa berlaku dalam hari.")] = None,
) -> None:
    """Buat token; rahasianya ditulis ke keluaran baku, sekali ini saja."""
    service = open_service(load_settings())
    with service.database.write() as session:
        _, secret = Tokens(service.database, service.audit).add(
            session, service.actor, name, scope, datetime.now(UTC), days
        )
    typer.echo(f"Token {name} dibuat; simpan sekarang, tidak dapat dilihat lagi:", err=True)
    typer.echo(secret)


@tokens_app.command("list")
def list_tokens() -> None:
    """Semua token."""
    service = open_service(load_settings())
    table = Table("Token", "Hak", "Dibuat oleh", "Dipakai", "Berlaku sampai", "Diakhiri")
    with service.database.read() as session:
        for token in repository.all_tokens(session):
            table.add_row(
                token.name,
                " ".join(token.scopes),
                token.created_by,
                _time(token.used_at),
                _time(token.expires_at),
                _time(token.revoked_at),
            )
    Console().print(table)


@tokens_app.command("revoke")
def revoke_token(name: Annotated[str, typer.Argument(help="Nama mesin.")]) -> None:
    """Akhiri token."""
    service = open_service(load_settings())
    with service.database.write() as session:
        Tokens(service.database, service.audit).revoke(session, service.actor, name, datetime.now(UTC))
    typer.echo(f"Token {name} diakhiri.")


def _set_active(name: str, active: bool) -> None:
    service = open_service(load_settings())
    with service.database.write() as session:
        Users(service.audit).set_active(session, service.actor, name, active)
    typer.echo(f"Akun {name} {'aktif' if active else 'diakhiri'}.")


def _password(from_stdin: bool) -> str:
    """From stdin or asked for twice; never from the command line, which every process can read."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise InputError(
            "password_missing",
            "Tidak ada terminal untuk menanyakan kata sandi. Pakai --password-stdin.",
            "There is no terminal to ask for the password. Use --password-stdin.",
        )
    password: str = typer.prompt("Kata sandi", hide_input=True, confirmation_prompt="Sekali lagi")
    return password


def _time(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else ""
