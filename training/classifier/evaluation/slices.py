"""Which calls are of one difficult kind or another, decided by rules on their text and the taxonomy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from training.corpus.load import Call
from triage.classifier.text import plain, plain_text
from triage.taxonomy import Taxonomy

LONG_WORDS = 70
"""The longest tenth of the corpus' calls: more words of the caller than this."""
DIALECT = frozenset("mi ji pi ki ka toh kodong iye sa ta dorang pale bede ko di nah nda ndak".split())  # noqa: SIM905
DIALECT_WORDS = 3

Slice = Callable[[Call], bool]


def slices(taxonomy: Taxonomy) -> dict[str, Slice]:
    """Name of each slice and the rule that puts a call in it.

    caller_only    no turn of an operator
    long           more than LONG_WORDS words of the caller
    dialect        at least DIALECT_WORDS words of Kendari Malay
    hard_pair      the caller uses a keyword of a type that the taxonomy calls confusable with the true one
    two_incidents  the caller uses a keyword of a type of another group that is not confusable with the true one
    exception      the target is not the type's main OPD
    """
    keywords = {code: [plain_text(word) for word in kind.keywords] for code, kind in taxonomy.types.items()}
    return {
        "caller_only": lambda call: all(turn.speaker != "operator" for turn in call.turns),
        "long": lambda call: len(_said(call).split()) > LONG_WORDS,
        "dialect": lambda call: sum(word in DIALECT for word in _said(call).split()) >= DIALECT_WORDS,
        "hard_pair": partial(_hard_pair, taxonomy=taxonomy, keywords=keywords),
        "two_incidents": partial(_two_incidents, taxonomy=taxonomy, keywords=keywords),
        "exception": lambda call: (
            call.complaint_type is not None and call.target_opd != taxonomy.types[call.complaint_type].main_opd
        ),
    }


def _said(call: Call) -> str:
    return plain(call.as_turns())


def _names(call: Call, keywords: Sequence[str]) -> bool:
    said = f" {_said(call)} "
    return any(f" {word} " in said for word in keywords)


def _confusable(code: str, taxonomy: Taxonomy) -> set[str]:
    named = {one.type for one in taxonomy.types[code].confusions}
    return named | {other for other, kind in taxonomy.types.items() if code in {one.type for one in kind.confusions}}


def _hard_pair(call: Call, taxonomy: Taxonomy, keywords: dict[str, list[str]]) -> bool:
    if call.complaint_type is None:
        return False
    rivals = _confusable(call.complaint_type, taxonomy) & taxonomy.types.keys()
    return any(_names(call, keywords[code]) for code in rivals)


def _two_incidents(call: Call, taxonomy: Taxonomy, keywords: dict[str, list[str]]) -> bool:
    if call.complaint_type is None:
        return False
    near = _confusable(call.complaint_type, taxonomy)
    group = taxonomy.types[call.complaint_type].group
    return any(
        _names(call, keywords[code])
        for code, kind in taxonomy.types.items()
        if kind.group != group and code not in near
    )
