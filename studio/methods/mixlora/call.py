"""What one pass over one feed-forward needs, in plain values shared by every form of the arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from studio.methods.mixlora.feedforward import Activation
from studio.methods.mixlora.frozen import Elsewhere, FrozenProducts, Matrices


@dataclass(frozen=True, slots=True)
class LowRank:
    """All experts' pair for one projection: A [experts, rank, in], B [experts, out, rank]."""

    A: Tensor
    B: Tensor


@dataclass(frozen=True, slots=True)
class Settings:
    """The part of a call that autograd does not see.

    matrices: gives the frozen tensors in a type, unpacked at each call and so freed after each pass.
    scaling: s in W v + s · B A dropout(v). dropout: probability, 0 outside training. seed: of its masks.
    chunk: tokens walked at a time. base_dtype: type of the products with frozen matrices and of G and U. all_used: the
    routing leaves no slot unused, so that none has to be looked for. elsewhere: computes the frozen products instead.
    """

    matrices: Callable[[torch.dtype], Matrices]
    activation: Activation
    experts: int
    scaling: float
    dropout: float
    seed: int
    chunk: int
    base_dtype: torch.dtype
    all_used: bool = False
    elsewhere: Elsewhere | None = None

    def frozen(self) -> FrozenProducts:
        """Return what computes the frozen products of one pass."""
        return self.matrices(self.base_dtype) if self.elsewhere is None else self.elsewhere

    def input_mask(self, x: Tensor, dtype: torch.dtype) -> Tensor | None:
        """Return the mask [tokens, hidden] in front of the first projections, one for all experts."""
        if self.dropout == 0.0:
            return None
        like = torch.empty(0, dtype=dtype, device=x.device)
        return keep_mask((x.shape[0], x.shape[1]), self.dropout, self.seed, like)

    def inner_mask(self, start: int, stop: int, inner: int, like: Tensor) -> Tensor | None:
        """Return the mask [stop - start, inner] in front of the last projection, one for all of a token's slots.

        It depends on the seed and on `start` alone, so every form that walks in equal chunks draws the same.
        """
        if self.dropout == 0.0:
            return None
        return keep_mask((stop - start, inner), self.dropout, self.seed + 1 + start, like)


class Passed(NamedTuple):
    """What a form's forward pass returns: y [tokens, hidden], G and U [tokens, inner], and what else backward needs."""

    y: Tensor
    gate: Tensor
    up: Tensor | None
    kept: tuple[Tensor, ...] = ()


@dataclass(frozen=True, slots=True)
class Experts:
    """The trained tensors: low-rank pairs of gate, up and down, None where the projection is not adapted."""

    gate: LowRank | None
    up: LowRank | None
    down: LowRank | None

    @property
    def dtype(self) -> torch.dtype:
        return next(pair.A.dtype for pair in (self.gate, self.up, self.down) if pair is not None)


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
    threshold = min(round(probability * 65536), 65535) - 32768  # as an int16, which the draws are
    kept = words.view(torch.int16)[:count].view(shape) >= threshold
    return kept.to(like.dtype).mul_(1.0 / (1.0 - probability))
