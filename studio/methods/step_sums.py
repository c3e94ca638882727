"""What routed layers add up to over one optimiser step, however its rows are divided into forwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from studio.core.process.lost_process import meeting


@dataclass(frozen=True, slots=True)
class LayerTotals:
    """One layer's totals over unmasked tokens, without gradient.

    chosen: [experts] what each expert got, in routed slots (mixlora) or in gate weights (moelora). probability:
    [experts] the sum of the probabilities (mixlora) or of the gates (moelora). tokens: scalar.
    """

    chosen: Tensor
    probability: Tensor
    tokens: Tensor

    @property
    def share(self) -> Tensor:
        """What each expert got of a token on average [experts]."""
        return self.chosen / self.tokens.clamp(min=1)

    def parts(self) -> list[Tensor]:
        return [self.chosen, self.probability, self.tokens]

    def plus(self, other: LayerTotals) -> LayerTotals:
        """Return both together."""
        return LayerTotals(*(one + more for one, more in zip(self.parts(), other.parts(), strict=True)))


@dataclass(frozen=True, slots=True)
class RoutingCounts:
    """Where a step's tokens went, without padding; float64 on the processor.

    slots: [groups, layers, experts] (token, slot) pairs. learned: the same, of the positions whose prediction the loss
    is over. together: [layers, experts, experts] tokens that two experts share, on the diagonal an expert's own; None
    where it was not counted.
    """

    slots: Tensor
    learned: Tensor
    together: Tensor | None = None


def pairs_of(experts: Tensor, count: int, keep: Tensor | None) -> Tensor | None:
    """Count the tokens that two experts share: [count, count] float32, exact below 2**24; None for one slot a token.

    experts: [tokens, slots], -1 for an unused one. keep: [tokens] 1 and 0, None where nothing is padding.
    """
    if experts.shape[1] < 2:
        return None
    with torch.no_grad(), torch.autocast(experts.device.type, enabled=False):
        # The column behind the last takes the unused slots.
        sent = torch.zeros(experts.shape[0], count + 1, device=experts.device)
        sent.scatter_(1, torch.where(experts < 0, count, experts), 1.0)
        sent = sent[:, :count]
        return (sent if keep is None else sent * keep[:, None].to(sent.dtype)).T @ sent


Layout = tuple[tuple[int, int], ...]
"""The layers of one flat tensor, in order: (depth, experts) of each."""


class StepSums:
    """Sums of the forwards since the last optimiser step, by layer; nothing waits for the device.

    All layers' totals lie in one tensor, so that a forward is added at once and not a layer at a time.
    """

    def __init__(self) -> None:
        self._flat: dict[Layout, Tensor] = {}  # several only where forwards ran through different layers

    def add(self, found: Mapping[int, LayerTotals]) -> None:
        """Add one forward's sums {depth: totals}."""
        layout = tuple((depth, len(totals.chosen)) for depth, totals in found.items())
        flat = torch.cat([part.detach().reshape(-1) for totals in found.values() for part in totals.parts()])
        known = self._flat.get(layout)
        self._flat[layout] = flat if known is None else known.add_(flat)

    def over_processes(self) -> dict[int, LayerTotals]:
        """Return {depth: totals} summed over all processes that train together; each must ask."""
        summed: dict[int, LayerTotals] = {}
        for layout, flat in self._flat.items():
            if processes() > 1:
                flat = flat.clone()
                sum_over_processes(flat)
            parts = iter(flat.split([size for _, experts in layout for size in (experts, experts, 1)]))
            for depth, _ in layout:
                own = LayerTotals(next(parts), next(parts), next(parts)[0])
                summed[depth] = own if depth not in summed else summed[depth].plus(own)
        return summed


def processes() -> int:
    """Return how many processes train one step together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def sum_over_processes(tensor: Tensor) -> None:
    """Add the other processes' tensors of the same shape to this one's, in place; each must ask."""
    with meeting():
        dist.all_reduce(tensor)


def padded_sum(one: Tensor | None, other: Tensor) -> Tensor:
    """Return one + other, each filled with zeros to the larger size in every dimension; None is nothing."""
    if one is None:
        return other
    sizes = [max(pair) for pair in zip(one.shape, other.shape, strict=True)]

    def filled(counts: Tensor) -> Tensor:
        whole = counts.new_zeros(sizes)
        whole[tuple(slice(size) for size in counts.shape)] = counts
        return whole

    return filled(one.to(other.device)) + filled(other)
