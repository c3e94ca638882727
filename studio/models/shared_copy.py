"""A second model over the weights of a first one: its own modules, and not one tensor more."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn


def shared_copy(model: Any) -> Any:
    """A copy of `model` that can be changed (given an adapter), whose parameters and buffers are the same tensors.

    So a base and any number of adapters over it, of whatever methods, answer side by side with the base held once.
    """
    return copy.deepcopy(model, {id(tensor): tensor for module in model.modules() for tensor in tensors_of(module)})


def tensors_of(module: nn.Module) -> Iterator[Tensor]:
    """Every tensor that a module holds, also what quantised layers keep beside their parameters."""
    yield from module.parameters(recurse=False)
    yield from module.buffers(recurse=False)
    waiting, seen = [value for value in vars(module).values() if not isinstance(value, nn.Module)], set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, dict):
            waiting += value.values()
        elif type(value).__module__.startswith("bitsandbytes") and id(value) not in seen:
            seen.add(id(value))
            waiting += vars(value).values()


def weight_bytes(model: nn.Module) -> int:
    """What a model's parameters and buffers take in bytes, each tensor once."""
    tensors = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
