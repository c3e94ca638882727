"""Three nets for failure: exceptions and Qt's messages go into one log, and a hard crash is told at the next start."""

from __future__ import annotations

import faulthandler
import logging
import sys
import traceback
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from studio.core.redaction import RedactingFormatter

log = logging.getLogger("studio.ui")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class Nets:
    """Catches what nobody else caught; `tell` gets a sentence and the details, at most once for each sentence."""

    def __init__(self, folder: Path, tell: Callable[[str, str], None]) -> None:
        self.file = folder / "window.log"
        self._crash_file = folder / "window-crash.txt"
        self._tell = tell
        self._told: set[str] = set()
        self._crash: IO[str] | None = None
        self._handler: logging.Handler | None = None
        self._hook = sys.excepthook

    def spread(self) -> str:
        """Install all three; returns what the last start's hard crash left behind, or nothing."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._handler = RotatingFileHandler(self.file, maxBytes=2_000_000, backupCount=1, encoding="utf-8")
        self._handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(self._handler)
        log.setLevel(logging.INFO)
        left = self._crash_file.read_text(encoding="utf-8", errors="replace") if self._crash_file.is_file() else ""
        self._crash = self._crash_file.open("w", encoding="utf-8")
        faulthandler.enable(self._crash)
        sys.excepthook = self._on_exception
        qInstallMessageHandler(self._on_qt_message)
        return left.strip()

    def lift(self) -> None:
        """Take them away in good order: nothing crashed."""
        qInstallMessageHandler(None)
        sys.excepthook = self._hook
        faulthandler.disable()
        if self._crash is not None:
            self._crash.close()
            self._crash_file.unlink(missing_ok=True)
        if self._handler is not None:
            log.removeHandler(self._handler)
            self._handler.close()

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._hook(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        log.error("%s", details)
        print(details, file=sys.stderr)
        self._tell_once(f"Something in the window failed: {kind.__name__}: {error}", details)

    def _on_qt_message(self, level: QtMsgType, context: QMessageLogContext, message: str) -> None:
        log.log(_LEVELS.get(level, logging.WARNING), "Qt: %s", message)
        if level in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            self._tell_once(f"Qt reports: {message}", f"{context.file}:{context.line}")

    def _tell_once(self, what: str, details: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._tell(what, details)
