"""Prints how long a plan takes: the first for a local model, and again while a slider moves.

    python -m tests.bench.bench_plan_speed

Targets: 50 ms for the first answer after import, 10 ms for each move of a slider.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

from studio.core import places
from studio.core.recipe.recipe import Recipe
from studio.hardware import detect
from studio.planner import alternatives, plan_recipe
from studio.planner.pins import with_value
from tests.planner.machines import forget_shapes


def main() -> None:
    """Time first plans, slider moves and the search on the demo model."""
    if places.demo_model() is None:
        raise SystemExit("the demo model is not installed")
    recipe = Recipe.model_validate({"tasks": [{"name": "task", "train": "task.jsonl"}]})
    machine = detect()
    first = []
    for _ in range(10):
        forget_shapes()
        first.append(_timed(partial(plan_recipe, recipe, machine)))
    moves = []
    for rank in range(1, 129):
        moved = with_value(recipe, "method.rank", rank)
        moves.append(_timed(partial(plan_recipe, moved, machine)))
    search = [_timed(partial(alternatives, recipe, machine, 8 << 30)) for _ in range(10)]
    for name, times in (("first plan, header read", first), ("slider move", moves), ("three alternatives", search)):
        print(f"{name:26} median {statistics.median(times):7.2f} ms   worst {max(times):7.2f} ms   n {len(times)}")


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
