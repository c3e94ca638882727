"""What a method has to show: which curves it adds, what each is read against, and its routers by projection."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONTRASTIVE_LOSS = "contrastive_loss"
CONTRASTIVE_FLOOR = "contrastive_floor"
"""Curves of run.db, of every step of a moelora run: the loss without its weight, and the mean ln(positives) below which
it cannot fall. The floor moves, as it counts the vectors that the memory has gathered by then."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """The contrastive loss of one step beside its floor; `above` is what training can still win, 0 at the best."""

    loss: float
    floor: float

    @property
    def above(self) -> float:
        return self.loss - self.floor


@dataclass(frozen=True, slots=True)
class RouterGroup:
    """The routers of one kind of projection ("q_proj"; "mlp" for mixlora, whose router serves the whole FFN).

    rows: their rows in loads [layers, experts], in the order of depth. depths: the decoder layer of each, from 0.
    """

    name: str
    rows: tuple[int, ...]
    depths: tuple[int, ...]


def contrast_of(points: Mapping[str, float]) -> Contrast | None:
    """The contrastive loss and its floor among one step's curves; None where they are not."""
    if CONTRASTIVE_LOSS not in points or CONTRASTIVE_FLOOR not in points:
        return None
    return Contrast(points[CONTRASTIVE_LOSS], points[CONTRASTIVE_FLOOR])


def router_groups(layers: Sequence[str]) -> tuple[RouterGroup, ...]:
    """Gather routed layers by the projection that they belong to, in the order in which each first comes.

    layers: the modules' names as ModelReady tells them ("model.layers.3.self_attn.q_proj"), one for each row of loads.
    """
    rows: dict[str, list[int]] = {}
    for row, layer in enumerate(layers):
        rows.setdefault(layer.rpartition(".")[2], []).append(row)
    return tuple(
        RouterGroup(name, tuple(own), tuple(_depth(layers[row], place) for place, row in enumerate(own)))
        for name, own in rows.items()
    )


def _depth(layer: str, otherwise: int) -> int:
    """The decoder layer that a module's name tells, else its place in its group."""
    found = re.search(r"\.(\d+)\.", layer)
    return int(found.group(1)) if found else otherwise
