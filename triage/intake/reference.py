"""A recording sent by its URL: read from the storage, or from where the installation allows it; never elsewhere."""

from __future__ import annotations

from triage.errors import InputError, MissingError
from triage.recording.load import check_size
from triage.settings import Settings
from triage.storage import Storage

_NEVER = ("http://", "https://")
"""A web server can send us on to any address inside the network (server-side request forgery)."""


def read_reference(url: str, storage: Storage, settings: Settings) -> bytes:
    """The bytes of the file or object at this URL.

    It must be below the storage's own URL or below a prefix in settings.import_urls, without `..` or symbolic links
    that lead out of there. It is only read: Triage keeps its own copy.
    Raises InputError reference_refused; MissingError reference_missing; RecordingError recording_too_large; StoreError.
    """
    for place in (storage, *_allowed(settings)):
        name = place.reference_of(url)
        if name is not None and _stays_inside(place, name):
            return _read(place, name, settings)
    raise InputError(
        "reference_refused",
        "URL ini di luar tempat yang diizinkan. Taruh rekaman di penyimpanan, atau minta pengelola menambah awalannya "
        "ke TRIAGE_IMPORT_URLS.",
        "This URL is outside of what is allowed. Put the recording into the storage, or ask the administrator to add "
        "its prefix to TRIAGE_IMPORT_URLS.",
    )


def _allowed(settings: Settings) -> list[Storage]:
    prefixes = (prefix.strip() for prefix in (settings.import_urls or "").split(","))
    return [Storage(prefix) for prefix in prefixes if "://" in prefix and not prefix.lower().startswith(_NEVER)]


def _stays_inside(place: Storage, name: str) -> bool:
    if any(character in name for character in "?#%*[]:") or not name.isprintable():  # means something to some store
        return False
    folder = place.local_folder
    if folder is None:
        return True
    root = folder.resolve()
    return (root / name).resolve().is_relative_to(root)


def _read(place: Storage, name: str, settings: Settings) -> bytes:
    missing = MissingError(
        "reference_missing",
        "Tidak ada berkas di URL itu. Periksa URL-nya, lalu kirim lagi.",
        "There is no file at that URL. Check it, then send it again.",
    )
    try:
        if not place.exists(name):
            raise missing
        check_size(place.size(name), "recording", settings)
        return place.read(name)
    except MissingError:
        raise missing from None  # the storage's own message names the file
