"""What the caller's channel says about a ghost call, whatever the text says."""

from __future__ import annotations

from dataclasses import dataclass

from triage.ghost.verdict import GhostEvidence
from triage.recording import AcousticFacts

NO_VOICE_SECONDS, NO_VOICE_SHARE = 0.6, 0.03
"""Below both, nobody spoke (taxonomy, tanpa_suara)."""
MOSTLY = 0.6
MUSIC_SPEECH_SHARE = 0.3
"""Voice activity that a detector finds in music alone."""
MACHINE_TONES = ("fax", "sit")
"""Tones that only a machine or an exchange sends (ITU-T T.30, E.180)."""
MACHINE_TONE_SECONDS = 1.0
UNEXPLAINED_DB = 6.0
"""Loudest half second above the noise floor; plain line noise has little: 1.3 dB in audio_samples/19-hening.wav.

Voice activity detection misses whispers: without a voice, a sound this loud that is no music, broadcast or machine
tone may be one, so it is no proof of silence.
"""


@dataclass(frozen=True, slots=True)
class AcousticFinding:
    """The ghost kind that the sound alone shows, or None, and all acoustic evidence.

    has_voice  whether voice activity was found on the caller's channel
    distress   blows, cries or keys pressed: silence with these is S1, never a ghost
    """

    kind: str | None
    evidence: tuple[GhostEvidence, ...]
    has_voice: bool
    distress: bool
    speech_seconds: float


def listen_to(facts: AcousticFacts) -> AcousticFinding:
    """Judge the facts of the caller's channel (or of the only channel of a mono recording)."""
    has_voice = facts.speech_seconds >= NO_VOICE_SECONDS or facts.speech_share >= NO_VOICE_SHARE
    keys = any(tone.kind == "dtmf" for tone in facts.tones)
    machine = sum(tone.end - tone.start for tone in facts.tones if tone.kind in MACHINE_TONES)
    evidence = []
    if not has_voice:
        text = f"Tidak ada suara orang di kanal penelepon ({facts.speech_seconds:.1f} detik ucapan)."
        evidence.append(GhostEvidence("audio", "no_voice", text, 0.6))
    if facts.music_share >= MOSTLY:
        text = f"Sebagian besar rekaman terdengar seperti musik ({facts.music_share:.0%})."
        evidence.append(GhostEvidence("audio", "music", text, 0.4))
    if facts.broadcast_share >= MOSTLY:
        text = f"Sebagian besar rekaman terdengar seperti siaran TV atau radio ({facts.broadcast_share:.0%})."
        evidence.append(GhostEvidence("audio", "broadcast", text, 0.3))
    if machine >= MACHINE_TONE_SECONDS:
        evidence.append(GhostEvidence("audio", "machine_tone", "Terdengar nada faks atau nada sentral.", 0.6))
    if facts.distress_sounds:
        text = f"Terdengar benturan, ketukan atau teriakan ({len(facts.distress_sounds)} kali)."
        evidence.append(GhostEvidence("audio", "distress_sounds", text, -0.8))
    if keys:
        evidence.append(GhostEvidence("audio", "dtmf", "Penelepon menekan tombol.", -0.8))
    kind = _kind(facts, has_voice=has_voice, machine=machine)
    if kind is None and not has_voice:
        evidence.append(GhostEvidence("audio", "unexplained_sound", "Ada bunyi yang mungkin bisikan.", -0.5))
    return AcousticFinding(
        kind=kind,
        evidence=tuple(evidence),
        has_voice=has_voice,
        distress=keys or bool(facts.distress_sounds),
        speech_seconds=facts.speech_seconds,
    )


def _kind(facts: AcousticFacts, *, has_voice: bool, machine: float) -> str | None:
    if machine >= MACHINE_TONE_SECONDS and not has_voice:
        return "iklan_ivr"
    if facts.music_share >= MOSTLY and facts.speech_share < MUSIC_SPEECH_SHARE:
        return "bising_latar"
    if facts.broadcast_share >= MOSTLY and not has_voice:
        return "bising_latar"
    if has_voice or facts.loudest_dbfs - facts.noise_floor_dbfs > UNEXPLAINED_DB:
        return None
    return "tanpa_suara"
