"""The four methods at equal trainable parameters on four real tasks mixed in one run.

    python -m tests.bench.compare_real_tasks --data ../shared/data --steps 24 [--seeds 3] [--rows 100] [--streams 1]
                                             [--runs DIR] [--json PATH]

Every run gets the same number of steps; `--steps 0` trains a full epoch instead, for a machine with a card. Beside the
scores stand the majority answer among the scored rows and the base model before training, which is scored on the same
rows once, by the first run: as it begins each method's model equals its base. A second start goes on where this one
ended, with the same JSON. `--streams 2` trains two runs side by side; give each a thread (OMP_NUM_THREADS=1).

Settings are the paper's but for the learning rate, 1e-3 in place of 2e-4, since runs are short: all projections,
batches of 16, mixlora with 8 experts of rank 8 of which 2 are chosen, the others at the rank with as many parameters.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from studio.cli.compare_verb import chosen_methods
from studio.cli.output import columns
from studio.core import places
from studio.core.process.start_worker import start_worker
from studio.core.recipe.recipe import MethodTable, ModelTable, Recipe, TaskTable, TrainingTable
from studio.core.run.events import EvaluationEnded, RunResumed, RunStarted, TaskScore
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder, create_run, list_runs
from studio.core.state.comparison import MethodResult, RunResult, Spread, by_method, read_result
from studio.core.state.run_state import read_state
from studio.core.units import memory
from studio.planner.compared_recipes import recipes_to_compare
from tests.bench.measure import machine, write_json

TASKS = ("arc-easy", "arc-challenge", "boolq", "openbookqa")
VERSIONS = ("torch", "transformers", "peft")
LOOK_EVERY = 2.0  # seconds


def recipe_of(data: Path, evaluate_rows: int, steps: int, seed: int = 1) -> Recipe:
    """Return the recipe that all methods share; what memory would decide is set, so that all runs compute alike."""
    training: dict[str, Any] = {
        "epochs": 1,
        "max_steps": steps or None,
        "batch_size": 16,
        "micro_batch": 8,
        "checkpointing": False,
    }
    training |= {"max_length": 256, "learning_rate": 1e-3, "save_every": 6, "keep": 1, "evaluate_every": 1_000_000}
    return Recipe(
        name="real tasks",
        seed=seed,
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
        training=TrainingTable.model_validate(training),
    )


def majority(file: Path, rows: int) -> float:
    """Return the share of the most common answer among the rows of a test file that are scored.

    They are spread evenly over the file, as `studio.data.tasks.Task.scored` chooses them.
    """
    answers = [row["answer"] for row in json.loads(file.read_text(encoding="utf-8"))]
    rows = min(rows, len(answers))
    scored = Counter(answers[number * len(answers) // rows] for number in range(rows))
    return max(scored.values()) / rows


class Processors:
    """The processor seconds that each run's workers took, on record beside the runs: they outlive this script."""

    def __init__(self, runs: Path) -> None:
        self._file = runs / "processor-seconds.json"
        self._of: dict[str, dict[str, float]] = {}
        if self._file.is_file():
            self._of = json.loads(self._file.read_text(encoding="utf-8"))

    def look(self, run: str, pid: int) -> None:
        try:
            used = psutil.Process(pid).cpu_times()
        except psutil.Error:
            return  # it has left; what the last look saw stands
        self._of.setdefault(run, {})[str(pid)] = used.user + used.system
        self._file.write_text(json.dumps(self._of), encoding="utf-8")

    def seconds(self, run: str) -> float:
        return sum(self._of.get(run, {}).values())


def train_all(recipes: list[Recipe], runs: Path, streams: int, tasks: Sequence[str] = TASKS) -> list[RunFolder]:
    """Train each recipe to its end, so many at once, and return their folders; finished ones are not repeated."""
    there = list_runs(runs)
    folders = [next((each for each in there if each.recipe() == recipe), None) for recipe in recipes]
    found = [each or create_run(recipe, runs) for each, recipe in zip(folders, recipes, strict=True)]
    processors, waiting, live = Processors(runs), list(found), dict[str, tuple[int, int]]()
    while waiting or live:
        for folder in [each for each in found if each.id in live]:
            processors.look(folder.id, live[folder.id][1])
            if not folder.is_alive() and (state := read_state(folder)).state != "starting":
                del live[folder.id]
                print(f"{time.strftime('%H:%M:%S')} {folder.id}: {state.state}. {state.reason}", flush=True)
                if state.state != "finished":
                    raise SystemExit(f"{folder.log} says why; the same command goes on from there.")
                report([read_result(each) for each in found], tasks=tasks)
        while waiting and len(live) < streams:
            folder = waiting.pop(0)
            stream = min(set(range(streams)) - {stream for stream, _ in live.values()})
            if folder.is_alive():
                live[folder.id] = stream, _holder(folder)
            elif read_state(folder).state != "finished":
                _take_base_scores(folder, found)
                live[folder.id] = stream, _start(folder, runs, stream)
        time.sleep(LOOK_EVERY)
    return found


def _start(folder: RunFolder, runs: Path, stream: int) -> int:
    """Start a run's worker; a device takes one run at a time in each home, so every further stream has one of its own.

    In its home the demo's model is unpacked once more.
    """
    before = os.environ.get(places.HOME_VARIABLE)
    if stream:
        os.environ[places.HOME_VARIABLE] = str(runs / f"home-{stream}")
    try:
        return start_worker(folder)
    finally:
        os.environ.pop(places.HOME_VARIABLE, None)
        if before is not None:
            os.environ[places.HOME_VARIABLE] = before


def _holder(folder: RunFolder) -> int:
    """Return the process that trains a run which an earlier start of this script left training."""
    with folder.reader() as reader:
        turn = reader.last_event("RunStarted", "RunResumed")
    assert turn is not None
    assert isinstance(turn.event, (RunStarted, RunResumed))
    return turn.event.pid


def _take_base_scores(folder: RunFolder, others: list[RunFolder]) -> None:
    """Copy into a run's record what another run measured for the same base and rows, unless it has its own."""
    before = [scores for scores in map(base_scores, others) if scores is not None]
    if before and base_scores(folder) is None:
        with RunWriter(folder.db) as writer:
            writer.write(before[0])


def base_scores(folder: RunFolder) -> EvaluationEnded | None:
    with folder.reader() as reader:
        events = [stored.event for stored in reader.events(kinds=("EvaluationEnded",))]
    return next((each for each in events if isinstance(each, EvaluationEnded) and each.when == "before"), None)


def report(results: list[RunResult], shares: dict[str, float] | None = None, tasks: Sequence[str] = TASKS) -> str:
    """Print and return the table in Markdown: a line for each baseline and method, ± over seeds."""
    lines = by_method(results)
    before = next((result.before for result in results if result.before), {})
    rows = [["", "rank", "parameters", "runs", "mean", *tasks, "peak memory"]]
    if shares:
        rows.append(["majority answer", "", "", "", _percent(sum(shares.values()) / len(shares))])
        rows[-1] += [*(_percent(shares[task]) for task in tasks), ""]
    if before:
        values = [before[task] for task in tasks]
        rows.append(["base, untrained", "", "", "", _with_error(mean_score(values))])
        rows[-1] += [*(_with_error((each.value, each.stderr)) for each in values), ""]
    for line in lines:
        done = sum(run.state == "finished" for run in line.runs)
        rows.append([line.method.name, str(line.method.rank), f"{line.parameters or 0:,}", f"{done}"])
        rows[-1] += [_spread(line.right), *(_spread(line.tasks.get(task)) for task in tasks), memory(line.peak_bytes)]
    told = "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]])
    print(columns(rows) if sys.stdout.isatty() else told, flush=True)
    return told


def mean_score(scores: list[TaskScore]) -> tuple[float, float]:
    """Return the mean of tasks' scores and its standard error, from those of the tasks."""
    count = len(scores)
    return sum(each.value for each in scores) / count, sum(each.stderr**2 for each in scores) ** 0.5 / count


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _with_error(value: tuple[float, float]) -> str:
    return f"{100 * value[0]:.1f} (s.e. {100 * value[1]:.1f})"


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return "–"
    return _percent(spread.mean) + (f" ± {100 * spread.deviation:.1f}" if spread.deviation is not None else "")


def as_dict(line: MethodResult, processors: Processors) -> dict[str, Any]:
    """Return a method's line with every run's own scores, standard errors and processor seconds; no wall-clock time."""
    plain = line.as_dict()
    del plain["seconds"]  # of runs that shared the machine with others, so no speed of the method
    plain["runs"] = [
        {
            "id": run.id,
            "seed": run.seed,
            "state": run.state,
            "processor_seconds": round(processors.seconds(run.id), 1),
            "peak_bytes": run.peak_bytes,
            "scores": {name: score.model_dump() for name, score in run.scores.items()},
        }
        for run in line.runs
    ]
    return plain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds arc-easy, boolq, …")
    parser.add_argument("--steps", type=int, required=True, help="of every run; 0 for a full epoch")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", default="lora,dora,mixlora,moelora")
    parser.add_argument("--rows", type=int, default=100, help="held-out rows of each task that are scored")
    parser.add_argument("--streams", type=int, default=1, help="runs that train at the same time")
    parser.add_argument("--runs", type=Path, default=Path("runs-real-tasks"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    data, runs = arguments.data.resolve(), arguments.runs.resolve()
    runs.mkdir(parents=True, exist_ok=True)
    recipe = recipe_of(data, arguments.rows, arguments.steps)
    recipes = recipes_to_compare(recipe, chosen_methods(arguments.methods), arguments.seeds, same_rank=False)
    folders = train_all(recipes, runs, arguments.streams)
    results, processors = [read_result(folder) for folder in folders], Processors(runs)
    shares = {name: majority(data / name / "test.json", arguments.rows) for name in TASKS}
    table = report(results, shares)
    base = next((found for found in map(base_scores, folders) if found), None)
    content = {
        "machine": machine("cpu") | {name: importlib.metadata.version(name) for name in VERSIONS},
        "streams": arguments.streams,
        "processor_hours": round(sum(processors.seconds(folder.id) for folder in folders) / 3600, 3),
        "rows_trained": recipe.training.batch_size * arguments.steps or "an epoch",
        "recipe": recipe.training.model_dump() | {"model": recipe.model.source},
        "majority": shares,
        "base": {name: score.model_dump() for name, score in base.tasks.items()} if base else None,
        "methods": [as_dict(line, processors) for line in by_method(results)],
        "table": table,
    }
    write_json(arguments.json, content)


if __name__ == "__main__":
    main()
