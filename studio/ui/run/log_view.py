"""The log: events as sentences, and the end of worker.log as the process printed it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QColor, QHideEvent, QShowEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from studio.core.run.event_text import event_text, tone
from studio.core.run.run_record import RunRecord
from studio.core.run.run_rows import Stored
from studio.core.words import mark, tr
from studio.ui.controls.reading_pane import reading_pane
from studio.ui.controls.widgets import Card
from studio.ui.off_thread import is_asking, off_thread
from studio.ui.theme import mono_font, theme, unit
from studio.ui.units import unbroken

TAIL_BYTES = 200_000  # of worker.log that are shown, however long the page has been open
TAIL_LINES = 5000
SLICE_BYTES = 64_000
PERIOD_MS = 500
CATCHING_UP_MS = 10
EVENTS_A_TURN = 60
SLOW_MS = 1000  # after which it is said that the disk is waited for
READ = "worker-log"
NOTHING_PRINTED = mark("The worker has not printed anything.")


@dataclass(frozen=True, slots=True)
class Printed:
    """A piece of worker.log: `data` begins at `start`, and the log is `size` bytes long; `trouble` says why not."""

    start: int
    data: bytes
    size: int
    trouble: str = ""


def read_printed(log: Path, offset: int) -> Printed | None:
    """What comes in the log after `offset`; None where that is nothing.

    Of more than TAIL_BYTES only the end, as when the page is opened now; all of another log that has taken its place.
    """
    try:
        size = log.stat().st_size
        start = offset if size >= offset else 0
        if size == start == offset:
            return None
        with log.open("rb") as file:
            if size - start > TAIL_BYTES:
                file.seek(size - TAIL_BYTES - 1)
                start = size - TAIL_BYTES - 1 + len(file.readline())
            file.seek(start)
            return Printed(start, file.read(SLICE_BYTES), size)
    except FileNotFoundError:
        return None  # no worker was started yet
    except OSError as error:
        return Printed(offset, b"", offset, str(error))


class LogView(QWidget):
    """Shows a RunRecord's story and follows worker.log while it is visible."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self._log = log
        self._offset = 0
        self._partial = b""
        self._starts: deque[int] = deque()  # where in the log each line that is shown begins
        self._told: Stored | None = None
        self.story = reading_pane("story", tr("What happened, in sentences"), follows=True)
        self.story.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.printed = reading_pane("worker_log", tr("What the worker printed"), blocks=0, follows=True)
        self.printed.setFont(mono_font(0.92))
        self.printed.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.printed.setPlaceholderText(tr(NOTHING_PRINTED))
        self.story.setPlaceholderText(tr("Nothing has happened yet."))
        happened = Card(tr("What happened"))
        happened.body.addWidget(self.story)
        output = Card("worker.log", tr("the worker's own output"))
        output.body.addWidget(self.printed)
        split = QSplitter()
        split.addWidget(happened)
        split.addWidget(output)
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, round(unit() * 0.75), 0, 0)
        column.addWidget(split)
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self._on_slow)
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(0)
        self._telling.timeout.connect(self._on_tell)
        self._record: RunRecord | None = None
        theme.changed.connect(self._on_theme_changed)

    def show_record(self, record: RunRecord) -> None:
        """Append the sentences of new events, once the page is visible."""
        self._record = record
        if self.isVisible():
            self._telling.start()

    @Slot()
    def _on_tell(self) -> None:
        """Append some events at a time: thousands at once would block the window."""
        if self._record is None:
            return
        untold = (stored for stored in self._record.story if self._told is None or stored.id > self._told.id)
        new = list(islice(untold, EVENTS_A_TURN))
        if len(new) == EVENTS_A_TURN:
            self._telling.start()
        cursor = QTextCursor(self.story.document())
        cursor.beginEditBlock()  # or the pane would look at itself after every word
        cursor.movePosition(QTextCursor.MoveOperation.End)
        for stored in new:
            style, quiet = QTextCharFormat(), QTextCharFormat()
            style.setForeground(QColor(getattr(theme.roles, tone(stored.event))))
            quiet.setForeground(QColor(theme.roles.faint))
            if cursor.position():
                cursor.insertBlock()
            cursor.insertText(time.strftime("%H:%M:%S  ", time.localtime(stored.time)), quiet)
            cursor.insertText(unbroken(event_text(stored.event).brief), style)
        cursor.endEditBlock()
        if new:
            self._told = new[-1]

    def showEvent(self, event: QShowEvent) -> None:
        self._timer.start(PERIOD_MS)
        self._telling.start()
        self._on_tick()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        self._slow.stop()
        self._telling.stop()
        super().hideEvent(event)

    @property
    def is_reading(self) -> bool:
        """Whether worker.log is being read."""
        return is_asking(self, READ)

    @Slot()
    def _on_tick(self) -> None:
        if not self.is_reading:
            self._slow.start()
            off_thread(self, READ, partial(read_printed, self._log, self._offset), self._on_read)

    def _on_read(self, found: Printed | None) -> None:
        self._slow.stop()
        self.printed.setPlaceholderText(tr(NOTHING_PRINTED))
        self._timer.setInterval(PERIOD_MS)
        if found is None:
            return
        if found.trouble:
            self._timer.stop()
            self.printed.appendPlainText(tr("[worker.log cannot be read: {error}]", error=found.trouble))
            return
        if found.start != self._offset:
            self._forget(found.start)
        start = self._offset - len(self._partial)
        self._offset += len(found.data)
        if self._offset < found.size:
            self._timer.setInterval(CATCHING_UP_MS)
        whole, newline, self._partial = (self._partial + found.data).rpartition(b"\n")
        if newline:
            self._show_lines(start, whole.split(b"\n"))

    @Slot()
    def _on_slow(self) -> None:
        self.printed.setPlaceholderText(tr("Reading worker.log: its disk is slow to answer…"))

    def _forget(self, offset: int) -> None:
        """Show nothing of the log before `offset`."""
        self._offset, self._partial = offset, b""
        self._starts.clear()
        self.printed.clear()

    def _show_lines(self, start: int, lines: list[bytes]) -> None:
        """Append whole lines, the first of which begins at `start`, and drop what is no longer in the log's tail."""
        cursor = QTextCursor(self.printed.document())
        cursor.beginEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        for line in lines:
            if self._starts:
                cursor.insertBlock()
            # A progress bar overwrites its line: only its last text is worth a line here.
            cursor.insertText(line.decode("utf-8", "replace").rstrip("\r").rpartition("\r")[2])
            self._starts.append(start)
            start += len(line) + 1
        gone = 0
        while len(self._starts) > 1 and (len(self._starts) > TAIL_LINES or self._starts[0] < self._offset - TAIL_BYTES):
            self._starts.popleft()
            gone += 1
        if gone:
            cursor.movePosition(QTextCursor.MoveOperation.Start)
            cursor.movePosition(QTextCursor.MoveOperation.NextBlock, QTextCursor.MoveMode.KeepAnchor, gone)
            cursor.removeSelectedText()
        cursor.endEditBlock()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.story.clear()
        self._told = None
        if self._record is not None:
            self.show_record(self._record)
