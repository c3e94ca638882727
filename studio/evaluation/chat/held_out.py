"""A held-out row as a question: read exactly as evaluations read it, and judged by its task's own metric."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.chat.expert_switches import ExpertSwitches
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.run.decided_metrics import decided_metrics
from studio.core.run.known_runs import find_run
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.data.chat_text import ChatText
from studio.data.metric import BY_LIKELIHOOD
from studio.data.questions import Question
from studio.data.tasks import LoadedTasks, load_tasks
from studio.evaluation.chat.voice import Voice
from studio.evaluation.grading import grade
from studio.evaluation.progress import Progress, Telling
from studio.evaluation.row_scorer import RowScorer
from studio.models.base_model import BaseModel

NOT_BY_TEXT = ("loss", "choice", "acc", "acc_norm")
"""Metrics that say nothing of a text that was generated."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer did by `metric`; `right` is None where nothing is judged.

    `counted` is what was judged where it is not the text that was said: the likeliest of the allowed answers.
    """

    metric: str
    expected: str
    right: bool | None
    counted: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"metric": self.metric, "expected": self.expected, "right": self.right, "counted": self.counted}


class HeldOut:
    """The held-out row at place `row` of a run's task; `question` reads the task's files once."""

    def __init__(self, run: str, task: str, row: int) -> None:
        self.run, self.task, self.row = run, task, row
        self._loaded: LoadedTasks | None = None

    def question(self, runs: Path, base: BaseModel, chat: ChatText, progress: Progress) -> Question:
        """The row; raises ProblemError where there is none."""
        if self._loaded is None:
            run = find_run(self.run, runs)
            self._loaded = _held_out(run, recipe_of(run.recipe(), self.task), base.tokenizer, progress)
        found = self._loaded[self.task].held_out
        if not 0 <= self.row < len(found):
            what = tr("it has {n} held-out rows, and row {row} is asked for.", n=len(found), row=self.row)
            raise ProblemError.at(
                tr("task {task}", task=self.task), what, tr("Its file has changed since; choose another row.")
            )
        return found[self.row]

    def verdict(self, question: Question, voice: Voice, said: str, switches: ExpertSwitches) -> Verdict:
        """Judge what was `said`; where the metric compares likelihoods, the voice is asked for its choice."""
        assert self._loaded is not None
        task = self._loaded[self.task]
        if task.metric in BY_LIKELIHOOD and question.choices:
            scorer = RowScorer(voice.model, voice.tokenizer, self._loaded, 1, Telling())
            with voice.switched(switches):
                (sample,) = scorer.score(task, [self.row])
            return Verdict(task.metric, question.expected, sample.right, sample.answer)
        if task.metric in NOT_BY_TEXT:
            return Verdict(task.metric, question.expected, None)
        right = grade(task.metric, said, question.expected, question.answer).right
        return Verdict(task.metric, question.expected, right)


def recipe_of(recipe: Recipe, task: str) -> Recipe:
    """The recipe with this task alone; raises ProblemError where it has none of this name."""
    found = tuple(each for each in recipe.tasks if each.name == task)
    if not found:
        names = ", ".join(each.name for each in recipe.tasks)
        raise ProblemError.at(
            tr("task {task}", task=task), tr("the run has no such task."), tr("Choose one of {names}.", names=names)
        )
    return recipe.model_copy(update={"tasks": type(recipe.tasks)(found)})


def held_out_rows(run: RunFolder, tokenizer: Any, most: int, progress: Progress) -> dict[str, dict[str, Any]]:
    """Of each task with held-out rows: its metric, how many there are, and `most` of them spread over the file."""
    recipe = run.recipe()
    with_rows = [task for task in recipe.tasks if task.evaluate]
    if not with_rows:
        return {}
    recipe = recipe.model_copy(update={"tasks": type(recipe.tasks)(with_rows)})
    found = {}
    for task in _held_out(run, recipe, tokenizer, progress).tasks:
        rows = [
            {"row": row, "line": each.line, "prompt": each.prompt, "expected": each.expected}
            for row in task.spread(most)
            for each in [task.held_out[row]]
        ]
        found[task.name] = {"metric": task.metric, "of_rows": len(task.held_out), "rows": rows}
    return found


def _held_out(run: RunFolder, recipe: Recipe, tokenizer: Any, progress: Progress) -> LoadedTasks:
    """The tasks' held-out rows, scored by the metrics that the run decided on: chat and curves then say the same."""
    metrics = decided_metrics(run, run.provenance())
    return load_tasks(recipe, tokenizer, parts="held-out", progress=progress, metrics=metrics)
