"""A request to end: the system's (SIGTERM, a closed console, logoff) at any time, a person's before the first step.

During training a step is ended first, and a checkpoint made. Before it there is nothing to save, and what goes on is
one long call of a library: that is broken off.
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
from contextlib import contextmanager
from types import FrameType

from studio.core.problem import ProblemError
from studio.core.run.commands import Leave, leave_asked
from studio.core.run.run_folder import RunFolder

LOOK = 0.5  # seconds between two looks at what a person asks
_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
_CONSOLE_ENDS = {2: "its console was closed", 5: "the user logs off", 6: "the machine shuts down"}
_LONGER_THAN_WINDOWS = 60.0  # seconds; it gives 5 to 20


class LeaveBeforeTraining(BaseException):
    """The run is to be left before its first step; no Exception, so that no library takes it for a failure of its own.

    `how` is "stop" or "pause", `because` the beginning of a sentence.
    """

    def __init__(self, how: Leave, because: str) -> None:
        super().__init__(because)
        self.how, self.because = how, because


class SystemRequest:
    """Catches the ending signals that this platform has; `reason` is empty until one came."""

    def __init__(self) -> None:
        self.reason = ""
        self._at_once = False
        self._asked: Leave = ""

    def listen(self) -> None:
        """Catch from now on; only the main thread may, so elsewhere (a test) nothing is caught."""
        if threading.current_thread() is not threading.main_thread():
            return
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            # What is ignored was meant to be: nohup's SIGHUP, a background job's SIGINT.
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note)
        if sys.platform == "win32":
            # Python's own handler would return at once, and with it the process would end.
            self._console = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)(self._note_console)
            ctypes.windll.kernel32.SetConsoleCtrlHandler(self._console, 1)

    @contextmanager
    def leaving_at_once(self, folder: RunFolder) -> Iterator[None]:
        """Within, raise LeaveBeforeTraining as soon as the system, or a Stop or Pause, asks; whatever goes on."""
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
        """Raise LeaveBeforeTraining when it is asked for."""
        if self._asked:
            raise LeaveBeforeTraining(self._asked, f"It was asked to {self._asked}")
        if self.reason:
            raise LeaveBeforeTraining("stop", self.reason)

    def _note_console(self, event: int) -> bool:
        """Windows' word that the console closes or the user leaves; it ends the process as soon as this returns.

        It waits for some seconds only, which the main thread has for its step and its checkpoint. A program that has
        loaded Windows' user interface, as CUDA's driver may, is not asked at logoff: it is ended like by a power cut.
        """
        if event not in _CONSOLE_ENDS:
            return False  # Ctrl-C and Ctrl-Break come as signals
        self.reason = self.reason or f"The system asked the worker to end ({_CONSOLE_ENDS[event]})"
        time.sleep(_LONGER_THAN_WINDOWS)
        return True

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self._asked:
            self.reason = f"The system asked the worker to end ({signal.Signals(number).name})"
            # A second request means it: the default is to die at once, and the run is resumed from its checkpoint.
            signal.signal(number, signal.SIG_DFL)
        if self._at_once:
            self.check()

    def _watch(self, folder: RunFolder, over: threading.Event) -> None:
        """Wake the main thread when a person asks to leave; again and again, since it may wait in nested waits."""
        try:
            with folder.reader() as reader:
                while not over.wait(LOOK):
                    self._asked = leave_asked(reader.waiting_commands())
                    if self._asked or self.reason:
                        self._wake()
        except (ProblemError, sqlite3.Error) as error:
            print(f"warning: a stop or pause is heeded only when the model stands ({error})", flush=True)

    def _wake(self) -> None:
        caught = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
        ours = [number for number in caught if signal.getsignal(number) == self._note]
        if not ours:
            return
        if sys.platform == "win32":
            _thread.interrupt_main(ours[0])
        else:
            # Sent to the thread itself, it ends a wait in the system too.
            signal.pthread_kill(threading.main_thread().ident or 0, ours[0])
