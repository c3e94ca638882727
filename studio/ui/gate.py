"""What threads say to the window's thread, until nobody there can hear it any more."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class Gate:
    """Lets threads emit a signal of the window's thread until it is closed, which waits for one that is being emitted.

    Close it before the signal's object, or the application, is destroyed: Qt cannot take a signal at that moment, and
    the process ends with a segmentation fault.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.is_closed = False

    def emit(self, emit: Callable[..., object], *what: object) -> bool:
        """Emit, in a thread other than the window's; returns whether it may still be heard."""
        with self._lock:
            if not self.is_closed:
                emit(*what)
            return not self.is_closed

    def close(self) -> None:
        """Have nothing emitted from now on."""
        with self._lock:
            self.is_closed = True
