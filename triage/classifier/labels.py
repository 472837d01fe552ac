"""What the classifier's outputs mean: the codes of each head, in the order of the logits, and each type's OPD prior."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HEADS = ("disposition", "complaint_type", "target_opd", "priority", "ghost_kind", "safety")
"""Order of the heads in the model's output."""
GHOST = "ghost"
"""The disposition of calls that nobody made in earnest."""
NO_EXCEPTION = "none"
"""First label of the safety head; the others are the short codes S1 to S8."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Codes per head, and what is expected of a type before any word is read.

    opd_prior       [type][OPD]: P(OPD | type); an OPD that is not in it is forbidden
    priority_prior  [type][priority]: P(priority | type)
    """

    disposition: tuple[str, ...]
    complaint_type: tuple[str, ...]
    target_opd: tuple[str, ...]
    priority: tuple[str, ...]
    ghost_kind: tuple[str, ...]
    safety: tuple[str, ...]
    opd_prior: dict[str, dict[str, float]]
    priority_prior: dict[str, dict[str, float]]

    def codes(self, head: str) -> tuple[str, ...]:
        """The codes of a head."""
        found: tuple[str, ...] = getattr(self, head)
        return found

    def slices(self) -> dict[str, slice]:
        """Where each head's logits lie in the model's output."""
        start, found = 0, {}
        for head in HEADS:
            found[head] = slice(start, start + len(self.codes(head)))
            start = found[head].stop
        return found

    @property
    def outputs(self) -> int:
        """Number of logits."""
        return sum(len(self.codes(head)) for head in HEADS)

    def log_opd_prior(self) -> NDArray[np.float32]:
        """log P(OPD | type), (types, OPDs); -inf where the taxonomy forbids the pair."""
        table = np.full((len(self.complaint_type), len(self.target_opd)), -np.inf, dtype=np.float32)
        for row, kind in enumerate(self.complaint_type):
            for opd, probability in self.opd_prior[kind].items():
                table[row, self.target_opd.index(opd)] = np.log(probability)
        return table

    def priority_given_type(self) -> NDArray[np.float64]:
        """P(priority | type), (types, priorities)."""
        rows = [[self.priority_prior[kind][code] for code in self.priority] for kind in self.complaint_type]
        return np.asarray(rows, dtype=np.float64)

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Labels:
        """Read what `save` wrote. Raises OSError, ValueError or KeyError when it is not that."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            **{head: tuple(raw[head]) for head in HEADS},
            opd_prior=raw["opd_prior"],
            priority_prior=raw["priority_prior"],
        )
