"""Whether a live worker has been silent for longer than its phase explains, judged by its pulse and its past pace."""

from __future__ import annotations

from statistics import median

import psutil

from studio.core.foreign.visible_text import one_line
from studio.core.redaction import redacted
from studio.core.run.events import Phase, StepEnded
from studio.core.run.run_db import RunReader
from studio.core.run.run_folder import RunFolder
from studio.core.state.pulse import PULSE_LATE, pulse_file, read_pulse
from studio.core.units import duration
from studio.core.words import mark, sentences, tr

PATIENCE_BY_PHASE: dict[Phase, float] = {
    "loading": 120,  # its pulse counts the processor's time as a sign of life
    "tokenising": 120,
    "probing": 300,
    "training": 60,
    "evaluating": 300,
    "sampling": 120,
    "saving": 300,
    "exporting": 300,
}
"""Seconds of silence that each phase is allowed at least."""
FIRST_STEP_PATIENCE = 600.0  # seconds for a first step, in which kernels may be compiled
TIMES_SLOWER = 10  # than the median of the last steps: then a step is not slow but stuck
STEPS_FOR_PACE = 20  # the last ones
LOG_LINE_CHARACTERS = 160  # of the log's last line that are shown
LOG_TAIL_BYTES = 8192  # in which the log's last line is looked for

_AT_WORK: dict[Phase, str] = {
    "loading": mark("No sign of life for {time} while it was loading."),
    "tokenising": mark("No sign of life for {time} while it was tokenising."),
    "probing": mark("No sign of life for {time} while it was probing memory."),
    "evaluating": mark("No sign of life for {time} while it was evaluating."),
    "sampling": mark("No sign of life for {time} while it was answering a prompt."),
    "saving": mark("No sign of life for {time} while it was saving."),
    "exporting": mark("No sign of life for {time} while it was exporting."),
}


def is_suspended(folder: RunFolder) -> bool:
    """Whether the system stopped the worker's process (a debugger, SIGSTOP), which continues once it is resumed."""
    pulse = read_pulse(pulse_file(folder.path))
    return pulse is not None and pulse.age > PULSE_LATE and _status(pulse.pid) == psutil.STATUS_STOPPED


def stall_sentence(folder: RunFolder, reader: RunReader, phase: Phase) -> str:
    """The warning about a live worker that has been silent for too long; "" for one that has not.

    A worker without a pulse is not judged. A change of the clock, a sleeping machine and a suspended process do not
    count as silence.
    """
    pulse = read_pulse(pulse_file(folder.path))
    if pulse is None:
        return ""
    silent = pulse.silent
    if pulse.age > PULSE_LATE:
        # The pulse itself has stopped: the process hangs or is suspended, or the pulse is an earlier worker's.
        if _status(pulse.pid) in ("", psutil.STATUS_STOPPED):
            return ""
        silent += pulse.age
    steps = seconds_of_last_steps(reader) if phase == "training" else []
    if silent <= _patience(phase, steps):
        return ""
    # In whole minutes after the first two: a sentence that changes every second is redrawn every second.
    quiet = duration(silent if silent < 120 else round(silent / 60) * 60)
    if phase != "training":
        said = tr(_AT_WORK[phase], time=quiet)
    elif steps:
        said = tr("No step for {time}; the last ones took {each} each.", time=quiet, each=duration(median(steps)))
    else:
        said = tr("No first step after {time}.", time=quiet)
    line = last_line(folder)
    if line:
        line = line if line.endswith((".", "!", "?")) else f"{line}."
        held = tr("The worker still holds the run; its log's last line: {line}", line=line)
    else:
        held = tr("The worker still holds the run; its log is empty.")
    return sentences(said, held, tr("If this lasts, kill it (`stop --now`) and resume."))


def last_line(folder: RunFolder) -> str:
    """The last line that the worker printed, shortened; "" if it printed nothing."""
    try:
        with folder.log.open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - LOG_TAIL_BYTES))
            lines = log.read().decode("utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    line = redacted(one_line(next((line.strip() for line in reversed(lines) if line.strip()), "")))
    return line if len(line) <= LOG_LINE_CHARACTERS else line[: LOG_LINE_CHARACTERS - 1] + "…"


def _status(pid: int) -> str:
    """The process's status in psutil's words; "" for one that is gone."""
    try:
        status = psutil.Process(pid).status()
    except psutil.Error:
        return ""
    return "" if status == psutil.STATUS_ZOMBIE else str(status)


def _patience(phase: Phase, steps: list[float]) -> float:
    if phase != "training":
        return PATIENCE_BY_PHASE[phase]
    return max(PATIENCE_BY_PHASE[phase], TIMES_SLOWER * median(steps)) if steps else FIRST_STEP_PATIENCE


def seconds_of_last_steps(reader: RunReader) -> list[float]:
    """How long this worker's last steps took; an earlier worker may have used another device."""
    turn = reader.last_event("RunStarted", "RunResumed")
    stored = reader.last_events("StepEnded", STEPS_FOR_PACE, after=turn.id if turn else 0)
    return [each.event.seconds for each in stored if isinstance(each.event, StepEnded)]
