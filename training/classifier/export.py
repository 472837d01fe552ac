"""Export of both branches as one ONNX graph, int8."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from training.classifier.finetune import TransformerBranch
from training.classifier.linear import LinearBranch

INPUTS = ("input_ids", "feature_ids", "feature_counts")


class ServingModel(nn.Module):
    """One window of one call in, the logits of all heads out: transformer + share * linear.

    A window stands alone and has no padding, so there is no mask.
    """

    def __init__(self, deep: TransformerBranch, wide: LinearBranch, share: float) -> None:
        super().__init__()
        self.deep = deep.eval()
        self.half = 1 << wide.bits
        scale = np.maximum(np.abs(wide.weight).max(axis=0), 1e-9) / 127
        self.register_buffer("idf", torch.from_numpy(wide.idf))
        # int8 with one scale an output: the table is the larger half of the model's bytes.
        self.register_buffer("table", torch.from_numpy(np.round(wide.weight / scale).astype(np.int8)))
        self.register_buffer("scale", torch.from_numpy(scale.astype(np.float32)))
        self.register_buffer("bias", torch.from_numpy(wide.bias))
        self.share = share

    def linear(self, ids: Tensor, counts: Tensor) -> Tensor:
        """Hashed n-gram ids and counts, each (features,) -> the linear branch's logits (1, outputs)."""
        values = (1 + counts.log()) * self.idf[ids]
        characters = (ids >= self.half).float()
        unit = _unit(values * (1 - characters)) + _unit(values * characters)
        return (unit[None, :] @ self.table[ids].float()) * self.scale + self.bias

    def forward(self, input_ids: Tensor, feature_ids: Tensor, feature_counts: Tensor) -> Tensor:
        """input_ids (1, tokens), feature_ids (features,), feature_counts (features,) -> logits (1, outputs)."""
        deep = self.deep(input_ids, torch.ones_like(input_ids))
        return deep + self.share * self.linear(feature_ids, feature_counts)


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
        output_names=["logits"],
        dynamic_axes={"input_ids": {1: "tokens"}, "feature_ids": {0: "features"}, "feature_counts": {0: "features"}},
        dynamo=False,
    )
    quantize_dynamic(
        str(full), str(path), per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gather"]
    )
    full.unlink()
