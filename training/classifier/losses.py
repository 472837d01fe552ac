"""The multi-task loss, shared by the transformer and the linear branch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from training.classifier.dataset import Example
from triage.classifier.labels import HEADS, Labels

UNKNOWN = -100
HEAD_WEIGHT = {
    "disposition": 0.6, "complaint_type": 1.0, "target_opd": 0.5, "priority": 0.5, "ghost_kind": 0.4, "safety": 0.3
}  # fmt: skip
GROUP_WEIGHT = 0.3


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
    """Weighted sum of the heads' cross-entropies; the OPD's is taken over the OPDs allowed for the true type.

    groups: group number of each type, (types,). Where given, the probability of the true type's whole group counts as
    well (a hierarchical loss: fire for drowning costs more than a burning shed for a burning field).
    """

    def __init__(self, labels: Labels, smoothing: float = 0.0, groups: Sequence[int] | None = None) -> None:
        self.slices = labels.slices()
        self.log_prior = torch.from_numpy(labels.log_opd_prior())
        self.smoothing = smoothing
        self.groups = None if groups is None else torch.tensor(groups)

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
            if head == "complaint_type" and self.groups is not None:
                group_loss = self._group_loss(scores, truth[known, column], self.groups)
                total = total + GROUP_WEIGHT * (group_loss * weights[known]).sum()
        return total / len(truth)

    def _group_loss(self, scores: Tensor, types: Tensor, groups: Tensor) -> Tensor:
        outside = groups[None, :] != groups[types][:, None]
        return scores.logsumexp(1) - scores.masked_fill(outside, -torch.inf).logsumexp(1)


def contrastive_loss(features: Tensor, classes: Tensor, temperature: float = 0.1) -> Tensor:
    """Supervised contrastive loss (Khosla et al. 2020): features (n, width) of one class near, of others apart.

    classes (n,), UNKNOWN for those that take no part. The texts of the labels themselves are among the examples, so
    that what callers say is drawn towards what the taxonomy says (label text, as in SetFit and its kin).
    """
    known = classes != UNKNOWN
    unit, classes = normalize(features[known], dim=1), classes[known]
    itself = torch.eye(len(classes), dtype=torch.bool)
    alike = (classes[:, None] == classes[None, :]) & ~itself
    closeness = (unit @ unit.T / temperature).masked_fill(itself, -torch.inf)
    log_share = closeness - closeness.logsumexp(1, keepdim=True)
    has_kin = alike.any(1)
    if not has_kin.any():
        return features.new_zeros(())
    kin = log_share.masked_fill(~alike, 0.0).sum(1)[has_kin] / alike.sum(1)[has_kin]
    return -kin.mean()
