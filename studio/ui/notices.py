"""The notices above the pages: problems and news, one under the other, each with a report to copy."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio import __name__ as package
from studio.core.problem import Problem
from studio.core.redaction import redacted
from studio.ui.controls.widgets import Text, button
from studio.ui.icons import paint_icon
from studio.ui.palette import mixed
from studio.ui.theme import theme, unit

NOTICES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to show: `role` is "accent" (news), "good", "warning" or "danger"; `details` go into the report."""

    what: str
    remedy: str = ""
    role: str = "danger"
    where: str = ""
    details: str = ""

    @classmethod
    def of(cls, problem: Problem) -> Notice:
        return cls(problem.what[:1].upper() + problem.what[1:], problem.remedy, "danger", problem.where)

    def report(self) -> str:
        """The notice as text for a bug report, without tokens and home folders."""
        lines = [
            f"What: {self.what}",
            f"Where: {self.where}" if self.where else "",
            f"Remedy: {self.remedy}" if self.remedy else "",
            f"On: {platform.platform()}, Python {platform.python_version()}, {package}",
            self.details,
        ]
        return redacted("\n".join(line for line in lines if line)) + "\n"


class NoticeBar(QWidget):
    """Holds the newest notices; the oldest are dropped when there are too many, repeated ones are shown once."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)
        self._lines: list[_Line] = []
        self.hide()

    def tell(self, notice: Notice) -> None:
        if any(line.notice == notice for line in self._lines):
            return
        line = _Line(notice, self)
        line.close_button.clicked.connect(self._on_closed)
        self._lines.append(line)
        self._column.addWidget(line)
        while len(self._lines) > NOTICES_SHOWN:
            self._drop(self._lines[0])
        self.show()

    def notices(self) -> list[Notice]:
        return [line.notice for line in self._lines]

    def _drop(self, line: _Line) -> None:
        self._lines.remove(line)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()
        self.setVisible(bool(self._lines))

    @Slot()
    def _on_closed(self) -> None:
        closing = self.sender()
        for line in list(self._lines):
            if line.close_button is closing:
                self._drop(line)


class _Line(QWidget):
    def __init__(self, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        pad = round(unit() * 0.6)
        row = QHBoxLayout(self)
        row.setContentsMargins(round(unit() * 2.6), pad, pad, pad)
        row.setSpacing(pad)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        what = Text(notice.what, strong=not notice.what.count("\n"))
        what.setWordWrap(True)
        what.setObjectName("notice_text")
        texts.addWidget(what)
        below = " ".join(part for part in (notice.remedy, f"({notice.where})" if notice.where else "") if part)
        if below:
            more = Text(below, "quiet", 0.95)
            more.setWordWrap(True)
            texts.addWidget(more)
        row.addLayout(texts, 1)
        self.copy = button("copy_report", "Copy report", "copy", "quiet", "Copy this with the details for a bug report")
        self.copy.clicked.connect(self._on_copy)
        self.close_button = button("close_notice", "", "close", "quiet", "Dismiss")
        if notice.role in ("danger", "warning"):
            row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)
        else:
            self.copy.setParent(self)
            self.copy.hide()
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(f"{notice.what} {notice.remedy}")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        roles, line = theme.roles, unit()
        colour = getattr(roles, self.notice.role)
        painter.fillRect(self.rect(), mixed(roles.surface, colour, 0.12))
        painter.fillRect(QRectF(0, 0, 3, self.height()), QColor(colour))
        name = {"accent": "info", "good": "check"}.get(self.notice.role, "warning")
        paint_icon(painter, name, QRectF(line * 0.9, self.height() / 2 - line * 0.6, line * 1.2, line * 1.2), colour)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.notice.report())
