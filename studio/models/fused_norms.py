"""RMSNorm in one kernel on a card, each way, where transformers' own takes eight forward and fifteen backward.

torch's kernel sums squares in float32 as transformers does, and multiplies by the weight before it rounds to 16 bits,
once; transformers rounds before and after. So results differ by a rounding of the type that they are in. For backward
it keeps its input as it came, in place of a copy in float32.
"""

from __future__ import annotations

import inspect
from types import MethodType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def fuse_norms(model: nn.Module) -> int:
    """Have every norm of a model that is RMSNorm and nothing else computed in one kernel; returns how many are."""
    plain: dict[type, bool] = {}
    fused = 0
    for module in model.modules():
        kind = type(module)
        if not (hasattr(module, "variance_epsilon") and _has_one_row_of_weights(module) and _takes_one(module)):
            continue
        if kind not in plain:
            plain[kind] = is_plain(module)
        if plain[kind]:
            setattr(module, "forward", MethodType(_fused, module))  # noqa: B010  a copy's is bound to the copy
            fused += 1
    return fused


def _has_one_row_of_weights(norm: nn.Module) -> bool:
    """Whether a weight for each element is all that a norm learns; Cohere's has one for each head and element."""
    return [(name, each.ndim) for name, each in norm.named_parameters(recurse=False)] == [("weight", 1)]


def _takes_one(norm: nn.Module) -> bool:
    """Whether a norm is given its input and nothing else; the norms of layers with a state take a gate as well."""
    return len(inspect.signature(norm.forward).parameters) == 1


@torch.no_grad()
def is_plain(norm: Any) -> bool:
    """Whether a norm is x / sqrt(mean(x²) + eps) times its weight, by its numbers; Gemma's, for one, is not."""
    weight: Tensor = norm.weight
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(4, weight.numel(), generator=draw).to(weight.device)
    try:
        found = norm(x)
    except Exception:  # noqa: BLE001 - a model's own code may raise anything at such an input, and is left alone
        return False
    wanted = F.rms_norm(x, weight.shape, weight.float(), norm.variance_epsilon)
    return found.shape == wanted.shape and torch.allclose(found.float(), wanted, rtol=1e-5, atol=1e-6)


def _fused(self: Any, hidden_states: Tensor) -> Tensor:
    if hidden_states.dtype != self.weight.dtype:
        return type(self).forward(self, hidden_states)
    # Autocast would lift it to float32, in passes of its own.
    with torch.autocast(hidden_states.device.type, enabled=False):
        return F.rms_norm(hidden_states, self.weight.shape, self.weight, self.variance_epsilon)
