"""From a window's logits to distributions, and from distributions to named answers; training and serving share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from triage.classifier.combine import Array, Distributions, priority_of, softmax, type_opd_pair
from triage.classifier.labels import GHOST, HEADS, Labels
from triage.classifier.model import Classification, EvidenceSpan, Limits
from triage.classifier.pick import within


class Interpreter:
    """Knows what the logits of a model mean.

    temperature: of each head; urgency_bias: added to the score of the most urgent priority; ghost_bias: added to the
    score of the ghost, and not above 0, since a missed emergency costs a life and a missed prank a minute.
    limits: how sure it must be of what; None as long as they are not known, and then it is sure of nothing.
    """

    def __init__(
        self,
        labels: Labels,
        temperature: Mapping[str, float],
        urgency_bias: float,
        ghost_bias: float,
        limits: Limits | None = None,
    ) -> None:
        self.labels = labels
        self.limits = limits
        self.temperature = {head: float(temperature[head]) for head in HEADS}
        self.urgency_bias = urgency_bias
        self.ghost_bias = ghost_bias
        self._against_ghosts = np.where(np.asarray(labels.disposition) == GHOST, ghost_bias, 0.0)
        self._slices = labels.slices()
        # The prior is part of what the OPD head was trained as, so it cools with it.
        self._log_opd_prior = labels.log_opd_prior() / self.temperature["target_opd"]
        self._priority_given_type = labels.priority_given_type()

    def distributions(self, logits: NDArray[np.float32]) -> Distributions:
        """What logits (outputs,) of one window say."""
        scaled = {head: logits[self._slices[head]].astype(np.float64) / self.temperature[head] for head in HEADS}
        types = softmax(scaled["complaint_type"])
        return Distributions(
            disposition=softmax(scaled["disposition"] + self._against_ghosts),
            complaint_type=types,
            opd_given_type=softmax(scaled["target_opd"][None, :] + self._log_opd_prior),
            priority=priority_of(scaled["priority"], types, self._priority_given_type, self.urgency_bias),
            ghost_kind=softmax(scaled["ghost_kind"]),
            safety=softmax(scaled["safety"]),
        )

    def nothing_known(self) -> Classification:
        """What can be said where no word was: nothing, so every answer alike, and sure of none."""
        allowed = np.where(np.isfinite(self._log_opd_prior), 0.0, -np.inf)
        even = {head: softmax(np.zeros(len(self.labels.codes(head)))) for head in HEADS if head != "target_opd"}
        return self._named(Distributions(**even, opd_given_type=softmax(allowed)), ())

    def named(self, found: Distributions, evidence: tuple[EvidenceSpan, ...] = ()) -> Classification:
        """The distributions over all heads with their codes, the likeliest first."""
        answer = self._named(found, evidence)
        return answer if self.limits is None else replace(answer, **within(answer, self.limits))

    def _named(self, found: Distributions, evidence: tuple[EvidenceSpan, ...]) -> Classification:
        labels = self.labels
        types, opds = type_opd_pair(found.complaint_type, found.opd_given_type)
        return Classification(
            disposition=_named(labels.disposition, found.disposition),
            complaint_type=_named(labels.complaint_type, types),
            target_opd=_named(labels.target_opd, opds),
            priority=_named(labels.priority, found.priority),
            ghost_kind=_named(labels.ghost_kind, found.ghost_kind),
            safety=_named(labels.safety, found.safety),
            evidence=evidence,
        )


def _named(codes: Sequence[str], probabilities: Array) -> dict[str, float]:
    order = np.argsort(-probabilities, kind="stable")
    return {codes[index]: float(probabilities[index]) for index in order}
