"""The judgements of a suggestion: disposition, whether a person must listen first, the lists, the priority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from triage.classifier import Classification
from triage.ghost import GhostVerdict
from triage.safety import SafetyFinding
from triage.taxonomy import Taxonomy

CERTAIN = 0.5
"""Probabilities are calibrated, so a disposition below one half is wrong more often than right: it is not suggested."""

LIST_LENGTH = 3
"""Three entries are read at a glance; on the validation corpus they hold the right type in about nine calls of ten."""

NOT_UNDERSTOOD = "S8"
MOST_URGENT, LEAST_URGENT = "P1", "P4"

Label = Literal["ticket", "information", "ghost"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is suggested.

    sure_of: what of type and OPD may be taken over at a glance; None unless this is surely a ticket or a question.
    reasons: Indonesian; why a person must listen first, or how far the suggestion goes.
    """

    decision: Literal["suggest", "listen"]
    label: Label
    probability: float
    sure_of: Literal["type", "opd"] | None
    types: tuple[str, ...]
    opds: tuple[str, ...]
    priority: str
    priority_probability: float
    reasons: tuple[str, ...]


def decide(
    classification: Classification,
    ghost: GhostVerdict,
    safety: Sequence[SafetyFinding],
    *,
    words_heard: bool,
    voice_heard: bool,
    taxonomy: Taxonomy,
    danger: str | None = None,
    unsure_of_caller: bool = False,
) -> Verdict:
    """Decide on one call.

    danger: a word that names danger, if one was said: a call that would be no ticket is then listened to first.

    words_heard: whether any trusted words of the caller (or of a mono recording) reached the classifier.
    voice_heard: whether the sound holds a voice on his channel, understood or not.
    unsure_of_caller: whether something he said is doubted: the rest may tell another story.
    """
    label, probability = _disposition(classification, ghost, safety, words_heard=words_heard)
    # The types are those of a report: where it may be none, that they are clear says little.
    certain = label != "ghost" and probability >= CERTAIN
    sure_of = classification.sure_of if certain else None
    types, opds = _lists(classification, taxonomy, opd_leads=sure_of == "opd")
    listen = [*_safety_reasons(safety), *(ghost.reasons if ghost.listen else ())]
    if label != "ticket" and danger:
        listen.append(f'Disebut "{danger}": bukan aduan menurut model, tetapi dengarkan dahulu.')
    if unsure_of_caller and words_heard:
        listen.append("Sebagian ucapan penelepon diragukan dan tidak ikut diklasifikasi: dengarkan bagian itu dahulu.")
    scope: list[str] = []
    if not words_heard and not (ghost.listen and ghost.reasons) and (voice_heard or label != "ghost"):
        listen.append("Tidak ada ucapan penelepon yang dapat dipercaya dalam transkrip: dengarkan rekamannya.")
    if label != "ghost" and words_heard:
        if not certain:
            listen.append("Belum pasti apakah ini aduan, permintaan informasi atau ghost call: dengarkan dahulu.")
        elif sure_of is None:
            listen.append("Jenis aduan dan OPD tujuan belum pasti: dengarkan dahulu, lalu pilih dari daftar.")
        elif sure_of == "opd":
            scope.append("Jenis aduan belum pasti, OPD tujuan lebih pasti: periksa jenisnya.")
    priority, priority_probability = _priority(classification, label, safety, listen=bool(listen))
    return Verdict(
        decision="listen" if listen or ghost.listen else "suggest",
        label=label,
        probability=probability,
        sure_of=sure_of,
        types=types,
        opds=opds,
        priority=priority,
        priority_probability=priority_probability,
        reasons=(*listen, *scope),
    )


def _in_danger(safety: Sequence[SafetyFinding]) -> bool:
    """Whether an exception fired that speaks of danger. S8 says only that the words may not be understood."""
    return any(not finding.code.startswith(NOT_UNDERSTOOD) for finding in safety)


def _safety_reasons(safety: Sequence[SafetyFinding]) -> list[str]:
    if not safety:
        return []
    codes = ", ".join(dict.fromkeys(finding.code for finding in safety))
    return [f"Pengecualian keselamatan {codes}: dengarkan, jangan tutup panggilan ini sebagai ghost."]


def _disposition(
    classification: Classification, ghost: GhostVerdict, safety: Sequence[SafetyFinding], *, words_heard: bool
) -> tuple[Label, float]:
    """Ghost only where the capped ghost verdict names a kind and no safety exception fired."""
    if _in_danger(safety):
        return "ticket", classification.disposition["ticket"]
    if ghost.kind is not None and not safety:
        return "ghost", ghost.probability
    if not words_heard:
        # Nothing says that it is only a question, so it gets the label under which a person must act.
        return "ticket", classification.disposition["ticket"]
    served: tuple[Label, Label] = ("ticket", "information")
    label = max(served, key=lambda name: classification.disposition[name])
    return label, classification.disposition[label]


def _lists(
    classification: Classification, taxonomy: Taxonomy, *, opd_leads: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Types and OPDs, best first, such that the first OPD is one the taxonomy allows for the first type.

    The surer of the two leads: usually the type; the OPD where no single type is likely but one OPD is.
    """
    types = _ranked(classification.complaint_type)
    opds = _ranked(classification.target_opd)
    if opd_leads:
        types = _first(types, [code for code in types if opds[0] in taxonomy.types[code].allowed_opds])
    allowed = taxonomy.types[types[0]].allowed_opds
    opds = _first(opds, [code for code in opds if code in allowed])
    return tuple(types[:LIST_LENGTH]), tuple(opds[:LIST_LENGTH])


def _ranked(distribution: dict[str, float]) -> list[str]:
    """Codes by falling probability; ties in the order of the alphabet, so that the same input gives the same list."""
    return sorted(distribution, key=lambda code: (-distribution[code], code))


def _first(codes: list[str], wanted: list[str]) -> list[str]:
    """The best wanted code moved to the front; the list as it was where none is wanted."""
    if not wanted:
        return codes
    return [wanted[0], *(code for code in codes if code != wanted[0])]


def _priority(
    classification: Classification, label: Label, safety: Sequence[SafetyFinding], *, listen: bool
) -> tuple[str, float]:
    """P1 where an exception speaks of danger, P4 without an incident (both by rule), else the classifier's best.

    "No incident, no hurry" holds only where nobody must listen first to know that there is none.
    """
    if _in_danger(safety):
        return MOST_URGENT, 1.0
    if label != "ticket" and not listen:
        return LEAST_URGENT, 1.0
    best = _ranked(classification.priority)[0]
    return best, classification.priority[best]
