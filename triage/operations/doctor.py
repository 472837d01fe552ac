"""`triage doctor`: what is missing on this machine, and how to mend it."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triage.accounts.rights import Role
from triage.assemble import load_taxonomy_in_use
from triage.audit import verify as verify_audit
from triage.dispatch.channels_file import load_channels
from triage.errors import TriageError
from triage.operations.ready import check_key
from triage.registry import verify as verify_model
from triage.registry.load import chosen_model
from triage.secret import load_key
from triage.settings import Settings
from triage.storage import Storage
from triage.store import Database
from triage.store.migrate import current, newest
from triage.store.repositories import figures, users

_FREE_BYTES = 5 * 2**30
"""Two weeks of recordings of a city (120 calls a day of half a minute to a few minutes at 8 kHz) and as much again."""
_OLD_SECONDS = 300
_PROBE = "doctor/probe"


class State(StrEnum):
    """How a check ended."""

    ok = "ok"
    warn = "warn"
    fail = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """A thing looked at. detail: what was found; mend: what to do, empty where nothing is to be done. In Indonesian."""

    name: str
    state: State
    detail: str
    mend: str = ""


def examine(settings: Settings) -> list[Check]:
    """Look at everything that the service needs; never raises for what it looks at."""
    database = Database(settings.store_url)
    storage = Storage(settings.recordings_url)
    checks = [
        *_looked("Model", lambda: _models(settings)),
        *_looked("Folder data", lambda: _folder(settings)),
        *_looked("Zona waktu", lambda: _zone(settings)),
        *_looked("Keamanan", lambda: _security(settings)),
        *_looked("Penyimpanan", lambda: _storage(storage)),
        *_looked("Kanal OPD", lambda: _channels(settings)),
    ]
    found = list(_looked("Basis data", lambda: _database(database)))
    checks += found
    if all(check.state == State.ok for check in found):  # the rest would only say the same again
        checks += [
            *_looked("Kunci", lambda: _key(settings, database)),
            *_looked("Akun", lambda: _accounts(database)),
            *_looked("Pekerjaan", lambda: _work(database)),
            *_looked("Jejak audit", lambda: _audit(settings, database)),
        ]
    database.close()
    return checks


def _looked(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    try:
        yield from look()
    except TriageError as error:
        yield Check(name, State.fail, error.message_id)
    except Exception as error:
        yield Check(
            name, State.fail, f"{type(error).__name__}: {error}", "Laporkan kepada pengembang beserta pesan ini."
        )


def _models(settings: Settings) -> Iterator[Check]:
    kinds = ("classifier",) if settings.transcriber_url else ("recogniser", "classifier")
    for kind in kinds:
        model = chosen_model(settings, kind)  # type: ignore[arg-type]
        manifest = verify_model(model.folder)
        state = State.warn if manifest.demonstration else State.ok
        mend = "Pasang model sungguhan: triage models pull large-v3-turbo." if manifest.demonstration else ""
        yield Check("Model", state, f"{manifest.full_name} utuh", mend)


def _folder(settings: Settings) -> Iterator[Check]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    probe = settings.data_dir / ".doctor"
    probe.write_bytes(b"")
    probe.unlink()
    free = shutil.disk_usage(settings.data_dir).free
    low = free < _FREE_BYTES
    yield Check(
        "Folder data",
        State.warn if low else State.ok,
        f"{settings.data_dir} dapat ditulis, sisa {free / 2**30:.1f} GiB",
        "Tambah ruang, atau pindahkan rekaman (TRIAGE_AUDIO_URL)." if low else "",
    )


def _zone(settings: Settings) -> Iterator[Check]:
    try:
        now = datetime.now(ZoneInfo(settings.time_zone))
    except ZoneInfoNotFoundError:
        yield Check("Zona waktu", State.fail, f"{settings.time_zone} tidak dikenal", "Perbaiki TRIAGE_TIME_ZONE.")
        return
    yield Check("Zona waktu", State.ok, f"{settings.time_zone}, sekarang {now:%Y-%m-%d %H:%M}")


def _storage(storage: Storage) -> Iterator[Check]:
    reference = storage.write(_PROBE, b"probe")
    whole = storage.read(reference) == b"probe"
    storage.delete(reference)
    yield Check("Penyimpanan", State.ok if whole else State.fail, "rekaman dapat ditulis, dibaca dan dihapus")


def _channels(settings: Settings) -> Iterator[Check]:
    taxonomy = load_taxonomy_in_use(settings)
    channels = load_channels(settings.channels_file, taxonomy)
    count = sum(bool(channels.of(opd)) for opd in taxonomy.opds)
    yield Check("Kanal OPD", State.ok, f"{count} dari {len(taxonomy.opds)} OPD; tiket untuk yang lain tetap di sini")


def _database(database: Database) -> Iterator[Check]:
    found = current(database)
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    if found is None:
        yield Check("Basis data", State.warn, f"{kind}, masih kosong", "triage users add NAMA --role admin")
        return
    if found != newest():
        detail = f"{kind}, skema {found}, perlu {newest()}"
        yield Check("Basis data", State.fail, detail, "triage db upgrade; cadangkan dahulu dengan versi lama.")
        return
    yield Check("Basis data", State.ok, f"{kind}, skema {found}")


def _key(settings: Settings, database: Database) -> Iterator[Check]:
    check_key(database, load_key(settings))
    path = settings.data_dir / "secret.key"
    if settings.secret_key is None and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Check("Kunci", State.warn, f"{path} terbaca oleh orang lain", f"chmod 600 {path}")
        return
    yield Check("Kunci", State.ok, "cocok dengan basis data")


def _accounts(database: Database) -> Iterator[Check]:
    with database.read() as session:
        admins = [user for user in users.all_users(session) if user.role == Role.admin and user.active]
    if not admins:
        yield Check("Akun", State.fail, "belum ada admin", "triage users add NAMA --role admin")
        return
    yield Check("Akun", State.ok, f"{len(admins)} admin")


def _work(database: Database) -> Iterator[Check]:
    with database.read() as session:
        states = figures.calls_by_state(session)
        oldest = figures.oldest_waiting(session)
        messages = figures.outbox_by_state(session)
        refused = figures.refused_files(session)
    age = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    late = age > _OLD_SECONDS
    yield Check(
        "Pekerjaan",
        State.warn if late else State.ok,
        f"panggilan tertua menunggu {age:.0f} detik" if oldest else "tidak ada panggilan yang menunggu",
        "Jalankan triage worker, atau tambah worker." if late else "",
    )
    for count, what, mend in (
        (states["dead"], "panggilan gagal diproses", "Lihat GET /v1/jobs/dead, lalu ulangi."),
        (messages["dead"], "pesan ke OPD gagal dikirim", "triage outbox list, lalu triage outbox retry."),
        (refused, "berkas ditolak di folder PBX", "Lihat GET /v1/refused-files."),
    ):
        if count:
            yield Check("Pekerjaan", State.warn, f"{count} {what}", mend)


def _audit(settings: Settings, database: Database) -> Iterator[Check]:
    with database.read() as session:
        count, findings = verify_audit(session, load_key(settings))
    if findings:
        yield Check("Jejak audit", State.fail, f"rusak di {len(findings)} tempat", "triage audit verify")
        return
    yield Check("Jejak audit", State.ok, f"{count} baris, utuh")


def _security(settings: Settings) -> Iterator[Check]:
    local = settings.host in ("127.0.0.1", "::1", "localhost")
    if not settings.cookie_secure and not local:
        yield Check(
            "Keamanan",
            State.warn,
            f"cookie juga lewat HTTP, dan layanan terbuka di {settings.host}",
            "Pasang TLS di depan, lalu TRIAGE_COOKIE_SECURE=true.",
        )
        return
    yield Check("Keamanan", State.ok, "hanya mesin ini" if local else "cookie hanya lewat HTTPS")
