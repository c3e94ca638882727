"""How long the window's thread is held up, and by what: a timer that would tick all the time.

Counted is the thread's processor time, which other programs of the machine do not lengthen.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from PySide6.QtCore import QEventLoop, QTimer

AIM = 0.05  # seconds that nothing may hold the window's thread for
LOOK_EVERY = 0.001  # seconds between two looks at where the thread is
DEEP = 14  # calls of a stack that are told
TOLD = 6  # stacks of a hold that are told, the dearest first


class Holds:
    """A timer of 0 ms: the time between two of its ticks is how long something else held the thread.

    When a hold lasts longer than `where` seconds, the calls in which most of it passed are printed on standard error.
    """

    def __init__(self, where: float | None = None) -> None:
        self.held: list[float] = []
        self._watch = _Watch(where) if where is not None else None
        self._last = time.thread_time()
        self._timer = QTimer()
        self._timer.timeout.connect(self._on_tick)
        self._timer.start(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.stop()
        if self._watch is not None:
            self._watch.leave()

    def _on_tick(self) -> None:
        now = time.thread_time()
        self.held.append(now - self._last)
        if self._watch is not None:
            self._watch.turn(now - self._last)
        self._last = time.thread_time()

    def begin(self) -> None:
        """Count from now on: what came before does not count."""
        self.held, self._last = [], time.thread_time()
        if self._watch is not None:
            self._watch.turn(0.0)

    def worst(self) -> str:
        """The longest holds since this was asked last, in ms."""
        longest = sorted(self.held, reverse=True)
        said = f"longest {', '.join(f'{each * 1000:.0f}' for each in longest[:5])} ms"
        over = sum(each > AIM for each in longest)
        self.begin()
        return f"{said}, {over} over {AIM * 1000:.0f} ms"


class _Watch:
    """Looks at where the window's thread is, from a thread of its own; on Linux only, by the thread's own clock."""

    def __init__(self, where: float) -> None:
        self._where = where
        self._thread = threading.get_ident()
        self._clock = time.pthread_getcpuclockid(self._thread)
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._look, daemon=True)
        self._watcher.start()

    def leave(self) -> None:
        self._over.set()
        self._watcher.join()

    def turn(self, held: float) -> None:
        """Tell what was seen where the turn that ends was too long, and begin another."""
        seen, self._seen = self._seen, Counter()
        if held > self._where:
            total = sum(seen.values()) or 1
            print(f"--- held for {held * 1000:.0f} ms:", file=sys.stderr)
            for stack, microseconds in seen.most_common(TOLD):
                print(f"  {100 * microseconds / total:.0f} %: {' < '.join(stack)}", file=sys.stderr)

    def _look(self) -> None:
        last = time.clock_gettime_ns(self._clock)
        while not self._over.wait(LOOK_EVERY):
            now = time.clock_gettime_ns(self._clock)
            stack = _calls(sys._current_frames().get(self._thread))
            self._seen[stack] += (now - last) // 1000
            last = now


def _calls(frame: FrameType | None) -> tuple[str, ...]:
    """The innermost calls; no frame is held, since a painter that outlived its paint event would crash Qt."""
    calls: list[str] = []
    while frame is not None and len(calls) < DEEP:
        calls.append(f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}:{frame.f_lineno}")
        frame = frame.f_back
    return tuple(calls)


def wait(seconds: float) -> None:
    """Let the window live for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def wait_until(there: Callable[[], bool], seconds: float = 30.0) -> None:
    """Let the window live until something is so; raises TimeoutError where it takes longer than `seconds`."""
    until = time.perf_counter() + seconds
    while not there():
        if time.perf_counter() > until:
            raise TimeoutError(f"not there after {seconds} s")
        wait(0.02)
