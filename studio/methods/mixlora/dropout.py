"""Dropout masks that forward and backward draw alike from a seed, so that none is kept between them."""

from __future__ import annotations

import torch
from torch import Tensor


def draw_seed() -> int:
    """Return a seed from torch's CPU generator, whose state checkpointing restores before it recomputes."""
    return int(torch.randint(0, 2**31 - 1, (1,)).item())


def keep_mask(shape: tuple[int, int], probability: float, seed: int, like: Tensor) -> Tensor:
    """Return a mask of 0 and 1/(1-p), as `like` in type and device; the same for the same shape and seed.

    The probability is met to 1/65536: on a CPU each 64-bit draw decides four places, which costs a quarter
    of torch's own bernoulli.
    """
    generator = torch.Generator(device=like.device).manual_seed(seed)
    count = shape[0] * shape[1]
    words = torch.empty((count + 3) // 4, dtype=torch.int64, device=like.device)
    words.random_(-(2**63), None, generator=generator)
    threshold = round(probability * 65536) - 32768
    kept = words.view(torch.int16)[:count].view(shape) >= threshold
    return kept.to(like.dtype).mul_(1.0 / (1.0 - probability))
