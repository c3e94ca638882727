"""The tensors of a stock model that computes what a base with its adapter computes, each made when it is asked for.

`twin_tensors` gives the mixture of experts, `merged_tensors` the dense model of a method without experts. Nothing is
computed before `StockTensor.make`, so a writer lays out its file from names and shapes first, and then holds one
tensor at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio.core.recipe.recipe import Precision
from studio.core.twins.bases import Twin


@dataclass(frozen=True, slots=True)
class StockTensor:
    """One tensor of the stock model.

    name: in the stock checkpoint. shape: as there. part: "gate", "up", "down", "gate_up" (stacked) or "router" of a
    mixture, "shared" for the zero part that every token passes, "" for all else. layer, expert: where it belongs, None
    outside. exact: its type is part of what it is (a router's float32), whatever the others are written in. rounded:
    computes it in a type, where that is quicker than to round the whole.
    """

    name: str
    shape: tuple[int, ...]
    compute: Callable[[], Tensor]
    part: str = ""
    layer: int | None = None
    expert: int | None = None
    exact: bool = False
    rounded: Callable[[torch.dtype], Tensor] | None = None

    def dtype(self, wanted: torch.dtype) -> torch.dtype:
        """The type that it is written in, in a file of `wanted`."""
        return torch.float32 if self.exact else wanted

    def size(self, wanted: torch.dtype) -> int:
        """Its bytes in a file of `wanted`."""
        return math.prod(self.shape) * self.dtype(wanted).itemsize

    def make(self, wanted: torch.dtype = torch.float32) -> Tensor:
        """The tensor, contiguous on the CPU; in float32 if it is `exact`, else in `wanted`."""
        dtype = self.dtype(wanted)
        made = (self.rounded(dtype) if self.rounded else self.compute()).to(dtype).contiguous()
        if tuple(made.shape) != self.shape:
            raise ValueError(f"{self.name} was to be {self.shape} and is {tuple(made.shape)}")
        return made


@dataclass(frozen=True, slots=True)
class StockModel:
    """A stock model in parts: its config.json, and its tensors in the order of the layers.

    twin: the mixture of experts that it is, None for a dense model. folder: of the base, with its tokenizer.
    dtype: of the base's weights. seen_as: "nf4" or "int8" where the run saw the base so; its matrices are unpacked
    from that.
    left_out: tensors of the base that belong to no language model. adapter_tensors: of the adapter's file, each of
    which is in these tensors. layers, experts, slots: of the mixture, 0 without.
    """

    config: dict[str, Any]
    tensors: tuple[StockTensor, ...]
    folder: Path
    dtype: torch.dtype
    seen_as: Precision | None
    twin: Twin | None = None
    layers: int = 0
    experts: int = 0
    slots: int = 0
    left_out: tuple[str, ...] = ()
    adapter_tensors: int = 0

    def of_layer(self, layer: int | None) -> Iterator[StockTensor]:
        """One layer's tensors; None gives those outside of the layers."""
        return (tensor for tensor in self.tensors if tensor.layer == layer)

    def size(self, dtype: torch.dtype) -> int:
        """The bytes of all tensors in files of `dtype`."""
        return sum(each.size(dtype) for each in self.tensors)

    @property
    def expert_matrices(self) -> int:
        """The experts' matrices, counted singly where they are stacked: layers · experts · 3 for a whole twin."""
        counts = {"gate": 1, "up": 1, "down": 1, "gate_up": 2}
        return sum(counts.get(each.part, 0) * (self.experts if each.expert is None else 1) for each in self.tensors)
