"""Where a worker begins: at the start of a run, or at its newest sound checkpoint; without torch, so at once."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

from studio.core.problem import ProblemError
from studio.core.run.curve_names import LOSS
from studio.core.run.events import RunEnded, RunResumed, RunStarted
from studio.core.run.run_folder import RunFolder
from studio.core.words import sentences, tr
from studio.training.checkpoint.files import Checkpoint, newest_sound
from studio.training.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Start:
    """Where a worker begins: after `step` finished steps, from `checkpoint` where there is one."""

    step: int
    checkpoint: Checkpoint | None

    @property
    def name(self) -> str:
        """The checkpoint's place in the run's folder; "" where there is none."""
        return f"{self.checkpoint.path.parent.name}/{self.checkpoint.path.name}" if self.checkpoint else ""


def refuse_finished(folder: RunFolder) -> None:
    """Raise ProblemError when there is nothing left to train; writes nothing."""
    with folder.reader() as reader:
        last = reader.last_event("RunStarted", "RunResumed", "RunPaused", "RunEnded")
    if last and isinstance(last.event, RunEnded) and last.event.outcome == "finished":
        raise ProblemError.at(
            str(folder.path), tr("this run has finished already."), tr("Start a new run from its recipe to train more.")
        )


def find_start(folder: RunFolder, recorder: Recorder, up_to: int | None = None, worker: int | None = None) -> Start:
    """Find where to begin, warn of every checkpoint that is skipped, and record that the run starts or resumes.

    Checkpoints of later steps than `up_to` are left aside: those steps are trained again. `worker` is the process that
    holds the run's lock, where that is not this one.
    """
    checkpoint, broken = newest_sound(folder.checkpoints, up_to)
    step = recorder.reached = checkpoint.step if checkpoint else 0
    with folder.reader() as reader:
        before = reader.last_event("RunStarted")
        recorded = reader.last_scalars(up_to=step).get(LOSS)
    pid, host = worker or os.getpid(), platform.node()
    if before is None and checkpoint is None:
        recorder.event(RunStarted(pid=pid, host=host))
        return Start(0, None)
    name = checkpoint.path.relative_to(folder.path).as_posix() if checkpoint else None
    recorder.event(RunResumed(pid=pid, host=host, step=step, checkpoint=name))
    for problem in broken:
        instead = (
            tr("It is skipped; the run resumes from step {step}.", step=step)
            if checkpoint
            else tr("It is skipped; without another, the run begins again.")
        )
        recorder.warn(problem.where, sentences(problem.what, instead), problem.remedy)
    if (known := recorded.step if recorded else 0) < step:
        # A checkpoint is saved only once its steps are recorded: somebody removed the -wal file, or put an older
        # database here.
        recorder.warn(
            "run.db",
            tr(
                "it has no record of the steps {first} to {last}, which the checkpoint contains: their curves are lost,"
                " and nothing else.",
                first=known + 1,
                last=step,
            ),
            tr("Restore run.db together with the run.db-wal beside it, if you have them."),
        )
    return Start(step, checkpoint)
