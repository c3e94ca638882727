"""Going on with less when memory runs out: fewer rows at once, then recomputed activations, said each time."""

from __future__ import annotations

from typing import Any

import torch

from studio.core.events import MemoryReduced
from studio.core.problem import DoesNotFitError, Problem
from studio.training.memory import empty_cache
from studio.training.recorder import Recorder


class Recovery:
    """Holds how much is computed at once; the optimiser's batch never changes."""

    def __init__(
        self, model: Any, recorder: Recorder, device: torch.device, micro_batch: int, checkpointing: bool
    ) -> None:
        self._model = model
        self._recorder = recorder
        self._device = device
        self.micro_batch = micro_batch
        self.checkpointing = False
        if checkpointing:
            self.recompute_activations()

    def reduce(self, step: int, trouble: str) -> None:
        """Take less memory from here on; raises DoesNotFitError when there is nothing left to give up."""
        empty_cache(self._device)
        if self.micro_batch > 1:
            old, self.micro_batch = self.micro_batch, self.micro_batch // 2
            change = f"{self.micro_batch} rows are computed at once instead of {old}; the optimiser sees as many."
        elif not self.checkpointing:
            self.recompute_activations()
            change = "Activations are computed again in the backward pass instead of being kept."
        else:
            raise DoesNotFitError(
                Problem(
                    f"step {step}",
                    f"one row at a time with recomputed activations does not fit in memory ({_short(trouble)}).",
                    "Lower training.max_length or method.rank, hold the model in int8 or nf4, or free memory.",
                )
            )
        print(f"out of memory at step {step}: {_short(trouble)}; {change}", flush=True)
        self._recorder.event(
            MemoryReduced(step=step, change=change, micro_batch=self.micro_batch, checkpointing=self.checkpointing)
        )

    def restore(self, micro_batch: int, checkpointing: bool) -> None:
        """Go on as the checkpoint's worker did, so that a resumed run neither differs nor fails anew."""
        self.micro_batch = micro_batch
        if checkpointing:
            self.recompute_activations()

    def recompute_activations(self) -> None:
        """Turn activation checkpointing on, in the form that needs no gradient at a layer's input."""
        if self.checkpointing:
            return
        base = self._model.get_base_model()
        if hasattr(base, "activation_checkpointing_enable"):
            base.activation_checkpointing_enable({"use_reentrant": False})
        else:  # older transformers know it by its older name
            base.gradient_checkpointing_enable({"use_reentrant": False})
        self.checkpointing = True


def _short(text: str) -> str:
    first = text.strip().splitlines()[0] if text.strip() else "no detail was given"
    return first if len(first) <= 160 else f"{first[:157]}..."
