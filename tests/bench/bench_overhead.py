"""What recording costs: events, database, commands, loads, random states, as a share of a step on SmolLM2.

python tests/bench/bench_overhead.py [steps] [JSON file]

Every function that a bare training loop would not need is timed where it is called; `layer_sums` counts the loads
and is timed whole, though the balance loss needs half of it, so the share is an upper bound.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import studio.methods.mixlora.layer as mixlora_layer
from studio.core import places
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.events import StepEnded
from studio.core.run.run_folder import create_run
from studio.core.state import pulse
from studio.core.state.pulse import Beating
from studio.training import step_record
from studio.training.checkpoint.state import RandomStates
from studio.training.recorder import Recorder
from studio.training.run import train_run
from studio.training.step import StepComputer

spent: dict[str, float] = defaultdict(float)


def timed(owner: Any, name: str, label: str) -> None:
    """Count the time inside a function under `label`, from now on."""
    original = getattr(owner, name)

    def measured(*arguments: Any, **rest: Any) -> Any:
        began = time.perf_counter()
        try:
            return original(*arguments, **rest)
        finally:
            spent[label] += time.perf_counter() - began

    setattr(owner, name, measured)


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    settings = [f"training.max_steps={steps}", "training.save_every=1000000", "training.evaluate_every=1000000"]
    settings += [f"tasks.{number}.evaluate_rows=1" for number in range(3)]
    recipe = load_recipe(places.demo_recipe(), settings)
    timed(mixlora_layer, "layer_sums", "loads and balance sums")
    timed(StepComputer, "_add_loads", "loads, collected")
    timed(StepComputer, "_add_losses", "losses by task")
    timed(RandomStates, "capture", "random states")
    timed(step_record, "current_bytes", "memory in use")
    timed(step_record, "measured_peak", "memory's peak")
    # Warm-up is no part of a run's step: counting begins with the second.
    began_counting: list[float] = []
    record = Recorder.step

    def first(self: Recorder, ended: StepEnded, *rest: Any, **more: Any) -> None:
        record(self, ended, *rest, **more)
        if ended.step == 1:
            spent.clear()
            began_counting.append(time.perf_counter())
        elif ended.step == steps:
            began_counting.append(time.perf_counter())

    Recorder.step = first  # type: ignore[method-assign]
    timed(Recorder, "step", "events, curves and loads into run.db")
    timed(Recorder, "take_commands", "commands from run.db")
    timed(Beating, "_write", "pulse, written")
    timed(pulse, "_processor_seconds", "pulse, processor's time")
    with tempfile.TemporaryDirectory(prefix="overhead-") as home:
        folder = create_run(recipe, Path(home))
        with folder.held():
            assert train_run(folder) == 0
    wall = began_counting[1] - began_counting[0]
    counted = steps - 1
    print(f"steps timed: {counted}, {wall / counted:.3f} s each")
    for label, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"{1e3 * seconds / counted:9.2f} ms a step  {label}")
    total = sum(spent.values())
    print(f"{1e3 * total / counted:9.2f} ms a step  together: {100 * total / wall:.2f} % of a step")
    if len(sys.argv) > 2:
        told = {
            "steps_timed": counted,
            "seconds_a_step": round(wall / counted, 3),
            "milliseconds_a_step": {label: round(1e3 * seconds / counted, 3) for label, seconds in spent.items()},
            "share_of_a_step": round(total / wall, 5),
            "machine": f"{platform.platform()}, {os.cpu_count()} cores, no GPU",
        }
        Path(sys.argv[2]).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
