"""What one adapted projection leaves behind of a forward: sums of its gates, its loads and its contrast."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from studio.methods.mixlora.record import LayerSums
from studio.methods.moelora.memory import Remembered
from studio.methods.moelora.router import Gates


@dataclass(slots=True)
class ProjectionSums(LayerSums):
    """One projection's sums over unmasked tokens.

    probability: [experts] sum of the gates, with gradient; slots and tokens as in LayerSums; z is not used and zero.
    contrast: the contrastive loss, scalar with gradient, and floor without; None where it is left out.
    remembered: the memory as it was when the forward came by, for its recomputation.
    """

    contrast: Tensor | None = None
    floor: Tensor | None = None
    remembered: Remembered | None = None


def projection_sums(gates: Gates, mask: Tensor | None, groups: Tensor | None, group_count: int) -> ProjectionSums:
    """Sum the gates and count the slots of one projection.

    mask: [tokens] bool or None. groups: [tokens] integers below group_count, or None where all are group 0.
    """
    dense = gates.dense
    chosen = torch.zeros_like(dense.detach()).scatter_(-1, gates.experts, 1.0)
    if mask is None:
        tokens = torch.full((), float(dense.shape[0]), device=dense.device)
    else:
        dense = dense * mask[:, None]
        chosen *= mask[:, None]
        tokens = mask.sum().to(torch.float32)
    if groups is None:
        slots = chosen.sum(dim=0, keepdim=True)
        if group_count > 1:
            slots = F.pad(slots, (0, 0, 0, group_count - 1))
    else:
        slots = chosen.new_zeros(group_count, chosen.shape[1]).index_add_(0, groups, chosen)
    return ProjectionSums(dense.sum(dim=0), dense.new_zeros(()), slots, tokens)
