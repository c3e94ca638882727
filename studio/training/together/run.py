"""Several runs from their folders to their ends, trained at once; each ends in its own folder as one alone would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from studio.core.problem import EXIT_OUR_FAULT
from studio.core.run.events import RunResumed, RunStarted
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder, list_checkpoints, step_of
from studio.core.state.pulse import Beating, pulse_file
from studio.core.words import tr
from studio.training.checkpoint.resume_point import find_start, refuse_finished
from studio.training.recorder import Recorder
from studio.training.stop_requests import LeaveBeforeTraining, StopRequests
from studio.training.together.member import Member


def nobody(folder: RunFolder, code: int) -> None:
    """Hear that a run is over, and do nothing."""


def train_together(
    folders: Sequence[RunFolder],
    requests: Sequence[StopRequests],
    left: Callable[[RunFolder, int], None] = nobody,
) -> list[int]:
    """Train the runs in `folders`, each from its beginning or its newest sound checkpoint; returns their exit codes.

    Each run is trained as it would be alone, over a base that is held once and whose products are computed once for the
    rows of all. One that is paused or stopped, fails or finishes leaves, and `left` is called with its folder and exit
    code; the others train on. `requests` are the runs' own, of which the first listens to the system for all.

    Raises ProblemError, with nothing written, when one is finished already; the caller must hold every run's lock.
    """
    for folder in folders:
        refuse_finished(folder)
    requests[0].listen()
    for own in requests[1:]:
        own.follow(requests[0])
    with ExitStack() as files:
        pulses = Pulses([files.enter_context(Beating(pulse_file(folder.path))) for folder in folders])
        members = [
            Member(folder, own, Recorder(files.enter_context(RunWriter(folder.db)), pulses), left)
            for folder, own in zip(folders, requests, strict=True)
        ]
        shared = shared_step(folders)
        for member in members:
            with member.attempt():
                member.start = find_start(member.folder, member.recorder, shared.get(member.folder.id))
                member.recorder.phase("loading", tr("PyTorch and Transformers"))
        try:
            # Torch and transformers take seconds to import, which every run.db shows by now.
            from studio.training.together.session import train_members

            train_members(members)
        except (Exception, LeaveBeforeTraining) as error:
            for member in members:
                if member.code is None:
                    with member.attempt():
                        raise error
    return [EXIT_OUR_FAULT if member.code is None else member.code for member in members]


def shared_step(folders: Sequence[RunFolder]) -> dict[str, int]:
    """From which step the runs begin, by their ids, whose worker died between the checkpoints of one step.

    Then the steps after it have the same rows beside one another as before, and so the same numbers to the last bit.
    Runs that left in order, and those without a common checkpoint, begin from their own newest.
    """
    lost = [folder for folder in folders if _was_lost(folder)]
    steps = [{step for path in list_checkpoints(folder.checkpoints) if (step := step_of(path))} for folder in lost]
    common = set.intersection(*steps) if steps else set()
    return {folder.id: max(common) for folder in lost} if common else {}


def _was_lost(folder: RunFolder) -> bool:
    """Whether the run's last worker died: it neither paused nor ended."""
    with folder.reader() as reader:
        last = reader.last_event("RunStarted", "RunResumed", "RunPaused", "RunEnded")
    return last is not None and isinstance(last.event, (RunStarted, RunResumed))


class Pulses:
    """The pulses of all runs as one: work for any of them is a sign of life of the process that trains them all."""

    def __init__(self, beatings: Sequence[Beating]) -> None:
        self._beatings = beatings

    @property
    def counts_work(self) -> bool:
        """Whether processor time is a sign of life too, now that the run that acts is in a long call."""
        return self._beatings[0].counts_work

    @counts_work.setter
    def counts_work(self, counts: bool) -> None:
        for each in self._beatings:
            each.counts_work = counts

    def beat(self) -> None:
        for each in self._beatings:
            each.beat()
