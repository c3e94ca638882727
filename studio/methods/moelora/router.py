"""The router's weights: one float32 matrix for each adapted projection."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Router(nn.Module):
    """One projection's router: weight [experts, in] in float32, without bias; `product` computes with it.

    `last_loads` [experts] is the gate weight that each expert got of a token on average over the last optimiser step,
    zeros before the first: a buffer that a run's checkpoints keep, adapters not.
    """

    last_loads: Tensor

    def __init__(self, inputs: int, experts: int, init_range: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(experts, inputs, dtype=torch.float32))
        nn.init.normal_(self.weight, std=init_range)
        self.register_buffer("last_loads", torch.zeros(experts, dtype=torch.float32), persistent=False)
