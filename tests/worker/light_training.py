"""Training without a model, for workers that are processes of their own in every other respect.

`light_workers(folder)` gives the environment in which `python -m studio.worker.run` trains so: locks, queue, commands
and database are the real ones, a step is a short sleep, and no torch is imported. A run called "broken" fails, and one
called "patient" stands still after its fifth step until it is asked for something, whatever that is. Tasks with
held-out rows are scored at the end, as `score_of` says.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from studio.core.recipe.recipe import Recipe
from studio.core.run.commands import Pause, Stop
from studio.core.run.events import (
    EvaluationEnded,
    RunEnded,
    RunPaused,
    RunResumed,
    RunStarted,
    StepEnded,
    TaskScore,
)
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder
from studio.training.stop_requests import StopRequests

STEP = 0.05  # seconds
STANDS_AT = 5
INTO_EVERY_PROCESS = """\
import sys
import types

light = types.ModuleType("studio.training.run")


def train_run(folder, system):
    from tests.worker.light_training import train_lightly

    return train_lightly(folder, system)


def train_together(folders, requests, left):
    from tests.worker.light_training import train_lightly_together

    return train_lightly_together(folders, requests, left)


light.train_run = train_run
light.EXIT_PROCESS_LOST, light.record_failure = 75, None  # which the launcher of several processes imports from there
sys.modules["studio.training.run"] = light
together = types.ModuleType("studio.training.together.run")
together.train_together = train_together
sys.modules["studio.training.together.run"] = together
"""


def light_workers(folder: Path) -> dict[str, str]:
    """Write into `folder` what makes workers train lightly; returns the variables that they must inherit."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(INTO_EVERY_PROCESS, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join((str(folder), str(Path(__file__).parents[2])))}


def loss_at(step: int) -> float:
    return 3.0 / step


def train_lightly_together(
    folders: Sequence[RunFolder], requests: Sequence[StopRequests], left: Callable[[RunFolder, int], None]
) -> list[int]:
    """As `studio.training.together.run.train_together`, each run in a thread of its own."""

    def train(folder: RunFolder, own: StopRequests) -> int:
        code = train_lightly(folder, own)
        with one_at_a_time:
            left(folder, code)
        return code

    one_at_a_time = Lock()
    requests[0].listen()
    for own in requests[1:]:
        own.follow(requests[0])
    with ThreadPoolExecutor(len(folders)) as threads:
        return list(threads.map(train, folders, requests))


def score_of(recipe: Recipe) -> float:
    """A run's score: the larger the learning rate the better, and a later seed by a little."""
    return min(1.0, 1000 * recipe.training.learning_rate + 0.02 * recipe.seed)


def train_lightly(folder: RunFolder, requests: StopRequests) -> int:
    """As `studio.training.run.train_run`, with sleeps for steps."""
    recipe = folder.recipe()
    total = recipe.training.max_steps or 1
    requests.listen()
    with RunWriter(folder.db) as writer:
        with folder.reader() as reader:
            before = reader.last_event("RunPaused", "RunStarted")
        step = before.event.step if before and isinstance(before.event, RunPaused) else 0
        if before is None:
            writer.write(RunStarted(pid=os.getpid(), host=platform.node()))
        else:
            writer.write(RunResumed(pid=os.getpid(), host=platform.node(), step=step, checkpoint=None))
        if recipe.name == "broken":
            writer.write(RunEnded(outcome="failed", reason="It is broken.", step=step, exit_code=1))
            return 1
        while step < total:
            time.sleep(STEP)
            step += 1
            ended = StepEnded(step=step, total_steps=total, epoch=0, loss=loss_at(step), seconds=STEP, tokens=1)
            writer.write(ended, step=step, scalars={"loss": loss_at(step)})
            asked = [type(command) for command in writer.take_commands()]
            while recipe.name == "patient" and step == STANDS_AT and not asked:
                time.sleep(STEP)
                asked = [type(command) for command in writer.take_commands()]
            if Pause in asked:
                writer.write(RunPaused(step=step, checkpoint="none"))
                return 0
            if Stop in asked or requests.system_reason:
                writer.write(
                    RunEnded(outcome="stopped", reason=requests.system_reason or "It was asked to stop.", step=step)
                )
                return 0
        scores = {
            task.name: TaskScore(metric="exact-match", value=score_of(recipe), stderr=0.03, rows=100, loss=1.0)
            for task in recipe.tasks
            if task.evaluate is not None
        }
        if scores:
            writer.write(EvaluationEnded(step=step, when="after", tasks=scores, seconds=0.1))
        writer.write(RunEnded(outcome="finished", reason="All is done.", step=step))
    return 0
