"""How a task's answers are scored: chosen from its rows when the recipe says "auto", and said in a sentence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal, cast

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import DataFormat, TaskTable
from studio.core.words import plural, tr
from studio.data.answer_text import is_number, number_in, place_of
from studio.data.conversation import Conversation
from studio.data.conversations import Changed

Metric = Literal["exact-match", "answer", "number", "json", "label", "choice", "acc", "acc_norm", "loss"]

BY_LIKELIHOOD = ("choice", "acc", "acc_norm", "label")
"""Metrics for which the likeliest of a row's choices is taken, where it has choices."""

MOST_CHOICES = 26
"""With more distinct answers than this in a task, its answers are text rather than choices."""

LONGEST_LABEL = 40  # characters; a longer answer is text
ROWS_A_LABEL = 3  # on average; rarer answers are text
LONGEST_LEAD = 80  # characters before an answer; more is a worked solution, which the model must find for itself

Rows = Mapping[str, Sequence[Conversation]]
"""Conversations by the file that they come from."""


@dataclass(frozen=True, slots=True)
class Scored:
    """How a task is scored, why (a clause for people), and its rows, with choices where they have any."""

    metric: Metric
    why: str
    rows: Rows


def scored_by(table: TaskTable, format: DataFormat, read: Rows, decided: str | None = None) -> Scored:
    """The recipe's metric; with "auto" the one that was `decided` when the run began, or else the one that rows show.

    What was decided is taken anew only where these rows cannot be scored by it. Raises ProblemError when the recipe's
    own choice cannot be computed from them.
    """
    rows = with_choices(read)
    if table.metric != "auto":
        _refuse_impossible(table, format, rows)
        metric, why = table.metric, tr("the recipe says so")
    elif decided is not None and _is_possible(decided, format, rows):
        metric, why = cast(Metric, decided), tr("as when the run began")
    else:
        metric, why = _seen(format, rows)
    return Scored(metric, why, _with_labels(rows) if metric == "label" else rows)


def with_choices(read: Rows) -> Rows:
    """Give rows that name their `answer` ("answer3") the choices they have: all answers of the task's files.

    Where the expected answer stands in the prompt ("Answer format: answer1/answer2"), only the answers that stand
    there too are choices. Rows of a task in which some row has no answer, does not say it, or only after a worked
    solution, or with too many distinct answers, keep their choices as they are.
    """
    rows = _All(read)
    answers = sorted(_distinct(row.answer for row in rows))
    if not 2 <= len(answers) <= MOST_CHOICES:
        return read
    if not all(not row.choices and _leads_to_answer(row) for row in rows) or not any(map(_names_part, rows)):
        return read

    def given(row: Conversation) -> Conversation:
        return replace(row, choices=_choices(row, answers))

    return {file: Changed(found, given) for file, found in read.items()}


def _names_part(row: Conversation) -> bool:
    """Whether a part of the expected text decides."""
    return bool(row.answer) and row.answer != row.expected


def _leads_to_answer(row: Conversation) -> bool:
    place = place_of(row.answer, row.expected)
    return place is not None and place <= LONGEST_LEAD


def _choices(row: Conversation, answers: Sequence[str]) -> tuple[str, ...]:
    asked = "\n".join(turn.content for turn in row.prompt)
    if place_of(row.answer, asked) is None:
        return tuple(answers)
    named = tuple(answer for answer in answers if place_of(answer, asked) is not None)
    return named if len(named) > 1 else tuple(answers)


def _seen(format: DataFormat, read: Rows) -> tuple[Metric, str]:
    rows = _All(read)
    if format == "classification":
        return "label", tr(
            "each row has one of {number} labels", number=len({row.answer or row.expected for row in rows})
        )
    answered = sum(map(_names_part, rows))
    if not any(row.turns for row in rows):
        return "loss", tr("plain text has no answers")
    if all(row.choices for row in rows):
        most = max(len(row.choices) for row in rows)
        return "choice", tr("each row has choices, at most {most}", most=most)
    if answered == len(rows) and all(is_number(row.answer) for row in rows):
        return "number", tr("each row names a number as its answer")
    if answered:
        unsaid = sum(_names_part(row) and place_of(row.answer, row.expected) is None for row in rows)
        named = (
            tr("each row names its answer")
            if answered == len(rows)
            else tr("{answered} of {number} rows do", answered=answered, number=len(rows))
        )
        if unsaid:
            named = tr(
                "{first}; {next}",
                first=named,
                next=plural(
                    "{n} of them does not say it in its text", "{n} of them do not say it in their text", unsaid
                ),
            )
        return "answer", named
    if all("####" in row.expected and number_in(row.expected) is not None for row in rows):
        return "number", tr("each answer ends in #### and a number")
    if all(is_number(row.expected) for row in rows):
        return "number", tr("each answer is a number")
    if all(is_json_object(row.expected) for row in rows):
        return "json", tr("each answer is a JSON object")
    if _are_labels(rows):
        labels = len({row.expected for row in rows})
        return "label", tr("all answers are one of {labels} short labels", labels=labels)
    return "exact-match", tr("the answers are text")


def _are_labels(rows: Collection[Conversation]) -> bool:
    """Whether the answers are few, short and often the same: labels rather than text."""
    if len(_distinct(row.expected for row in rows)) > MOST_CHOICES:
        return False
    counted = Counter(row.expected for row in rows)
    if not 2 <= len(counted) <= MOST_CHOICES or len(rows) < ROWS_A_LABEL * len(counted):
        return False
    return all(count > 1 and label.strip() and _is_short(label) for label, count in counted.items())


def _is_short(label: str) -> bool:
    return len(label) <= LONGEST_LABEL and "\n" not in label


def _labels(read: Rows) -> list[str]:
    """The labels that are compared; none where they are too many or too long."""
    told = (row.answer or row.expected for row in _All(read) if row.expected)
    labels = sorted(_distinct(label for label in told if label.strip()))
    return labels if 2 <= len(labels) <= MOST_CHOICES and all(_is_short(label) for label in labels) else []


def _with_labels(read: Rows) -> Rows:
    """Give each row all labels of the task as its choices, where they are not too many; what it has, it keeps.

    A row without an answer has no label, and gets no choices.
    """
    labels = _labels(read)
    if not labels:
        return read

    def labelled(row: Conversation) -> Conversation:
        answer = row.answer or row.expected
        if row.choices or place_of(answer, row.expected) is None:
            return row
        return replace(row, answer=answer, choices=tuple(labels))

    return {file: Changed(found, labelled) for file, found in read.items()}


def _is_possible(decided: str, format: DataFormat, read: Rows) -> bool:
    """Whether rows can be graded by `decided` at all: an answer that suits it ill is merely wrong."""
    if decided in ("choice", "acc", "acc_norm"):
        return all(row.choices for row in _All(read))
    return decided == "loss" or format != "text"


def _refuse_impossible(table: TaskTable, format: DataFormat, read: Rows) -> None:
    """Raise ProblemError for the first row from which the recipe's own metric cannot be computed."""
    metric = table.metric
    if metric != "loss" and format == "text":
        what = tr("plain text has no answers for {metric!r}.", metric=metric)
        raise ProblemError.at(
            tr("task {name}: {field}", name=table.name, field="metric"), what, tr('Set it to "loss".')
        )
    if metric == "label" and not _labels(read):
        return
    needs = {
        "choice": _CHOICES,
        "acc": _CHOICES,
        "acc_norm": _CHOICES,
        "label": (
            lambda row: not row.answer or not row.expected or place_of(row.answer, row.expected) is not None,
            tr("its answer does not stand in what it says, so no other label can be put in its place."),
            tr('Fix the row, or set metric to "answer".'),
        ),
        "json": (
            lambda row: is_json_object(row.expected),
            tr('its answer is not a JSON object, so the metric "json" cannot be computed.'),
            tr('Fix the row, or set metric to "exact-match".'),
        ),
        "number": (
            lambda row: number_in(row.answer or row.expected) is not None,
            tr('there is no number in its answer, so the metric "number" cannot be computed.'),
            tr('Fix the row, or set metric to "exact-match".'),
        ),
    }.get(metric)
    if needs is None:
        return
    is_possible, what, remedy = needs
    for file, rows in read.items():
        for row in rows:
            if not is_possible(row):
                raise ProblemError.at(tr("{file}, row at {line}", file=file, line=row.line), what, remedy)


_CHOICES = (
    lambda row: bool(row.choices),
    tr("this row has no choices to choose from."),
    tr('Give rows "choices", or an "answer" that appears in their output; or set metric to "exact-match".'),
)


class _All(Collection[Conversation]):
    """The conversations of all files, one after another, as often as is wanted."""

    def __init__(self, read: Rows) -> None:
        self._read = read

    def __len__(self) -> int:
        return sum(map(len, self._read.values()))

    def __iter__(self) -> Iterator[Conversation]:
        return chain.from_iterable(self._read.values())

    def __contains__(self, row: object) -> bool:
        return any(row in found for found in self._read.values())


def _distinct(texts: Iterable[str]) -> set[str]:
    """The texts that differ; no more are looked at once there are too many for choices."""
    found: set[str] = set()
    for text in texts:
        found.add(text)
        if len(found) > MOST_CHOICES:
            break
    return found


def is_json_object(text: str) -> bool:
    """Whether `text` is one JSON object."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (json.JSONDecodeError, RecursionError):
        return False
