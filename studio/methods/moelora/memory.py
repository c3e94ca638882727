"""Each expert's first-in-first-out memory of detached vectors, without a synchronisation with the device."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a memory held as a forward began; it does not change when the memory does.

    vectors: [experts, size, rank], of unit length where `valid` [experts, size]. forwards: how many came before.
    """

    vectors: Tensor
    valid: Tensor
    forwards: Tensor


class ContrastiveMemory(nn.Module):
    """The last `size` vectors of each expert, as buffers that checkpoints of a run keep and adapters do not.

    vectors: [experts, size + 1, rank]; the last place takes what is not kept, so that no shape depends on the data.
    written: [experts], how many were ever remembered. forwards: scalar.
    """

    vectors: Tensor
    written: Tensor
    forwards: Tensor

    def __init__(self, experts: int, size: int, rank: int) -> None:
        super().__init__()
        self.size = size
        self.register_buffer("vectors", torch.zeros(experts, size + 1, rank, dtype=torch.float32), persistent=False)
        self.register_buffer("written", torch.zeros(experts, dtype=torch.int64), persistent=False)
        self.register_buffer("forwards", torch.zeros((), dtype=torch.int64), persistent=False)

    def recall(self) -> Remembered:
        """Return a copy of what is held, for a forward, its backward and its recomputation to share."""
        places = torch.arange(self.size, device=self.written.device)
        return Remembered(self.vectors[:, : self.size].clone(), places < self.written[:, None], self.forwards.clone())

    @torch.no_grad()
    def remember(self, vectors: Tensor, experts: Tensor, valid: Tensor) -> None:
        """Push vectors [pairs, rank] of their experts [pairs], in order, where `valid` [pairs]; the oldest leave."""
        self.forwards += 1
        if self.size == 0:
            return
        count = self.written.shape[0]
        own = (experts[:, None] == torch.arange(count, device=experts.device)) & valid[:, None]
        before = (own.cumsum(dim=0) - own.to(torch.int64)).gather(1, experts[:, None])[:, 0]
        arriving = own.sum(dim=0)
        kept = valid & (before >= (arriving - self.size)[experts])
        place = torch.where(kept, (self.written[experts] + before) % self.size, self.size)
        flat = self.vectors.view(-1, self.vectors.shape[-1])
        flat.index_copy_(0, experts * (self.size + 1) + place, vectors.to(flat.dtype))
        self.written += arriving
