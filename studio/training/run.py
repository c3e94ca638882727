"""One run from its folder to its end; nothing heavy is imported before the run has recorded that it starts."""

from __future__ import annotations

import traceback

from studio.core.error_text import first_line
from studio.core.problem import EXIT_DONE, EXIT_OUR_FAULT, Problem, ProblemError
from studio.core.run.events import RunEnded, RunPaused
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder
from studio.core.state.pulse import Beating, pulse_file
from studio.core.words import tr
from studio.training.checkpoint.resume_point import Start, find_start, refuse_finished
from studio.training.recorder import Recorder
from studio.training.stop_requests import LeaveBeforeTraining, StopRequests


def train_run(folder: RunFolder, requests: StopRequests | None = None) -> int:
    """Train the run in `folder`, from its beginning or its newest sound checkpoint; returns the exit code.

    Every end is written into run.db as a RunEnded or RunPaused before this returns. Raises ProblemError, with
    nothing written, when the run is finished already; the caller must hold the run's lock. `requests` then says
    whether the system asked the worker to end.
    """
    refuse_finished(folder)
    requests = requests or StopRequests()
    requests.listen()
    with RunWriter(folder.db) as writer, Beating(pulse_file(folder.path)) as beating:
        recorder = Recorder(writer, beating)
        start: Start | None = None
        try:
            start = find_start(folder, recorder)
            asked = folder.recipe()
            recorder.phase("loading", "PyTorch and Transformers")
            with requests.leaving_at_once(folder):
                # Torch and transformers take seconds to import, which run.db shows by now.
                from studio.training.session import train

            ended = train(folder, asked, recorder, start, requests)
            while not isinstance(ended, int):
                start = find_start(folder, recorder)
                ended = train(folder, asked, recorder, start, requests, ended)
            code = ended
        except (Exception, LeaveBeforeTraining) as error:  # noqa: BLE001 - the last place where it can be recorded
            code = record_failure(error, folder, start, recorder)
        recorder.finish()
        return code


def record_failure(error: BaseException, folder: RunFolder, start: Start | None, recorder: Recorder) -> int:
    """Record that a run ends with `error`, or leaves before this worker trained a step; returns the exit code."""
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
    recorder.event(RunEnded(outcome="failed", reason=reason, step=recorder.reached, problems=problems, exit_code=code))
    return code


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
