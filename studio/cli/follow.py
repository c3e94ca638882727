"""Follow a run in the foreground: its worker is a process of its own, and this only reads run.db."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import assert_never

import psutil

from studio.cli.interruptions import Interruptions
from studio.cli.output import print_problems
from studio.cli.progress import Progress
from studio.core.problem import EXIT_DONE, EXIT_OUR_FAULT
from studio.core.run.commands import Stop
from studio.core.run.event_text import event_text, phase_text, tone
from studio.core.run.events import (
    AnswersKept,
    CheckpointSaved,
    EvaluationEnded,
    Event,
    MemoryReduced,
    ModelReady,
    PhaseStarted,
    PlanMeasured,
    RowsScored,
    RunEnded,
    RunPaused,
    RunResumed,
    RunStarted,
    SampleMade,
    StepEnded,
    WarningRaised,
)
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import onward, read_state
from studio.core.state.worker_start import death_sentence, read_start, start_file
from studio.core.units import duration, number_text

EXIT_LEFT_RUNNING = 130  # as in shells: interrupted, and the run is not over
EXIT_PATIENCE = 60.0  # seconds for a worker to leave after it recorded its end


class Follower:
    """Shows on stderr what a run does until its worker has left; Ctrl-C stops the run, a second one leaves it running.

    `after` is the last event that is not shown; `pid` is the worker's. `on_stop` is called before the run is asked to
    stop. A worker that trains others `beside` this run is not waited for once the run is over.
    """

    def __init__(
        self,
        folder: RunFolder,
        pid: int,
        interruptions: Interruptions,
        after: int = 0,
        on_stop: Callable[[], None] = lambda: None,
        beside: bool = False,
    ) -> None:
        self._folder, self._pid, self._interruptions, self._after = folder, pid, interruptions, after
        self._on_stop, self._beside = on_stop, beside
        self._asked = 0
        self._seconds: deque[float] = deque(maxlen=20)
        self._end: RunEnded | RunPaused | None = None

    def follow(self) -> int:
        """Return RunEnded's exit code, or 0 when it was paused, 1 when its worker died, 130 when left running."""
        with Progress() as self._progress, self._folder.reader() as self._reader:
            while self._end is None:
                self._show_new()
                if self._interruptions.count > 1:
                    self._say(f"Left running: {self._folder.id}. `mixlora-studio stop {self._folder.id}` stops it.")
                    return EXIT_LEFT_RUNNING
                if self._interruptions.count and not self._asked:
                    self._on_stop()
                    self._ask_to_stop()
                    self._say("Stopping at the end of this step. Press Ctrl-C again to leave it running instead.")
                if self._end is None and not self._has_worker():
                    self._show_new()  # what it wrote between the last look and its end
                    break
                time.sleep(0.1)
            self._await_leaving()
        return self._verdict()

    def _show_new(self) -> None:
        for stored in self._reader.events(self._after):
            self._after = stored.id
            self._on_event(stored.event)

    def _on_event(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._ask_again()
            case RunResumed():
                self._ask_again()
                self._say_event(event)
            case PhaseStarted():
                self._progress.phase(phase_text(event), event.phase, event.done, event.total)
            case ModelReady():
                self._say_event(event)
                self._progress.total = event.total_steps
            case StepEnded():
                self._on_step(event)
            case AnswersKept() | RowsScored():
                pass  # `evaluate --answers` shows them
            case RunEnded() | RunPaused():
                self._end = event  # shown last, once the worker has left
            case (
                EvaluationEnded()
                | PlanMeasured()
                | SampleMade()
                | CheckpointSaved()
                | WarningRaised()
                | MemoryReduced()
            ):
                self._say_event(event)
            case _:
                assert_never(event)

    def _say_event(self, event: Event) -> None:
        for line in event_text(event).full:
            self._say(f"Warning: {line}" if tone(event) == "warning" else line)

    def _on_step(self, event: StepEnded) -> None:
        self._seconds.append(event.seconds)
        mean = sum(self._seconds) / len(self._seconds)
        speed = event.tokens / event.seconds if event.seconds > 0 else None
        self._progress.step(
            event.step,
            event.total_steps,
            f"loss {number_text(event.loss)}  {number_text(speed)} tokens/s",
            duration(mean * (event.total_steps - event.step), short=True),
        )

    def _say(self, sentence: str) -> None:
        self._progress.say(sentence)

    def _ask_again(self) -> None:
        """Repeat a stop for a worker that begins: it ignores what was asked before it."""
        if self._asked:
            self._ask_to_stop()

    def _ask_to_stop(self) -> None:
        self._asked += 1
        send_command(self._folder.db, Stop())

    def _has_worker(self) -> bool:
        """Whether the worker lives: by its process until it holds the run's lock, and by either afterwards."""
        try:
            if psutil.Process(self._pid).status() != psutil.STATUS_ZOMBIE:
                return True
        except psutil.AccessDenied:
            return True  # it exists: Windows shows nothing of a process that is just ending
        except psutil.NoSuchProcess:
            pass  # it is gone, but a worker that somebody has started since counts too
        return self._folder.is_alive()

    def _await_leaving(self) -> None:
        deadline = time.monotonic() + EXIT_PATIENCE
        waits_for = self._folder.is_alive if self._beside else self._has_worker
        while waits_for() and time.monotonic() < deadline and self._interruptions.count < 2:
            time.sleep(0.05)

    def _verdict(self) -> int:
        end = self._end
        if end is None:
            self._say(f"Lost: {lost_reason(self._folder)}")
            self._say(f"The log: {self._folder.log}")
            return EXIT_OUR_FAULT
        if isinstance(end, RunPaused):
            self._say_event(end)
            self._say(f"`mixlora-studio resume {self._folder.id}` resumes it.")
            return EXIT_DONE
        if end.problems:
            print_problems(end.problems)
        else:
            self._say_event(end)
            if end.outcome == "failed":
                self._say(f"The log: {self._folder.log}")
        return end.exit_code


def lost_reason(folder: RunFolder) -> str:
    """Why a run was lost whose worker's process is known to be gone, a sentence."""
    state = read_state(folder)
    if not state.is_live:
        return state.reason
    # Its start was not recorded, so readers of the folder alone still wait for it.
    return death_sentence(folder, read_start(start_file(folder.path)), onward(folder))
