"""One task: its name, how its rows are read, its first row, what was found in it, and its fields when unfolded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.problem import Problem
from studio.core.words import capitalised, mark, sentences, tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.widgets import ElidedText, Text, WrappedText, button
from studio.ui.icons import icon
from studio.ui.new_run.row_preview import RowPreview
from studio.ui.new_run.task_details import TaskDetails
from studio.ui.new_run.task_facts import TaskFacts, sentence
from studio.ui.new_run.task_values import short_path
from studio.ui.theme import scaled_font, theme, unit

LINE = re.compile(r"(?:, (line|row) (\d+)|，第 (\d+) 行)$")  # a desk's place, in English or already translated
APART_TEXT = mark("Keep 10\u00a0% apart")
APART = 0.1  # of a task's rows, kept for its score
MOST_LINES = 5  # findings shown on the card; the rest are in the dialog of its rows


class TaskPanel(QWidget):
    """Edits one task; the other signals ask for its rows, for the choice of its columns, and for its end."""

    changed = Signal()
    rows_wanted = Signal()
    columns_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, values: Mapping[str, Any], number: int) -> None:
        super().__init__()
        self.setObjectName("task_panel")
        self.facts = TaskFacts()
        self._number = number
        self.name = QLineEdit()
        self.name.setObjectName("task_name")
        self.name.setAccessibleName(tr("Name of the task"))
        self.name.setToolTip(tr("What curves and tables call this task"))
        self.name.setAcceptDrops(False)  # the page takes the file, where Qt would insert its address into the name
        self.name.setFixedWidth(round(unit() * 9))
        self.source = ElidedText("", "quiet")
        self.source.setObjectName("task_source")
        self.share = Text("", "quiet", 0.95)
        self.share.setObjectName("task_share")
        self.rows = button("task_rows", tr("Rows"), "tokens", "quiet", tr("See the rows token by token"))
        self.columns = button(
            "task_columns", tr("Columns"), "columns", "quiet", tr("Say which column of the file is what")
        )
        self.fold = button(
            "task_fold", "", "chevron-right", "quiet", tr("Files, held-out rows, format, weight and metric")
        )
        self.fold.setCheckable(True)
        self.remove = button("task_remove", "", "trash", "quiet", tr("Remove this task from the recipe"))
        self.preview = RowPreview()
        self.read_as = ElidedText("", "quiet", 0.95)
        self.read_as.setObjectName("task_read_as")
        self.said = WrappedText("", "warning", 0.95)
        self.said.setObjectName("task_said")
        self.apart = button(
            "keep_apart", tr(APART_TEXT), "data", hint=tr("Score the task on rows that it does not learn from")
        )
        self.untested = WrappedText(tr("Without held-out rows nothing will show what it has learned."), "warning", 0.95)
        self.untested.setObjectName("task_untested")
        self.details = TaskDetails()
        self.details.hide()
        self._lay_out()
        self.set_values(values)
        self.name.textChanged.connect(self._on_edited)
        self.details.changed.connect(self._on_edited)
        self.details.columns_wanted.connect(self.columns_wanted)
        self.rows.clicked.connect(self.rows_wanted)
        self.preview.pressed.connect(self.rows_wanted)
        self.columns.clicked.connect(self.columns_wanted)
        self.remove.clicked.connect(self.remove_wanted)
        self.fold.toggled.connect(self._on_folded)
        self.apart.clicked.connect(self._on_apart)
        self.show_facts(self.facts)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show a task of a recipe."""
        self.name.setText(str(values.get("name", "")))
        self.details.set_values(values)
        self._show_source()

    def values(self) -> dict[str, Any]:
        """The task's table in a recipe."""
        return {"name": self.name.text().strip(), **self.details.values()}

    def set_format(self, format: object) -> None:
        """Read the task's rows in this format: a name, or a mapping of columns."""
        self.details.set_value("format", format)

    def show_number(self, number: int) -> None:
        """Take the colour of the task at this place."""
        self._number = number
        self.update()

    def show_facts(self, facts: TaskFacts, share: str = "") -> None:
        """Show what was found in the data, and the task's `share` of the mix."""
        self.facts = facts
        self.share.setText(share)
        self.read_as.setText(" · ".join(part for part in (facts.numbers, facts.reading) if part))
        self.read_as.setVisible(bool(self.read_as.text()))
        self.preview.show_row(next((row for row in facts.rows if not row.left_out), None))
        self.rows.setEnabled(bool(facts.rows))
        self.columns.setEnabled(bool(facts.columns))
        found = facts.problems or facts.warnings
        lines = [_told(each) for each in found[:MOST_LINES]]
        if len(found) > MOST_LINES:
            lines.append(tr("And {number} more.", number=len(found) - MOST_LINES))
        if facts.lacks_columns:
            press = tr("Press Choose columns to say which column is what.")
            lines = [sentences(sentence(facts.problems[0].what), press)]
        self.columns.setText(tr("Choose columns…") if facts.lacks_columns else tr("Columns"))
        self.columns.setProperty("look", "primary" if facts.lacks_columns else "quiet")
        self.columns.update()
        self.said.setText("\n".join(lines))
        self.said.set_role("danger" if facts.problems else "warning")
        self.said.setToolTip(unmarked("\n".join(_whole(each) for each in found)))
        self.said.setVisible(bool(lines))

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Show what is wrong with the fields, by name; "" is the task as a whole."""
        self.details.show_problems(problems)
        wrong = problems.get("name") or problems.get("", "")
        self.name.setProperty("problem", bool(wrong))
        self.name.setToolTip(unmarked(wrong) or tr("What curves and tables call this task"))
        self.name.update()
        hidden = [text for name, text in problems.items() if name not in ("name", "")]
        self.source.set_role("danger" if hidden else "quiet")
        self.source.setToolTip(unmarked("\n".join(hidden) or self.source.text()))

    def unfold(self) -> None:
        """Show all fields."""
        self.fold.setChecked(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles = theme.roles
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        paint_box(painter, box, 8, QColor(roles.window), QColor(roles.line))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(roles.task(self._number)))
        middle = self.name.geometry().center().y()
        painter.drawEllipse(QPointF(unit() * 0.9, middle + 0.5), unit() * 0.24, unit() * 0.24)

    def _lay_out(self) -> None:
        for each in (self.rows, self.columns):
            each.setFont(scaled_font(0.95))
        head = QHBoxLayout()
        head.setSpacing(round(unit() * 0.4))
        head.addWidget(self.name)
        head.addWidget(self.source, 1)
        head.addWidget(self.share)
        for each in (self.rows, self.columns, self.fold, self.remove):
            head.addWidget(each)
        shown = QVBoxLayout()
        shown.setContentsMargins(round(unit() * 0.55), 0, 0, 0)
        shown.setSpacing(round(unit() * 0.35))
        held_out = QHBoxLayout()
        held_out.setSpacing(round(unit() * 0.6))
        held_out.addWidget(self.untested, 1)
        held_out.addWidget(self.apart)
        for part in (self.preview, self.read_as, self.said):
            shown.addWidget(part)
        shown.addLayout(held_out)
        shown.addWidget(self.details)
        pad = round(unit() * 0.4)
        column = QVBoxLayout(self)
        column.setContentsMargins(round(unit() * 1.5), pad, round(unit() * 0.6), round(unit() * 0.5))
        column.setSpacing(round(unit() * 0.3))
        column.addLayout(head)
        column.addLayout(shown)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _show_source(self) -> None:
        values = self.details.values()
        train, held_out = values.get("train"), values.get("evaluate")
        told = short_path(train) or tr("no file yet")
        if isinstance(held_out, float):
            told = tr("{files}, {share:.3g} % held out", files=told, share=100 * held_out)
        elif isinstance(held_out, int):
            told = tr("{files}, {number:,} rows held out", files=told, number=held_out)
        elif held_out:
            told = tr("{files}, scored on {held_out}", files=told, held_out=short_path(held_out))
        self.source.setText(told)
        self.untested.setVisible(not held_out)
        self.apart.setVisible(not held_out)

    @Slot()
    def _on_edited(self) -> None:
        self._show_source()
        self.changed.emit()

    @Slot()
    def _on_apart(self) -> None:
        self.details.set_value("evaluate", APART)

    @Slot(bool)
    def _on_folded(self, shown: bool) -> None:
        self.details.setVisible(shown)
        self.fold.setIcon(icon("chevron-down" if shown else "chevron-right"))


def _told(problem: Problem) -> str:
    """A problem in a line, with the row that it is about where it names one."""
    place = LINE.search(problem.where)
    if place is None:
        return sentences(sentence(problem.what), problem.remedy)
    number = place[2] or place[3]
    at = tr("row {number}", number=number) if place[1] == "row" else tr("line {number}", number=number)
    return sentences(tr("{where}: {what}", where=capitalised(at), what=problem.what), problem.remedy)


def _whole(problem: Problem) -> str:
    return problem.sentence
