"""Whatever a text classifier may say: any distributions over the taxonomy's codes, certain and absurd ones included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from triage.classifier import Classification
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
SHORT = {item.short: code for code, item in TAXONOMY.safety.items()}
DISPOSITIONS = ("ticket", "information", "ghost")
WEIGHTS = st.one_of(st.just(0.0), st.floats(1e-9, 1.0), st.sampled_from((1.0, 1e3)))
NEARLY = 1 - 1e-9


def _normalised(codes: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    total = sum(weights) or 1.0
    return {code: weight / total for code, weight in zip(codes, weights, strict=True)}


def certain(codes: Iterable[str], code: str, share: float = NEARLY) -> dict[str, float]:
    """Nearly all of the probability on one code, the rest on the others alike."""
    listed = list(codes)
    return dict.fromkeys(listed, (1 - share) / (len(listed) - 1)) | {code: share}


def distributions(codes: Iterable[str]) -> st.SearchStrategy[dict[str, float]]:
    """Any distribution over these codes: certain of any one, even, or anything between."""
    listed = list(codes)
    weighted = st.lists(WEIGHTS, min_size=len(listed), max_size=len(listed)).filter(any)
    return st.one_of(
        st.sampled_from(listed).map(lambda code: dict.fromkeys(listed, 0.0) | {code: 1.0}),
        st.sampled_from(listed).map(lambda code: certain(listed, code)),
        st.just(dict.fromkeys(listed, 1 / len(listed))),
        weighted.map(lambda weights: _normalised(listed, weights)),
    )


def classifications(
    disposition: st.SearchStrategy[dict[str, float]] | None = None,
    suspected: st.SearchStrategy[str | None] | None = None,
) -> st.SearchStrategy[Classification]:
    """Any answer of a classifier that knows the taxonomy's codes, right or wrong, its parts at odds with each other."""
    return st.builds(
        Classification,
        disposition=distributions(DISPOSITIONS) if disposition is None else disposition,
        complaint_type=distributions(TAXONOMY.types),
        target_opd=distributions(TAXONOMY.opds),
        priority=distributions(("P1", "P2", "P3", "P4")),
        ghost_kind=distributions(TAXONOMY.ghost_kinds),
        safety=distributions(("none", *SHORT)),
        sure_of=st.sampled_from((None, "type", "opd")),
        pick_list=st.lists(st.sampled_from(list(TAXONOMY.types)), unique=True, max_size=5).map(tuple),
        suspected=st.sampled_from((None, *SHORT)) if suspected is None else suspected,
    )


SURE_OF_A_GHOST = st.sampled_from((0.5, 0.7, 0.95, NEARLY, 1.0)).map(
    lambda share: certain(DISPOSITIONS, "ghost", share)
)
"""Dispositions of a model that takes the call for a ghost."""
