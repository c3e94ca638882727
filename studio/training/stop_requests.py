"""What a run is asked: to leave, by a person or by the system, and to evaluate, sample or save, by a person.

During training a step is finished first, and a checkpoint saved. Before the first step there is nothing to save, and
the worker is in one long call of a library: that is interrupted.
"""

from __future__ import annotations

import _thread
import ctypes
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from studio.core.problem import ProblemError
from studio.core.run.commands import Leave, Requests
from studio.core.run.run_folder import RunFolder
from studio.core.words import mark, tr
from studio.training.crew.crew import Crew
from studio.training.recorder import Recorder

SECONDS_BETWEEN_LOOKS = 0.5  # at what a person asks before the first step
_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
# With which the watch thread interrupts the main thread; the system never sends it: on Windows SIGTERM ends a process
# without a word. One signal for both would have to be told apart by what was asked, which may be taken back meanwhile.
_WAKE = signal.SIGTERM if sys.platform == "win32" else signal.SIGUSR1
_ASKED = {
    "pause": mark("It was asked to pause"),
    "stop": mark("It was asked to stop"),
    "": mark("It was asked to leave"),
}
"""Why a run leaves that a person asked to: the beginning of a sentence."""
_CONSOLE_ENDS = {2: mark("its console was closed"), 5: mark("the user logs off"), 6: mark("the machine shuts down")}
_LONGER_THAN_WINDOWS_WAITS = 60.0  # seconds; it waits for 5 to 20


class LeaveBeforeTraining(BaseException):
    """The run is asked to leave before its first step; not an Exception, so that no library handles it as its own.

    `how` is "stop" or "pause", `because` the beginning of a sentence.
    """

    def __init__(self, how: Leave, because: str) -> None:
        super().__init__(because)
        self.how, self.because = how, because


@dataclass(slots=True)
class _System:
    """What the system asks of a whole process."""

    reason: str = ""
    noted: str = ""


class StopRequests:
    """Everything that a run is asked and has not done yet, whoever asks; `asked` is what commands ask for.

    Of several processes of one run each learns at the same point of it what all are asked: in `take`.
    """

    def __init__(self, crew: Crew | None = None) -> None:
        self.crew = crew or Crew()
        self.asked = Requests()
        self._system = _System()
        self._looked = 0.0
        self._at_once = False

    @property
    def system_reason(self) -> str:
        """Why the system asks the worker to end, as the beginning of a sentence; empty while it does not."""
        return self._system.reason

    @system_reason.setter
    def system_reason(self, reason: str) -> None:
        self._system.reason = reason

    def follow(self, other: StopRequests) -> None:
        """Hear the system through `other`, whose worker this one's run is trained in too."""
        self._system = other._system

    @property
    def leave(self) -> Leave:
        """How the run is asked to leave, "" where it is not; a person's word comes before the system's."""
        return self.asked.leave or ("stop" if self.system_reason else "")

    @property
    def because(self) -> str:
        """Why the run leaves: the beginning of a sentence."""
        return self.system_reason if self.system_reason and not self.asked.leave else tr(_ASKED[self.leave])

    def take(self, recorder: Recorder) -> None:
        """Take the commands that were sent since the last call."""
        commands = recorder.take_commands()
        for command in commands:  # before the others are met: one that left already must not take them along
            self.asked.add(command)
        if self.crew.any(bool(commands or self._system.noted)):
            for command in self.crew.share(commands):
                if not self.crew.leads:
                    self.asked.add(command)
            self.system_reason = next(
                (each for each in self.crew.gather(self._system.noted) if each), self.system_reason
            )

    def leave_now(self, recorder: Recorder, folder: RunFolder) -> bool:
        """Take the commands, and answer whether the run is to leave; one of several processes only looks at them."""
        if self.crew.alone:
            self.take(recorder)
            return bool(self.leave)
        now = time.monotonic()
        if self._system.noted or self.crew.node or now - self._looked < SECONDS_BETWEEN_LOOKS:
            return bool(self._system.noted)
        self._looked = now
        try:
            with folder.reader() as reader:
                return bool(Requests.of(reader.waiting_commands()).leave)
        except (ProblemError, sqlite3.Error):
            return False  # the leader will say that run.db cannot be read

    def listen(self) -> None:
        """Catch the system's signals from now on; only the main thread may, so elsewhere (a test) nothing is caught."""
        if threading.current_thread() is not threading.main_thread():
            return
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            # An ignored signal is ignored on purpose: nohup's SIGHUP, a background job's SIGINT.
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note)
        signal.signal(_WAKE, self._woken)
        if sys.platform == "win32":
            # Python's own handler would return at once, and with it the process would end.
            self._console = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)(self._note_console)
            ctypes.windll.kernel32.SetConsoleCtrlHandler(self._console, 1)

    @contextmanager
    def leaving_at_once(self, folder: RunFolder) -> Iterator[None]:
        """Within, raise LeaveBeforeTraining as soon as the system, or a Stop or Pause, asks; in any library's call.

        main thread    import torch, read weights ... ── signal ── _woken ── check ── LeaveBeforeTraining
        watch thread   run.db twice a second ── a Stop or Pause? ── _wake ──┘ (or the system's own, to _note)
        """
        self.check()
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(folder, over), name="leaving", daemon=True)
        self._at_once = True
        watch.start()
        try:
            yield
        finally:
            self._at_once = False
            over.set()
            watch.join()
        self.check()

    def check(self) -> None:
        """Raise LeaveBeforeTraining when the run is asked to leave."""
        self.system_reason = self.system_reason or self._system.noted
        if self.leave:
            raise LeaveBeforeTraining(self.leave, self.because)

    def look(self, folder: RunFolder) -> None:
        """See whether the run is asked to leave; a person's command is only read, as in `_watch`."""
        with suppress(ProblemError, sqlite3.Error), folder.reader() as reader:
            self.asked.leave = self.asked.leave or Requests.of(reader.waiting_commands()).leave
        self.system_reason = self.system_reason or self._system.noted

    def _note_console(self, event: int) -> bool:
        """Windows calls this when the console closes or the user logs off, and ends the process once it returns.

        Windows waits for some seconds only, in which the main thread finishes its step and checkpoint. A program that
        has loaded Windows' user interface, as CUDA's driver may, is not asked at logoff: it ends as in a power cut.
        """
        if event not in _CONSOLE_ENDS:
            return False  # Ctrl-C and Ctrl-Break come as signals
        self._note_reason(tr(_CONSOLE_ENDS[event]))
        time.sleep(_LONGER_THAN_WINDOWS_WAITS)
        return True

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._note_reason(signal.Signals(number).name)
        if self.crew.alone:
            # A second request kills the process at once, as by default; the run resumes from its checkpoint. One of
            # several processes gets the first twice: from the system, and through its worker.
            signal.signal(number, signal.SIG_DFL)
        self._woken(number, frame)

    def _note_reason(self, why: str) -> None:
        self._system.noted = self._system.noted or tr("The system asked the worker to end ({why})", why=why)
        if self.crew.alone:
            self.system_reason = self._system.noted

    def _woken(self, number: int, frame: FrameType | None) -> None:
        if self._at_once:
            self.check()

    def _watch(self, folder: RunFolder, over: threading.Event) -> None:
        """Wake the main thread when it is asked to leave; again and again, since it may be in nested waits.

        A person's command is only read here: the run takes it when it acts on it.
        """
        if self.crew.node:
            return
        try:
            with folder.reader() as reader:
                while not over.wait(SECONDS_BETWEEN_LOOKS):
                    self.asked.leave = Requests.of(reader.waiting_commands()).leave
                    if self.leave:
                        self._wake()
        except (ProblemError, sqlite3.Error) as error:
            print(f"warning: a stop or pause takes effect only when the model is loaded ({error})", flush=True)

    def _wake(self) -> None:
        if signal.getsignal(_WAKE) != self._woken:
            return
        if sys.platform == "win32":
            _thread.interrupt_main(_WAKE)
        else:
            # Sent to the thread itself, the signal also ends a wait in the system.
            signal.pthread_kill(threading.main_thread().ident or 0, _WAKE)
