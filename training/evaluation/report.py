"""The figures of a recogniser as one HTML page that needs nothing else: no internet, no script, no other file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from training.evaluation import plots
from training.evaluation.gates import check
from training.evaluation.titles import NOISE, group, sound, title
from triage import __version__
from triage.cli.files import write_lines

PACKAGES = ("faster-whisper", "ctranslate2", "jiwer", "numpy", "scipy", "espeakng-loader")
"""Named with their versions at the foot of the page: other versions may give other figures."""
_HEADINGS = {
    "headline": "WER menurut irisan utama",
    "level": "WER menurut kekuatan sinyal",
    "codec": "WER menurut kodek",
    "fault": "WER menurut gangguan saluran",
    "voice": "WER menurut suara",
}
_NOISE_HEADING = "WER menurut derau"
_CALLS = {
    "wrong_incident": "Transkrip mengarah ke kejadian lain daripada teksnya",
    "wrong_incident_suggested": '… dan disarankan tanpa "dengarkan"',
    "wrong_incident_undoubted": '… dan tanpa tanda ragu maupun "dengarkan"',
    "lost_as_ghost": "Panggilan yang menjadi panggilan hantu karena transkripnya",
    "flagged": 'Semua panggilan yang bertanda ragu atau "dengarkan"',
    "listen": 'Semua panggilan yang disarankan "dengarkan"',
    "type_macro_f1_text": "Macro-F1 jenis aduan dari teks",
    "type_macro_f1_speech": "Macro-F1 jenis aduan dari ucapan",
    "place_recall": "Tempat dari teks yang ditemukan juga di transkrip",
    "place_word_recall": "Kata nama tempat yang tertulis persis",
}
_SPEED = {
    "rtf_long": "Faktor waktu nyata, rekaman di atas 20 detik",
    "rtf_short": "Faktor waktu nyata, rekaman sampai 20 detik",
    "peak_mb": "Memori puncak (MB)",
}


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure of the page: its heading, the image as a data URI, and the same in words."""

    heading: str
    image: str
    alt: str


def write_report(metrics: dict[str, Any], path: Path) -> None:
    """Write the page. Parts that `metrics` lacks are left out. Raises InputError when `path` cannot be written.

    metrics: {"recogniser", "command": str, "clips", "dialogues": int (how many were asked for),
    "slices": {name: score.rates}, "samples": score.rates over audio_samples/, "calls": calls.summary,
    "word_start_error": {"median", "p90" in seconds, "words"}, "loops", "segments": int (loops among all segments),
    "nonspeech": {"minutes", "words", "words_undoubted", "by_kind": {kind: the same three}, "babble": the same three},
    "speed": {"rtf_long", "rtf_short", "peak_mb"}}; only "slices" is needed.
    """
    # A slice in which nobody said a word has no rate.
    slices = {name: rate for name, rate in metrics["slices"].items() if rate["words"]}
    template = _environment().get_template("report.html.j2")
    page = template.render(
        metrics=metrics,
        gates=check(metrics),
        plots=list(_plots(slices)),
        slices=slices | ({"samples": metrics["samples"]} if "samples" in metrics else {}),
        call_titles=_CALLS,
        speed_titles=_SPEED,
        versions={"triage112": __version__} | {name: version(name) for name in PACKAGES},
    )
    write_lines(path, [page])


def _environment() -> Environment:
    environment = Environment(loader=PackageLoader("training.evaluation"), autoescape=True, trim_blocks=True)
    environment.filters |= {"percent": percent, "number": number, "title": _row_title, "sound": sound}
    return environment


def percent(share: float) -> str:
    """A share as Indonesians write it: 0.123 -> 12,3%."""
    return "-" if math.isnan(share) else f"{share:.1%}".replace(".", ",")


def number(value: float | str) -> str:
    """A figure as Indonesians write it, with a decimal comma."""
    return str(value).replace(".", ",")


def _row_title(name: str) -> str:
    return "audio_samples/" if name == "samples" else title(name)


def _plots(slices: plots.Slices) -> Iterator[Plot]:
    for key, heading in _HEADINGS.items():
        names = group(slices, key)
        if names and names != ["clean"]:
            yield Plot(heading, plots.intervals(slices, names), _in_words(slices, names))
    if noises := [name for name in slices if NOISE.fullmatch(name)]:
        yield Plot(_NOISE_HEADING, plots.noise_map(slices), _in_words(slices, noises))


def _in_words(slices: plots.Slices, names: list[str]) -> str:
    return "WER: " + "; ".join(f"{title(name)} {percent(slices[name]['wer'])}" for name in names)
