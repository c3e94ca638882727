"""A recipe's tasks, loaded: training rows as tokens, held-out rows as questions with expected answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.data_path import is_pattern
from studio.core.recipe.recipe import DataFormat, Recipe, TaskTable
from studio.core.run.overlap import overlap_text
from studio.core.words import tr
from studio.data import row_cache
from studio.data.chat_text import ChatText
from studio.data.conversation import Conversation
from studio.data.held_out import hold_out
from studio.data.hub_set import read_hub_set
from studio.data.metric import BY_LIKELIHOOD, Metric, scored_by
from studio.data.questions import Question, questions_of
from studio.data.read_rows import read_rows
from studio.data.render_rows import RenderedRows, render_rows
from studio.data.source_file import DataFile, open_data
from studio.data.task_report import TaskReport
from studio.data.token_rows import TokenRows


@dataclass(frozen=True, slots=True)
class Task:
    """One named data set of the mix, ready to train on and to be scored.

    `train` and `held_out` are empty where `load_tasks` was told not to read them, `held_out` also where the
    recipe names no held-out file; their reports say what became of each row. `sha256` maps each file that was read to
    its hash.
    """

    name: str
    index: int
    format: DataFormat
    metric: Metric
    weight: float
    evaluate_rows: int
    train: TokenRows
    train_report: TaskReport
    held_out: tuple[Question, ...]
    held_report: TaskReport
    sha256: dict[str, str]

    def spread(self, limit: int | None = None) -> tuple[int, ...]:
        """The places of at most `limit` held-out questions, spread evenly over the file; of all without a limit."""
        count = len(self.held_out)
        if limit is None or limit >= count:
            return tuple(range(count))
        return tuple(number * count // limit for number in range(limit))


@dataclass(frozen=True, slots=True)
class LoadedTasks:
    """All tasks of a recipe, and warnings about their rows.

    `stop_ids` are the tokens that end an answer, `pad_id` pads short rows and is always masked.
    """

    tasks: tuple[Task, ...]
    warnings: tuple[Problem, ...]
    stop_ids: frozenset[int]
    pad_id: int

    def __getitem__(self, name: str) -> Task:
        return next(task for task in self.tasks if task.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(task.name for task in self.tasks)

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file read, for the run's provenance."""
        return {file: digest for task in self.tasks for file, digest in task.sha256.items()}


def load_tasks(
    recipe: Recipe,
    tokenizer: Any,
    *,
    parts: Literal["all", "train", "held-out"] = "all",
    progress: Callable[[str], None] | None = None,
    metrics: Mapping[str, str] = MappingProxyType({}),
) -> LoadedTasks:
    """Read, check and tokenize every task of `recipe`; its paths must be absolute, as `load_recipe` makes them.

    `parts` leaves the training or the held-out rows unread; `progress` receives a sentence about what is being done.
    `metrics` has what a run decided for tasks whose metric is "auto", by their names.
    Raises ProblemError with the Problems of all tasks at once.
    """
    chat = ChatText(tokenizer)
    problems: list[Problem] = []
    warnings: list[Problem] = [chat.warning] if chat.warning else []
    loaded: list[Task] = []
    for index, table in enumerate(recipe.tasks):
        if progress:
            progress(tr("Reading task {task}", task=table.name))
        try:
            task, said = _load_task(index, table, recipe.training.max_length, chat, parts, metrics.get(table.name))
        except ProblemError as error:
            problems += error.problems
        else:
            loaded.append(task)
            warnings += said
    ProblemError.raise_any(problems)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    return LoadedTasks(tuple(loaded), tuple(warnings), chat.stop_ids, int(pad or 0))


def _load_task(
    index: int, table: TaskTable, max_length: int, chat: ChatText, parts: str, decided: str | None
) -> tuple[Task, list[Problem]]:
    names_held = isinstance(table.evaluate, (str, list))
    train_file = open_task(table, table.train, "train") if parts != "held-out" or not names_held else None
    held_file = (
        open_task(table, table.evaluate, "test")
        if isinstance(table.evaluate, (str, list)) and parts != "train"
        else None
    )
    hashes = {name: digest for file in (train_file, held_file) if file for name, digest in file.hashes.items()}
    beside = _beside(table) if parts == "held-out" and names_held else None
    seen = {"train": train_file, "held": held_file, "beside": beside}
    files = {use: file for use, file in seen.items() if file}
    key = row_cache.key_of(table, files, max_length, chat.fingerprint, parts)
    made = row_cache.read(key)
    if table.metric == "auto" and decided and (made is None or made.metric != decided):
        key = row_cache.key_of(table, files, max_length, chat.fingerprint, f"{parts}, scored by {decided}")
        made = row_cache.read(key)
    if made is None:
        made = _made(table, train_file, held_file, beside, max_length, chat, parts, decided)
        made = row_cache.write(key, made)
    task = Task(
        name=table.name,
        index=index,
        format=made.format,
        metric=made.metric,
        weight=table.weight,
        evaluate_rows=table.evaluate_rows,
        train=made.train,
        train_report=made.train_report,
        held_out=made.held_out,
        held_report=made.held_report,
        sha256=hashes,
    )
    return task, made.train_report.warnings + made.held_report.warnings


def _made(
    table: TaskTable,
    train_file: DataFile | None,
    held_file: DataFile | None,
    beside: DataFile | None,
    max_length: int,
    chat: ChatText,
    parts: str,
    decided: str | None,
) -> row_cache.KeptTask:
    """A task's rows, read, rendered and tokenized."""
    files = [file for file in (train_file, held_file) if file]
    found = [read_rows(file, table.format, skip_faulty=table.skip_faulty) for file in files]
    format = found[0].format
    learned_beside = _learned_beside(table, beside) if beside else {}
    # A folder may be named for both, and each has its own files of it.
    names = {id(file): tr("{file}, held out", file=file.name) if file is held_file else file.name for file in files}
    by_file = learned_beside | {names[id(rows.file)]: rows.conversations for rows in found}
    scored = scored_by(table, format, by_file, decided)
    read, metric = scored.rows, scored.metric

    learned = read[names[id(train_file)]] if train_file else []
    held_out = read[names[id(held_file)]] if held_file else []
    if train_file and isinstance(table.evaluate, (int, float)):
        held_file = train_file
        learned, held_out = hold_out(table.name, learned, table.evaluate)

    def rendered(file: DataFile | None, rows: Sequence[Conversation], use: str) -> RenderedRows:
        report = TaskReport(table.name, file.name if file else "", use, format=format)
        if told := next((each for each in found if each.file is file), None):
            told.tell(report)
            found.remove(told)  # rows held out of a file say nothing of it again
        return render_rows(rows, report, max_length, chat, table.skip_faulty) if file else RenderedRows(report, ())

    train = rendered(train_file if parts != "held-out" else None, learned, "training")
    held = rendered(held_file if parts != "train" else None, held_out, "scoring")
    held.report.scored_as = tr("{where}: {what}", where=metric, what=scored.why)
    if table.metric == "auto" and decided and metric != decided:
        held.report.warn(
            tr(
                "the run was scored by {decided} until now, which these rows no longer allow; from here on it is"
                " {metric}, and scores of before are not compared with it.",
                decided=decided,
                metric=metric,
            ),
            tr("Put the earlier rows back, or start a new run."),
        )
    _warn_of_overlap(train, held)
    return row_cache.KeptTask(format, metric, train.rows, train.report, questions_of(held, metric, chat), held.report)


def _beside(table: TaskTable) -> DataFile | None:
    """The training files where only held-out rows are wanted: a run has decided on its metric and choices by both.

    None where they are not on this machine, as with an adapter of somebody else's.
    """
    names = [table.train] if isinstance(table.train, str) else table.train
    if table.metric not in ("auto", *BY_LIKELIHOOD) or not all(
        is_pattern(name) or Path(name).exists() for name in names
    ):
        return None
    try:
        return open_task(table, table.train, "train")
    except ProblemError:
        return None  # as below


def _learned_beside(table: TaskTable, beside: DataFile) -> dict[str, Sequence[Conversation]]:
    try:
        return {beside.name: read_rows(beside, table.format, skip_faulty=table.skip_faulty).conversations}
    except ProblemError:
        return {}  # what is wrong with rows to learn from does not keep others from being scored


def open_task(table: TaskTable, names: str | list[str], split: str) -> DataFile:
    """What a task's `train` or `evaluate` names, ready to be read; raises ProblemError where nothing is there."""
    return open_data(names, split, encoding=table.encoding, skip_faulty=table.skip_faulty, hub_set=read_hub_set)


def _warn_of_overlap(train: RenderedRows, held: RenderedRows) -> None:
    """Held-out rows that are also learned from would flatter the score."""
    common = int(np.isin(held.asked, train.asked).sum())
    if common:
        held.report.warn(overlap_text(common, len(held.rows)), tr("Remove them from one of the two files."))
