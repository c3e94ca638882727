"""A model of a stock architecture, to be written: its config, the shapes of its tensors, and the tensors one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor


@dataclass(frozen=True, slots=True)
class StockModel:
    """What a stock folder holds, whether or not it is on a disk.

    config: its config.json. shapes: of every tensor under its stock name, in the order of `tensors()`, which gives them
    anew with each call and holds no more than one layer.
    """

    config: dict[str, Any]
    shapes: dict[str, tuple[int, ...]]
    tensors: Callable[[], Iterator[tuple[str, Tensor]]]


def stock_folder(folder: Path, config: dict[str, Any]) -> StockModel:
    """The model in a folder of safetensors files with stock names."""
    files = sorted(folder.glob("*.safetensors"))

    def tensors() -> Iterator[tuple[str, Tensor]]:
        for file in files:
            with safe_open(file, framework="pt") as opened:
                for name in opened.keys():  # noqa: SIM118 - not a mapping
                    yield name, opened.get_tensor(name)

    shapes: dict[str, tuple[int, ...]] = {}
    for file in files:
        with safe_open(file, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118 - not a mapping
                shapes[name] = tuple(opened.get_slice(name).get_shape())
    return StockModel(config, shapes, tensors)
