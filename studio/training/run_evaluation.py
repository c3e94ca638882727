"""Evaluations and samples of a run in training, recorded; they change nothing in what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

import torch

from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.run.curve_names import held_out_loss, held_out_score
from studio.core.run.events import (
    AnswersKept,
    EvaluationEnded,
    Event,
    LiveAnswer,
    RowsScored,
    SampleMade,
    Tally,
    WarningRaised,
)
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.data.chat_text import ChatText
from studio.data.conversation import Turn
from studio.data.template import TemplateRefusedError
from studio.data.tokenize import prompt_ids
from studio.evaluation.keep import answers_kept, base_rows
from studio.evaluation.row_scorer import Fewer, at_each_token
from studio.evaluation.sample import Sample
from studio.evaluation.scoring import Evaluation, evaluate, evaluate_largest
from studio.evaluation.watched import Shown
from studio.training.checkpoint.state import RandomStates
from studio.training.crew.crew import Crew
from studio.training.crew.evaluation_split import CrewSplit, EvaluationLeft, NoRoomError
from studio.training.final_rows import FINAL_SECONDS, final_rows, said_of
from studio.training.memory.oom_recovery import Recovery
from studio.training.recorder import Recorder
from studio.training.setup import Setup
from studio.training.together.base_scores import BaseScores

SAMPLES_SHOWN = 6  # of one evaluation, over all tasks
ANSWERS_KEPT = {"before": 100, "during": 40, "after": 100}  # of each task, in full
FIRST_SECONDS = 20.0  # that the evaluation before training may take, so that training soon begins
TOKENS_OF_AN_ANSWER = 200  # at most, to a prompt that a person typed


class Scoring:
    """Evaluates one run's model; knows which steps are recorded already, by this worker or an earlier one.

    `evaluations` are those that run.db holds, or will once it can be written: what is decided from them does not
    depend on whether it can be read at the time. `base_scores` are shared by the runs that train together; a run by
    itself has none.
    """

    def __init__(
        self, folder: RunFolder, setup: Setup, recorder: Recorder, recovery: Recovery, crew: Crew | None = None
    ) -> None:
        self._crew = crew or Crew()
        self._setup = setup
        self._name = folder.path.name
        self._recorder = recorder
        self._recovery = recovery
        self.base_scores: BaseScores | None = None
        events = self._crew.share(_scored(folder) if self._crew.leads else [])
        self.evaluations = [event for event in events if isinstance(event, EvaluationEnded)]
        self._steps = {event.step for event in self.evaluations}
        # A recipe that was edited may score a task otherwise now: right by one metric is not right by the other.
        before = {
            task: each.metric
            for event in self.evaluations
            if event.when == "before"
            for task, each in event.tasks.items()
        }
        today = {task.name: task.metric for task in setup.tasks.tasks}
        base = base_rows(event for event in events if isinstance(event, AnswersKept))
        self._base = {task: rows for task, rows in base.items() if before.get(task) == today.get(task)}
        self.is_final_on_record = any(event.when == "after" for event in self.evaluations)

    def is_on_record(self, step: int) -> bool:
        return step in self._steps

    def evaluate(
        self, step: int, when: Literal["before", "during", "after"], must_leave: Callable[[], bool] = lambda: False
    ) -> None:
        """Score every task with held-out rows: before training as many as a short time allows, after it all of them
        where they take some minutes at most. Where memory runs out, what is scored stays so, and the rest goes on with
        fewer rows at once.

        Raises EvaluationLeft between two groups of rows, or two tokens of an answer, when `must_leave` returns true.
        """
        if not any(task.held_out for task in self._setup.tasks.tasks):
            self._steps.add(step)
            return
        most = final_rows(self._setup.tasks.tasks, self.evaluations, FINAL_SECONDS) if when == "after" else None
        shared = self.base_scores.of(self._setup) if when == "before" and self.base_scores is not None else None
        try:
            found = shared.found if shared is not None else self._found(step, when, most, must_leave)
        except NoRoomError as error:
            self._steps.add(step)
            self._recorder.warn(
                "evaluation",
                tr(
                    "not even one held-out row can be scored in the available memory ({error}); training continues.",
                    error=error,
                ),
                tr("Lower training.max_length, or score the adapter later with mixlora-studio evaluate."),
                step,
            )
            return
        if when == "before" and self.base_scores is not None:
            self.base_scores.keep(self._setup, found, self._name)
        ended = self._crew.share(
            EvaluationEnded(
                step=step,
                when=when,
                tasks=found.tasks,
                seconds=found.seconds,
                task_seconds=found.task_seconds,
                scored_by=shared.run if shared is not None else "",
            )
        )
        self._recovery.score_at_most(step, -self._crew.most(-self._recovery.at_once.evaluation_rows))
        samples = [_made(step, sample) for sample in found.samples(1)[:SAMPLES_SHOWN]]
        kept = [answers_kept(step, when, task, answers, ANSWERS_KEPT[when]) for task, answers in found.answers.items()]
        # A step that was scored before has its points, on the same rows.
        curves = {} if self.is_on_record(step) and when == "after" else _points(found)
        self._recorder.scores(step, curves, ended, *kept, *samples, *self._left_out(step, most))
        self.evaluations.append(ended)
        self._steps.add(step)
        if when == "before":
            self._base = base_rows(kept)
        self.is_final_on_record |= when == "after"

    def _found(
        self,
        step: int,
        when: Literal["before", "during", "after"],
        most: dict[str, int] | None,
        must_leave: Callable[[], bool],
    ) -> Evaluation:
        """Score the rows; raises NoRoomError where not one fits in memory, and EvaluationLeft as `evaluate` does."""
        setup = self._setup
        with self._undisturbed():
            return evaluate(
                setup.model,
                setup.base.tokenizer,
                setup.tasks,
                every_row=when == "after",
                most_rows=most,
                within=FIRST_SECONDS if when == "before" else None,
                base=self._base,
                rows_at_once=self._recovery.at_once.evaluation_rows,
                progress=lambda sentence: self._recorder.phase("evaluating", sentence),
                counted=lambda sentence, done, of: self._recorder.progress("evaluating", sentence, done, of),
                between=self._beat_or_leave(must_leave),
                shown=self._recorded(step, when),
                fewer=self._fewer(step),
                split=CrewSplit(self._crew),
            )

    def _recorded(self, step: int, when: Literal["before", "during", "after"]) -> Shown:
        """What records how far an evaluation is, so that it is seen while it goes on."""

        def record(tasks: dict[str, Tally], answers: tuple[LiveAnswer, ...]) -> None:
            self._recorder.scores(step, {}, RowsScored(step=step, when=when, tasks=tasks, answers=answers))

        return record

    def _left_out(self, step: int, most: dict[str, int] | None) -> list[WarningRaised]:
        """A warning where not all held-out rows were scored after training."""
        what = said_of(most, self._setup.tasks.tasks) if most else ""
        if not what:
            return []
        print(f"warning: evaluation: {what}", flush=True)
        remedy = tr("To score all of them: mixlora-studio evaluate {run}", run=self._name)
        return [WarningRaised(step=step, where="evaluation", what=what, remedy=remedy)]

    def sample(self, step: int, prompts: list[str | None], must_leave: Callable[[], bool] = lambda: False) -> None:
        """Answer each prompt and take it off the list; for None, a held-out prompt of each task, another at each step.

        Raises EvaluationLeft between two tokens when `must_leave` returns true; the answers until then are recorded,
        and the other prompts stay on the list.
        """
        left = False
        if self._crew.leads or self._crew.sharded:
            try:
                self._answer_all(step, prompts, must_leave)
            except EvaluationLeft:
                left = True
        prompts[:] = self._crew.share(prompts)
        if self._crew.any(left):
            raise EvaluationLeft

    def _answer_all(self, step: int, prompts: list[str | None], must_leave: Callable[[], bool]) -> None:
        self._recorder.phase("sampling")
        made: list[SampleMade] = []
        try:
            while prompts:
                try:
                    with self._crew.ending():
                        made += self._samples(step, prompts[0], self._beat_or_leave(must_leave))
                except TemplateRefusedError as error:
                    remedy = tr("Write it in another way.")
                    self._recorder.warn("sample", tr("a prompt cannot be asked: {error}", error=error), remedy, step)
                prompts.pop(0)
        except EvaluationLeft:
            self._recorder.event(*made)
            raise
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            what = tr(
                "there is not enough memory for an answer ({trouble}); training continues.",
                trouble=trouble_of(error),
            )
            self._recorder.warn("sample", what, tr("Free memory."), step)
            prompts.clear()
        self._recorder.event(*made)

    def _samples(self, step: int, prompt: str | None, between: Callable[[], None]) -> list[SampleMade]:
        if prompt is not None:
            answer = self._answer(prompt, between)
            return [SampleMade(step=step, task="", prompt=prompt, answer=answer, expected="")]
        chosen = [task for task in self._setup.tasks.tasks if task.held_out]
        few = tuple(replace(task, held_out=(task.held_out[step % len(task.held_out)],)) for task in chosen)
        if not few:
            return []
        states = RandomStates.capture()
        try:
            tasks = replace(self._setup.tasks, tasks=few)
            found = evaluate(self._setup.model, self._setup.base.tokenizer, tasks, between=between)
        finally:
            states.restore()
        return [_made(step, sample) for sample in found.samples(1)]

    def probe(self) -> int:
        """Score the widest group of held-out rows, with fewer rows until they fit; returns their number."""
        setup, rows = self._setup, self._recovery.at_once.evaluation_rows
        with self._undisturbed(), self._crew.ending():
            return evaluate_largest(setup.model, setup.base.tokenizer, setup.tasks, rows, self._fewer(0))

    def _beat_or_leave(self, must_leave: Callable[[], bool]) -> Callable[[], None]:
        def between() -> None:
            self._recorder.beat()
            if not self._crew.sharded and must_leave():  # else the others would wait in the middle of a layer
                raise EvaluationLeft

        return between

    def _fewer(self, step: int) -> Fewer | None:
        if self._crew.sharded:
            return None

        def fewer(trouble: str) -> int:
            if not self._recovery.reduce_evaluation(step, trouble):
                raise NoRoomError(trouble)
            return self._recovery.at_once.evaluation_rows

        return fewer

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Training's random numbers go on as if nothing had been scored; raises NoRoomError where memory ran out."""
        states = RandomStates.capture()
        try:
            yield
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise NoRoomError(trouble_of(error)) from None
        finally:
            states.restore()

    @torch.no_grad()
    def _answer(self, prompt: str, between: Callable[[], None]) -> str:
        model, tokenizer = self._setup.model, self._setup.base.tokenizer
        asked = prompt_ids([Turn("user", prompt)], ChatText(tokenizer))
        ids = torch.tensor([asked], device=self._setup.base.device)
        states, was_training = RandomStates.capture(), model.training
        model.eval()
        try:
            output = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=TOKENS_OF_AN_ANSWER,
                do_sample=False,
                eos_token_id=sorted(self._setup.tasks.stop_ids) or None,
                pad_token_id=self._setup.tasks.pad_id,
                stopping_criteria=at_each_token(between),
            )
        finally:
            model.train(was_training)
            states.restore()
        return str(tokenizer.decode(output[0, len(asked) :], skip_special_tokens=True))


def _scored(folder: RunFolder) -> list[Event]:
    """The evaluations on record, with the answers that were kept of them."""
    with folder.reader() as reader:
        return [stored.event for stored in reader.events(kinds=["EvaluationEnded", "AnswersKept"])]


def _points(found: Evaluation) -> dict[str, float]:
    """The points of an evaluation's curves: all points of a curve are over the same rows, but for the first."""
    points: dict[str, float] = {}
    for task, score in found.tasks.items():
        points[held_out_score(task)] = score.value if score.steady is None else score.steady
        if score.loss is not None:
            points[held_out_loss(task)] = score.loss if score.steady_loss is None else score.steady_loss
    return points


def _made(step: int, sample: Sample) -> SampleMade:
    return SampleMade(
        step=step,
        task=sample.task,
        prompt=sample.prompt,
        answer=sample.answer,
        expected=sample.expected,
        right=sample.right,
    )
