"""Acoustic and textual evidence, kept apart, then combined into one capped verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triage.classifier import Classification
from triage.classifier.text import plain_text
from triage.ghost.acoustic import AcousticFinding, listen_to
from triage.ghost.verdict import GhostEvidence, GhostVerdict
from triage.recording import Recording
from triage.safety import SafetyFinding
from triage.speech import Transcript
from triage.taxonomy import Taxonomy

LIKELY = 0.5
"""Probabilities are calibrated: below one half a ghost suggestion is wrong more often than right, so it is not made."""
RIVAL = 0.1
"""From this probability of a ticket on, a ghost suggestion is only one to be listened to: a missed emergency costs a
life, a ghost call heard costs a minute."""
MOST_URGENT = "P1"
LISTEN_KINDS = frozenset({"prank_dewasa"})
GREETINGS = frozenset(
    [
        *("halo", "hallo", "hello", "alo", "permisi", "assalamualaikum", "selamat"),
        *("pagi", "siang", "sore", "malam", "pak", "bapak", "bu", "ibu", "kak", "mbak", "mas"),
    ]
)
SECONDS_A_WORD = 1.0
"""Slow speech takes half a second a word: where it takes twice that, words are missing from the transcript."""
DROPPED_WORDS, DROPPED_SPEECH_SECONDS = 2, 3.0
"""A dropped call holds one or two greeting words and no speech beyond them, however long the line stayed open."""
UNREAD = ("S1", "S8")
"""Voice or knocks that nobody could read may be either of these, so their caps hold."""

_NO_TRUSTED_WORDS = (
    "Terdengar suara penelepon tetapi tidak ada ucapan yang terbaca: mungkin berbisik atau bahasa daerah."
)
_DISTRESS = "Terdengar ketukan, benturan, teriakan atau nada tombol: dengarkan."
_DOUBTED = "Sebagian ucapan tidak terbaca: dengarkan dahulu sebelum menutup sebagai ghost call."
_MORE_SPEECH = "Ucapan penelepon jauh lebih panjang daripada transkripnya: dengarkan dahulu."
_RIVAL = "Mirip ghost call, tetapi mungkin juga aduan sungguhan: dengarkan dahulu."
_URGENT = "Mirip ghost call, tetapi isinya menyebut bahaya jiwa: dengarkan dahulu."
_VERIFY = "Diduga laporan palsu: label hanya boleh diberi petugas setelah verifikasi lapangan."


def judge(
    classification: Classification,
    recording: Recording | None,
    transcript: Transcript | None,
    findings: Sequence[SafetyFinding],
    taxonomy: Taxonomy,
    words_heard: bool = True,
) -> GhostVerdict:
    """Judge one call; recording and transcript are None when only (trusted) text was classified.

    Where a safety exception fired, or the classifier suspects one, the call is never a ghost. Voice without trusted
    words is something to listen to, not a ghost; a caller's channel without any voice is one, unless blows, cries or
    keys are heard. How long the call lasted is no evidence. A text classifier alone makes a ghost only of words that
    are trusted.

    `prank_dewasa` stays a ghost kind, as the corpus labels it, but is always to be listened to: the taxonomy caps it at
    one half and leaves the label to an officer who has been there.

    words_heard: False when the classified text held no words of the caller; read only without a transcript.
    """
    sound = listen_to(recording.caller.facts) if recording else None
    said = _Words.of(transcript) if transcript else _Words(words_heard, (), False)
    kind, probability, textual = _likeliest(classification, sound, said)
    evidence = (*(sound.evidence if sound else ()), *textual)
    limits = [taxonomy.ghost_kinds[kind].cap, *(taxonomy.safety[finding.code].cap for finding in findings)]
    unread = _unread(sound, said)
    if unread is not None:
        limits += [item.cap for item in taxonomy.safety.values() if item.short in UNREAD]
    suspicion = None if findings else _suspicion(classification, said, taxonomy)
    if suspicion is not None:
        limits += [item.cap for item in taxonomy.safety.values() if item.short == classification.suspected]
    cap = min(limits)
    probability = min(probability, cap)
    if findings or unread is not None or suspicion is not None:
        reasons = tuple(reason for reason in (unread, suspicion) if reason is not None)
        return GhostVerdict(probability, None, cap, evidence, None, True, reasons)
    if probability < min(LIKELY, cap):
        return GhostVerdict(probability, None, cap, evidence, None, False, ())
    reasons = _doubts(classification, kind, sound, said)
    return GhostVerdict(probability, kind, cap, evidence, taxonomy.ghost_kinds[kind].advice, bool(reasons), reasons)


@dataclass(frozen=True, slots=True)
class _Words:
    """The caller's (or mixed) words: whether there are any trusted ones, these, and whether some were doubted."""

    heard: bool
    trusted: tuple[str, ...]
    doubted: bool

    @classmethod
    def of(cls, transcript: Transcript) -> _Words:
        segments = [
            segment for segment in transcript.segments if segment.channel != "operator" and segment.text.strip()
        ]
        trusted = tuple(word for item in segments if not item.doubts for word in plain_text(item.text).split())
        return cls(bool(trusted), trusted, any(item.doubts for item in segments))


def _likeliest(
    classification: Classification, sound: AcousticFinding | None, said: _Words
) -> tuple[str, float, tuple[GhostEvidence, ...]]:
    """The likeliest ghost kind, its probability before the cap, and the textual evidence."""
    if sound is not None and not said.heard and sound.kind is not None:
        return sound.kind, 1.0, ()
    if sound is not None and sound.speech_seconds <= DROPPED_SPEECH_SECONDS and _only_greets(said):
        text = f'Hanya terdengar sapaan sebelum putus: "{" ".join(said.trusted)}".'
        return "panggilan_putus", 1.0, (GhostEvidence("text", "greeting_only", text, 0.5),)
    kinds = classification.ghost_kind
    if said.heard or (sound is not None and sound.has_voice):
        kinds = {code: share for code, share in kinds.items() if code != "tanpa_suara"} or kinds
    kind = max(kinds, key=lambda code: (kinds[code], code))
    if not said.heard:
        return kind, 0.0, ()
    ghost = classification.disposition["ghost"]
    text = f"Isi ucapan: peluang ghost call {ghost:.0%}."
    return kind, ghost, (GhostEvidence("text", f"classifier_{kind}", text, round(2 * ghost - 1, 4)),)


def _only_greets(said: _Words) -> bool:
    return 0 < len(said.trusted) <= DROPPED_WORDS and not said.doubted and GREETINGS.issuperset(said.trusted)


def _suspicion(classification: Classification, said: _Words, taxonomy: Taxonomy) -> str | None:
    """Why the wording, where no rule of triage.safety fired, may still be a safety exception."""
    if classification.suspected is None or not said.heard:
        return None
    [title] = [item.title for item in taxonomy.safety.values() if item.short == classification.suspected]
    return f'Kemungkinan pengecualian keselamatan {classification.suspected} ("{title}"): dengarkan dahulu.'


def _unread(sound: AcousticFinding | None, said: _Words) -> str | None:
    """Why a call without trusted words must be heard, or None."""
    if said.heard:
        return None
    if sound is not None and sound.distress:
        return _DISTRESS
    return _NO_TRUSTED_WORDS if sound is None or sound.kind is None else None


def _doubts(classification: Classification, kind: str, sound: AcousticFinding | None, said: _Words) -> tuple[str, ...]:
    reasons = []
    if kind in LISTEN_KINDS:
        reasons.append(_VERIFY)
    if sound is not None and sound.distress:
        reasons.append(_DISTRESS)
    if (
        sound is not None
        and said.heard
        and sound.speech_seconds > SECONDS_A_WORD * len(said.trusted) + DROPPED_SPEECH_SECONDS
    ):
        reasons.append(_MORE_SPEECH)
    if said.doubted or (sound is not None and sound.has_voice and not said.heard):
        reasons.append(_DOUBTED)
    if said.heard and classification.disposition["ticket"] >= RIVAL:
        reasons.append(_RIVAL)
    if said.heard and classification.priority.get(MOST_URGENT, 0.0) >= LIKELY:
        reasons.append(_URGENT)
    return tuple(reasons)
