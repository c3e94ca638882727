"""The Try tab: chat with what a run has learned, ask its held-out rows, and see its samples over time."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import RunRecord
from studio.core.words import mark, tr
from studio.ui.controls.widgets import Card, button
from studio.ui.theme import unit
from studio.ui.try_out.chat_view import ChatView
from studio.ui.try_out.rows_view import RowsView
from studio.ui.try_out.samples_view import SamplesView
from studio.ui.try_out.speakers import Speakers
from studio.ui.try_out.talk import Talk

V = TypeVar("V", RowsView, SamplesView)
PARTS = (mark("Chat"), mark("Held-out rows"), mark("Over time"))
HINTS = (
    "",
    mark("Ask a row of the tasks, and have the answer judged"),
    mark("The same prompts' answers over the steps"),
)


class TryView(QWidget):
    """Everything that asks a model here goes through one Talk, whose desk is this tab's own."""

    consent_wanted = Signal(object)

    def __init__(self, folder: RunFolder, talk: Talk | None = None) -> None:
        super().__init__()
        self._folder = folder
        self.talk = talk or Talk(self)
        self.speakers = Speakers(folder)
        self.chat = ChatView(folder, self.talk, self.speakers)
        self._record: RunRecord | None = None
        self.parts = QTabBar()
        self.parts.setObjectName("try_parts")
        self.parts.setAccessibleName(tr("Ways to try the model"))
        self.parts.setDrawBase(False)
        self.parts.setExpanding(False)
        self._stack = QStackedWidget()
        self._rooms = [QWidget() for _ in PARTS[1:]]
        for title, hint, page in zip(PARTS, HINTS, (self.chat, *self._rooms), strict=True):
            self.parts.setTabToolTip(self.parts.addTab(tr(title)), tr(hint) if hint else "")
            self._stack.addWidget(page)
        self.settings = button("try_settings", "", "settings", "quiet", tr("Temperature, length, seed, system prompt"))
        self.settings.setCheckable(True)
        self.settings.toggled.connect(self.chat.show_settings)
        self.clear = button("try_clear", "", "trash", "quiet", tr("Forget the conversation"))
        self.clear.clicked.connect(self.chat.clear)
        self._tools = QWidget()
        tools = QHBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(round(unit() * 0.4))
        tools.addWidget(self.speakers)
        tools.addWidget(self.settings)
        tools.addWidget(self.clear)
        self._lay_out()
        self.parts.currentChanged.connect(self._on_part)
        self.chat.consent_wanted.connect(self.consent_wanted)

    def _lay_out(self) -> None:
        card = Card()
        self._head = head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setSpacing(round(unit() * 0.5))
        head.addWidget(self.parts)
        head.addStretch(1)
        head.addWidget(self._tools, 0, Qt.AlignmentFlag.AlignLeft)
        card.body.addLayout(head)
        card.body.addWidget(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, round(unit() * 0.75), 0, 0)
        column.addWidget(card)

    # Each of these is built when it is first wanted: all of them in one turn would block the window.

    @cached_property
    def rows(self) -> RowsView:
        view = RowsView()
        view.asked.connect(self._on_row_asked)
        view.search_wanted.connect(self._on_search)
        self.talk.rows_found.connect(view.show_found)
        self.talk.rows_told.connect(view.tell)
        return self._housed(view, 0)

    @cached_property
    def samples(self) -> SamplesView:
        return self._housed(SamplesView(), 1)

    def _housed(self, view: V, room: int) -> V:
        column = QVBoxLayout(self._rooms[room])
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(view)
        if self._record is not None:
            view.show_record(self._record)
        return view

    def show_record(self, record: RunRecord) -> None:
        """Take what the run has shown so far."""
        self._record = record
        self.speakers.look()
        self.chat.show_record(record)
        for part in ("rows", "samples"):
            if part in self.__dict__:
                getattr(self, part).show_record(record)

    def leave(self) -> None:
        """End what is asked, and give the models' memory back."""
        self.talk.leave()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.talk.look(True)
        self.speakers.look()
        self.speakers.look_for_others()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Where there is no room for both, who answers stands below: neither a part nor a name is cut.
        needed = self.parts.sizeHint().width() + self._tools.sizeHint().width() + unit() * 2.5
        narrow = self.width() < needed
        self._head.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def hideEvent(self, event: QHideEvent) -> None:
        self.talk.look(False)
        super().hideEvent(event)

    @Slot(int)
    def _on_part(self, index: int) -> None:
        for built in ("rows", "samples")[index - 1 : index] if index else ():
            getattr(self, built)
        self._stack.setCurrentIndex(index)
        self._tools.setVisible(index < 2)

    @Slot(str, int, str, str)
    def _on_row_asked(self, task: str, row: int, prompt: str, expected: str) -> None:
        self.parts.setCurrentIndex(0)
        self.chat.ask_row(task, row, prompt, expected)

    @Slot()
    def _on_search(self) -> None:
        self.talk.ask_rows(str(self._folder.path), str(self._folder.path.parent))
