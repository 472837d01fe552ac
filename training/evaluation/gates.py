"""What a recogniser must reach to be accepted, in one place; absent figures give no gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TURNS_WER = 0.12
DIALOGUES_WER = 0.18
PLACE_RECALL = 0.80
WORDS_AN_HOUR_WITHOUT_SPEECH = 2.0
UNDOUBTED_WRONG_INCIDENTS = 0.02
TYPE_F1_LOST_BY_SPEECH = 0.06
REAL_TIME_FACTOR = 0.15
PEAK_MB = 500


@dataclass(frozen=True, slots=True)
class Gate:
    """A figure and its bound. name: Indonesian; at_most: whether the bound is the largest value allowed."""

    name: str
    value: float
    bound: float
    at_most: bool = True

    @property
    def limit(self) -> str:
        """The bound with its sign, such as "≤ 0.12"."""
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"

    @property
    def passed(self) -> bool:
        """Whether the value keeps to the bound."""
        return self.value <= self.bound if self.at_most else self.value >= self.bound


def check(metrics: dict[str, Any]) -> list[Gate]:
    """The gates of those figures that `metrics` has; its shape is described at report.write_report."""
    return list(_gates(metrics))


def _gates(metrics: dict[str, Any]) -> Iterator[Gate]:
    slices = metrics.get("slices", {})
    if "turns" in slices:
        yield Gate("WER giliran tunggal", slices["turns"]["wer"], TURNS_WER)
    if "dialogues" in slices:
        yield Gate("WER percakapan", slices["dialogues"]["wer"], DIALOGUES_WER)
    if calls := metrics.get("calls"):
        yield Gate("Tempat yang ditemukan kembali", calls["place_recall"], PLACE_RECALL, at_most=False)
        wrong = calls["wrong_incident_undoubted"]
        yield Gate("Kejadian salah tanpa tanda ragu", wrong, UNDOUBTED_WRONG_INCIDENTS)
        lost = round(calls["type_macro_f1_text"] - calls["type_macro_f1_speech"], 4)
        yield Gate("Macro-F1 jenis aduan yang hilang karena ucapan", lost, TYPE_F1_LOST_BY_SPEECH)
    if nonspeech := metrics.get("nonspeech"):
        words = round(60 * nonspeech["words"] / nonspeech["minutes"], 2)
        yield Gate("Kata per jam tanpa ucapan", words, WORDS_AN_HOUR_WITHOUT_SPEECH)
    speed = metrics.get("speed", {})
    if "rtf_long" in speed:
        yield Gate("Faktor waktu nyata, panggilan panjang", speed["rtf_long"], REAL_TIME_FACTOR)
    if "peak_mb" in speed:
        yield Gate("Memori puncak (MB)", speed["peak_mb"], PEAK_MB)
