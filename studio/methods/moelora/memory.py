"""Each expert's first-in-first-out memory of detached vectors, of all projections at once and without waiting for them.

"Without waiting": no shape depends on what is computed, so that a card is never asked before it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


class ContrastiveMemory(nn.Module):
    """The last `size` vectors of each expert of one projection: buffers that a run's checkpoints keep, adapters not.

    vectors: [experts, size, rank], of unit length. written: [experts], how many ever came, so where the next one goes.
    """

    vectors: Tensor
    written: Tensor

    def __init__(self, experts: int, size: int, rank: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.zeros(experts, size, rank, dtype=torch.float32), persistent=False)
        self.register_buffer("written", torch.zeros(experts, dtype=torch.int64), persistent=False)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the memories of several projections hold: copies.

    vectors: [projections, experts, size, rank]. written: [projections, experts].
    """

    vectors: Tensor
    written: Tensor

    @property
    def valid(self) -> Tensor:
        """Which places are filled [projections, experts, size]."""
        return torch.arange(self.vectors.shape[2], device=self.written.device) < self.written[..., None]


def recall(memories: Sequence[ContrastiveMemory]) -> Remembered:
    """Copy what the projections' memories hold; all are of one shape."""
    return Remembered(
        torch.stack([memory.vectors for memory in memories]), torch.stack([memory.written for memory in memories])
    )


@torch.no_grad()
def remember(
    memories: Sequence[ContrastiveMemory], before: Remembered, units: Tensor, experts: Tensor, valid: Tensor
) -> None:
    """Push into memories, which hold `before`, where `valid`; the oldest leave.

    units: [projections, pairs, rank]. experts, valid: [projections, pairs].
    """
    projections, count, size, rank = before.vectors.shape
    own = (experts[..., None] == torch.arange(count, device=experts.device)) & valid[..., None]
    earlier = (own.cumsum(dim=1) - own.to(torch.int64)).gather(2, experts[..., None])[..., 0]
    arriving = own.sum(dim=1)
    if size:
        kept = valid & (earlier >= (arriving - size).gather(1, experts))
        place = (before.written.gather(1, experts) + earlier) % size
        place += (torch.arange(projections, device=experts.device)[:, None] * count + experts) * size
        # One more row takes what is not kept.
        rows = torch.cat([before.vectors.view(-1, rank), before.vectors.new_zeros(1, rank)])
        place = torch.where(kept, place, rows.shape[0] - 1).flatten()
        rows.index_copy_(0, place, units.reshape(-1, rank).to(rows.dtype))
        held = rows[:-1].view_as(before.vectors)
        torch._foreach_copy_([memory.vectors for memory in memories], list(held.unbind()))
    torch._foreach_copy_([memory.written for memory in memories], list((before.written + arriving).unbind()))
