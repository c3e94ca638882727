"""The plan of a run of several processes: what each card may take, of which the fullest decides."""

from __future__ import annotations

from dataclasses import replace

from studio.core.recipe.machine_table import MachineTable
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.planner.recipe_plan import budget_for
from tests.planner.machines import GIB, machine

RECIPE = Recipe(name="two", tasks=(TaskTable(name="rows", train="rows.jsonl"),), machine=MachineTable(processes=2))


def test_that_the_fullest_of_its_cards_decides_and_each_is_told() -> None:
    here = machine(24)
    empty = replace(here.devices[0], bus="0000:01:00.0")
    full = replace(empty, index=1, bus="0000:02:00.0", free_bytes=10 * GIB)
    two = replace(here, devices=(empty, full, here.cpu_device))
    alone = RECIPE.model_copy(update={"machine": MachineTable()})
    budget, notes = budget_for(RECIPE, two, empty, None)
    assert budget == budget_for(alone, two, full, None)[0] < budget_for(alone, two, empty, None)[0]
    told = next(note for note in notes if note.startswith("Each of its cards may take"))
    assert "cuda:0 2" in told
    assert f"cuda:1 {budget / GIB:.1f} GiB" in told
    # Too few cards: still a plan, for the one that is there; that it cannot start is said elsewhere.
    one = replace(here, devices=(empty, here.cpu_device))
    assert budget_for(RECIPE, one, empty, None)[0] == budget_for(alone, one, empty, None)[0]
