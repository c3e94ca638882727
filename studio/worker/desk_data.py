"""What the desk is asked about a recipe's data: its first rows at once, or all of them counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.worker.asked import Asked, DeskRoom

if TYPE_CHECKING:
    from studio.data.tasks import Task

FIRST_ROWS = 25


def look(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """The first rows of each task as the model sees them, with how they are read and the file's own columns.

    `tasks` of the request are the names of those that are wanted, all without it. A task whose data is refused has
    `problems` and does not keep the others from being shown. `bytes` is the size of all files together.
    """
    from studio.data.chat_text import ChatText
    from studio.data.first_look import first_look

    recipe, count = asked.recipe(), asked.whole("rows", FIRST_ROWS)
    chat = ChatText(room.tokenizer(recipe.model, asked.progress))
    tasks: dict[str, dict[str, Any]] = {}
    for task in _wanted(asked, recipe):
        try:
            tasks[task.name] = first_look(task, recipe.training.max_length, chat, count).as_dict()
        except ProblemError as error:
            tasks[task.name] = _refused(error)
    return {"tasks": tasks, "bytes": sum(_bytes(task) for task in _wanted(asked, recipe))}


def check(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Read and count all data of a recipe, or of those of its tasks that the request names.

    With `each`, a task whose data is refused has `problems` and does not end the check of the others. A task has its
    own `warnings`; those of the request are all of them, and what belongs to no task.
    """
    from studio.data.tasks import load_tasks

    recipe = asked.recipe()
    tokenizer = room.tokenizer(recipe.model, asked.progress)
    found: dict[str, dict[str, Any]] = {}
    warnings: list[Problem] = []
    problems: list[Problem] = []
    for table in _wanted(asked, recipe):
        only = recipe.model_copy(update={"tasks": (table,)})
        try:
            loaded = load_tasks(only, tokenizer, progress=asked.progress)
        except ProblemError as error:
            problems += error.problems
            found[table.name] = _refused(error)
        else:
            (task,) = loaded.tasks
            found[table.name] = counted(task, recipe.training.max_length)
            warnings += [each for each in loaded.warnings if each not in warnings]
    if not asked.arguments.get("each"):
        ProblemError.raise_any(problems)
    return {"tasks": found, "warnings": [warning.as_dict() for warning in warnings]}


def counted(task: Task, max_length: int) -> dict[str, Any]:
    """One task with all its rows counted, as JSON has it."""
    train, held_out = task.train_report, task.held_report
    warnings = [*train.warnings, *held_out.warnings]
    return {
        "whole": True,
        "format": task.format,
        "metric": task.metric,
        "read_as": train.read_as or train.format,
        "found": train.rows,
        "used": train.used,
        "train_rows": train.made,
        "evaluate_rows": len(task.held_out),
        "left_out_rows": train.left_out_rows,
        "cut_rows": train.cut,
        "cut_share": train.cut_share,
        "tokens": train.tokens,
        "learned_tokens": train.learned_tokens,
        "tokens_p95": train.lengths.p95,
        "tokens_longest": train.lengths.longest,
        "max_length": max_length,
        "lengths": train.as_dict()["lengths"],
        "warnings": [warning.as_dict() for warning in warnings],
        "problems": [],
    }


def _refused(error: ProblemError) -> dict[str, Any]:
    return {"problems": [problem.as_dict() for problem in error.problems]}


def _wanted(asked: Asked, recipe: Recipe) -> tuple[TaskTable, ...]:
    names = asked.arguments.get("tasks")
    return tuple(task for task in recipe.tasks if names is None or task.name in names)


def _bytes(task: TaskTable) -> int:
    """The size of a task's training files; 0 for what is no file, such as a hub set."""
    from studio.data.source_file import FilePart, open_data

    try:
        parts = open_data(task.train, "train").parts
    except ProblemError:
        return 0
    return sum(part.path.stat().st_size for part in parts if isinstance(part, FilePart))
