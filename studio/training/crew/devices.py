"""Which device each process of a crew trains on, and the plan that all of them follow."""

from __future__ import annotations

from dataclasses import replace

from studio.core.recipe.recipe import Recipe
from studio.hardware import Machine
from studio.hardware.crew_devices import crew_devices
from studio.planner import Plan, plan_recipe
from studio.training.crew.crew import Crew


def planned_by(crew: Crew, asked: Recipe, machine: Machine, longest: int | None = None) -> Plan:
    """The plan of `asked` as the crew's leader makes it, on this process's own device.

    How much memory is free differs from card to card and from one moment to the next; what is decided from it must not.
    """
    plan = crew.share(plan_recipe(asked, machine, longest=longest))
    if crew.alone:
        return plan
    own = crew_devices(machine, asked.machine.device, crew.local_count)[crew.local_rank]
    named = plan.recipe.machine.model_copy(update={"device": own.torch_name})
    return replace(plan, device=own, recipe=plan.recipe.model_copy(update={"machine": named}))
