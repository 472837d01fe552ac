"""The multi-task loss, shared by the transformer and the linear branch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from training.classifier.dataset import Example
from triage.classifier.labels import HEADS, Labels

UNKNOWN = -100
HEAD_WEIGHT = {"disposition": 0.6, "complaint_type": 1.0, "target_opd": 0.5, "priority": 0.5, "ghost_kind": 0.4}


def targets(examples: Sequence[Example], labels: Labels) -> Tensor:
    """Class numbers, (examples, heads); UNKNOWN for a label not known, or an OPD the taxonomy forbids for the type."""
    table = torch.full((len(examples), len(HEADS)), UNKNOWN)
    for row, example in enumerate(examples):
        for column, head in enumerate(HEADS):
            code = getattr(example, head)
            if head == "target_opd" and code not in labels.opd_prior.get(example.complaint_type or "", {}):
                continue
            if code is not None:
                table[row, column] = labels.codes(head).index(code)
    return table


class MultiTaskLoss:
    """Weighted sum of the heads' cross-entropies; the OPD's is taken over the OPDs allowed for the true type."""

    def __init__(self, labels: Labels, smoothing: float = 0.0) -> None:
        self.slices = labels.slices()
        self.log_prior = torch.from_numpy(labels.log_opd_prior())
        self.smoothing = smoothing

    def __call__(self, logits: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
        """logits (n, outputs), truth (n, heads), weights (n,) -> the mean loss over the n examples."""
        total = logits.new_zeros(())
        for column, head in enumerate(HEADS):
            known = truth[:, column] != UNKNOWN
            if not known.any():
                continue
            scores = logits[known, self.slices[head]]
            smoothing = self.smoothing
            if head == "target_opd":
                scores = scores + self.log_prior[truth[known, HEADS.index("complaint_type")]]
                smoothing = 0.0  # smoothing towards a forbidden OPD would cost infinitely much
            loss = cross_entropy(scores, truth[known, column], reduction="none", label_smoothing=smoothing)
            total = total + HEAD_WEIGHT[head] * (loss * weights[known]).sum()
        return total / len(truth)
