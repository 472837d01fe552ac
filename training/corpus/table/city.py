"""A city's own taxonomy.yaml and opd.yaml, made from its history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer

from training.corpus.load import Call
from training.corpus.table.errors import TableError
from training.corpus.table.labels import Label
from training.corpus.table.mapping import Mapping
from triage.classifier.text import plain_text
from triage.taxonomy import Taxonomy, load_taxonomy
from triage.taxonomy.load import DATA

KEYWORDS = 8
TYPICAL = 3
SHARED = 3
"""Calls a keyword must stand in: the taxonomy is shown and passed on, and a caller's name must not get into it."""
SEEN_LATER = "Terjadi dalam riwayat kota, tetapi hanya di bagian validasi."


class _Plain(yaml.SafeDumper):
    """Writes a value again where it comes again: a person who edits the file should not meet YAML's anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def write_taxonomy(
    folder: Path,
    mapping: Mapping,
    types: Sequence[Label],
    opds: Sequence[Label],
    training: Sequence[Call],
    validation: Sequence[Call],
) -> Taxonomy:
    """Write taxonomy.yaml and opd.yaml into `folder` and load them.

    All is drawn from the training calls, but a pair of type and OPD that only validation has is allowed as well, as
    an exception (opd_boleh): a label that the taxonomy forbids could be neither answered nor judged. Ghost kinds and
    safety exceptions are those of the bundled taxonomy. Raises TableError when the folder cannot be written.
    """
    bundled = yaml.load((DATA / "taxonomy.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    words = keywords(training)
    described = [
        _type(label, mapping, words.get(label.code) or [label.name.lower()], training, validation) for label in types
    ]
    meta = {"versi": mapping.version, "berlaku_mulai": mapping.valid_from, "bahasa": "id"}
    files = {
        "taxonomy.yaml": {
            "meta": {
                "judul": f"Taksonomi jenis aduan {mapping.city}",
                **meta,
                "catatan": "Disusun otomatis dari riwayat aduan; tinjau nama, kata kunci dan OPD sebelum dipakai.",
                "jumlah_tipe": len(types),
                "prioritas": bundled["meta"]["prioritas"],
            },
            "jenis_aduan": described,
            "ghost": bundled["ghost"],
        },
        "opd.yaml": {
            "meta": {"judul": f"OPD dan mitra {mapping.city}", **meta},
            "opd": [{"kode": opd.code, "nama": opd.name, "jenis": "opd", "status": "assumed"} for opd in opds],
        },
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            text = yaml.dump(content, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise TableError(
            f"folder {folder} tidak dapat ditulisi ({error})", f"folder {folder} cannot be written ({error})"
        ) from error
    return load_taxonomy(folder)


def _type(
    label: Label, mapping: Mapping, words: Sequence[str], training: Sequence[Call], validation: Sequence[Call]
) -> dict[str, Any]:
    own = [call for call in training if call.complaint_type == label.code]
    main, *supporting = _by_frequency(call.target_opd for call in own)
    later = _by_frequency(call.target_opd for call in validation if call.complaint_type == label.code)
    return {
        "kode": label.code,
        "nama": label.name,
        "kelompok": label.group,
        "opd_utama": main,
        "opd_pendukung": supporting,
        "opd_boleh": [{"opd": opd, "aturan": SEEN_LATER} for opd in later if opd not in (main, *supporting)],
        "prioritas": _by_frequency(call.priority for call in own)[0],
        "berlaku_mulai": mapping.valid_from,
        "berlaku_sampai": None,
        "target": {"teruskan_menit": None, "tiba_menit": None, "selesai_jam": None},
        "definisi": label.name,
        "kata_kunci": list(words),
        "mudah_tertukar": [],
        "eskalasi": "",
        "ujaran": [],
    }


def _by_frequency(values: Iterable[str | None]) -> list[str]:
    return [value for value, _ in sorted(Counter(filter(None, values)).items(), key=lambda item: (-item[1], item[0]))]


def keywords(calls: Sequence[Call]) -> AnyMapping[str, list[str]]:
    """The words most typical of each type: of TYPICAL times the mean TF-IDF that they have in the other types."""
    vectoriser = TfidfVectorizer(token_pattern=r"(?u)\b\w{2,}\b", ngram_range=(1, 2), sublinear_tf=True)
    matrix = vectoriser.fit_transform([plain_text(call.text()) for call in calls])
    names = vectoriser.get_feature_names_out()
    kinds = np.array([call.complaint_type for call in calls])
    found = {}
    for kind in dict.fromkeys(kinds.tolist()):
        own, others = matrix[kinds == kind], matrix[kinds != kind]
        here, there = (np.asarray(part.mean(axis=0)).ravel() for part in (own, others))
        fits = (here > TYPICAL * there) & (np.asarray((own > 0).sum(axis=0)).ravel() >= SHARED)
        best = np.argsort(there - here, kind="stable")
        found[kind] = [str(names[index]) for index in best if fits[index]][:KEYWORDS]
    return found
