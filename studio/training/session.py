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
from studio.core.words import mark, plural, tr
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
    because = (
        tr("Training continues from step {step}.", step=run.saver.newest.step)
        if run.saver.newest
        else tr("Training continues from the beginning.")
    )
    run.recovery.reduce(recorder.reached + 1, trouble, because)
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
    layers = 0 if setup.layers is None else setup.layers.count
    at_once = AtOnce(training.micro_batch, training.checkpointing is True, layers_in_ram=layers)
    at_once = at_once.within(less or at_once)
    recovery = Recovery(setup.model, recorder, torch.device(setup.base.device), at_once, setup.layers, requests.crew)
    return assemble(folder, setup, recorder, recovery, requests, start)


def _train(run: ActiveRun) -> str | None:
    """Train to where the run is over; returns what the allocator said where memory ran out in the optimiser's step."""
    for _, error in train_steps([run]):
        if isinstance(error, (RuntimeError, MemoryError)) and run.crew.can_take_less(error):
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
            metrics = requests.crew.share(decided_metrics(folder, earlier) if requests.crew.leads else {})
            earlier_decided = with_decisions(asked, earlier)
            setup = set_up(earlier_decided, recorder, requests.check, metrics, load, machine, requests.crew)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise DoesNotFitError(_while_loading(error)) from error
    if earlier:
        _warn_of_changes(asked, setup, earlier, recorder)
    elif requests.crew.leads:
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
            tr(
                "the run began on another device ({device}); from here on its numbers may differ from those of the"
                " unbroken run in their last digits.",
                device=before["name"],
            ),
        )
    fields = changes(asked, earlier)
    if "machine.processes" in fields:
        fields.remove("machine.processes")
        recorder.warn(
            "machine.processes",
            tr(
                "the run goes on in another number of processes ({n}); its numbers may differ from those of the"
                " unbroken run in their last digits.",
                n=asked.machine.processes,
            ),
        )
    if fields:
        recorder.warn(
            "recipe.toml",
            tr(
                "it was edited after the run began ({fields}); the run continues as it says now, which is not what the"
                " unbroken run would have done.",
                fields=", ".join(fields),
            ),
            tr("Start a new run to train from the beginning with it."),
        )
    hashes = _table(earlier, "data")
    for file, digest in setup.tasks.hashes.items():
        if hashes.get(redacted_values(file), digest) != digest:  # named as it was written
            what = tr("its content changed after the run began; the run continues with what it holds now.")
            recorder.warn(file, what)
    if _table(earlier, "model").get("revision", setup.base.revision) != setup.base.revision:
        recorder.warn(
            "model.source",
            tr("the base model is not the one that the run began with; the adapter may not suit it."),
            tr("Put the earlier model back, or start a new run."),
        )


def _table(earlier: dict[str, Any], name: str) -> dict[str, Any]:
    """One object of the provenance; empty where it is missing, or somebody wrote something else there."""
    found = earlier.get(name)
    return found if isinstance(found, dict) else {}


def end(run: ActiveRun) -> int:
    """Write the adapter and record how the run ended; a paused run writes none."""
    folder, recorder, newest, step = run.folder, run.recorder, run.saver.newest, run.step
    if not run.crew.leads:
        return EXIT_DONE
    if run.requests.leave == "pause" and not run.is_done and newest is not None:
        recorder.event(RunPaused(step=step, checkpoint=newest.path.relative_to(folder.path).as_posix()))
        return EXIT_DONE
    recorder.phase("saving", tr("adapter", "what is saved"))
    try:
        count = save_adapter(run.model, folder.adapter)
    except OSError as error:
        remedy = tr(
            "Make room on the disk, and check that the run's folder is still in its place, then resume the run."
        )
        raise _not_written(run, system_reason(error), remedy) from None
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        trouble = tr("memory ran out: {trouble}", trouble=trouble_of(error))
        raise _not_written(run, trouble, tr("Free memory, then resume the run.")) from None
    outcome: Outcome = "finished"
    reason = tr("{finish}; {adapter}.", finish=_finish(run), adapter=_described(count))
    if not run.is_done:
        outcome = "stopped"
        kept = newest is not None and newest.step == step
        onward = (
            tr("resuming continues from step {step}", step=step)
            if kept
            else tr("no checkpoint of this step could be written")
        )
        because, total = run.requests.because, run.setup.total_steps
        left = (
            tr("{because}, after step {step} of {total}, before it was scored", because=because, step=step, total=total)
            if run.unscored
            else tr("{because}, after step {step} of {total}", because=because, step=step, total=total)
        )
        reason = tr("{left}; {adapter}; {onward}.", left=left, adapter=_described(count), onward=onward)
    recorder.event(RunEnded(outcome=outcome, reason=reason, step=step, adapter=folder.adapter.name))
    return EXIT_DONE


def _finish(run: ActiveRun) -> str:
    """Why training is over, and whose weights are the result, without a full stop."""
    training = run.setup.decided.training
    said = tr("All {steps} steps are done", steps=run.step)
    if run.ended_early:
        said = plural(
            "It ended early after step {step} of {total}: one evaluation brought nothing better",
            "It ended early after step {step} of {total}: {n} evaluations brought nothing better",
            training.patience or 1,
            step=run.step,
            total=run.setup.total_steps,
        )
    if run.result_step is None:
        return said
    whole = run.result_step == best_step(run.scoring.evaluations, training.keep_best, up_to=run.step)
    form = _RESULTS[training.keep_best == "loss", whole]
    return tr(form, said=said, step=run.result_step)


_RESULTS = {
    (True, True): mark("{said}; the adapter is that of step {step}, which had the lowest held-out loss"),
    (False, True): mark("{said}; the adapter is that of step {step}, which had the highest held-out score"),
    (True, False): mark(
        "{said}; the adapter is that of step {step}, which had the lowest held-out loss of the steps whose checkpoint"
        " is whole"
    ),
    (False, False): mark(
        "{said}; the adapter is that of step {step}, which had the highest held-out score of the steps whose checkpoint"
        " is whole"
    ),
}
"""How the adapter of an earlier step is said to be the result: by the loss or a score, and whether of all steps."""


def _not_written(run: ActiveRun, trouble: str, remedy: str) -> ProblemError:
    saved = run.saver.newest.step if run.saver.newest else 0
    return ProblemError.at(
        str(run.folder.adapter),
        tr(
            "the adapter cannot be written ({trouble}); the checkpoint of step {step} has it.",
            trouble=trouble,
            step=saved,
        ),
        remedy,
    )


def _described(count: AdapterCount) -> str:
    if count.routed_layers:
        return tr(
            "the adapter was read back and holds {experts} experts and {routers} routers in {tensors} tensors with"
            " {weights:,} weights",
            experts=count.experts,
            routers=count.routed_layers,
            tensors=count.tensors,
            weights=count.weights,
        )
    return tr(
        "the adapter was read back and holds {tensors} tensors with {weights:,} weights",
        tensors=count.tensors,
        weights=count.weights,
    )


def _while_loading(error: BaseException) -> Problem:
    return Problem(
        "memory",
        tr("it ran out while the model was loaded ({trouble}).", trouble=trouble_of(error)),
        tr("Free memory, hold the model in int8 or nf4, or choose a smaller model; then resume the run."),
    )
