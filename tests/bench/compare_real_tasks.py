"""The four methods at equal trainable parameters on four real tasks mixed in one run, within a given time.

    python -m tests.bench.compare_real_tasks --data ../shared/data --minutes 60 [--seeds 3] [--runs DIR] [--json PATH]

Two steps of each method are timed first, evaluations and loading apart; every run then gets as many steps as the
minutes allow, the same for all. `--minutes 0` trains a full epoch instead, for a machine with a card. Beside the scores
stand the majority answer of each test file and the base model before training. A second start goes on where this one
ended.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

from studio.cli.compare_verb import chosen_methods, recipes_to_compare, table
from studio.cli.train_verbs import run_to_its_end
from studio.core.comparison import RunResult, by_method, read_result
from studio.core.recipe import MethodTable, ModelTable, Recipe, TaskTable, TrainingTable
from studio.core.run_folder import create_run, list_runs
from tests.bench.measure import machine, write_json

TASKS = ("arc-easy", "arc-challenge", "boolq", "openbookqa")


def recipe_of(data: Path, evaluate_rows: int, **training: object) -> Recipe:
    """Return the paper's settings on the demo's model: all projections, learning rate 2e-4, batches of 16."""
    values = {"epochs": 1, "batch_size": 16, "max_length": 256, "save_every": 100, "evaluate_every": 1_000_000}
    return Recipe(
        name="real tasks",
        model=ModelTable(source="demo"),
        tasks=tuple(
            TaskTable(
                name=name,
                train=str(data / name / "train.json"),
                evaluate=str(data / name / "test.json"),
                metric="choice",
                evaluate_rows=evaluate_rows,
            )
            for name in TASKS
        ),
        method=MethodTable(name="mixlora", rank=8, alpha=16, experts=8, dropout=0.05),
        training=TrainingTable.model_validate(values | training),
    )


def majority(file: Path) -> float:
    """Return the share of the most common answer in a test file."""
    answers = Counter(row["answer"] for row in json.loads(file.read_text(encoding="utf-8")))
    return max(answers.values()) / answers.total()


def run(recipe: Recipe, runs: Path) -> tuple[RunResult, float]:
    """Train a recipe, unless a finished run of it is there; returns what it gave and the seconds it took now."""
    began = time.monotonic()
    same = [folder for folder in list_runs(runs) if folder.recipe() == recipe]
    folder = same[0] if same else create_run(recipe, runs)
    if not same or read_result(folder).state != "finished":
        code = run_to_its_end(folder)
        if code:
            raise SystemExit(code)
    return read_result(folder), time.monotonic() - began


def steps_for(minutes: float, data: Path, methods: list, seeds: int, rows: int, runs: Path) -> int:
    """Return the steps of each run that fit into the minutes, by the time of two steps of each method."""
    timing = runs / "timing"
    known = timing / "steps.json"
    if known.is_file():
        return int(json.loads(known.read_text(encoding="utf-8"))["steps"])
    fixed = each = 0.0
    for recipe in recipes_to_compare(recipe_of(data, rows, max_steps=2), methods, 1, same_rank=False):
        result, wall = run(recipe, timing)
        each += result.seconds / 2
        fixed += wall - result.seconds
    steps = int((minutes * 60 / seeds - fixed) / each)
    print(f"{each:.1f} s a step and {fixed:.0f} s besides, over {len(methods)} methods: {steps} steps each")
    if steps < 1:
        raise SystemExit(f"{minutes:g} minutes are too few; {seeds * (fixed + each) / 60:.0f} allow one step each.")
    known.write_text(json.dumps({"steps": steps}), encoding="utf-8")
    return steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds arc-easy, boolq, …")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", default="lora,dora,mixlora,moelora")
    parser.add_argument("--rows", type=int, default=200, help="held-out rows of each task that are scored")
    parser.add_argument("--runs", type=Path, default=Path("runs-real-tasks"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    data, runs, methods = arguments.data.resolve(), arguments.runs.resolve(), chosen_methods(arguments.methods)
    training: dict[str, object] = {}
    if arguments.minutes:
        training["max_steps"] = steps_for(arguments.minutes, data, methods, arguments.seeds, arguments.rows, runs)
    results = []
    for recipe in recipes_to_compare(recipe_of(data, arguments.rows, **training), methods, arguments.seeds, False):
        results.append(run(recipe, runs)[0])
        print(table(by_method(results), results), flush=True)
    baseline = {name: majority(data / name / "test.json") for name in TASKS}
    print("Majority answer: " + ", ".join(f"{name} {100 * share:.1f} %" for name, share in baseline.items()))
    lines = [line.as_dict() for line in by_method(results)]
    write_json(arguments.json, {"machine": machine("cpu"), "majority": baseline, **training, "methods": lines})


if __name__ == "__main__":
    main()
