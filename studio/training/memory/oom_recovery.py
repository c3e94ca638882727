"""Continuing with less when memory runs out: fewer rows at once, then recomputed activations, then layers in RAM.

Each time it is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import psutil
import torch

from studio.core.at_once import ROWS_AT_ONCE
from studio.core.problem import DoesNotFitError, Problem
from studio.core.run.events import MemoryReduced
from studio.core.units import memory
from studio.core.words import plural, sentences, tr
from studio.hardware.reserve import ram_for_card
from studio.methods.recomputing import checkpoint_options
from studio.training.crew.crew import Crew
from studio.training.memory.layers_in_ram import LayersInRam
from studio.training.memory.usage import empty_cache
from studio.training.recorder import Recorder

LEAST_LAYERS = 4  # that go to the machine's memory at a time: the first two fill the buffers, and free nothing


@dataclass(frozen=True, slots=True)
class AtOnce:
    """How much is computed at once: rows of a training step, whether activations are recomputed, rows scored.

    layers_in_ram: how many layers are not even on the device until they are needed.
    """

    micro_batch: int
    checkpointing: bool
    evaluation_rows: int = ROWS_AT_ONCE
    layers_in_ram: int = 0

    def within(self, other: AtOnce) -> AtOnce:
        """The smaller of both in everything."""
        return AtOnce(
            min(self.micro_batch, other.micro_batch),
            self.checkpointing or other.checkpointing,
            min(self.evaluation_rows, other.evaluation_rows),
            max(self.layers_in_ram, other.layers_in_ram),
        )


class Recovery:
    """Decides how much is computed at once; the optimiser's batch never changes."""

    def __init__(
        self,
        model: Any,
        recorder: Recorder,
        device: torch.device,
        at_once: AtOnce,
        layers: LayersInRam | None = None,
        crew: Crew | None = None,
    ) -> None:
        self._model = model
        self._recorder = recorder
        self._device = device
        self.at_once = at_once
        self._layers = layers
        self._crew = crew or Crew()
        self._recomputes = False
        self.continue_with(at_once)

    @property
    def micro_batch(self) -> int:
        return self.at_once.micro_batch

    @property
    def checkpointing(self) -> bool:
        return self.at_once.checkpointing

    @property
    def can_reduce(self) -> bool:
        """Whether anything is left to give up."""
        return self.at_once.micro_batch > 1 or not self.at_once.checkpointing or self._more_layers() > 0

    def reduce(self, step: int, trouble: str, because: str = "") -> None:
        """Take less memory from here on; raises DoesNotFitError when there is nothing left to give up.

        `trouble` is what the allocator said, in one line, for the log; `because` begins the sentence for the user.
        """
        empty_cache(self._device)
        now = self.at_once
        if now.micro_batch > 1:
            less = replace(now, micro_batch=now.micro_batch // 2)
            change = plural(
                "{n} row is computed at once instead of {before}; the optimiser's batch is unchanged.",
                "{n} rows are computed at once instead of {before}; the optimiser's batch is unchanged.",
                less.micro_batch,
                before=now.micro_batch,
            )
        elif not now.checkpointing:
            less = replace(now, checkpointing=True)
            change = tr("Activations are computed again in the backward pass instead of being kept.")
        elif layers := self._more_layers_of_all():
            less = replace(now, layers_in_ram=layers)
            change = plural(
                "{n} layer lies in the machine's memory and comes to the card when it is needed.",
                "{n} layers lie in the machine's memory and come to the card when they are needed.",
                layers,
            )
        else:
            raise DoesNotFitError(
                Problem(
                    tr("step {step}", step=step) if step else tr("probe", "where something went wrong"),
                    tr(
                        "one row at a time with recomputed activations does not fit in memory ({trouble}).",
                        trouble=trouble,
                    ),
                    tr("Lower training.max_length or method.rank, hold the model in int8 or nf4, or free memory."),
                )
            )
        self.continue_with(less)
        self._record(step, trouble, sentences(because, change))

    def reduce_evaluation(self, step: int, trouble: str) -> bool:
        """Score fewer rows at once from here on; False when it is one already."""
        empty_cache(self._device)
        now = self.at_once
        if now.evaluation_rows == 1:
            return False
        rows = now.evaluation_rows // 2
        self.at_once = replace(now, evaluation_rows=rows)
        change = plural(
            "{n} row is scored at once instead of {before}.",
            "{n} rows are scored at once instead of {before}.",
            rows,
            before=now.evaluation_rows,
        )
        self._record(step, trouble, change, rows)
        return True

    def score_at_most(self, step: int, rows: int) -> None:
        """Score no more rows at once than another process of the run has found that it can."""
        while self.at_once.evaluation_rows > rows and self.reduce_evaluation(step, tr("another process ran out of it")):
            pass

    def continue_with(self, at_once: AtOnce) -> None:
        """Compute no more at once than `at_once`, as an earlier worker found that it must."""
        self.at_once = self.at_once.within(at_once)
        if self.at_once.checkpointing:
            self._recompute_activations()
        if self._layers is not None and self.at_once.layers_in_ram > self._layers.count:
            put_in_ram(self._layers, self.at_once.layers_in_ram, self._recorder)
            empty_cache(self._device)

    def _more_layers(self) -> int:
        """How many layers there would be in the machine's memory if more went there; 0 where none can."""
        if self._layers is None or self._layers.count == self._layers.most:
            return 0
        now, most = self._layers.count, self._layers.most
        more = min(most, now + max(LEAST_LAYERS, (most - now) // 2))
        there = psutil.virtual_memory()
        needed = self._crew.local_count * self._layers.ram_bytes(more)
        return more if needed <= ram_for_card(there.total, there.available) else 0

    def _more_layers_of_all(self) -> int:
        """The same in every process of a crew, which all come by here: none where one has no room for them."""
        return 0 if self._layers is None else -self._crew.most(-self._more_layers())

    def _record(self, step: int, trouble: str, change: str, evaluation_rows: int | None = None) -> None:
        print(f"too little memory at step {step}: {trouble}; {change}", flush=True)
        self._recorder.event(
            MemoryReduced(
                step=step,
                change=change,
                micro_batch=self.at_once.micro_batch,
                checkpointing=self.at_once.checkpointing,
                evaluation_rows=evaluation_rows,
                layers_in_ram=self.at_once.layers_in_ram,
            )
        )

    def _recompute_activations(self) -> None:
        """Turn activation checkpointing on, in the form that needs no gradient at a layer's input."""
        if self._recomputes:
            return
        self._recomputes = True
        base = self._model.get_base_model()
        options = checkpoint_options([self._model])
        if hasattr(base, "activation_checkpointing_enable"):
            base.activation_checkpointing_enable(options)
        else:  # its name in older versions of transformers
            base.gradient_checkpointing_enable(options)


def put_in_ram(layers: LayersInRam, count: int, recorder: Recorder) -> None:
    """Have `count` layers in the machine's memory; where the system did not let all of it be pinned, say so."""
    before = layers.unpinned_bytes
    layers.put(count)
    if layers.unpinned_bytes == before:
        return
    recorder.warn(
        "machine.layers_in_ram",
        tr(
            "the system pins no more memory; {size} of the layers come to the card more slowly.",
            size=memory(layers.unpinned_bytes),
        ),
        tr("Close other programs; results are the same."),
    )
