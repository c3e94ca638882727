"""A run's state put back from its checkpoint, before its first step in this process."""

from __future__ import annotations

from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.problem import DoesNotFitError
from studio.core.words import tr
from studio.training.active_run import ActiveRun
from studio.training.checkpoint.files import Checkpoint
from studio.training.checkpoint.state import load_state


def restore(run: ActiveRun, checkpoint: Checkpoint) -> None:
    """Load everything that `checkpoint` holds into `run`; raises DoesNotFitError where memory runs out."""
    try:
        progress = load_state(checkpoint.path, run.model, run.optimizer, run.scheduler)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise DoesNotFitError.at(
            tr("checkpoint {name}", name=checkpoint.path.name),
            tr(
                "memory ran out while it was loaded ({trouble}); the checkpoint is intact.",
                trouble=trouble_of(error),
            ),
            tr("Free memory, then resume the run."),
        ) from None
    run.recovery.continue_with(progress.at_once)
    if run.loss_scale is not None and progress.loss_scale is not None:
        run.loss_scale.value, run.loss_scale.sound = progress.loss_scale.value, progress.loss_scale.sound
    if progress.without_loads:
        run.recorder.warn(
            tr("checkpoint {name}", name=checkpoint.path.name),
            tr("it was written by an earlier version, which did not keep the experts' loads of the last step."),
            tr("The balance loss of the next step is weighted with that step's own loads instead."),
            step=run.step,
        )
    run.saver.newest = checkpoint
