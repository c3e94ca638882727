"""A worker takes a run up: for the first time, or from the newest sound checkpoint; without torch, so at once."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

from studio.core.problem import ProblemError
from studio.core.run.curve_names import LOSS
from studio.core.run.events import RunEnded, RunResumed, RunStarted
from studio.core.run.run_folder import RunFolder
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
    """Raise ProblemError when there is nothing left to train; nothing is written."""
    with folder.reader() as reader:
        last = reader.last_event("RunStarted", "RunResumed", "RunPaused", "RunEnded")
    if last and isinstance(last.event, RunEnded) and last.event.outcome == "finished":
        raise ProblemError.at(
            str(folder.path), "this run is finished already.", "Start a new run from its recipe to train more."
        )


def take_up(folder: RunFolder, recorder: Recorder) -> Start:
    """Find where to begin, name every checkpoint that is stepped over, and say that the run goes on."""
    checkpoint, broken = newest_sound(folder.checkpoints)
    step = recorder.reached = checkpoint.step if checkpoint else 0
    with folder.reader() as reader:
        before = reader.last_event("RunStarted")
        recorded = reader.last_scalars(up_to=step).get(LOSS)
    pid, host = os.getpid(), platform.node()
    if before is None and checkpoint is None:
        recorder.event(RunStarted(pid=pid, host=host))
        return Start(0, None)
    name = checkpoint.path.relative_to(folder.path).as_posix() if checkpoint else None
    recorder.event(RunResumed(pid=pid, host=host, step=step, checkpoint=name))
    for problem in broken:
        instead = f"step {step} is taken" if checkpoint else "there is no other, so the run begins anew"
        recorder.warn(problem.where, f"{problem.what} It is stepped over; {instead}.", problem.remedy)
    if (known := recorded.step if recorded else 0) < step:
        # A checkpoint is made only once its steps are recorded: somebody took its -wal file away, or put an older
        # database here.
        recorder.warn(
            "run.db",
            f"it holds nothing of the steps {known + 1} to {step}, which the checkpoint has done: their curves are"
            " lost, and nothing else.",
            "Restore run.db together with the run.db-wal beside it, if you have them.",
        )
    return Start(step, checkpoint)
