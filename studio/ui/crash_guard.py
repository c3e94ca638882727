"""Catches failures: exceptions and Qt's messages go into one log, and a hard crash is reported at the next start."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO

import psutil
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from studio.core.redaction import RedactingFormatter
from studio.core.words import tr

log = logging.getLogger("studio.ui")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


LOG_BYTES = 2_000_000  # of the log, before a new one is begun


def _rotate(source: str, target: str) -> None:
    """Rotate the full log, unless another window has it open: Windows then refuses, and the log keeps growing."""
    with contextlib.suppress(PermissionError):
        os.replace(source, target)  # noqa: PTH105 - logging gives texts


class CrashGuard:
    """Catches what nothing else caught; `tell` gets a sentence and its details, once per sentence."""

    def __init__(self, folder: Path, tell: Callable[[str, str], None]) -> None:
        self.file = folder / "window.log"
        # One for each window: the one of two that closes must not delete the other's.
        self._crash_file = folder / f"window-crash-{os.getpid()}.txt"
        self._tell = tell
        self._told: set[str] = set()
        self._crash: IO[str] | None = None
        self._handler: logging.Handler | None = None
        self._hook, self._thread_hook = sys.excepthook, threading.excepthook

    def install(self) -> str:
        """Install it; returns what a hard crash of an earlier window left behind, or an empty text."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._handler = RotatingFileHandler(self.file, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
        self._handler.rotator = _rotate
        self._handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(self._handler)
        log.setLevel(logging.INFO)
        left = self._left_behind()
        self._crash = self._crash_file.open("w", encoding="utf-8")
        faulthandler.enable(self._crash)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(self._on_qt_message)
        return left.strip()

    def remove(self) -> None:
        """Remove it after a clean exit."""
        qInstallMessageHandler(None)
        sys.excepthook, threading.excepthook = self._hook, self._thread_hook
        faulthandler.disable()
        if self._crash is not None:
            self._crash.close()
            self._crash_file.unlink(missing_ok=True)
        if self._handler is not None:
            log.removeHandler(self._handler)
            self._handler.close()

    def _left_behind(self) -> str:
        """What earlier windows wrote while they crashed; returned once."""
        found = []
        for file in sorted(self.file.parent.glob("window-crash-*.txt")):
            number = file.stem.rpartition("-")[2]
            if number.isdigit() and int(number) != os.getpid() and psutil.pid_exists(int(number)):
                continue  # that window is open
            try:
                found.append(file.read_text(encoding="utf-8", errors="replace").strip())
                file.unlink()
            except OSError as error:
                log.warning("%s cannot be read or deleted: %s", file, error)
        return "\n\n".join(text for text in found if text)

    def _on_thread_exception(self, failed: threading.ExceptHookArgs) -> None:
        """Log a thread's error; whoever waits for the thread reports it to the user."""
        if failed.exc_value is not None:
            details = "".join(traceback.format_exception(failed.exc_type, failed.exc_value, failed.exc_traceback))
            log.error("in thread %s: %s", failed.thread.name if failed.thread else "?", details)
            print(details, file=sys.stderr)

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._hook(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        log.error("%s", details)
        print(details, file=sys.stderr)
        self._tell_once(tr("Something in the window failed: {kind}: {error}", kind=kind.__name__, error=error), details)

    def _on_qt_message(self, level: QtMsgType, context: QMessageLogContext, message: str) -> None:
        log.log(_LEVELS.get(level, logging.WARNING), "Qt: %s", message)
        if level in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            self._tell_once(tr("Qt reports: {message}", message=message), f"{context.file}:{context.line}")

    def _tell_once(self, what: str, details: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._tell(what, details)
