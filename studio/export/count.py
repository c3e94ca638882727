"""What an adapter's file contains, counted from the file itself and without torch."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open

from studio.core.methods.registry import adapter_files
from studio.models.adapter_source import WEIGHTS

_ROUTER = re.compile(r"^(?P<layer>.+)\.lora_router\.(?:\w+\.)?weight$")
_BANK = re.compile(r"^(?P<layer>.+)\.lora_experts\.(?P<tensor>\w+)$")


@dataclass(frozen=True, slots=True)
class FileCount:
    """An adapter file's tensors and weights, and the experts of every routed layer, by depth."""

    tensors: int
    weights: int
    experts_per_layer: tuple[int, ...]

    @property
    def routers(self) -> int:
        return len(self.experts_per_layer)

    @property
    def experts(self) -> int:
        return sum(self.experts_per_layer)


class ExpertsMissingError(RuntimeError):
    """The written file lacks experts or routers that the config promises: our fault, and it is deleted."""


def count_file(folder: Path, config: dict[str, Any]) -> FileCount:
    """Count the adapter in `folder`; raises ExpertsMissingError unless all routers and experts are there."""
    with safe_open(folder / WEIGHTS, framework="numpy") as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - not a mapping
    routers = {match["layer"]: shape[0] for name, shape in shapes.items() if (match := _ROUTER.match(name))}
    for name, shape in shapes.items():
        bank = _BANK.match(name)
        if bank and bank["layer"] not in routers:
            raise ExpertsMissingError(f"{name} has experts, but its layer has no router")
        if bank and shape[0] != routers[bank["layer"]]:
            raise ExpertsMissingError(f"{name} holds {shape[0]} experts, its router {routers[bank['layer']]}")
    promised = config.get("num_experts")
    if promised:
        if not routers:
            raise ExpertsMissingError(f"{WEIGHTS} has no router, though the config says {promised} experts")
        lists = config.get("layer_experts")
        expected = sorted(lists) if lists else [promised] * len(routers)
        if sorted(routers.values()) != expected:
            raise ExpertsMissingError(f"{WEIGHTS} has {sorted(routers.values())} experts, the config says {expected}")
        if adapter_files()[config["peft_type"]].banks:
            banks = {match["layer"] for name in shapes if (match := _BANK.match(name))}
            if banks != set(routers):
                raise ExpertsMissingError(f"{len(routers)} layers have routers, but {len(banks)} have experts")
    ordered = sorted(routers, key=lambda layer: [int(part) for part in re.findall(r"\d+", layer)])
    return FileCount(
        len(shapes), sum(math.prod(shape) for shape in shapes.values()), tuple(routers[layer] for layer in ordered)
    )
