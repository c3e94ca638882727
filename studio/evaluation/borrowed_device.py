"""Where models answer and are scored beside runs: a card that no run trains on, or the processor."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import psutil

from studio.core.problem import Problem, ProblemError
from studio.core.queue.device_lock import DeviceLock
from studio.core.queue.queue_text import holder_text
from studio.core.recipe.recipe import ModelTable
from studio.core.units import memory
from studio.core.words import tr
from studio.hardware import Device, Machine, detect
from studio.models.base_model import find_base
from studio.planner.model_files import read_headers

LEAST_BYTES = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "int8": 1.0, "nf4": 0.5}
"""What a weight takes at least, by precision."""
BUSY = "device-busy"
"""The kind of the Problem of a card on which a run trains: one may ask on the processor instead."""


def free_memory() -> int:
    """The processor's memory that is free, in bytes."""
    return int(psutil.virtual_memory().available)


@dataclass(frozen=True, slots=True)
class BorrowedDevice:
    """A device that is used while no run wants it; its lock is never held, so that a run can begin at any time."""

    device: Device

    @classmethod
    def of(cls, wanted: str = "auto", machine: Machine | None = None) -> BorrowedDevice:
        """The device that `wanted` names as in a recipe; raises ProblemError where a run trains on it."""
        device = (machine or detect()).device(wanted)
        if device is None or not device.usable:
            why = device.why_not if device else tr("this machine has no {device}.", device=wanted)
            raise ProblemError.at("device", why, tr('Choose "auto" or "cpu".'))
        if device.hidden:
            what = tr("this program has been working on another card since it started.")
            raise ProblemError.at(device.torch_name, what, tr('Choose "auto" or "cpu", or restart the program.'))
        found = cls(device)
        if found.must_make_way():
            what = tr(
                "{run} is training on it, and would have to share its memory.",
                run=holder_text(found.lock.holder()),
            )
            remedy = tr("Pause it, wait until it ends, or run it on the processor, which is slower.")
            raise ProblemError(Problem(device.name, what, remedy, kind=BUSY))
        return found

    @property
    def torch_name(self) -> str:
        return self.device.name_here

    @property
    def lock(self) -> DeviceLock:
        return DeviceLock(self.device.lock_name)

    def refuse_without_room(self, table: ModelTable) -> None:
        """Raise ProblemError where a model's weights are more than the processor's free memory.

        A card says itself when it is full; a machine whose own memory is full stands still.
        """
        if self.device.kind != "cpu":
            return
        tensors = read_headers(find_base(table)[0]).tensors or {}
        precision = "fp32" if table.precision == "auto" else table.precision
        needed, free = round(sum(map(prod, tensors.values())) * LEAST_BYTES[precision]), free_memory()
        if needed > free:
            what = tr(
                "its weights take {needed} as {precision}, and {free} of memory are free.",
                needed=memory(needed),
                precision=precision,
                free=memory(free),
            )
            raise ProblemError.at(table.source, what, tr("Close other programs, or wait until the card is free."))

    def must_make_way(self) -> bool:
        """Whether a run trains here that needs the memory; on a processor both have room, and only get slower."""
        return self.device.kind != "cpu" and self.lock.is_held()

    def beside(self) -> str:
        """What to say where a run trains on the same processor meanwhile; "" where none does."""
        if self.device.kind != "cpu" or not self.lock.is_held():
            return ""
        return tr(
            "{run} is training on the processor too: both are slower meanwhile.",
            run=holder_text(self.lock.holder()),
        )
