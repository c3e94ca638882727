"""Every task scored on its held-out rows, by answers that the model itself gives; training is left undisturbed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from studio.core.at_once import ROWS_AT_ONCE
from studio.core.run.events import TaskScore
from studio.data.tasks import LoadedTasks, Task
from studio.evaluation.figures import RowFigures, score_of
from studio.evaluation.progress import Counted, Progress, Telling
from studio.evaluation.row_scorer import Fewer, RowScorer
from studio.evaluation.sample import Sample
from studio.evaluation.split import Split
from studio.evaluation.watched import Shown, Watched

FIRST_ROWS = 2
"""Rows of each task that are scored however slow the machine is, before its speed is known."""

BaseRows = Mapping[str, Mapping[int, RowFigures]]
"""What the base model showed, by task and by the row's place."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Each task's score by its name, every row's answer in the file's order, and the seconds that all and each took."""

    tasks: dict[str, TaskScore]
    answers: dict[str, tuple[Sample, ...]]
    seconds: float
    task_seconds: dict[str, float]

    def samples(self, per_task: int = 1) -> list[Sample]:
        """The first answers of each task, for showing."""
        return [sample for answers in self.answers.values() for sample in answers[:per_task]]


def evaluate(
    model: Any,
    tokenizer: Any,
    loaded: LoadedTasks,
    *,
    every_row: bool = False,
    most_rows: int | Mapping[str, int] | None = None,
    within: float | None = None,
    base: BaseRows | None = None,
    rows_at_once: int = ROWS_AT_ONCE,
    progress: Progress | None = None,
    counted: Counted | None = None,
    between: Callable[[], None] | None = None,
    shown: Shown | None = None,
    fewer: Fewer | None = None,
    split: Split | None = None,
) -> Evaluation:
    """Score `model` on each task's held-out rows: `evaluate_rows` of them, or all (or `most_rows`) with `every_row`.

    `most_rows` by the tasks' names includes the rows that evaluations during training use.
    `within` seconds takes as many of them as the time seems to allow, at least a few of each task: rows are scored in
    rounds that grow as long as the measured speed lets the next one end in time. `base` has the base model's rows, with
    which scores are then compared. `progress` receives a sentence when a task begins; `counted`, or else `progress`,
    how far it is; `shown` receives, every second, what it has found so far.
    A task without held-out rows is not in the result. Answers are greedy: where every token of the expected answer
    is the likeliest one, the model answers just that, which its loss has shown already; the other answers are
    generated with a cache and cut off beyond the length of the expected one. Choices are
    compared by likelihood. `between` is called before each group of rows and each generated token, and may raise in
    order to leave. At most `rows_at_once` rows of some 64 tokens go together; where memory runs out, rows that are not
    scored yet go on with as many as `fewer` says. With a `split` each process scores its own rows, and returns all.
    Dropout is off meanwhile; the modules' modes are restored one by one and no random number is drawn, so
    training continues as if nothing had happened.
    """
    started, split = time.perf_counter(), split or Split()
    tasks = {task.name: task for task in loaded.tasks if task.held_out}
    places = {
        name: _places(task, most_rows) if every_row else task.spread(task.evaluate_rows) for name, task in tasks.items()
    }
    spent = dict.fromkeys(tasks, 0.0)
    found: dict[str, list[Sample]] = {name: [] for name in tasks}
    with _undisturbed(model):
        of = {name: split.of(len(rows)) for name, rows in places.items()}
        watched = Watched(shown, of, within) if shown is not None else None
        telling = Telling(progress, counted, between, watched)
        scorer = RowScorer(model, tokenizer, loaded, rows_at_once, telling, every_choice=every_row, fewer=fewer)
        rounds = _all_at_once(places) if within is None else _within(places, started, within, split)
        for name, rows in rounds:
            telling.begin(name, of[name], len(tasks[name].held_out), len(found[name]))
            began = time.perf_counter()
            found[name] += split.together(partial(scorer.score, tasks[name], split.own(rows)))
            spent[name] += time.perf_counter() - began
    found = split.joined(found)
    answers = {name: tuple(sorted(each, key=lambda sample: sample.row)) for name, each in found.items()}
    scores = {
        name: score_of(
            task.metric,
            answers[name],
            len(task.held_out),
            (base or {}).get(name),
            task.spread(task.evaluate_rows) if every_row else None,
        )
        for name, task in tasks.items()
    }
    return Evaluation(scores, answers, time.perf_counter() - started, spent)


def _places(task: Task, most_rows: int | Mapping[str, int] | None) -> tuple[int, ...]:
    if not isinstance(most_rows, Mapping):
        return task.spread(most_rows)
    steady = task.spread(task.evaluate_rows)
    more = max(0, min(most_rows[task.name], len(task.held_out)) - len(steady))
    others = sorted(set(range(len(task.held_out))).difference(steady))
    return tuple(sorted((*steady, *(others[number * len(others) // more] for number in range(more)))))


def _all_at_once(places: Mapping[str, tuple[int, ...]]) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from places.items()


def _within(
    places: Mapping[str, tuple[int, ...]], started: float, seconds: float, split: Split
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Rows of each task in growing rounds, until the next round would end after `seconds`.

    Whatever their number, the rows of a task lie spread over its file. A round takes a task at the speed that it had in
    the round before, which is a cautious guess: more rows together are faster.
    """
    waiting = {name: scattered(rows) for name, rows in places.items()}
    spent: dict[str, float] = {}
    size = FIRST_ROWS
    while any(waiting.values()):
        each = sum(spent[name] for name, rows in waiting.items() if rows and name in spent)
        left = seconds - (time.perf_counter() - started)
        size = split.agreed(size if not spent else min(2 * size, int(left / each) if each > 0 else 2 * size))
        if size < FIRST_ROWS:
            return
        for name, rows in waiting.items():
            taken, waiting[name] = rows[:size], rows[size:]
            if taken:
                began = time.perf_counter()
                yield name, tuple(sorted(taken))
                spent[name] = (time.perf_counter() - began) / len(taken)


def scattered(rows: tuple[int, ...]) -> list[int]:
    """The same rows in an order of which every beginning is spread over all of them."""
    bits = max(1, (len(rows) - 1).bit_length())
    turned = (int(f"{number:0{bits}b}"[::-1], 2) for number in range(2**bits))
    return [rows[place] for place in turned if place < len(rows)]


def evaluate_largest(
    model: Any, tokenizer: Any, loaded: LoadedTasks, rows_at_once: int = ROWS_AT_ONCE, fewer: Fewer | None = None
) -> int:
    """Score one group, the widest that `evaluate` will come to while training, and return its rows; 0 where nothing is
    held out.

    What it takes is what an evaluation takes at its most, but for the last tokens of a long answer: two are generated.
    """
    with _undisturbed(model):
        scorer = RowScorer(model, tokenizer, loaded, rows_at_once, Telling(), most_new_tokens=2, fewer=fewer)
        widest: tuple[int, Task, list[int]] | None = None
        for task in loaded.tasks:
            places = task.spread(task.evaluate_rows)
            if not places:
                continue
            questions = [task.held_out[place] for place in places]
            group = scorer.widest_group(questions)
            tokens = len(group) * max(len(questions[i].row) for i in group)
            if widest is None or tokens > widest[0]:
                widest = tokens, task, [places[i] for i in group]
        if widest is None:
            return 0
        scorer.score(widest[1], widest[2])
        return len(widest[2])


@contextmanager
def _undisturbed(model: Any) -> Iterator[None]:
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training
