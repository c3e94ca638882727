"""How a task's answers are scored: chosen from its rows when the recipe says "auto"."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import DataFormat, TaskTable
from studio.data.conversation import Conversation

Metric = Literal["exact-match", "json", "choice", "loss"]

MOST_CHOICES = 26
"""With more distinct answers than this in a task, its answers are text rather than choices."""

Rows = Mapping[str, Sequence[Conversation]]
"""Conversations by the file that they come from."""


def with_choices(read: Rows) -> dict[str, list[Conversation]]:
    """Give rows that name their `answer` ("answer3") the choices they have: all answers of the task's files.

    Where the expected answer appears in the prompt ("Answer format: answer1/answer2"), only the answers that
    appear there too are choices. Rows of a task in which some row has no answer, or with too many distinct
    answers, keep their choices as they are.
    """
    rows = [conversation for file in read.values() for conversation in file]
    answers = sorted({row.answer for row in rows})
    wants = all(row.answer and not row.choices for row in rows)
    if not wants or not 2 <= len(answers) <= MOST_CHOICES:
        return {file: list(found) for file, found in read.items()}
    return {file: [replace(row, choices=_choices(row, answers)) for row in found] for file, found in read.items()}


def _choices(row: Conversation, answers: Sequence[str]) -> tuple[str, ...]:
    asked = "\n".join(turn.content for turn in row.prompt)
    if row.answer not in asked:
        return tuple(answers)
    named = tuple(answer for answer in answers if answer in asked)
    return named if len(named) > 1 else tuple(answers)


def choose_metric(table: TaskTable, format: DataFormat, read: Rows) -> Metric:
    """The recipe's metric, or with "auto": loss for plain text, choice where rows have choices, json where all
    answers are JSON objects, else exact-match.

    Raises ProblemError when the recipe's own choice cannot be computed from these rows.
    """
    rows = [(file, row) for file, found in read.items() for row in found]
    if table.metric == "auto":
        if format == "text":
            return "loss"
        if all(row.choices for _, row in rows):
            return "choice"
        return "json" if all(is_json_object(row.expected) for _, row in rows) else "exact-match"
    if table.metric != "loss" and format == "text":
        raise ProblemError.at(
            f"task {table.name}: metric", f"plain text has no answers for {table.metric!r}.", 'Set it to "loss".'
        )
    if table.metric == "choice":
        for file, row in rows:
            if not row.choices:
                raise ProblemError.at(
                    f"{file}, row at {row.line}",
                    "this row has no choices to choose from.",
                    'Give rows "choices", or an "answer" that appears in their output; or set metric to "exact-match".',
                )
    if table.metric == "json":
        for file, row in rows:
            if not is_json_object(row.expected):
                raise ProblemError.at(
                    f"{file}, row at {row.line}",
                    'its answer is not a JSON object, so the metric "json" cannot be computed.',
                    'Fix the row, or set metric to "exact-match".',
                )
    return table.metric


def is_json_object(text: str) -> bool:
    """Whether `text` is one JSON object."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (json.JSONDecodeError, RecursionError):
        return False
