"""The one normaliser of Indonesian text before WER and CER: what is said alike is written alike.

In order (docs/benchmark.md has examples):
1. lower case, accents and punctuation away, hyphens open ("hati-hati" is two words), stage tags such as [isak] away;
2. numbers in words, from three digits on digit by digit, as callers read them (training.synthesis.spoken.written);
3. abbreviations that are read in full: jl, jln, no, kel, kec, gg, yg, dgn, tdk, sdh, krn, utk;
4. spellings of one spoken word: hallo -> halo, engga, ngga, enggak -> nggak, ga -> gak, nda, ndak -> tidak is not
   touched (another word is another word), only its spellings nda', nda -> ndak;
5. apostrophes away (ki' -> ki), fillers away (eh, em, hmm, ehm, ee, aa);
6. the particles mi, ji, pi, ki, kah, lah, toh written apart, where what is left of a word is a word of its own and the
   whole is none: adami -> ada mi, but kami and kaki stay.
"""

from __future__ import annotations

from training.synthesis.spoken import written
from triage.speech.vocabulary import is_listed

READ_IN_FULL = {
    "jl": "jalan", "jln": "jalan", "no": "nomor", "kel": "kelurahan", "kec": "kecamatan", "gg": "gang", "yg": "yang",
    "dgn": "dengan", "tdk": "tidak", "sdh": "sudah", "krn": "karena", "utk": "untuk",
}  # fmt: skip
SPELLINGS = {
    "hallo": "halo", "haloo": "halo", "engga": "nggak", "ngga": "nggak", "enggak": "nggak", "ga": "gak",
    "nda": "ndak", "iyaa": "iya", "iyah": "iya", "uda": "udah", "dah": "udah", "to": "toh",
}  # fmt: skip
FILLERS = frozenset(("eh", "em", "hmm", "hm", "ehm", "ee", "e", "aa", "eeh"))
PARTICLES = ("kah", "lah", "toh", "mi", "ji", "pi", "ki")
SHORTEST_STEM = 3


def normalise(text: str) -> list[str]:
    """The words of `text` as they are compared."""
    words: list[str] = []
    for word in written(text):
        plain = word.replace("'", "")
        plain = SPELLINGS.get(plain, READ_IN_FULL.get(plain, plain))
        if plain and plain not in FILLERS:
            words += _apart(plain)
    return words


def _apart(word: str) -> list[str]:
    if is_listed(word):
        return [word]
    for particle in PARTICLES:
        stem = word.removesuffix(particle)
        if stem != word and len(stem) >= SHORTEST_STEM and is_listed(stem):
            return [SPELLINGS.get(stem, stem), particle]
    return [word]
