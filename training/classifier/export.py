"""Export of both branches as one ONNX graph, int8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from torch.nn.functional import linear

from training.classifier.finetune import TransformerBranch
from training.classifier.linear import LinearBranch

INPUTS = ("input_ids", "feature_ids", "feature_counts")
OUTPUTS = ("logits", "token_scores", "feature_scores")


class ServingModel(nn.Module):
    """One window of one call in, the logits of all heads out: transformer + share * linear.

    A window stands alone and has no padding, so there is no mask. Beside the logits come the parts they are the sum of
    (without the biases), of every token and every n-gram, for the head of which evidence is wanted.
    """

    def __init__(self, deep: TransformerBranch, wide: LinearBranch, share: float, explained: slice) -> None:
        super().__init__()
        self.deep = deep.eval()
        self.half = 1 << wide.bits
        scale = np.maximum(np.abs(wide.weight).max(axis=0), 1e-9) / 127
        self.register_buffer("idf", torch.from_numpy(wide.idf))
        # int8 with one scale an output: the table is the larger half of the model's bytes.
        self.register_buffer("table", torch.from_numpy(np.round(wide.weight / scale).astype(np.int8)))
        self.register_buffer("scale", torch.from_numpy((share * scale).astype(np.float32)))
        self.register_buffer("bias", torch.from_numpy(share * wide.bias))
        self.explained = explained

    def forward(self, input_ids: Tensor, feature_ids: Tensor, feature_counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """input_ids (1, tokens), feature_ids (features,), feature_counts (features,) -> logits (1, outputs),
        token_scores (tokens, explained), feature_scores (features, explained)."""
        hidden = self.deep.hidden(input_ids, torch.ones_like(input_ids))[0]
        highest = hidden.amax(0)
        pooled = torch.cat([hidden.mean(0), highest])[None, :]
        values = (1 + feature_counts.log()) * self.idf[feature_ids]
        characters = (feature_ids >= self.half).float()
        unit = _unit(values * (1 - characters)) + _unit(values * characters)
        rows = unit[:, None] * self.table[feature_ids].float() * self.scale
        logits = self.deep.heads(pooled) + rows.sum(0, keepdim=True) + self.bias
        return logits, self._token_scores(hidden, highest), rows[:, self.explained]

    def _token_scores(self, hidden: Tensor, highest: Tensor) -> Tensor:
        """Class activation mapping (Zhou et al. 2016) over tokens: mean and maximum are sums over the tokens, too."""
        width = hidden.shape[1]
        weight = self.deep.heads.weight[self.explained]
        holds = (hidden >= highest).float()
        holds = holds / holds.sum(0)
        of_mean = linear(hidden / hidden.shape[0], weight[:, :width])
        return of_mean + linear(holds * highest, weight[:, width:])


def _unit(vector: Tensor) -> Tensor:
    return vector / (vector.square().sum() + 1e-12).sqrt()


def export(model: ServingModel, path: Path) -> None:
    """Write the model as ONNX, its matrix products and embeddings dynamically quantised to int8."""
    example = (torch.arange(5, 17)[None, :], torch.tensor([1, 2, model.half + 1]), torch.tensor([1.0, 2.0, 1.0]))
    full = path.with_suffix(".float.onnx")
    torch.onnx.export(
        model.eval(),
        example,
        str(full),
        input_names=list(INPUTS),
        output_names=list(OUTPUTS),
        dynamic_axes={
            "input_ids": {1: "tokens"},
            "feature_ids": {0: "features"},
            "feature_counts": {0: "features"},
            "token_scores": {0: "tokens"},
            "feature_scores": {0: "features"},
        },
        dynamo=False,
    )
    quantize_dynamic(
        str(full), str(path), per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gather"]
    )
    full.unlink()
