"""The training loop: the whole course of a run, or of several side by side, in one function, `train_steps`."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from studio.core.out_of_memory import trouble_of
from studio.core.words import tr
from studio.methods.protocols import routed_method
from studio.training.active_run import ActiveRun
from studio.training.checkpoint.restore import restore
from studio.training.crew.evaluation_split import EvaluationLeft
from studio.training.early_stopping import finish_with_best, out_of_patience
from studio.training.failed_step import StepUndo, not_finite, retry_scaled_less, retry_with_less
from studio.training.memory.probe import Probe
from studio.training.memory.usage import empty_cache, reset_peak
from studio.training.step import StepFigures
from studio.training.step_record import StepRecord
from studio.training.stop_requests import LeaveBeforeTraining

Gradients = Callable[[Sequence[ActiveRun]], list[StepFigures]]
"""Adds the gradient of each run's next step to its parameters; forward and backward of all their batches."""

Left = tuple[ActiveRun, BaseException | None]
"""A run that is over for this worker; where no error ended it, the run says how far it is."""


def alone(runs: Sequence[ActiveRun]) -> list[StepFigures]:
    """Compute each run's gradient by itself."""
    return [run.compute(run.step, run.recovery.micro_batch) for run in runs]


def train_steps(runs: Sequence[ActiveRun], gradients: Gradients = alone) -> Iterator[Left]:
    """Train each run from its `step` to its last step, or to where it is asked to leave; yields each as it is over.

    Each run has its own data, optimiser, schedule, losses, randomness and requests; only `gradients` computes all of
    them at once. One that fails or leaves changes nothing for the others. Its error is ProblemError for what the user
    can fix, or LeaveBeforeTraining from the probe; one that says that memory ran out comes from the optimiser's own
    step: the weights may be half updated then, and are not to be saved.
    """
    trained = [_Trained(run) for run in runs]
    del runs  # one that is over is freed, and may be named nowhere then
    # Before the first step: put the checkpoint's state back, or measure what a step takes of memory.
    yield from _in_turn(trained, trained, _Trained.begin)
    while trained:
        # One step of each: its gradient, clipped.
        began = time.perf_counter()  # Windows' monotonic clock stands still for 15 ms at a time
        yield from _in_turn(trained, trained, _Trained.remember)
        waiting = list(trained)
        while waiting:
            trouble = ""
            try:
                figures = gradients([each.run for each in waiting])  # batches, forward, backward
                # Once in a while, a float16 gradient overflowed: it comes again, with a smaller factor on its loss.
                again = [each for each, own in zip(waiting, figures, strict=True) if not each.takes(own)]
            except (RuntimeError, MemoryError) as error:
                if not all(each.run.crew.can_take_less(error) for each in waiting):
                    raise
                trouble = trouble_of(error)
            # Once in a while: out of memory. Out here the traceback no longer holds the failed step's tensors.
            if trouble:
                yield from _with_less(trained, waiting, trouble)
                waiting = [each for each in waiting if each in trained]
            else:
                waiting = again
        seconds = time.perf_counter() - began
        # Each by itself: the weights move, the step is recorded, and once in a while saved and evaluated.
        for each in trained:
            each.seconds = seconds
        yield from _in_turn(trained, trained, _Trained.end_step)


class _Trained:
    """One run in the loop: what it does by itself, in its turn. Each part returns whether the run goes on.

    `seconds` is how long the gradients of its current step took, those of all runs together.
    """

    def __init__(self, run: ActiveRun) -> None:
        self.run = run
        self.seconds = 0.0

    def let_go(self) -> None:
        """Free all that the run holds of memory, now that it is over for this worker and others train on."""
        device = self.run.device
        for name in ("run", "_undo", "_record", "_figures"):
            if hasattr(self, name):
                delattr(self, name)
        gc.collect()  # its model and what was adapted in it know one another
        empty_cache(device)

    def begin(self) -> bool:
        run = self.run
        run.requests.take(run.recorder)
        if run.start.checkpoint is not None:
            restore(run, run.start.checkpoint)
        if run.step == 0 and not run.requests.leave and not run.together:
            Probe(run)()
        run.requests.take(run.recorder)
        evaluate_if_due(run)
        make_up_for_evaluation(run)
        self._undo, self._record = StepUndo(run.model), StepRecord(run)
        reset_peak(run.device)
        return self._goes_on()

    def remember(self) -> bool:
        """Note what a failed step is to put back."""
        self.run.recorder.ensure_phase("training")
        self._undo.remember()
        self.run.model.train()
        return True

    def takes(self, figures: StepFigures) -> bool:
        """Clip the gradient that was computed; False where it has to be computed again."""
        with self.run.turn():
            self._figures = figures
            self._norm = self.run.clip_gradients() if math.isfinite(figures.loss) else 0.0
            return math.isfinite(self._norm) or not retry_scaled_less(self.run, self._undo)

    def undo(self) -> bool:
        self._undo.undo()
        self.run.model.train()
        return True

    def take_less(self, trouble: str) -> bool:
        retry_with_less(self.run, self._undo, trouble)
        return True

    def end_step(self) -> bool:
        """Move the weights and record the step; save and evaluate where due."""
        run, figures, began = self.run, self._figures, time.perf_counter()
        requests, training, routed = run.requests, run.setup.decided.training, routed_method(run.model)
        if not (math.isfinite(figures.loss) and math.isfinite(self._norm)):
            raise not_finite(run, self._undo, tr("the gradient") if math.isfinite(figures.loss) else tr("the loss"))
        # Step: the weights move, then the learning rate, then what a method moves itself (a router's bias).
        learning_rate = float(run.optimizer.param_groups[0]["lr"])
        run.move_weights()
        run.model.zero_grad()
        run.step += 1
        if routed is not None:
            routed.end_step()
            self._record.warn_of_fallbacks(routed.fallbacks())
        self._record.add(figures, learning_rate, self._norm, self.seconds + time.perf_counter() - began)
        requests.take(run.recorder)

        # Once in a while: save a checkpoint.
        last = run.step == run.setup.total_steps
        if last or requests.asked.checkpoint or run.step % training.save_every == 0:
            run.save()
            requests.asked.checkpoint = False
        # Once in a while: leave, before anything that takes long.
        if leaves(run):
            return self._is_over()
        # Once in a while: evaluate, and keep the best step's checkpoint.
        evaluate_if_due(run)
        if run.scoring.is_on_record(run.step):  # perhaps by a worker before this one, which died before it saved
            run.note_scored()
        sample_if_asked(run)
        return self._goes_on()

    def _goes_on(self) -> bool:
        run = self.run
        if not leaves(run) and run.step < run.setup.total_steps and not out_of_patience(run):
            return True
        return self._is_over()

    def _is_over(self) -> bool:
        make_up_for_evaluation(self.run)
        finish_with_best(self.run)
        return False


def _in_turn(trained: list[_Trained], acting: Sequence[_Trained], act: Callable[[_Trained], bool]) -> Iterator[Left]:
    """Let runs act one after another; yields those that fail or are over, which are `trained` no longer."""
    for each in list(acting):
        failed: BaseException | None = None
        try:
            with each.run.turn():
                goes_on = act(each)
        except (Exception, LeaveBeforeTraining) as error:  # noqa: BLE001 - whoever takes it records it
            failed, goes_on = error, False
        if not goes_on:
            trained.remove(each)
            yield each.run, failed
            failed = None  # its traceback names the run, too
            if trained:
                each.let_go()


def _with_less(trained: list[_Trained], waiting: Sequence[_Trained], trouble: str) -> Iterator[Left]:
    """Undo the step that ran out of memory, and let runs take less that can; where none can, the last one leaves."""
    yield from _in_turn(trained, waiting, _Trained.undo)
    left = [each for each in waiting if each in trained]
    able = [each for each in left if each.run.recovery.can_reduce]
    yield from _in_turn(trained, able or left[-1:], lambda each: each.take_less(trouble))


def leaves(run: ActiveRun) -> bool:
    """Whether the run leaves here: it was asked to, its checkpoint is saved, and the request was not taken back."""
    requests = run.requests
    while requests.leave and not run.is_done:
        saved = run.save()
        requests.take(run.recorder)
        if saved is None and requests.asked.leave == "pause":
            requests.asked.leave = ""
            run.recorder.warn(
                "pause",
                tr("no checkpoint could be written, so the run could not be resumed exactly; it continues instead."),
                step=run.step,
            )
        if requests.leave:
            return True
        if run.unscored:
            evaluate_if_due(run)  # the evaluation that was broken off to leave
    return False


def evaluate_if_due(run: ActiveRun) -> None:
    """Score the held-out rows where it is asked for, or due and not on record: before, during and after training.

    At the beginning that is also what a worker left undone that died while it evaluated.
    """
    requests, step, last = run.requests, run.step, run.step == run.setup.total_steps
    due = last or step % run.setup.decided.training.evaluate_every == 0
    if not requests.asked.evaluate and not (due and not run.scoring.is_on_record(step)):
        return
    if requests.leave and not last:
        return
    # With patience the best step's weights are scored after training, and these may be others.
    ends = last and run.setup.decided.training.patience is None
    when: Literal["before", "during", "after"] = "after" if ends else "during" if step else "before"
    requests.asked.evaluate = run.unscored = False
    try:
        run.scoring.evaluate(step, when, run.must_leave)
    except EvaluationLeft:
        # If the request to leave is taken back, it is made up for, asked for or due.
        run.unscored = requests.asked.evaluate = True
        requests.take(run.recorder)
        print(f"the evaluation after step {step} was interrupted, as asked", flush=True)


def make_up_for_evaluation(run: ActiveRun) -> None:
    """Score what was broken off for a request to leave that was taken back before anything looked at it."""
    run.requests.take(run.recorder)
    while run.unscored and not run.requests.leave:
        evaluate_if_due(run)
        run.requests.take(run.recorder)


def sample_if_asked(run: ActiveRun) -> None:
    """Answer the prompts that were asked for since the last step; they wait while the run is asked to leave."""
    asked = run.requests.asked
    if not asked.samples or run.requests.leave:
        return
    try:
        run.scoring.sample(run.step, asked.samples, run.must_leave)
    except EvaluationLeft:
        print(f"the samples after step {run.step} were interrupted, as asked", flush=True)
