"""What an adapter makes of one matrix of its base: W + s · B A, with DoRA's magnitudes where it has them; float32."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from studio.core.problem import ProblemError
from studio.methods.mixlora.layer import MixLoraFeedForward

ADAPTER = "default"


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
            "lora_bias", "DoRA scales the adapter's own bias, which cannot be merged.", "Export to peft instead."
        )
    return bias.float() + layer.scaling[ADAPTER] * own.float()


@torch.no_grad()
def merged_expert(weight: Tensor, layer: MixLoraFeedForward, projection: str, expert: int) -> Tensor:
    """One expert's matrix of one projection, [out, in]; the frozen one where the projection is not adapted."""
    pair = layer.bank(ADAPTER).pair(projection)
    whole = weight.float()
    if pair is None:
        return whole
    a, b = pair.A[expert].float(), pair.B[expert].float()
    whole = torch.addmm(whole, b, a, alpha=layer.scaling_of(ADAPTER, projection))
    magnitude = layer.bank(ADAPTER).magnitude(projection)
    if magnitude is not None:
        whole = whole * (magnitude[expert].float() / whole.norm(dim=1))[:, None]
    return whole
