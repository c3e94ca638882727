"""One run from its folder to its end; nothing heavy is imported before the run has recorded that it starts."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from studio.core.error_text import first_line
from studio.core.problem import EXIT_DONE, EXIT_OUR_FAULT, Problem, ProblemError
from studio.core.process.lost_process import ProcessLostError
from studio.core.run.events import RunEnded, RunPaused
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder
from studio.core.state.pulse import Beating, pulse_file
from studio.core.words import tr
from studio.training.checkpoint.resume_point import Start, find_start, refuse_finished
from studio.training.crew.crew import Crew
from studio.training.recorder import Recorder
from studio.training.stop_requests import LeaveBeforeTraining, StopRequests

EXIT_PROCESS_LOST = 75
"""Of one of several processes: another was lost, and the worker that started them records the run's end."""


def train_run(
    folder: RunFolder,
    requests: StopRequests | None = None,
    crew: Crew | None = None,
    fault: Callable[[str], object] = lambda reason: None,
) -> int:
    """Train the run in `folder`, from its beginning or its newest sound checkpoint; returns the exit code.

    Every end is written into run.db as a RunEnded or RunPaused before this returns. Raises ProblemError, with
    nothing written, when the run is finished already; the caller must hold the run's lock. `requests` then says
    whether the system asked the worker to end. Each process of a `crew` calls this; all but its leader write nothing,
    and EXIT_PROCESS_LOST says that no end was written. `fault` is told why the run
    failed.
    """
    crew = crew or Crew()
    if not crew.node:
        refuse_finished(folder)
    requests = requests or StopRequests(crew)
    requests.listen()
    start, together = Start(0, None), False
    with _recording(folder, crew) as recorder:
        try:
            if crew.leads:
                start = find_start(folder, recorder, worker=crew.worker)
            asked = folder.recipe()
            recorder.phase("loading", tr("PyTorch and Transformers"))
            with requests.leaving_at_once(folder):
                # Torch and transformers take seconds to import, which run.db shows by now.
                from studio.training.session import train

                crew.join(asked.machine.device != "cpu")
                start = _same_start(crew, start, recorder)
            ended = train(folder, asked, recorder, start, requests)
            while not isinstance(ended, int):
                if crew.leads:
                    start = find_start(folder, recorder, worker=crew.worker)
                start = _same_start(crew, start, recorder)
                ended = train(folder, asked, recorder, start, requests, ended)
            code, together = ended, True
        except ProcessLostError as error:
            print(f"another process was lost: {error}", flush=True)
            code = EXIT_PROCESS_LOST
            if crew.leads:
                requests.look(folder)
            if requests.leave and recorder.reached == start.step:  # the other one left first, as all were asked to
                code = record_failure(LeaveBeforeTraining(requests.leave, requests.because), folder, start, recorder)
        except (Exception, LeaveBeforeTraining) as error:  # noqa: BLE001 - the last place where it can be recorded
            code = record_failure(error, folder, start, recorder, fault)
        recorder.finish()
        if together:  # else nobody knows where the others are: one that waits there for this one sees it go
            with suppress(ProcessLostError):
                crew.part()
        return code


def record_failure(
    error: BaseException,
    folder: RunFolder,
    start: Start | None,
    recorder: Recorder,
    fault: Callable[[str], object] = lambda reason: None,
) -> int:
    """Record that a run ends with `error`, or leaves before this worker trained a step; returns the exit code.

    `fault` is told why a run failed.
    """
    if isinstance(error, LeaveBeforeTraining) and start is not None:
        _left(start, error, recorder)
        return EXIT_DONE
    problems: tuple[Problem, ...] = ()
    if isinstance(error, ProblemError):
        print(error, flush=True)
        code, problems, reason = error.exit_code, error.problems, error.problems[0].sentence
    else:
        traceback.print_exception(error)
        code = EXIT_OUR_FAULT
        what = f"{type(error).__name__}: {first_line(error)}"
        reason = tr("This is our fault: {what}. {file} has the details.", what=what, file=folder.log.name)
    fault(reason)
    recorder.event(RunEnded(outcome="failed", reason=reason, step=recorder.reached, problems=problems, exit_code=code))
    return code


@contextmanager
def _recording(folder: RunFolder, crew: Crew) -> Iterator[Recorder]:
    """What records the run: nothing, but in the process that leads; each shows its worker that it lives."""
    if not crew.leads:
        if crew.pulse is None:
            yield Recorder(None)
            return
        with Beating(crew.pulse) as beating:
            yield Recorder(None, beating)
        return
    with RunWriter(folder.db) as writer, Beating(pulse_file(folder.path)) as beating:
        yield Recorder(writer, beating)


def _same_start(crew: Crew, start: Start, recorder: Recorder) -> Start:
    """The leader's start, in every process."""
    start = crew.share(start)
    recorder.reached = start.step
    return start


def _left(start: Start, leaving: LeaveBeforeTraining, recorder: Recorder) -> None:
    """Record that the run leaves before this worker trained a step."""
    recorder.take_commands()
    if leaving.how == "pause":
        recorder.event(RunPaused(step=start.step, checkpoint=start.name))
        return
    reason = (
        tr(
            "{because}, before training began; resuming continues from step {step}.",
            because=leaving.because,
            step=start.step,
        )
        if start.checkpoint
        else tr("{because}, before training began; resuming begins again.", because=leaving.because)
    )
    recorder.event(RunEnded(outcome="stopped", reason=reason, step=start.step))
