"""One real training step on the CPU, measured: what torch holds of each of the plan's items, in bytes.

Model, adapter, loss, step and optimiser are those of a run (studio/training); only the rows are made up.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from peft import get_peft_model
from torch import Tensor
from torch.utils._pytree import tree_iter

from studio.core.recipe.recipe import MethodTable, ModelTable, TrainingTable
from studio.data.token_rows import TokenRow, TokenRows
from studio.methods.registry import adapter_config
from studio.models.base_model import load_base
from studio.planner.activations import input_bytes, kept_bytes
from studio.planner.adapter import ELEMENT, elements, optimizer_bytes
from studio.planner.methods.registry import arithmetic_of
from studio.planner.model_source import model_shape
from studio.planner.step import Step
from studio.planner.transients import largest_transient
from studio.planner.weights import weight_bytes
from studio.training.answer_loss import AnswerLoss
from studio.training.memory.oom_recovery import AtOnce, Recovery
from studio.training.optimizer import make_optimizer
from studio.training.packed_attention import PackedAttention
from studio.training.step import StepComputer
from tests.planner.live_bytes import LiveBytes
from tests.tiny import make_tiny_model

ITEMS = ("weights", "adapter", "gradients", "optimizer", "activations")


@dataclass(frozen=True, slots=True)
class Case:
    """A configuration to hold the plan against: an architecture with fields of its config, and how it is trained."""

    architecture: str
    precision: str
    method: MethodTable
    rows: int = 2
    length: int = 48
    padded: bool = True
    packed: bool = False
    checkpointing: bool = False
    optimizer: str = "adamw"
    config: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        parts = [
            self.architecture,
            self.precision,
            self.method.name,
            f"r{self.method.rank}",
            f"{self.rows}x{self.length}",
        ]
        parts += ["padded"] * self.padded + ["packed"] * self.packed + ["checkpointed"] * self.checkpointing
        parts += ["8-bit"] * (self.optimizer != "adamw") + ["dropout"] * (self.method.dropout > 0)
        return " ".join(parts)


def method(name: str = "mixlora", rank: int = 8, dropout: float = 0.05, **fields: Any) -> MethodTable:
    """A method table with small numbers."""
    values = {"name": name, "rank": rank, "alpha": 16, "experts": 4, "top_k": 2, "dropout": dropout}
    return MethodTable.model_validate(values | fields)


def measure(case: Case, folder: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Return (planned, measured) bytes of ITEMS for one step of `case`, whose model is written into `folder`."""
    make_tiny_model(folder, case.architecture, **dict(case.config))
    table = ModelTable.model_validate({"source": str(folder), "precision": case.precision})
    model, autocast = _adapted(case, table)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    known = {_place(parameter) for parameter in model.parameters()} | {_place(each) for each in model.buffers()}
    held = {"weights": frozen_bytes(model), "adapter": sum(_bytes(parameter) for parameter in trained)}
    computer, learned = _computer(case, model, autocast)
    with _kept(known) as kept:
        computer(0, case.rows)
    held["activations"] = kept[0]
    held["gradients"] = sum(_bytes(parameter.grad) for parameter in trained if parameter.grad is not None)
    held["optimizer"] = _optimizer_bytes(case, model)
    shape = model_shape(table)
    ask = arithmetic_of(case.method)
    tensors = ask.tensors(shape, case.method)
    step = Step(case.rows, case.length, case.precision, case.checkpointing, "cpu", case.padded, learned, case.packed)
    planned = {
        "weights": weight_bytes(shape, case.precision, "cpu") + ask.remembered(shape, case.method),
        "adapter": elements(tensors) * ELEMENT,
        "gradients": elements(tensors) * ELEMENT,
        "optimizer": optimizer_bytes(tensors, case.optimizer),
        "activations": kept_bytes(shape, case.method, step),
    }
    return planned, held


def measure_peak(case: Case, folder: Path) -> tuple[int, int]:
    """Return (planned, measured) bytes that one step of `case` takes at its peak beyond model and optimiser."""
    make_tiny_model(folder, case.architecture, **dict(case.config))
    table = ModelTable.model_validate({"source": str(folder), "precision": case.precision})
    model, autocast = _adapted(case, table)
    computer, learned = _computer(case, model, autocast)
    with LiveBytes([*model.parameters(), *model.buffers()]) as live:
        computer(0, case.rows)
    shape = model_shape(table)
    tensors = arithmetic_of(case.method).tensors(shape, case.method)
    step = Step(case.rows, case.length, case.precision, case.checkpointing, "cpu", case.padded, learned, case.packed)
    kept = kept_bytes(shape, case.method, step)
    transient, _ = largest_transient(shape, case.method, step, tensors, case.optimizer, kept)
    return kept + transient + input_bytes(shape, step) + elements(tensors) * ELEMENT, live.peak


def _adapted(case: Case, table: ModelTable) -> tuple[Any, torch.dtype | None]:
    base = load_base(table, "cpu")
    model: Any = get_peft_model(base.model, adapter_config(case.method))
    recovery = Recovery(model, None, torch.device("cpu"), AtOnce(case.rows, case.checkpointing))  # type: ignore[arg-type]
    assert recovery.checkpointing == case.checkpointing
    model.train()
    return model, None if base.precision == "fp32" else torch.bfloat16


def _computer(case: Case, model: Any, autocast: torch.dtype | None) -> tuple[StepComputer, int]:
    """The run's own step over made-up rows of the case's length, the last a little shorter where it is padded."""
    rows = []
    for number in range(case.rows):
        length = case.length - (3 if case.padded and number == case.rows - 1 else 0)
        learned = np.arange(length) >= case.length // 2
        rows.append(TokenRow(np.arange(3, 3 + length, dtype=np.int32) % 300 + 3, learned))
    tasks: Any = SimpleNamespace(tasks=[SimpleNamespace(name="made-up", train=TokenRows(rows))], pad_id=0)
    order: Any = SimpleNamespace(
        batch_size=case.rows, seed=0, at=lambda step: [(0, number) for number in range(case.rows)]
    )
    packed = PackedAttention(model) if case.packed else None
    computer = StepComputer(model, AnswerLoss(model), tasks, order, autocast, packed)
    return computer, sum(int(row.learned.sum()) for row in rows)


@contextmanager
def _kept(known: set[int]) -> Iterator[list[int]]:
    """Count the bytes of tensors that the graph keeps when backward begins: saved, or held by a Function's context.

    Each storage counts once, those in `known` not at all.
    """
    boxes: list[weakref.ref[_Box]] = []
    counted: list[int] = []
    backward = Tensor.backward

    def pack(tensor: Tensor) -> Any:
        if _place(tensor) in known:
            return tensor
        box = _Box(tensor)
        boxes.append(weakref.ref(box))
        return box

    def counting(self: Tensor, *args: Any, **kwargs: Any) -> None:
        gc.collect()
        alive = [box for reference in boxes if (box := reference()) is not None]
        tensors = [box.tensor for box in alive] + _held_by_contexts(self)
        sizes = {_place(tensor): tensor.untyped_storage().nbytes() for tensor in tensors}
        counted.append(sum(size for place, size in sizes.items() if place not in known))
        del alive, tensors
        backward(self, *args, **kwargs)

    Tensor.backward = counting  # type: ignore[method-assign]
    try:
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda box: box.tensor if isinstance(box, _Box) else box):
            yield counted
    finally:
        Tensor.backward = backward  # type: ignore[method-assign]


def _held_by_contexts(loss: Tensor) -> list[Tensor]:
    """Tensors that Functions written in Python keep as attributes (bitsandbytes does), where no hook sees them."""
    found: list[Tensor] = []
    seen, waiting = set(), [loss.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        waiting += [after for after, _ in node.next_functions]
        found += [each for each in tree_iter(getattr(node, "__dict__", {})) if isinstance(each, Tensor)]
    return found


class _Box:
    """Stands for a saved tensor in the graph; gone when the graph lets go of it."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


def frozen_bytes(model: Any) -> int:
    """Bytes of frozen parameters, their quantisation states, and buffers; each storage once."""
    found: dict[int, int] = {}
    for parameter in model.parameters():
        if parameter.requires_grad:
            continue
        state = getattr(parameter, "quant_state", None)
        tensors = [parameter.data]
        if state is not None:
            nested = state.state2
            tensors += [state.absmax, state.code, state.offset, nested.absmax, nested.code]
        if getattr(parameter, "SCB", None) is not None:
            tensors.append(parameter.SCB)
        for tensor in tensors:
            found[_place(tensor)] = tensor.untyped_storage().nbytes()
    for module in model.modules():
        # bitsandbytes moves an int8 matrix' scales from the weight to the module at its first product.
        if (scales := getattr(getattr(module, "state", None), "SCB", None)) is not None:
            found[_place(scales)] = scales.untyped_storage().nbytes()
    for buffer in model.buffers():
        found[_place(buffer)] = buffer.untyped_storage().nbytes()
    return sum(found.values())


def _optimizer_bytes(case: Case, model: Any) -> int:
    """Bytes of the states of a run's optimiser after one step."""
    optimizer = make_optimizer(TrainingTable.model_validate({"optimizer": case.optimizer}), model)
    optimizer.step()
    found: dict[int, int] = {}
    for state in optimizer.state.values():
        for tensor in state.values():
            if torch.is_tensor(tensor):
                found[_place(tensor)] = tensor.untyped_storage().nbytes()
    return sum(found.values())


def _place(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
