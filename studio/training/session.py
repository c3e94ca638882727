"""A run's training from setup to its end: finished, paused, stopped, or begun again with less memory."""

from __future__ import annotations

import gc
from typing import Any

import torch

from studio.core.error_text import system_reason
from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.problem import EXIT_DONE, DoesNotFitError, Problem, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.redaction import redacted_values
from studio.core.run.best_step import best_step
from studio.core.run.decided_metrics import decided_metrics
from studio.core.run.events import Outcome, RunEnded, RunPaused
from studio.core.run.run_folder import RunFolder
from studio.hardware import Machine
from studio.models.adapter_files import AdapterCount, save_adapter
from studio.training.active_run import ActiveRun, assemble
from studio.training.checkpoint.resume_point import Start
from studio.training.loop import train_steps
from studio.training.memory.oom_recovery import AtOnce, Recovery
from studio.training.provenance import changes, provenance_of, with_decisions
from studio.training.recorder import Recorder
from studio.training.setup import Load, Setup, model_ready, set_up
from studio.training.stop_requests import StopRequests

MOST_THREADS = 1024  # more in provenance.json was not written by a worker


def train(
    folder: RunFolder,
    asked: Recipe,
    recorder: Recorder,
    start: Start,
    requests: StopRequests,
    less: AtOnce | None = None,
) -> int | AtOnce:
    """Train to the end, or to where the run leaves; returns the exit code after the end was recorded.

    Where memory runs out so that a step cannot be undone (while the optimiser updates the weights), it returns how
    much to compute at once instead: begin again from the newest checkpoint with that as `less`. Raises ProblemError
    for what the user can fix and LeaveBeforeTraining when the run is asked to leave before its first step.
    """
    if less is not None:
        gc.collect()  # what remains of the previous attempt may hold its model in reference cycles
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    run = prepare(folder, asked, recorder, start, requests, less)
    trouble = _train(run)
    if trouble is None:
        return end(run)
    # The weights may be half updated: they are neither saved nor trained further.
    newest = f"step {run.saver.newest.step}" if run.saver.newest else "the beginning"
    run.recovery.reduce(recorder.reached + 1, trouble, f"Training continues from {newest}.")
    return run.recovery.at_once


def prepare(
    folder: RunFolder,
    asked: Recipe,
    recorder: Recorder,
    start: Start,
    requests: StopRequests,
    less: AtOnce | None = None,
    load: Load | None = None,
    machine: Machine | None = None,
) -> ActiveRun:
    """Load and put together all that a run needs before its first step; see `set_up` for `load` and `machine`."""
    # A run that begins again within its worker was decided by it: what is free now is no reason to decide otherwise.
    earlier = folder.provenance() if start.checkpoint or less else {}
    setup = _set_up(folder, asked, earlier, recorder, requests, load, machine)
    training = setup.decided.training
    assert isinstance(training.micro_batch, int)
    at_once = AtOnce(training.micro_batch, training.checkpointing is True)
    recovery = Recovery(setup.model, recorder, torch.device(setup.base.device), at_once.within(less or at_once))
    return assemble(folder, setup, recorder, recovery, requests, start)


def _train(run: ActiveRun) -> str | None:
    """Train to where the run is over; returns what the allocator said where memory ran out in the optimiser's step."""
    for _, error in train_steps([run]):
        if isinstance(error, (RuntimeError, MemoryError)) and is_out_of_memory(error):
            return trouble_of(error)
        if error is not None:
            raise error
    return None


def _set_up(
    folder: RunFolder,
    asked: Recipe,
    earlier: dict[str, Any],
    recorder: Recorder,
    requests: StopRequests,
    load: Load | None,
    machine: Machine | None,
) -> Setup:
    """Set up with what an earlier worker decided, and record what the run is made of, or what changed since."""
    try:
        with requests.leaving_at_once(folder):
            metrics = decided_metrics(folder, earlier)
            setup = set_up(with_decisions(asked, earlier), recorder, requests.check, metrics, load, machine)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise DoesNotFitError(_while_loading(error)) from error
    if earlier:
        _warn_of_changes(asked, setup, earlier, recorder)
    else:
        folder.write_provenance(provenance_of(setup, asked))
    recorder.event(model_ready(setup))
    return setup


def _warn_of_changes(asked: Recipe, setup: Setup, earlier: dict[str, Any], recorder: Recorder) -> None:
    """A resumed run is the same run only if what it is made of is the same: warn of what is not."""
    before = _table(earlier, "device")
    if isinstance(threads := before.get("threads"), int) and 0 < threads <= MOST_THREADS:
        torch.set_num_threads(threads)  # another division of a sum gives other last digits
    if before.get("name", setup.plan.device.name) != setup.plan.device.name:
        recorder.warn(
            setup.plan.device.name,
            f"the run began on another device ({before['name']}); from here on its numbers may differ from those of"
            " the unbroken run in their last digits.",
        )
    if fields := changes(asked, earlier):
        recorder.warn(
            "recipe.toml",
            f"it was edited after the run began ({', '.join(fields)}); the run continues as it says now,"
            " which is not what the unbroken run would have done.",
            "Start a new run to train from the beginning with it.",
        )
    hashes = _table(earlier, "data")
    for file, digest in setup.tasks.hashes.items():
        if hashes.get(redacted_values(file), digest) != digest:  # named as it was written
            recorder.warn(file, "its content changed after the run began; the run continues with what it holds now.")
    if _table(earlier, "model").get("revision", setup.base.revision) != setup.base.revision:
        recorder.warn(
            "model.source",
            "the base model is not the one that the run began with; the adapter may not suit it.",
            "Put the earlier model back, or start a new run.",
        )


def _table(earlier: dict[str, Any], name: str) -> dict[str, Any]:
    """One object of the provenance; empty where it is missing, or somebody wrote something else there."""
    found = earlier.get(name)
    return found if isinstance(found, dict) else {}


def end(run: ActiveRun) -> int:
    """Write the adapter and record how the run ended; a paused run writes none."""
    folder, recorder, newest, step = run.folder, run.recorder, run.saver.newest, run.step
    if run.requests.leave == "pause" and not run.is_done and newest is not None:
        recorder.event(RunPaused(step=step, checkpoint=newest.path.relative_to(folder.path).as_posix()))
        return EXIT_DONE
    recorder.phase("saving", "adapter")
    try:
        count = save_adapter(run.model, folder.adapter)
    except OSError as error:
        remedy = "Make room on the disk, and check that the run's folder is still in its place"
        raise _not_written(run, system_reason(error), remedy) from None
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise _not_written(run, f"memory ran out: {trouble_of(error)}", "Free memory") from None
    outcome: Outcome = "finished"
    reason = f"{_finish(run)}; {_described(count)}."
    if not run.is_done:
        outcome = "stopped"
        kept = newest is not None and newest.step == step
        onward = f"resuming continues from step {step}" if kept else "no checkpoint of this step could be written"
        where = f"after step {step} of {run.setup.total_steps}{', before it was scored' if run.unscored else ''}"
        reason = f"{run.requests.because}, {where}; {_described(count)}; {onward}."
    recorder.event(RunEnded(outcome=outcome, reason=reason, step=step, adapter=folder.adapter.name))
    return EXIT_DONE


def _finish(run: ActiveRun) -> str:
    """Why training is over, and whose weights are the result, without a full stop."""
    training = run.setup.decided.training
    said = f"All {run.step} steps are done"
    if run.ended_early:
        times = f"{training.patience} evaluations" if training.patience != 1 else "one evaluation"
        said = f"It ended early after step {run.step} of {run.setup.total_steps}: {times} brought nothing better"
    if run.result_step is None:
        return said
    by = "lowest held-out loss" if training.keep_best == "loss" else "highest held-out score"
    if run.result_step != best_step(run.scoring.evaluations, training.keep_best, up_to=run.step):
        by += " of the steps whose checkpoint is whole"
    return f"{said}; the adapter is that of step {run.result_step}, which had the {by}"


def _not_written(run: ActiveRun, trouble: str, remedy: str) -> ProblemError:
    saved = run.saver.newest.step if run.saver.newest else 0
    return ProblemError.at(
        str(run.folder.adapter),
        f"the adapter cannot be written ({trouble}); the checkpoint of step {saved} has it.",
        f"{remedy}, then resume the run.",
    )


def _described(count: AdapterCount) -> str:
    found = f"{count.tensors} tensors with {count.weights:,} weights"
    if count.routed_layers:
        found = f"{count.experts} experts and {count.routed_layers} routers in {found}"
    return f"the adapter was read back and holds {found}"


def _while_loading(error: BaseException) -> Problem:
    return Problem(
        "memory",
        f"it ran out while the model was loaded ({trouble_of(error)}).",
        "Free memory, hold the model in int8 or nf4, or choose a smaller model; then resume the run.",
    )
