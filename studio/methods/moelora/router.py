"""The router's weights: one float32 matrix for each adapted projection."""

from __future__ import annotations

import torch
from torch import nn


class Router(nn.Module):
    """One projection's router: weight [experts, in] in float32, without bias; `product` computes with it."""

    def __init__(self, inputs: int, experts: int, init_range: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(experts, inputs, dtype=torch.float32))
        nn.init.normal_(self.weight, std=init_range)
