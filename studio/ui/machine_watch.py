"""Watches this machine in a thread of its own: what it has, and what it is doing now."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from PySide6.QtCore import QObject, QTimer, Signal, Slot

PERIOD_MS = 2000


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
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="machine-watch")
        self._stopped = False
        self._answered.connect(self._on_answered)
        self._pending: Future[object] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)

    def start(self) -> None:
        """Detect the hardware, and sample it from then on."""
        if not self._stopped:
            self._pending = self._pool.submit(self._detect)
            self._timer.start()

    def stop(self) -> None:
        """Stop for good; waits for a sample in progress, which is not emitted."""
        self._stopped = True
        self._timer.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @Slot()
    def _on_tick(self) -> None:
        if not self._stopped and (self._pending is None or self._pending.done()):
            self._pending = self._pool.submit(self._sample)

    def _detect(self) -> None:
        # Imported here: the first paint does not wait for psutil and the driver's library.
        from studio.hardware import detect, telemetry

        try:
            telemetry()  # processor use is measured from here on
            self._answered.emit("detected", detect())
        except Exception as error:  # noqa: BLE001  whatever a driver does, the window says it and stays
            self._answered.emit("failed", error)
        self._sample()

    def _sample(self) -> None:
        from studio.hardware import telemetry

        try:
            self._answered.emit("sampled", telemetry())
        except Exception as error:  # noqa: BLE001
            self._answered.emit("not_sampled", error)

    @Slot(str, object)
    def _on_answered(self, what: str, answer: object) -> None:
        if not self._stopped:
            getattr(self, what).emit(answer)
