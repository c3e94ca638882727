"""The contrastive loss as one would say it, pair by pair: the oracle of the tests."""

from __future__ import annotations

import torch
from torch import Tensor


def slow_contrast(vectors: Tensor, experts: list[int], memory: list[tuple[Tensor, int]], temperature: float) -> Tensor:
    """Return the loss of vectors [pairs, rank], of any length, with their experts and a memory of (vector, expert)."""
    units = [vector / vector.norm() for vector in vectors]
    everything = list(zip(units, experts, strict=True)) + memory
    losses = []
    for i, (unit, expert) in enumerate(zip(units, experts, strict=True)):
        others = [entry for j, entry in enumerate(everything) if j != i]
        positives = [vector for vector, its_expert in others if its_expert == expert]
        if not positives:
            continue
        denominator = sum(torch.exp(unit @ vector / temperature) for vector, _ in others)
        terms = [-torch.log(torch.exp(unit @ positive / temperature) / denominator) for positive in positives]
        losses.append(sum(terms) / len(terms))
    return sum(losses) / len(losses) if losses else torch.zeros((), dtype=vectors.dtype)
