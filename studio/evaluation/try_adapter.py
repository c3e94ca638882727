"""An adapter tried out: scored on a recipe's tasks, or asked something; for the command line and the desk alike."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from studio.core.absolute_path import absolute_path
from studio.core.at_once import ROWS_AT_ONCE
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import ModelTable, Recipe, TaskTable
from studio.core.run.decided_metrics import decided_metrics
from studio.core.words import plural, tr
from studio.data.tasks import LoadedTasks, load_tasks
from studio.evaluation.borrowed_device import BorrowedDevice
from studio.evaluation.figures import rows_of
from studio.evaluation.harness import harness_scores, harness_tasks
from studio.evaluation.progress import Progress
from studio.evaluation.sample import Sample
from studio.evaluation.scoring import BaseRows, Evaluation, evaluate
from studio.hardware import detect
from studio.models.adapter_source import AdapterSource, find_adapter
from studio.models.base_model import BaseModel, find_base, load_base
from studio.models.load_adapter import load_adapter
from studio.models.memory_limit import keep_within_free
from studio.models.tokenizer_check import check_rows
from studio.planner.model_files import read_headers

BASE = "base"


class Bases:
    """The last base model that was asked for, kept loaded: the next question is usually about the same one."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[str, ...], BaseModel] | None = None

    def load(self, table: ModelTable, device: str, progress: Progress) -> BaseModel:
        """The base model on `device`; another one that was kept is released first, since two may not fit."""
        if self._kept and self.holds(table, device):
            return self._kept[1]
        self._kept = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        keep_within_free(torch.device(device))
        base = load_base(table, device, progress=progress)
        self._kept = _key(table, device), base
        return base

    def holds(self, table: ModelTable, device: str) -> bool:
        """Whether this one is the base that is kept."""
        return self._kept is not None and self._kept[0] == _key(table, device)

    def forget(self) -> None:
        """Keep none."""
        self._kept = None


def _key(table: ModelTable, device: str) -> tuple[str, ...]:
    return (*map(str, table.model_dump().values()), device)


@dataclass(frozen=True, slots=True)
class Trial:
    """A model ready to be tried: the base, with the adapter in it where there is one."""

    name: str
    model: Any
    base: BaseModel
    source: AdapterSource | None


@contextmanager
def trial(name: str, runs: Path, recipe: Recipe | None, bases: Bases, progress: Progress) -> Iterator[Trial]:
    """Load what `name` means, a run, an adapter's folder or "base" (the recipe's model), and restore the base after it.

    Raises ProblemError.
    """
    if name == BASE:
        if recipe is None:
            raise ProblemError.at(
                BASE, tr("it is not clear which recipe's base model is meant."), tr("Name a run instead.")
            )
        source, table = None, recipe.model
    else:
        source = find_adapter(name, runs)
        table = source.model
    device = _device(recipe, progress)
    base = bases.load(table, device, progress)
    if source is None:
        yield Trial(BASE, base.model, base, None)
        return
    progress(tr("Loading the adapter of {name}", name=source.name))
    model = load_adapter(base.model, source.folder)
    try:
        yield Trial(source.name, model, base, source)
    finally:
        model.unload()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of scores: at most `rows` rows of each task, the `base` beside an adapter, lm-eval's tasks."""

    rows: int | None = None
    base: bool = True
    harness: str | None = None
    chat_template: bool = False


@dataclass(frozen=True, slots=True)
class Scores:
    """Each task's score as `evaluate --json` prints it, warnings about the rows, and every row's answer by task.

    `harness` is what lm-eval found, {task: {metric: {value, stderr, rows}}}; None where it was not asked.
    """

    tasks: dict[str, dict[str, Any]]
    warnings: tuple[Problem, ...]
    answers: dict[str, list[dict[str, Any]]]
    harness: dict[str, dict[str, dict[str, float | None]]] | None = None

    def as_dict(self) -> dict[str, Any]:
        told = {"tasks": self.tasks, "warnings": [warning.as_dict() for warning in self.warnings]}
        return told if self.harness is None else told | {"harness": self.harness}


EVERYTHING = Wanted()


def score(
    name: str, recipe: Recipe, runs: Path, bases: Bases, progress: Progress, wanted: Wanted = EVERYTHING
) -> Scores:
    """Score what `name` means on the held-out rows of the recipe's tasks.

    Raises ProblemError, also when no task has held-out rows.
    """
    harness = harness_tasks(wanted.harness) if wanted.harness is not None else None
    if not any(task.evaluate for task in recipe.tasks):
        remedy = tr('Give a task a held-out file, or a share such as 0.1, as its "evaluate".')
        raise ProblemError.at("tasks", tr("none of them has held-out rows."), remedy)
    with trial(name, runs, recipe, bases, progress) as tried:
        said = list(tried.base.warnings)
        own = tried.source.model.source if tried.source else recipe.model.source
        if own != recipe.model.source and not _lies_in(recipe.model, tried.base.folder):
            what = tr("the adapter's own base, {own}, is used, not {source}.", own=own, source=recipe.model.source)
            said.append(Problem("model.source", what, ""))
        metrics = _decided(tried.source, recipe)
        loaded = load_tasks(recipe, tried.base.tokenizer, parts="held-out", progress=progress, metrics=metrics)
        check_rows(loaded, read_headers(tried.base.folder), tried.base.tokenizer)
        room = _Room(torch.device(tried.base.device), progress)
        found = _scored(tried, loaded, progress, wanted, room)
        said += room.said
        told = None
        if harness:
            tokenizer = tried.base.tokenizer
            told = harness_scores(tried.model, tokenizer, harness, progress, wanted.rows, wanted.chat_template)
    reasons = {task.name: task.held_report.scored_as for task in loaded.tasks}
    tasks = {
        task: each.model_dump(exclude={"steady", "steady_loss"}) | {"scored_as": reasons[task]}
        for task, each in found.tasks.items()
    }
    answers = {task: [_answer(each) for each in rows] for task, rows in found.answers.items()}
    return Scores(tasks, (*said, *loaded.warnings), answers, told)


def _decided(source: AdapterSource | None, recipe: Recipe) -> dict[str, str]:
    """What a run decided for tasks that it trained on: its curves and what is scored here then say the same."""
    if source is None or (run := source.run) is None:
        return {}
    try:
        own = {task.name: _rows_of(task) for task in run.recipe().tasks}
    except ProblemError:
        return {}  # its recipe was moved or damaged; another one names the tasks
    same = {task.name for task in recipe.tasks if own.get(task.name) == _rows_of(task)}
    return {task: metric for task, metric in decided_metrics(run, run.provenance()).items() if task in same}


def _rows_of(task: TaskTable) -> dict[str, Any]:
    return task.model_dump(exclude={"weight", "evaluate_rows"})


class _Room:
    """How many rows at once there is memory for: half of them each time that it runs out, until one does not fit."""

    def __init__(self, device: torch.device, progress: Progress) -> None:
        self.rows = ROWS_AT_ONCE
        self.said: list[Problem] = []
        self._device, self._progress = device, progress

    def fewer(self, trouble: str) -> int:
        if self.rows == 1:
            raise ProblemError.at(
                "memory",
                tr("not even one held-out row can be scored in what is free ({trouble}).", trouble=trouble),
                tr("Close other programs, stop a run, or hold the model in int8 or nf4."),
            )
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        self.rows //= 2
        what = plural(
            "it ran out ({trouble}); scoring went on with {n} row at once, which only takes longer.",
            "it ran out ({trouble}); scoring went on with {n} rows at once, which only takes longer.",
            self.rows,
            trouble=trouble,
        )
        self.said = [Problem("memory", what, "")]
        self._progress(
            plural(
                "Memory ran out; scoring goes on with {n} row at once",
                "Memory ran out; scoring goes on with {n} rows at once",
                self.rows,
            )
        )
        return self.rows


def _scored(tried: Trial, loaded: LoadedTasks, progress: Progress, wanted: Wanted, room: _Room) -> Evaluation:
    """What is tried, scored on all rows or as many as are wanted, beside the base without its adapter."""

    def scored(base: BaseRows | None = None) -> Evaluation:
        return evaluate(
            tried.model,
            tried.base.tokenizer,
            loaded,
            every_row=True,
            most_rows=wanted.rows,
            base=base,
            rows_at_once=room.rows,
            progress=progress,
            fewer=room.fewer,
        )

    if not wanted.base or tried.source is None:
        return scored()
    progress(tr("Scoring the base model, for the difference"))
    with tried.model.disable_adapter():
        base = {task: rows_of(answers) for task, answers in scored().answers.items()}
    progress(tr("Scoring {name}", name=tried.name))
    return scored(base)


def _answer(sample: Sample) -> dict[str, Any]:
    return {
        "row": sample.row,
        "line": sample.line,
        "prompt": sample.prompt,
        "answer": sample.answer,
        "expected": sample.expected,
        "right": sample.right,
    }


def _lies_in(table: ModelTable, folder: Path) -> bool:
    """Whether a model of this machine lies in `folder`: an export names the folder that "demo" was unpacked into."""
    if table.source != "demo":
        path = absolute_path(table.source)
        if not path.exists():
            return False
        table = table.model_copy(update={"source": str(path)})
    return find_base(table)[0].resolve() == folder.resolve()


def _device(recipe: Recipe | None, progress: Progress) -> str:
    """Torch's name of the device: the recipe's where it names one, else the best that is usable.

    Raises ProblemError where a run trains on it.
    """
    wanted = recipe.machine.device if recipe else "auto"
    named = detect().device(wanted)
    if named is not None and named.hidden:
        # What the desk computes with was settled when it started, and any card finds the same scores.
        progress(tr("This program works on another card than {card}: the scores are computed there", card=wanted))
        wanted = "auto"
    return BorrowedDevice.of(wanted).torch_name
