"""The log: events as sentences, and the end of worker.log as the process printed it."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QColor, QHideEvent, QShowEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from studio.core.run_db import Stored
from studio.ui.controls.surface import Card
from studio.ui.run.record import RunRecord
from studio.ui.run.story import sentence, tone
from studio.ui.theme import mono_font, theme, unit

TAIL_BYTES = 200_000
SLICE_BYTES = 64_000
PERIOD_MS = 500
EVENTS_A_TURN = 60


def reading_pane(name: str, spoken: str, blocks: int = 5000) -> QPlainTextEdit:
    """A read-only text pane without a frame."""
    pane = QPlainTextEdit()
    pane.setObjectName(name)
    pane.setAccessibleName(spoken)
    pane.setReadOnly(True)
    pane.setFrameShape(QFrame.Shape.NoFrame)
    pane.setMaximumBlockCount(blocks)
    pane.document().setDocumentMargin(unit() * 0.4)
    return pane


class LogView(QWidget):
    """Shows a RunRecord's story and follows worker.log while it is visible."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self._log = log
        self._offset = 0
        self._partial = b""
        self._told: Stored | None = None
        self.story = reading_pane("story", "What happened, in sentences")
        self.story.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.printed = reading_pane("worker_log", "What the worker printed")
        self.printed.setFont(mono_font(0.92))
        self.printed.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.printed.setPlaceholderText("The worker has printed nothing.")
        self.story.setPlaceholderText("Nothing has happened yet.")
        happened = Card("What happened")
        happened.body.addWidget(self.story)
        output = Card("worker.log", "the worker's own output")
        output.body.addWidget(self.printed)
        split = QSplitter()
        split.addWidget(happened)
        split.addWidget(output)
        split.setHandleWidth(round(unit() * 0.75))
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, round(unit() * 0.75), 0, 0)
        column.addWidget(split)
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(0)
        self._telling.timeout.connect(self._on_tell)
        self._record: RunRecord | None = None
        theme.changed.connect(self._on_theme_changed)

    def show_record(self, record: RunRecord) -> None:
        """Append the sentences of events that were not told yet, once the page is looked at."""
        self._record = record
        if self.isVisible():
            self._telling.start()

    @Slot()
    def _on_tell(self) -> None:
        """Tell some events at a time: thousands at once would hold up the window."""
        if self._record is None:
            return
        untold = (stored for stored in self._record.story if self._told is None or stored.id > self._told.id)
        new = list(islice(untold, EVENTS_A_TURN))
        if len(new) == EVENTS_A_TURN:
            self._telling.start()
        cursor = QTextCursor(self.story.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        bar = self.story.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        for stored in new:
            style, quiet = QTextCharFormat(), QTextCharFormat()
            style.setForeground(QColor(getattr(theme.roles, tone(stored.event))))
            quiet.setForeground(QColor(theme.roles.faint))
            if not self.story.document().isEmpty():
                cursor.insertBlock()
            cursor.insertText(time.strftime("%H:%M:%S  ", time.localtime(stored.time)), quiet)
            cursor.insertText(sentence(stored.event), style)
        if new:
            self._told = new[-1]
            if at_end:
                bar.setValue(bar.maximum())

    def showEvent(self, event: QShowEvent) -> None:
        self._timer.start()
        self._telling.start()
        self._on_tick()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        self._telling.stop()
        super().hideEvent(event)

    @Slot()
    def _on_tick(self) -> None:
        try:
            size = self._log.stat().st_size
            if size < self._offset:
                self._offset = 0
            if size == self._offset:
                return
            with self._log.open("rb") as file:
                if self._offset == 0 and size > TAIL_BYTES:
                    self._offset = size - TAIL_BYTES
                    file.seek(self._offset)
                    self._offset += len(file.readline())
                file.seek(self._offset)
                chunk = file.read(SLICE_BYTES)
        except FileNotFoundError:
            return  # no worker was started yet
        except OSError as error:
            self._timer.stop()
            self.printed.appendPlainText(f"[worker.log cannot be read: {error}]")
            return
        self._offset += len(chunk)
        whole, newline, self._partial = (self._partial + chunk).rpartition(b"\n")
        if newline:
            # A progress bar overwrites its line: only what it said last is worth a line here.
            lines = whole.decode("utf-8", "replace").split("\n")
            self.printed.appendPlainText("\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines))

    @Slot()
    def _on_theme_changed(self) -> None:
        self.story.clear()
        self._told = None
        if self._record is not None:
            self.show_record(self._record)
