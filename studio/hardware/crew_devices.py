"""The devices of a run on this machine: those of each of its processes, and all that it keeps others from."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.problem import ProblemError
from studio.core.recipe.machine_table import MachineTable
from studio.core.words import tr
from studio.hardware.machine import Device, Machine


@dataclass(frozen=True, slots=True)
class RunDevices:
    """The devices that a run trains on at once: the one that its recipe means, and other processes' cards."""

    first: Device
    others: tuple[Device, ...] = ()

    @property
    def every(self) -> tuple[Device, ...]:
        return (self.first, *self.others)

    @property
    def lock_name(self) -> str:
        """The name of the first one's lock."""
        return self.first.lock_name

    @property
    def also(self) -> tuple[str, ...]:
        """The names of the others' locks."""
        return tuple(each.lock_name for each in self.others)

    @property
    def torch_name(self) -> str:
        """What a person calls them: "cuda:0", or "cuda:0 + cuda:1"."""
        return " + ".join(each.torch_name for each in self.every)


def run_devices(machine: Machine, table: MachineTable, first: Device) -> RunDevices:
    """All devices of a run whose recipe means `first`; raises ProblemError where there are too few cards."""
    each = crew_devices(machine, table.device, table.processes)
    return RunDevices(first, tuple(other for other in dict.fromkeys(each) if other != first))


def crew_devices(machine: Machine, wanted: str, processes: int) -> tuple[Device, ...]:
    """The device of each process, in order: a card of its own for each, or the processor, which they share.

    `wanted` is a recipe's `machine.device`. A card that it names comes first; the others follow by number. Raises
    ProblemError where the machine has fewer usable cards than processes.
    """
    first = machine.device(wanted) or machine.cpu_device
    if processes == 1 or first.kind == "cpu":
        return (first,) * processes
    others = [each for each in machine.devices if each.kind == first.kind and each.usable and each != first]
    found = sorted([first, *others], key=lambda each: each.index) if wanted == "auto" else [first, *others]
    if first.kind != "cuda" or len(found) < processes:
        raise ProblemError.at(
            "machine.processes",
            tr(
                "{n} processes each need a card of their own; cards of this machine that can be used: {count}.",
                n=processes,
                count=len(found),
            ),
            tr('Set it to {count}, or train on the processor (machine.device = "cpu").', count=len(found)),
        )
    return tuple(found[:processes])
