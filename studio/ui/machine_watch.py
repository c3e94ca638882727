"""Watches this machine in a thread of its own: what it has, and what it is doing now."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.ui.gate import Gate
from studio.ui.off_thread import closing_patience

PERIOD_MS = 2000
Tell = Callable[[str, object], None]
Question = Callable[[Tell], None]


class MachineWatch(QObject):
    """Emits `detected` once, then `sampled` every two seconds; a thread waits for drivers that answer slowly.

    `failed` brings the exception of a hardware check that failed, `not_sampled` that of a single sample.
    """

    detected = Signal(object)
    sampled = Signal(object)
    failed = Signal(object)
    not_sampled = Signal(object)
    _answered = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._asked: SimpleQueue[Question | None] = SimpleQueue()
        self._gate = Gate()
        self._thread: Thread | None = None
        self._awaits = False  # whether a sample is still to come
        self._answered.connect(self._on_answered)
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        """Detect the hardware, and sample it from then on."""
        if not self._gate.is_closed:
            self._ask(_detect)
            self._timer.start()

    def stop(self) -> None:
        """Stop for good; waits a moment for a sample in progress, which is not emitted."""
        self._gate.close()
        self._timer.stop()
        self._asked.put(None)
        if self._thread is not None:
            self._thread.join(closing_patience())

    @Slot()
    def _on_tick(self) -> None:
        if not self._awaits and not self._gate.is_closed:
            self._ask(_sample)

    def _ask(self, question: Question) -> None:
        if self._thread is None:
            # One for all: a processor's use is measured from the last sample of the same thread. A daemon, so that a
            # driver that never answers does not keep a closed window's process.
            watching = (self._asked, self._gate, self._answered.emit)
            self._thread = Thread(target=_watch, args=watching, name="machine-watch", daemon=True)
            self._thread.start()
        self._awaits = True
        self._asked.put(question)

    @Slot(str, object)
    def _on_answered(self, what: str, answer: object) -> None:
        self._awaits = self._awaits and what not in ("sampled", "not_sampled")
        if not self._gate.is_closed:
            getattr(self, what).emit(answer)


def _watch(asked: SimpleQueue[Question | None], gate: Gate, emit: Tell) -> None:
    def tell(what: str, answer: object) -> None:
        gate.emit(emit, what, answer)

    while (question := asked.get()) is not None:
        question(tell)


def _detect(tell: Tell) -> None:
    # Imported here: the first paint does not wait for psutil and the driver's library.
    from studio.hardware import detect, telemetry

    try:
        telemetry()  # processor use is measured from here on
        tell("detected", detect())
    except Exception as error:  # noqa: BLE001  whatever a driver does, the window says it and stays
        tell("failed", error)
    _sample(tell)


def _sample(tell: Tell) -> None:
    from studio.hardware import telemetry

    try:
        tell("sampled", telemetry())
    except Exception as error:  # noqa: BLE001
        tell("not_sampled", error)
