"""One real step of several runs together on the CPU, measured: what the graph keeps, and the most that is alive."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from studio.planner.activations import input_bytes, kept_bytes
from studio.planner.model_source import model_shape
from studio.planner.step import Step
from studio.planner.together_peak import fullest, share_of
from studio.training.together.gradients import TogetherGradients
from tests.planner.live_bytes import LiveBytes
from tests.planner.real_step import _Box, _held_by_contexts, _place
from tests.training.together.together_runs import made, together


@dataclass(slots=True)
class Seen:
    """(planned, measured) bytes of each pass over the rows of all: `kept` by the graph, `peak` beyond the models."""

    kept: list[tuple[int, int]] = field(default_factory=list)
    peak: list[tuple[int, int]] = field(default_factory=list)


def measure_together(
    folder: Path, model: Path, changes: Sequence[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Seen:
    """Two steps of runs that differ in `changes`: of the first, what is kept; of the second, the peak."""
    seen, add = Seen(), TogetherGradients._add

    def measured(self: TogetherGradients, runs: Any, making: Any, batches: Any) -> None:
        planned, whole = _planned(runs, batches)
        tensors = [each for run in runs for each in (*run.model.parameters(), *run.model.buffers())]
        if len(seen.kept) == len(seen.peak):
            with pytest.MonkeyPatch.context() as patch:
                held = _counting(patch, {_place(each) for each in tensors})
                add(self, runs, making, batches)
            seen.kept.append((planned, held[0]))
            return
        for run in runs:
            run.model.zero_grad(set_to_none=True)
        with LiveBytes(tensors) as live:
            add(self, runs, making, batches)
        seen.peak.append((whole, live.peak))

    with monkeypatch.context() as patch:
        patch.setattr(TogetherGradients, "_add", measured)
        folders = made(folder, model, changes, training__max_steps=2, training__micro_batch=4)
        assert together(folders) == [0] * len(changes)
    return seen


def _planned(runs: Any, batches: Any) -> tuple[int, int]:
    """The planned bytes of activations, and of the fullest moment of the passes, beyond models and optimisers."""
    kept, others = 0, 0
    shares = []
    for run, batch in zip(runs, batches, strict=True):
        recipe, shape = run.setup.decided, model_shape(run.setup.decided.model)
        rows, length = batch.input_ids.shape
        padded = bool((batch.attention_mask == 0).any())
        learned = int((batch.labels >= 0).sum())
        packed = batch.packing is not None
        step = Step(rows, length, run.setup.base.precision, False, "cpu", padded, learned, packed, together=True)
        kept += kept_bytes(shape, recipe.method, step)
        shares.append(replace(share_of(recipe, shape, step), evaluation=0))
        others += input_bytes(shape, step)
    return kept, fullest(shares).bytes + others


def _counting(patch: pytest.MonkeyPatch, known: set[int]) -> list[int]:
    """Count what the graph keeps when the backward pass of all begins; each storage once, those in `known` not."""
    boxes: list[weakref.ref[_Box]] = []
    counted: list[int] = []
    backward, losses = torch.autograd.backward, TogetherGradients._losses

    def pack(tensor: Tensor) -> Any:
        if _place(tensor) in known:
            return tensor
        box = _Box(tensor)
        boxes.append(weakref.ref(box))
        return box

    def hooked(self: TogetherGradients, *given: Any) -> Any:
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda box: box.tensor if isinstance(box, _Box) else box):
            return losses(self, *given)

    def counting(totals: Sequence[Tensor], *more: Any, **options: Any) -> None:
        gc.collect()
        alive = [box for reference in boxes if (box := reference()) is not None]
        tensors = [box.tensor for box in alive] + [each for total in totals for each in _held_by_contexts(total)]
        sizes = {_place(tensor): tensor.untyped_storage().nbytes() for tensor in tensors}
        counted.append(sum(size for place, size in sizes.items() if place not in known))
        del alive, tensors
        backward(totals, *more, **options)

    patch.setattr(TogetherGradients, "_losses", hooked)
    patch.setattr(torch.autograd, "backward", counting)
    return counted
