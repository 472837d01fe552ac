"""What the words around a name say about whether a place is meant."""

from __future__ import annotations

from collections.abc import Sequence

from triage.classifier.model import Turn
from triage.classifier.text import Word
from triage.places.gazetteer import Cue


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STRONG = _words(
    "kelurahan kel lurah kecamatan kec camat kampung kampong lorong jalan jl jln daerah puskesmas desa kompleks "
    "perumahan wilayah polsek poros simpang pasar dusun pesantren"
)
_WEAK = _words(
    "di ke dari arah dekat depan belakang samping seberang sekitar masuk lewat turun ujung bukan ini sini ri i orang "
    "warga tetangga masjid sekolah sama pinggir atas bawah area alamat alamatnya naik dengan rt rw eh"
)
_FOLLOWS_A_FIRST_WORD = _words("dekat depan belakang samping seberang pak bu kak mas mbak lorong jalan yang") | {""}
_HERE = _words("sini situ sana rt rw")
_PUNCTUATION = ("", ",", ".", ";", ":", "?", "!", "…")

GENERIC = _STRONG | _words(
    "lampu bundaran perempatan pertigaan kantor terminal pelabuhan pantai masjid rs rsud rsu jembatan kampus hotel "
    "universitas smp sma sman btn kali kolam hutan taman kota la kendari laode spbu rumah"
)
"""Words of a name that many other phrases share, so that likeness to the whole name means nothing."""

NEVER_AT_THE_EDGE = _STRONG | _WEAK | _words("pak bu kak mi ji pi ki toh kah iye iya dan atau yang itu ode")
"""Words with which no misheard name begins or ends."""


def cue_at(said: Sequence[Word], turns: Sequence[Turn], first: int, last: int) -> Cue:
    """The cue for a place at said[first:last]."""
    start, end = said[first], said[last - 1]
    before = said[first - 1].text if first and said[first - 1].turn == start.turn else ""
    after = said[last].text if last < len(said) and said[last].turn == start.turn else ""
    if before in _STRONG or after in _HERE:
        return Cue.STRONG
    text = turns[start.turn].text
    set_apart = text[: start.start].rstrip()[-1:] in _PUNCTUATION and text[end.end :].lstrip()[:1] in _PUNCTUATION
    starts_the_turn = not before and after in _FOLLOWS_A_FIRST_WORD
    return Cue.WEAK if before in _WEAK or set_apart or starts_the_turn else Cue.NONE
