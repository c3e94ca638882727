"""Every operation on fake CUDA tensors: its bytes, its products, where it came from, and whether it stalls the card."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

ROOT = f"{Path(__file__).resolve().parents[2]}/"
# They allocate or look at a tensor otherwise, and launch nothing.
FREE = {"empty", "empty_like", "new_empty", "empty_strided", "new_empty_strided", "detach", "set_", "record_stream"}
FREE |= {"_unsafe_view", "reshape", "lift_fresh"}
UNREAD = {
    "fill_",
    "zero_",
    "zeros",
    "ones",
    "full",
    "zeros_like",
    "new_zeros",
    "new_ones",
    "new_full",
    "arange",
    "random_",
}
PRODUCTS = {"mm", "addmm", "addmm_", "bmm", "baddbmm"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: bytes that it reads and writes, multiply-adds twice, and the studio's line behind it."""

    name: str
    bytes: int
    flop: int
    where: str
    kind: Literal["kernel", "stall"]


class Log(TorchDispatchMode):
    """Lists what runs while `on`; sizes that depend on data are made up: `answers` of the tokens are learned."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self.answers, self.on = answers, False
        self.operations: list[Operation] = []
        self.brought: list[tuple[int, bool]] = []  # to the card by a copy: bytes, and whether the processor waits
        self.mixed: list[str] = []

    def note(self, name: str, kind: Literal["kernel", "stall"], moved: int = 0, flop: int = 0) -> None:
        if self.on:
            self.operations.append(Operation(name, moved, flop, _origin(), kind))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = func.name().split("::")[-1].split(".")[0]
        given = [each for each in tree_flatten((args, kwargs))[0] if isinstance(each, Tensor)]
        on_card = any(each.is_cuda for each in given) or str(kwargs.get("device", "")).startswith("cuda")
        if name == "_local_scalar_dense" and not on_card:
            return 512  # of what was brought from the card, which the copy's own stall stands for
        if on_card and (found := self._by_data(func, name, args)) is not None:
            return found
        if name in ("index", "index_put", "index_put_") and any(_is_mask(each) for each in args[1]):
            args = (args[0], self._places(args[1]), *args[2:])
        result = func(*args, **kwargs)
        made = [each for each in tree_flatten(result)[0] if isinstance(each, Tensor)]
        if on_card or any(each.is_cuda for each in made):
            self._ran(func, name, args, kwargs, given, made)
        return result

    def _by_data(self, func: Any, name: str, args: Any) -> Any:
        """What the processor waits for, since it has to know a value; made up here. None where it need not wait."""
        first = args[0] if args and isinstance(args[0], Tensor) else None
        if name == "_local_scalar_dense" and first is not None:
            self.note(name, "stall")
            return True if first.dtype == torch.bool else 1e-3 if first.is_floating_point() else 512
        if name == "nonzero" and first is not None:
            self.note(name, "stall")
            return first.new_empty((self.answers, first.dim()), dtype=torch.int64)
        if name == "repeat_interleave" and func is torch.ops.aten.repeat_interleave.Tensor:
            self.note(name, "stall")
            return args[0].new_empty((self.answers,), dtype=torch.int64)
        return None

    def _places(self, indices: Any) -> list[Any]:
        places: list[Any] = []
        for each in indices:
            if _is_mask(each):
                self.note("nonzero of a mask", "stall")
                places += [each.new_empty((self.answers,), dtype=torch.int64) for _ in range(each.dim())]
            else:
                places.append(each)
        return places

    def _ran(self, func: Any, name: str, args: Any, kwargs: Any, given: list[Tensor], made: list[Tensor]) -> None:
        if name in ("copy_", "_to_copy"):
            source, target = (args[1] if name == "copy_" else args[0]), made[0]
            if source.device.type != target.device.type:
                if self.on and name == "copy_" and target.is_cuda:
                    waits = not (kwargs.get("non_blocking") or (len(args) > 2 and args[2]))
                    self.brought.append((_bytes(target), waits))
                if source.is_cuda and not kwargs.get("non_blocking"):
                    self.note(f"{name} to the processor", "stall")
                return
        elif len({each.device.type for each in given}) > 1:
            self.mixed.append(f"{name} at {_origin()}")
            if name == "index_put_":
                self.note("index_put_ of a number", "stall")
        results = func._schema.returns
        is_view = bool(results) and results[0].alias_info is not None and not results[0].alias_info.is_write
        if not made or is_view or name in FREE:
            return
        written = sum(map(_bytes, made))
        read = 0 if name in UNREAD else _bytes(args[1]) if name == "copy_" else sum(map(_bytes, given))
        if name in ("embedding", "gather", "index", "index_select"):
            read = written + sum(map(_bytes, given[1:]))
        self.note(name, "kernel", read + written, _flop(name, given))


class FakeKernel:
    """Stands for a Triton kernel: it is launched with tensors that lie on the card and in order, and does nothing."""

    def __init__(self, name: str, log: Log) -> None:
        self.name, self.log = name, log

    def __getitem__(self, grid: Any) -> Any:
        def launch(*given: Any, **named: Any) -> None:
            tensors = [each for each in given if isinstance(each, Tensor)]
            for each in tensors:
                assert each.is_cuda, (self.name, each)
                assert each.is_contiguous(), (self.name, each)
            # Sums over tokens gather each slot's rows; everything else is read or written once.
            times = named["SLOTS"] if self.name == "_backward_experts" else 1
            self.log.note(f"triton {self.name}", "kernel", times * sum(map(_bytes, tensors)))

        return launch


def _is_mask(index: Any) -> bool:
    return isinstance(index, Tensor) and index.is_cuda and index.dtype in (torch.bool, torch.uint8)


def _bytes(tensor: Tensor) -> int:
    """Bytes that are touched: what is repeated without being stored is read once."""
    count = 1
    for size, stride in zip(tensor.shape, tensor.stride(), strict=True):
        count *= size if stride or size == 1 else 1
    return count * tensor.element_size()


def _flop(name: str, given: list[Tensor]) -> int:
    if name not in PRODUCTS:
        return 0
    a, b = given[-2:]
    return 2 * a.shape[-2] * a.shape[-1] * b.shape[-1] * (a.shape[0] if a.dim() == 3 else 1)


def _origin() -> str:
    """The innermost line of the studio, or else the library's file, that asked for the operation."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(ROOT + "studio/"):
            return f"{file.removeprefix(ROOT)}:{frame.f_lineno}"
        if "site-packages/" in file and "/torch/" not in file:
            return str(file.split("site-packages/")[1])
        frame = frame.f_back
    return "autograd"
