"""Warnings (Indonesian) that the recording, the transcript and the places call for."""

from __future__ import annotations

from collections.abc import Sequence

from triage.places import PlaceMatch
from triage.recording import Recording
from triage.speech import Transcript

CLIPPED_SHARE = 0.01
"""From one sample in a hundred on, clipping is heard as crackle and costs words."""

QUIET_DBFS = -40.0
"""Telephone speech sits near -20 to -26 dBFS (ITU-T P.56 active level); 15 dB below that, words drown in line noise."""


def audio_remarks(recording: Recording) -> list[str]:
    """What about the sound may have cost words."""
    caller = recording.caller
    remarks = []
    if caller.role == "mixed":
        remarks.append("Rekaman mono: suara operator dan penelepon tidak terpisah.")
    if caller.facts.clipping_share >= CLIPPED_SHARE:
        remarks.append(f"Suara penelepon pecah (clipping {caller.facts.clipping_share:.0%}): transkrip bisa keliru.")
    if caller.speech and caller.facts.level_dbfs < QUIET_DBFS:
        remarks.append(f"Suara penelepon sangat pelan ({caller.facts.level_dbfs:.0f} dBFS): mungkin ia berbisik.")
    return remarks


def transcript_remarks(transcript: Transcript) -> list[str]:
    """How much of the transcript is doubted."""
    doubted = sum(1 for segment in transcript.segments if segment.doubts)
    if not doubted:
        return []
    return [f"{doubted} dari {len(transcript.segments)} segmen transkrip diragukan dan tidak ikut diklasifikasi."]


def place_remarks(places: Sequence[PlaceMatch]) -> list[str]:
    """Near-twins to ask back, once for each place."""
    twins = {place.id: place for place in places if place.ask_back}
    return [
        f"Nama tempat mirip, tanyakan kembali: {place.name} atau {' atau '.join(place.ask_back)}?"
        for place in twins.values()
    ]
