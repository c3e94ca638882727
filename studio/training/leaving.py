"""A request of the system to end (SIGTERM, a closed console, logoff), noted for the end of the step."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class SystemRequest:
    """Catches the ending signals that this platform has; `reason` is empty until one came."""

    def __init__(self) -> None:
        self.reason = ""

    def listen(self) -> None:
        """Catch from now on; only the main thread may, so elsewhere (a test) nothing is caught."""
        if threading.current_thread() is not threading.main_thread():
            return
        for name in ("SIGTERM", "SIGBREAK", "SIGINT"):
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.reason = f"The system asked the worker to end ({signal.Signals(number).name})"
        # A second request means it: the default is to die at once, and the run is resumed from its checkpoint.
        signal.signal(number, signal.SIG_DFL)


class LeaveBeforeTraining(Exception):
    """The system asked the worker to end before the first step."""
