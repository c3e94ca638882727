"""The training loop: the whole course of a run in one function, `train_steps`."""

from __future__ import annotations

import math
import time
from typing import Literal

from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.methods.protocols import routed_method
from studio.training.active_run import ActiveRun
from studio.training.checkpoint.restore import restore
from studio.training.early_stopping import finish_with_best, out_of_patience
from studio.training.failed_step import StepUndo, not_finite, retry_scaled_less, retry_with_less
from studio.training.memory.probe import Probe
from studio.training.memory.usage import reset_peak
from studio.training.run_evaluation import EvaluationLeft
from studio.training.step_record import StepRecord


def train_steps(run: ActiveRun) -> None:
    """Train from `run.step` to the last step, or to where the run is asked to leave; `run` then says how far it is.

    Raises ProblemError for what the user can fix and LeaveBeforeTraining from the probe. Any error that says that
    memory ran out comes from the optimiser's own step: the weights may be half updated then, and are not to be saved.
    """
    recorder, requests, training = run.recorder, run.requests, run.setup.decided.training
    model, optimizer, scheduler, routed = run.model, run.optimizer, run.scheduler, routed_method(run.model)

    # Before the first step: put the checkpoint's state back, or measure what a step takes of memory.
    requests.take(recorder)
    if run.start.checkpoint is not None:
        restore(run, run.start.checkpoint)
    if run.step == 0 and not requests.leave:
        Probe(run)()
    requests.take(recorder)
    evaluate_if_due(run)
    make_up_for_evaluation(run)
    undo, record = StepUndo(model), StepRecord(run)
    reset_peak(run.device)

    while not leaves(run) and run.step < run.setup.total_steps and not out_of_patience(run):
        recorder.ensure_phase("training")
        began = time.perf_counter()  # Windows' monotonic clock stands still for 15 ms at a time

        # One step: its gradient, clipped.
        undo.remember()
        while True:
            model.train()
            try:
                figures = run.compute(run.step, run.recovery.micro_batch)  # batches, forward, backward
                gradient_norm = run.clip_gradients() if math.isfinite(figures.loss) else 0.0
                if math.isfinite(gradient_norm) or not retry_scaled_less(run, undo):
                    break
                continue
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                trouble = trouble_of(error)
            # Once in a while: out of memory. Out here the traceback no longer holds the failed step's tensors.
            retry_with_less(run, undo, trouble)
        if not (math.isfinite(figures.loss) and math.isfinite(gradient_norm)):
            raise not_finite(run, undo, "the gradient" if math.isfinite(figures.loss) else "the loss")
        # Step: the weights move, then the learning rate, then what a method moves itself (a router's bias).
        learning_rate = float(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
        model.zero_grad()
        run.step += 1
        if routed is not None:
            routed.end_step()
            record.warn_of_fallbacks(routed.fallbacks())
        record.add(figures, learning_rate, gradient_norm, time.perf_counter() - began)
        requests.take(recorder)

        # Once in a while: save a checkpoint.
        last = run.step == run.setup.total_steps
        if last or requests.asked.checkpoint or run.step % training.save_every == 0:
            run.save()
            requests.asked.checkpoint = False
        # Once in a while: leave, before anything that takes long.
        if leaves(run):
            break
        # Once in a while: evaluate, and keep the best step's checkpoint.
        evaluate_if_due(run)
        if run.scoring.is_on_record(run.step):  # perhaps by a worker before this one, which died before it saved
            run.saver.scored(run.step, model, optimizer, scheduler)
        sample_if_asked(run)
    make_up_for_evaluation(run)
    finish_with_best(run)


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
                "no checkpoint could be written, so the run could not be resumed exactly; it continues instead.",
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
        run.scoring.evaluate(step, when, lambda: requests.leave_now(run.recorder))
    except EvaluationLeft:
        # If the request to leave is taken back, it is made up for, asked for or due.
        run.unscored = requests.asked.evaluate = True
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
        run.scoring.sample(run.step, asked.samples, lambda: run.requests.leave_now(run.recorder))
    except EvaluationLeft:
        print(f"the samples after step {run.step} were interrupted, as asked", flush=True)
