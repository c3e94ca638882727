"""The reference's way of computing MixLoRA, as a yardstick: gate and up shared, down run anew for each expert.

Written from the paper's description, not copied; plain autograd, as there.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from studio.methods.mixlora.layer import MixLoraFeedForward


def reference_mixture(layer: MixLoraFeedForward, x: Tensor) -> Tensor:
    """Return the layer's output [tokens, hidden] for x [tokens, hidden], with dropout where the layer has it."""
    config, bank, base = layer.configs["default"], layer.bank("default"), layer.base_layer
    scaling = layer.scaling["default"]
    probabilities = layer.router("default")(x).softmax(dim=-1)
    weights, chosen = probabilities.topk(config.top_k, dim=-1)
    weights = (weights / weights.sum(dim=-1, keepdim=True)).to(x.dtype)
    gate, up = base.gate_proj(x), base.up_proj(x)

    def delta(name: str, expert: int, v: Tensor) -> Tensor:
        pair = bank.pair(name)
        v = F.dropout(v, config.lora_dropout, layer.training)
        return F.linear(F.linear(v, pair.A[expert]), pair.B[expert]) * scaling

    y = torch.zeros_like(x)
    for expert in range(config.num_experts):
        rows, slots = torch.where(chosen == expert)
        v = x[rows]
        h = F.silu(gate[rows] + delta("gate_proj", expert, v)) * (up[rows] + delta("up_proj", expert, v))
        out = base.down_proj(h) + delta("down_proj", expert, h)
        y = y.index_add(0, rows, out * weights[rows, slots, None])
    return y
