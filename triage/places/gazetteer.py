"""The gazetteer: places, the forms under which each is heard, and its near-twins."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

from triage.classifier.text import plain_text
from triage.errors import KnowledgeError
from triage.speech.vocabulary import is_listed

DATA = Path(__file__).parent / "data"

_HEADS = ("jl", "kecamatan")
"""Generic first words that callers leave out of any name; the others only before a name that is no ordinary word."""
_OTHER_HEADS = ("rs", "rsud", "hotel")
_SPOKEN_HEADS = {
    "kecamatan": ("kecamatan", "kec", "camat"),
    "kelurahan": ("kelurahan", "kel", "lurah"),
    "jalan": ("jalan", "jl", "jln"),
}
_TITLES = {"h", "m", "r", "dr", "jend", "jenderal", "brigjen", "mayjen", "letjen", "kapten", "a", "e", "d", "i", "z"}
_ALSO_WORDS = {"sanua", "kadia", "talia", "abeli", "baruga", "korem", "feri", "same", "bandara", "stadion", "tpa"}
"""Names that a recogniser also writes for common words (semua, ke dia, dahlia, beli), or that name other things too."""
_CITY = "kota"
SLIP = 0.9
"""Weight of a form that is only a recogniser's slip (column varian_asr)."""


class Cue(IntEnum):
    """How much the words around a form must say that a place is meant."""

    NONE = 0
    WEAK = 1
    """A preposition (di, ke, dari ...), a short answer, or another place beside it."""
    STRONG = 2
    """A word for a kind of place (kelurahan, lorong, jalan ...)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the gazetteer. `twins`: names of places that sound or are spelt so much alike that one must ask.

    district (kecamatan) and village (kelurahan) are empty, latitude and longitude (WGS 84, degrees) None, where not
    known. The point of a kecamatan or kelurahan is its centroid; a place without one has that of its kelurahan.
    """

    id: str
    kind: str
    name: str
    district: str
    village: str
    latitude: float | None
    longitude: float | None
    heard: int
    """Calls of the training corpus that name it."""
    twins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a place is said, normalised to words with single spaces; `weight` is the score of a match."""

    words: str
    place: Place
    cue: Cue
    weight: float

    @property
    def joined(self) -> str:
        """Without spaces, so that it does not matter where a recogniser split the words."""
        return self.words.replace(" ", "")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All places and all their forms."""

    places: tuple[Place, ...]
    forms: tuple[Form, ...]


@cache
def load_gazetteer(path: Path = DATA / "gazetteer.csv") -> Gazetteer:
    """Read the gazetteer. Raises KnowledgeError when the file is missing, a column is, or an id comes twice."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        ids = [row["id"] for row in rows]
        if len(set(ids)) != len(ids):
            raise _unusable("an id comes twice")
        twins = _twins(rows)
        centroids = {plain_text(row["kelurahan"]): row for row in rows if row["jenis"] == "kelurahan"}
        places = [_place(row, centroids, twins[row["id"]]) for row in rows]
        forms = [
            form for row, place in zip(rows, places, strict=True) if place.kind != _CITY for form in _forms(row, place)
        ]
    except (OSError, UnicodeDecodeError, KeyError, ValueError, csv.Error) as error:
        raise _unusable(repr(error)) from error
    return Gazetteer(tuple(places), tuple(forms))


def _place(row: dict[str, str], centroids: dict[str, dict[str, str]], twins: Sequence[str]) -> Place:
    point = row if row["lat"] else centroids.get(plain_text(row["kelurahan"]), row)
    return Place(
        id=row["id"],
        kind=row["jenis"],
        name=row["nama"],
        district=row["kecamatan"],
        village=row["kelurahan"],
        latitude=float(point["lat"]) if point["lat"] else None,
        longitude=float(point["lon"]) if point["lon"] else None,
        heard=int(row["sering"]),
        twins=tuple(twins),
    )


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _core(name: str) -> str:
    """The name without its generic first word: what kelurahan Mandonga and kecamatan Mandonga share."""
    words = plain_text(name).split()
    return " ".join(words[1:] if words[0] in ("jl", "kecamatan") and len(words) > 1 else words)


def _twins(rows: Sequence[dict[str, str]]) -> dict[str, list[str]]:
    """Names to ask back: those in column mudah_tertukar, and every other place with the same name."""
    same: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["jenis"] != _CITY:
            for core in {_core(name) for name in (row["nama"], *_listed(row["alias"]))}:
                same[core].append(row["nama"])
    known = {plain_text(row["nama"]): row["nama"] for row in rows}
    found = {}
    for row in rows:
        said = [_core(name) for name in (row["nama"], *_listed(row["alias"]))]
        listed = [plain_text(re.sub(r"\(.*?\)", "", part)) for part in row["mudah_tertukar"].split(";")]
        names = [known[name] for name in listed if name in known] + [name for one in said for name in same[one]]
        found[row["id"]] = [name for name in dict.fromkeys(names) if name != row["nama"]]
    return found


def _forms(row: dict[str, str], place: Place) -> Iterable[Form]:
    """Each way of saying the place once, the best weight first."""
    found: dict[str, Form] = {}
    for written, weight in (
        (row["nama"], 1.0),
        *((alias, 0.97) for alias in _listed(row["alias"])),
        *((cut, 0.95) for name in (row["nama"], *_listed(row["alias"])) for cut in _shorter(name)),
        *((heard, SLIP) for heard in _listed(row["varian_asr"])),
    ):
        said = plain_text(written)
        if said and said != "kendari":
            found.setdefault(said, Form(said, place, _needed(said, weight), weight))
    for head in _SPOKEN_HEADS.get(place.kind, ()):
        said = f"{head} {_core(row['nama'])}"
        found.setdefault(said, Form(said, place, Cue.NONE, 1.0))
    return found.values()


def _shorter(name: str) -> Iterable[str]:
    """The name as callers cut it: without head, without titles and initials, without a closing "Kendari"."""
    words = plain_text(name).split()
    if words[-1] == "kendari" and len(words) > 1:
        words = words[:-1]
        yield " ".join(words)
    if len(words) > 1 and (words[0] in _HEADS or (words[0] in _OTHER_HEADS and not is_listed(words[1]))):
        words = words[1:]
        yield " ".join(words)
    surname = [word for word in words if word not in _TITLES]
    if surname and len(surname) < len(words):
        yield " ".join(surname)


def _needed(said: str, weight: float) -> Cue:
    words = said.split()
    if said in _ALSO_WORDS:
        return Cue.WEAK
    if not all(is_listed(word) or len(word) == 1 for word in words):
        return Cue.WEAK if weight == SLIP and len(words) == 1 else Cue.NONE
    if len(words) == 1:
        return Cue.STRONG
    distinct = len(set(words)) == len(words) and min(map(len, words)) >= 4
    spelt_out = len(words) > 2 and max(map(len, words)) <= 2
    return Cue.WEAK if weight == SLIP and not (distinct or spelt_out) else Cue.NONE


def _unusable(detail: str) -> KnowledgeError:
    return KnowledgeError(
        "gazetteer_invalid",
        f"Data tempat tidak dapat dipakai: {detail}. Perbaiki gazetteer.csv, lalu coba lagi.",
        f"The gazetteer cannot be used: {detail}. Mend gazetteer.csv and try again.",
    )
