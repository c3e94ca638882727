"""The optimiser and the learning rate's schedule, as transformers' Trainer would make them for the same recipe."""

from __future__ import annotations

import math
import re
from typing import Any

import torch
from torch import nn
from transformers import get_scheduler

from studio.core.recipe.recipe import TrainingTable

BETAS, EPSILON = (0.9, 0.999), 1e-8
NOT_DECAYED = re.compile(r"bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)")
"""Parameters that do not decay, by their names in lower case; nor does what lies inside a LayerNorm."""


def make_optimizer(training: TrainingTable, model: nn.Module) -> torch.optim.Optimizer:
    """AdamW over the trained parameters in two groups: those that decay, and norms and biases, which do not.

    Checkpoints name a parameter's state by its place in these groups, so their order never changes.
    """
    trained = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    norms = [f"{name}." for name, module in model.named_modules() if name and isinstance(module, nn.LayerNorm)]
    still = {
        name for name, _ in trained if NOT_DECAYED.search(name.lower()) or any(name.startswith(norm) for norm in norms)
    }
    groups: list[dict[str, Any]] = [
        {
            "params": [parameter for name, parameter in trained if name not in still],
            "weight_decay": training.weight_decay,
        },
        {"params": [parameter for name, parameter in trained if name in still], "weight_decay": 0.0},
    ]
    settings: dict[str, Any] = {"lr": training.learning_rate, "betas": BETAS, "eps": EPSILON}
    if training.optimizer in ("auto", "adamw"):
        # One kernel for all parameters, and no second copy of them on the way; a CPU's sums stay as they were.
        fused = all(parameter.device.type == "cuda" for _, parameter in trained) or None
        return torch.optim.AdamW(groups, fused=fused, **settings)
    import bitsandbytes  # seconds, which a run without it need not wait

    paged = training.optimizer == "adamw-paged-8bit"
    optimizer: torch.optim.Optimizer = bitsandbytes.optim.AdamW(groups, optim_bits=8, is_paged=paged, **settings)
    return optimizer


def make_scheduler(training: TrainingTable, optimizer: torch.optim.Optimizer, total_steps: int) -> Any:
    """The recipe's schedule over `total_steps`, its warm-up rounded up to whole steps."""
    return get_scheduler(
        "constant_with_warmup" if training.schedule == "constant" else training.schedule,
        optimizer,
        num_warmup_steps=math.ceil(training.warmup * total_steps),
        num_training_steps=total_steps,
    )
