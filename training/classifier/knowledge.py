"""What training takes from the taxonomy: label codes, OPD priors, and its utterances, words and rules as examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from training.corpus.load import Call, Phrase
from triage.classifier.labels import NO_EXCEPTION, Labels
from triage.taxonomy import Taxonomy

MAIN_PRIOR, SUPPORTING_PRIOR, EXCEPTION_PRIOR = 4.0, 0.25, 0.05
"""Pseudo-counts of a type's main, supporting and exceptional OPDs, added to what the calls show."""
PRIORITY_PRIOR = 0.3
"""Pseudo-count of each priority of a type."""
PRIORITIES = ("P1", "P2", "P3", "P4")
_RULE = re.compile(r"([^=;:]+)=\s*([a-z_0-9]+)")


def utterances(taxonomy: Taxonomy) -> list[Phrase]:
    """The taxonomy's example utterances, each the words of one caller."""
    return [Phrase(code, said.text) for code, kind in taxonomy.types.items() for said in kind.utterances]


def lay_words(taxonomy: Taxonomy) -> list[Phrase]:
    """The taxonomy's keywords."""
    return [Phrase(code, word) for code, kind in taxonomy.types.items() for word in kind.keywords]


def label_texts(taxonomy: Taxonomy) -> list[Phrase]:
    """What the taxonomy says of each type: its name, the sentences of its definition, and the clauses of its rules.

    A rule reads "clause = type; clause = other type" and so names the side of each clause itself.
    """
    found = []
    for code, kind in taxonomy.types.items():
        found += [Phrase(code, kind.name), *(Phrase(code, part) for part in kind.definition.split(". ") if part)]
        for confusion in kind.confusions:
            found += [Phrase(to, clause) for clause, to in _RULE.findall(confusion.rule) if to in taxonomy.types]
    return list(dict.fromkeys(found))


def build_labels(taxonomy: Taxonomy, calls: Iterable[Call]) -> Labels:
    """Label codes in the taxonomy's order, and each type's OPD prior from the taxonomy and the training calls."""
    calls = list(calls)
    seen = Counter((call.complaint_type, call.target_opd) for call in calls)
    urgency = Counter((call.complaint_type, call.priority) for call in calls)
    prior, priority_prior = {}, {}
    for code, kind in taxonomy.types.items():
        pseudo = dict.fromkeys(kind.allowed_opds, EXCEPTION_PRIOR)
        pseudo |= dict.fromkeys(kind.supporting_opds, SUPPORTING_PRIOR) | {kind.main_opd: MAIN_PRIOR}
        total = {opd: start + seen[code, opd] for opd, start in pseudo.items()}
        prior[code] = {opd: count / sum(total.values()) for opd, count in total.items()}
        levels = {level: PRIORITY_PRIOR + urgency[code, level] for level in PRIORITIES}
        priority_prior[code] = {level: count / sum(levels.values()) for level, count in levels.items()}
    return Labels(
        disposition=("ticket", "information", "ghost"),
        complaint_type=tuple(taxonomy.types),
        target_opd=tuple(taxonomy.opds),
        priority=PRIORITIES,
        ghost_kind=tuple(taxonomy.ghost_kinds),
        safety=(NO_EXCEPTION, *(item.short for item in taxonomy.safety.values())),
        opd_prior=prior,
        priority_prior=priority_prior,
    )
