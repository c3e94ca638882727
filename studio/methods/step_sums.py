"""What routed layers add up to over one optimiser step, however its rows are divided into forwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


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


class StepSums:
    """Sums of the forwards since the last optimiser step, by layer; nothing waits for the device."""

    def __init__(self) -> None:
        self._layers: dict[int, LayerTotals] = {}

    def add(self, found: Mapping[int, LayerTotals]) -> None:
        """Add one forward's sums {depth: totals}."""
        known = [depth for depth in found if depth in self._layers]
        if known:
            torch._foreach_add_(
                [part for depth in known for part in self._layers[depth].parts()],
                [part for depth in known for part in found[depth].parts()],
            )
        for depth, totals in found.items():
            if depth not in self._layers:
                self._layers[depth] = LayerTotals(*(part.detach().clone() for part in totals.parts()))

    def over_processes(self) -> dict[int, LayerTotals]:
        """Return {depth: totals} summed over all processes that train together; each must ask."""
        if not (self._layers and processes() > 1):
            return dict(self._layers)
        flat = torch.cat([part.flatten() for totals in self._layers.values() for part in totals.parts()])
        dist.all_reduce(flat)
        summed, at = {}, 0
        for depth, totals in self._layers.items():
            parts = []
            for part in totals.parts():
                parts.append(flat[at : at + part.numel()].view(part.shape))
                at += part.numel()
            summed[depth] = LayerTotals(*parts)
        return summed


def processes() -> int:
    """Return how many processes train one step together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


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
