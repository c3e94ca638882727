"""A recipe's data read task by task, so that what is wrong with one does not hide the others: values for JSON."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.mixing import epoch_shares
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.words import tr
from studio.data.conversations import Conversations
from studio.data.held_out import rows_wanted
from studio.data.metric import scored_by
from studio.data.read_rows import RowsRead, conversations_of, read_rows
from studio.data.source_file import FilePart, open_data
from studio.data.task_report import TaskReport
from studio.data.tasks import Task, load_tasks, open_task

Say = Callable[[str], None]


@dataclass(slots=True)
class CheckedData:
    """What was found, by the name of each task; `problems` are why training would refuse the data.

    `warnings` are those of all tasks, and those that belong to none.
    """

    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, name: str, error: ProblemError) -> None:
        """Note that a task cannot be trained on."""
        self.problems += error.problems
        self.tasks[name] = {"problems": [problem.as_dict() for problem in error.problems]}

    def warn(self, warnings: Collection[Problem]) -> None:
        """Note warnings, each once."""
        self.warnings += [each for each in warnings if each not in self.warnings]


def check_tasks(recipe: Recipe, tokenizer: Any, say: Say, names: Collection[str] | None = None) -> CheckedData:
    """Read, render and count all rows of a recipe's tasks, or of those in `names`."""
    found = CheckedData()
    for table in _wanted(recipe, names):
        try:
            loaded = load_tasks(recipe.model_copy(update={"tasks": (table,)}), tokenizer, progress=say)
        except ProblemError as error:
            found.refuse(table.name, error)
        else:
            found.tasks[table.name] = counted(loaded.tasks[0], recipe.training.max_length)
            found.warn(loaded.warnings)
    _add_shares(recipe, found)
    return found


def read_tasks(recipe: Recipe, say: Say, names: Collection[str] | None = None) -> CheckedData:
    """Read all rows without a tokenizer: whether they can be read, and what is left out, but no tokens."""
    found = CheckedData()
    for table in _wanted(recipe, names):
        say(tr("Reading task {task}", task=table.name))
        try:
            report = _read(table)
            learned = report.used
            if isinstance(table.evaluate, (int, float)):
                learned -= rows_wanted(table.name, report.used, table.evaluate, report.format == "text")
        except ProblemError as error:
            found.refuse(table.name, error)
        else:
            counts = {"found": report.rows, "used": report.used, "train_rows": learned}
            found.tasks[table.name] = _of_report(report) | {"whole": False} | counts
            found.warn(report.warnings)
    _add_shares(recipe, found)
    return found


def data_bytes(recipe: Recipe, names: Collection[str] | None = None) -> int:
    """The size of the training files of all tasks; hub sets, and what is not there, count nothing."""
    total = 0
    for table in _wanted(recipe, names):
        try:
            parts = open_data(table.train, "train").parts
            total += sum(part.path.stat().st_size for part in parts if isinstance(part, FilePart))
        except (ProblemError, OSError):
            continue
    return total


def counted(task: Task, max_length: int) -> dict[str, Any]:
    """One task with all its rows counted, as JSON has it."""
    train, held_out = task.train_report, task.held_report
    lengths = train.as_dict()["lengths"]
    return _of_report(train) | {
        "whole": True,
        "metric": task.metric,
        "found": train.rows,
        "used": train.used,
        "train_rows": len(task.train),
        "evaluate_rows": len(task.held_out),
        "scored_as": held_out.scored_as,
        "cut_rows": train.cut,
        "cut_tokens": train.cut_tokens,
        "cut_share": train.cut_share,
        "tokens": train.tokens,
        "learned_tokens": train.learned_tokens,
        "tokens_p95": lengths["p95"],
        "tokens_longest": lengths["longest"],
        "lengths": lengths,
        "max_length": max_length,
        "warnings": [warning.as_dict() for warning in (*train.warnings, *held_out.warnings)],
    }


def _of_report(report: TaskReport) -> dict[str, Any]:
    return {
        "format": report.format,
        "read_as": report.read_as,
        "left_out_rows": report.left_out_rows,
        "left_out": [
            {"reason": reason, "rows": each.count, "lines": each.lines, "remedy": each.remedy}
            for reason, each in report.left_out.items()
        ],
        "duplicates": report.duplicates,
        "conflicting": report.conflicting,
        "unused_columns": report.unused_columns,
        "warnings": [warning.as_dict() for warning in report.warnings],
        "problems": [],
    }


def _read(table: TaskTable) -> TaskReport:
    """What reading alone finds in a task's training rows; those held out are read too, since training would refuse
    them."""
    read = RowsRead(open_task(table, table.train, "train"))
    report = TaskReport(table.name, read.file.name)
    learned = Conversations()
    for conversation in conversations_of(read, table.format, table.skip_faulty):
        if not (conversation.expected or conversation.text).strip():
            report.leave_out(tr("the answer is empty"), tr("Fill in the answers."), conversation.line)
            continue
        report.used += 1
        if table.metric != "auto":  # whether they can be scored so is seen from all of them
            learned.append(conversation)
    read.tell(report)
    report.warnings = [*report.sentences_left_out(), *report.warnings]
    if not report.used:
        raise ProblemError(*(Problem(read.file.name, each.what, each.remedy) for each in report.sentences_left_out()))
    held = Conversations()
    if isinstance(table.evaluate, (str, list)):
        file = open_task(table, table.evaluate, "test")
        held = read_rows(file, table.format, skip_faulty=table.skip_faulty).conversations
    if table.metric != "auto":
        scored_by(table, read.format, {read.file.name: learned, f"{table.name}, held out": held})
    return report


def _add_shares(recipe: Recipe, found: CheckedData) -> None:
    """Each task's share of an epoch, where the rows of all tasks are known."""
    told = [found.tasks.get(table.name, {}) for table in recipe.tasks]
    rows = [each.get("train_rows") for each in told]
    known = [count for count in rows if count]
    if len(known) != len(recipe.tasks):
        return
    divided = epoch_shares(known, [table.weight for table in recipe.tasks], recipe.training.mixing_temperature)
    for table, share in zip(recipe.tasks, divided, strict=True):
        found.tasks[table.name] |= {"epoch_rows": share, "share": share / sum(divided)}


def _wanted(recipe: Recipe, names: Collection[str] | None) -> list[TaskTable]:
    return [table for table in recipe.tasks if names is None or table.name in names]
