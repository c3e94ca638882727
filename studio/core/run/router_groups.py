"""The routers of a model, gathered by the projection that they belong to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from studio.core.words import tr


@dataclass(frozen=True, slots=True)
class RouterGroup:
    """The routers of one kind of projection ("q_proj"; "mlp" for mixlora, whose router serves the whole FFN).

    rows: their rows in loads [layers, experts], in the order of depth. depths: the decoder layer of each, from 0.
    """

    name: str
    rows: tuple[int, ...]
    depths: tuple[int, ...]


def router_groups(layers: Sequence[str]) -> tuple[RouterGroup, ...]:
    """Gather routed layers by the projection that they belong to, in the order in which each first comes.

    layers: the modules' names as ModelReady has them ("model.layers.3.self_attn.q_proj"), one for each row of loads.
    """
    rows: dict[str, list[int]] = {}
    for row, layer in enumerate(layers):
        rows.setdefault(layer.rpartition(".")[2], []).append(row)
    return tuple(
        RouterGroup(name, tuple(own), tuple(_depth(layers[row], place) for place, row in enumerate(own)))
        for name, own in rows.items()
    )


def router_names(layers: Sequence[str]) -> tuple[str, ...]:
    """What each router is called in a sentence: "layer 3", or "layer 3's q_proj" where a layer has several."""
    groups = router_groups(layers)
    named = {
        row: tr("layer {depth}", depth=depth)
        if len(groups) == 1
        else tr("layer {depth}'s {projection}", depth=depth, projection=group.name)
        for group in groups
        for row, depth in zip(group.rows, group.depths, strict=True)
    }
    return tuple(named[row] for row in range(len(layers)))


def _depth(layer: str, otherwise: int) -> int:
    """The decoder layer that a module's name contains, else its place in its group."""
    found = re.search(r"\.(\d+)\.", layer)
    return int(found.group(1)) if found else otherwise
