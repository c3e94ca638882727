"""A run's training put together: set up, trained, and ended in one of its ways."""

from __future__ import annotations

import gc
from typing import Any

import torch

from studio.core.error_text import system_reason
from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.problem import EXIT_DONE, DoesNotFitError, Problem, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.redaction import redacted_values
from studio.core.run.events import Outcome, RunEnded, RunPaused
from studio.core.run.run_folder import RunFolder
from studio.models.adapter_files import AdapterCount, save_adapter
from studio.training.callback import RunCallback
from studio.training.checkpoint.resume_point import Start
from studio.training.checkpoint.saver import Saver
from studio.training.memory.oom_recovery import AtOnce, Recovery
from studio.training.memory.probe import Probe
from studio.training.provenance import changes, provenance_of, with_decisions
from studio.training.recorder import Recorder
from studio.training.run_evaluation import Scoring
from studio.training.setup import Setup, model_ready, set_up
from studio.training.step import StepComputer
from studio.training.stop_requests import SystemRequest
from studio.training.trainer import NotFiniteError, StepNumbers, StudioTrainer, arguments_for

ROWS_NAMED = 20
MOST_THREADS = 1024


def train(
    folder: RunFolder,
    asked: Recipe,
    recorder: Recorder,
    start: Start,
    system: SystemRequest,
    less: AtOnce | None = None,
) -> int | AtOnce:
    """Train to the end, or to where the run is left; returns the exit code after the end was recorded.

    Where memory runs out so that a step cannot be undone (while the optimiser moves the weights), it returns how much
    to compute at once instead: take the run up again, from its newest checkpoint, with that as `less`. Raises
    ProblemError for what the user can mend and LeaveBeforeTraining when the run is to be left before its first step.
    """
    if less is not None:
        gc.collect()  # the Trainer before and its callbacks hold each other, and with them the model
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    # A run that begins anew within its worker was decided by it: what is free now is no reason to decide otherwise.
    earlier = folder.provenance() if start.checkpoint or less else {}
    try:
        with system.leaving_at_once(folder):
            setup = set_up(with_decisions(asked, earlier), recorder, system.check)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise DoesNotFitError(_while_loading(error)) from error
    if earlier:
        _say_changes(asked, setup, earlier, recorder)
    else:
        folder.write_provenance(provenance_of(setup, asked))
    recorder.event(model_ready(setup))
    decided = setup.recipe.training
    assert isinstance(decided.micro_batch, int)
    at_once = AtOnce(decided.micro_batch, decided.checkpointing is True)
    recovery = Recovery(setup.model, recorder, torch.device(setup.base.device), at_once.within(less or at_once))
    saver = Saver(folder, recorder, recovery, setup.recipe.training.keep, setup.recipe.training.keep_best)
    trainer, callback = _assemble(folder, setup, recorder, recovery, saver, system, start)
    try:
        trainer.train()
    except NotFiniteError as error:
        raise _not_finite(error, trainer, saver) from error
    except DoesNotFitError:
        if callback.ready:
            trainer.undo_step()
            saver.save(recorder.reached, *_parts(trainer))
        raise
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        trouble = trouble_of(error)
    else:
        return _end(folder, setup, recorder, saver, callback)
    # The weights may be half moved: neither saved nor gone on with.
    saved = f"step {saver.newest.step}" if saver.newest else "the beginning"
    recovery.reduce(recorder.reached + 1, trouble, f"Training goes on from {saved}.")
    return recovery.at_once


def _say_changes(asked: Recipe, setup: Setup, earlier: dict[str, Any], recorder: Recorder) -> None:
    """A resumed run is the same run only if what it is made of is the same: say what is not."""
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
            f"it was edited after the run began ({', '.join(fields)}); the run goes on as it says now,"
            " which is not what the unbroken run would have done.",
            "Start a new run to train from the beginning with it.",
        )
    hashes = _table(earlier, "data")
    for file, digest in setup.tasks.hashes.items():
        if hashes.get(redacted_values(file), digest) != digest:  # named as it was written
            recorder.warn(file, "its content changed after the run began; the run goes on with what it holds now.")
    if _table(earlier, "model").get("revision", setup.base.revision) != setup.base.revision:
        recorder.warn(
            "model.source",
            "the base model is not the one that the run began with; the adapter may not suit it.",
            "Put the earlier model back, or start a new run.",
        )


def _table(earlier: dict[str, Any], name: str) -> dict[str, Any]:
    """One object of the provenance; empty where it has none, as where somebody wrote something else there."""
    found = earlier.get(name)
    return found if isinstance(found, dict) else {}


def _assemble(
    folder: RunFolder,
    setup: Setup,
    recorder: Recorder,
    recovery: Recovery,
    saver: Saver,
    system: SystemRequest,
    start: Start,
) -> tuple[StudioTrainer, RunCallback]:
    recipe = setup.recipe
    trainer = StudioTrainer(
        setup.model,
        arguments_for(recipe.training, str(folder.path), setup.total_steps, recipe.seed, setup.plan.device.kind),
        StepNumbers(setup.total_steps),
        StepComputer(setup.model, setup.loss, setup.tasks, setup.order, setup.autocast),
        recovery,
        recipe.training.clip,
    )
    scoring = Scoring(folder, setup, recorder, recovery)
    probe = Probe(folder, setup, trainer, scoring, recorder, system)
    callback = RunCallback(trainer, recorder, saver, scoring, system, start, setup, probe)
    trainer.add_callback(callback)
    return trainer, callback


def _end(folder: RunFolder, setup: Setup, recorder: Recorder, saver: Saver, callback: RunCallback) -> int:
    step, asked = callback.step, callback.asked
    done = step == setup.total_steps and not callback.unscored
    if asked.leave == "pause" and not done and saver.newest is not None:
        recorder.event(RunPaused(step=step, checkpoint=saver.newest.path.relative_to(folder.path).as_posix()))
        return EXIT_DONE
    recorder.phase("saving", "adapter")
    try:
        count = save_adapter(setup.model, folder.adapter)
    except OSError as error:
        remedy = "Make room on the disk, and see that the run's folder is where it was"
        raise _not_written(folder, saver, system_reason(error), remedy) from None
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise _not_written(folder, saver, f"memory ran out: {trouble_of(error)}", "Free memory") from None
    if done:
        reason = f"All {step} steps are done; {_told(count)}."
        outcome: Outcome = "finished"
    else:
        because = asked.because or "It was asked to stop"
        kept = saver.newest is not None and saver.newest.step == step
        onward = f"resuming goes on from step {step}" if kept else "no checkpoint of this step could be written"
        where = f"after step {step} of {setup.total_steps}{', before it was scored' if callback.unscored else ''}"
        reason = f"{because}, {where}; {_told(count)}; {onward}."
        outcome = "stopped"
    recorder.event(RunEnded(outcome=outcome, reason=reason, step=step, adapter=folder.adapter.name))
    return EXIT_DONE


def _not_written(folder: RunFolder, saver: Saver, trouble: str, remedy: str) -> ProblemError:
    saved = saver.newest.step if saver.newest else 0
    return ProblemError.at(
        str(folder.adapter),
        f"the adapter cannot be written ({trouble}); the checkpoint of step {saved} has it.",
        f"{remedy}, then resume the run.",
    )


def _told(count: AdapterCount) -> str:
    found = f"{count.tensors} tensors with {count.weights:,} weights"
    if count.routed_layers:
        found = f"{count.experts} experts and {count.routed_layers} routers in {found}"
    return f"the adapter was read back and holds {found}"


def _not_finite(error: NotFiniteError, trainer: StudioTrainer, saver: Saver) -> ProblemError:
    """The Problem of a loss that is none, after the last good step was saved if its weights are sound."""
    sound = all(bool(torch.isfinite(one).all()) for one in _parts(trainer)[0].parameters() if one.requires_grad)
    if sound:
        trainer.undo_step()
        saver.save(error.step - 1, *_parts(trainer))
    at = f"step {saver.newest.step}" if saver.newest else "the beginning, as there is no checkpoint"
    named = [f"{task} row {row + 1}" for task, row in error.rows[:ROWS_NAMED]]
    rest = f" and {len(error.rows) - ROWS_NAMED} more" if len(error.rows) > ROWS_NAMED else ""
    return ProblemError.at(
        f"step {error.step}",
        f"{error.what} is not a finite number. The batch was: {', '.join(named)}{rest}.",
        f"Lower training.learning_rate, or look at these rows; resuming goes on from {at}.",
    )


def _while_loading(error: BaseException) -> Problem:
    return Problem(
        "memory",
        f"it ran out while the model was loaded ({trouble_of(error)}).",
        "Free memory, hold the model in int8 or nf4, or choose a smaller model; then resume the run.",
    )


def _parts(trainer: StudioTrainer) -> tuple[Any, Any, Any]:
    return trainer.model, trainer.optimizer, trainer.lr_scheduler
