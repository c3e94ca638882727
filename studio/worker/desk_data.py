"""What the desk is asked about a recipe's data: its first rows at once, or all of them counted."""

from __future__ import annotations

from typing import Any

from studio.core.problem import ProblemError
from studio.worker.asked import Asked, DeskRoom

FIRST_ROWS = 25


def look(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """The first rows of each task as the model sees them, with how they are read and the file's own columns.

    `tasks` of the request are the names of those that are wanted, all without it; `rows` are how many, without the
    first `after` ones. A task whose data is refused has `problems` and does not keep the others from being shown.
    `bytes` is the size of all files together.
    """
    from studio.data.chat_text import ChatText
    from studio.data.data_check import data_bytes
    from studio.data.first_look import first_look

    recipe, names = asked.recipe(), asked.arguments.get("tasks")
    count, after = asked.whole("rows", FIRST_ROWS), asked.whole("after", 0)
    chat = ChatText(room.tokenizer(recipe.model, asked.progress))
    tasks: dict[str, dict[str, Any]] = {}
    for task in recipe.tasks:
        if names is None or task.name in names:
            tasks[task.name] = first_look(task, recipe.training, chat, count, after).as_dict()
    return {"tasks": tasks, "bytes": data_bytes(recipe, names)}


def peek(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """As `look` at once: rows in words instead of tokens, for which the model's tokenizer would have to be loaded."""
    from studio.data.first_look import first_words

    recipe, names, count = asked.recipe(), asked.arguments.get("tasks"), asked.whole("rows", FIRST_ROWS)
    wanted = (task for task in recipe.tasks if names is None or task.name in names)
    return {"tasks": {task.name: first_words(task, count).as_dict() for task in wanted}}


def check(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Read and count all data of a recipe, or of those of its tasks that the request names.

    With `each`, a task whose data is refused has `problems` and does not end the check of the others. A task has its
    own `warnings`; those of the request are all of them, and what belongs to no task.
    """
    from studio.data.data_check import check_tasks

    recipe = asked.recipe()
    tokenizer = room.tokenizer(recipe.model, asked.progress)
    found = check_tasks(recipe, tokenizer, asked.progress, asked.arguments.get("tasks"))
    if not asked.arguments.get("each"):
        ProblemError.raise_any(found.problems)
    return {"tasks": found.tasks, "warnings": [warning.as_dict() for warning in found.warnings]}
