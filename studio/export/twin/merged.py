"""What an adapter makes of one matrix of its base: W + s · B A, with DoRA's magnitudes where it has them; float32."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.mixlora.layer import MixLoraFeedForward

ADAPTER = "default"
_ROWS = 128  # of a matrix that are summed at once


@torch.no_grad()
def merged_linear(weight: Tensor, layer: Any) -> Tensor:
    """A projection's weight with PEFT's plain LoRA or DoRA in it, [out, in]."""
    whole = weight.float() + layer.get_delta_weight(ADAPTER).float()
    if layer.use_dora.get(ADAPTER):
        magnitude = layer.lora_magnitude_vector[ADAPTER].weight.float()
        whole = whole * (magnitude / whole.norm(dim=1))[:, None]
    return whole


@torch.no_grad()
def merged_bias(bias: Tensor, layer: Any) -> Tensor:
    """A projection's bias with that of LoRA's second matrix in it, where the adapter has one."""
    own = layer.lora_B[ADAPTER].bias
    if own is None:
        return bias
    if layer.use_dora.get(ADAPTER):
        raise ProblemError.at(
            "lora_bias",
            tr("DoRA scales the adapter's own bias, which cannot be merged."),
            tr("Export to peft instead."),
        )
    return bias.float() + layer.scaling[ADAPTER] * own.float()


@torch.no_grad()
def merged_expert(
    weight: Tensor, layer: MixLoraFeedForward, projection: str, expert: int, dtype: torch.dtype = torch.float32
) -> Tensor:
    """One expert's matrix of one projection, [out, in], summed in float32; the frozen one where it is not adapted."""
    pair = layer.bank(ADAPTER).pair(projection)
    if pair is None:
        return weight.to(dtype)
    a, b = pair.A[expert].float(), pair.B[expert].float()
    scaling, magnitude = layer.scaling_of(ADAPTER, projection), layer.bank(ADAPTER).magnitude(projection)
    whole = torch.empty(weight.shape, dtype=dtype)
    # Some rows at a time, which stay in the processor's cache from the sum to the rounding.
    for begin in range(0, len(weight), _ROWS):
        rows = slice(begin, begin + _ROWS)
        made = torch.addmm(weight[rows].float(), b[rows], a, alpha=scaling)
        if magnitude is not None:
            made *= (magnitude[expert][rows].float() / made.norm(dim=1))[:, None]
        whole[rows] = made
    return whole
