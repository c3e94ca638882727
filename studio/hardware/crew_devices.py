"""The devices of several processes that train one run on this machine."""

from __future__ import annotations

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.hardware.machine import Device, Machine


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
