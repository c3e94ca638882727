"""What a new run begins with: the demo, one's own files, or an earlier run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from studio.core.state.state_text import state_text
from studio.core.words import tr
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.file_dialog import FileDialog, Mode
from studio.ui.controls.painted_button import PaintedButton
from studio.ui.controls.widgets import Text, WrappedText, button
from studio.ui.icons import paint_icon
from studio.ui.new_run.task_editors import data_filter
from studio.ui.palette import mixed
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import theme, unit

EARLIER = 5  # runs that are offered


class ChoiceCard(PaintedButton):
    """A large button with an icon, a title and a sentence."""

    def __init__(self, name: str, icon_name: str, title: str, sentence: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._icon = icon_name
        self._dashed = False
        texts = (Text(title, size=1.15, strong=True), WrappedText(sentence, "quiet"))
        column = QVBoxLayout(self)
        pad = round(unit() * 1.1)
        column.setContentsMargins(pad, round(unit() * 3.6), pad, pad)
        column.setSpacing(round(unit() * 0.35))
        for text in texts:
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(text)
        column.addStretch(1)

    def minimumSizeHint(self) -> QSize:
        # No less than its words need: a minimum that is set would let the layout cut them in a low window.
        return super().minimumSizeHint().expandedTo(QSize(0, round(unit() * 8.5)))

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(self.minimumSizeHint())

    def show_dragging(self, dragging: bool) -> None:
        """Mark the card as the place that dropped files go to."""
        self._dashed = dragging
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit()
        over = self.underMouse() or self.isDown()
        fill = mixed(roles.surface, roles.raised, 0.7 if over else 0.0)
        marked = self.hasFocus() or self._dashed
        edge, width = QColor(roles.accent if marked or over else roles.line), 2 if marked else 1
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        paint_box(painter, box, 12, fill, None if self._dashed else edge, width)
        if self._dashed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(edge, width, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(box, 12, 12)
        ground = QRectF(line * 1.05, line * 1.1, line * 2.1, line * 2.1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(roles.accent_wash))
        painter.drawRoundedRect(ground, line * 0.6, line * 0.6)
        paint_icon(painter, self._icon, ground.adjusted(6, 6, -6, -6), roles.accent)


class StartChoice(QWidget):
    """`demo_wanted`, `files_wanted` with paths, `like_wanted` with a recipe's path, `recipe_wanted`, `back_wanted`."""

    demo_wanted = Signal()
    files_wanted = Signal(object)
    like_wanted = Signal(str)
    recipe_wanted = Signal()
    back_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.demo = ChoiceCard(
            "begin_demo", "demo", tr("The demo"), tr("A small model and three small tasks that come with the studio.")
        )
        self.files = ChoiceCard(
            "begin_files",
            "data",
            tr("My files"),
            tr("Questions and answers, conversations or text. Choose them, or drop them."),
        )
        self.recipe = ChoiceCard(
            "begin_recipe", "file", tr("A recipe"), tr("A recipe file that you or somebody else has saved.")
        )
        self.back = button("begin_back", tr("Back to what was set up"), "close", "quiet")
        self.back.hide()
        self._earlier_title = Text(tr("Like an earlier run"), strong=True)
        self._earlier = [button(f"begin_like_{number}", "", "reset", "quiet") for number in range(EARLIER)]
        self._recipes: list[Path] = []
        self._lay_out()
        self.demo.clicked.connect(self.demo_wanted)
        self.files.clicked.connect(self._on_files)
        self.recipe.clicked.connect(self.recipe_wanted)
        self.back.clicked.connect(self.back_wanted)
        self.show_runs(())

    def show_runs(self, summaries: tuple[RunSummary, ...]) -> None:
        """Offer the newest of these runs as patterns."""
        newest = [each for each in summaries if each.state != "unreadable"][:EARLIER]
        self._recipes = [each.folder.recipe_file for each in newest]
        self._earlier_title.setVisible(bool(newest))
        for number, each in enumerate(self._earlier):
            each.setVisible(number < len(newest))
            if number < len(newest):
                run = newest[number]
                state = state_text(run.shown_state)
                text = f"{run.name.replace('&', '&&')} · {state}"
                if text != each.text():
                    each.setText(text)
                    each.setAccessibleName(tr("Like {run}, {state}", run=run.name, state=state))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(round(unit()))
        for card in (self.demo, self.files, self.recipe):
            row.addWidget(card, 1)
        pad = round(unit() * 1.6)
        head = QHBoxLayout()
        head.addWidget(Text(tr("What do you begin with?"), size=1.45, strong=True), 1)
        head.addWidget(self.back)
        inside = QWidget()
        inside.setMaximumWidth(round(unit() * 62))
        column = QVBoxLayout(inside)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(round(unit() * 0.8))
        column.addStretch(2)
        column.addLayout(head)
        column.addWidget(
            WrappedText(tr("All of it can be changed afterwards. Nothing is trained before you press Start."), "quiet")
        )
        column.addLayout(row)
        column.addSpacing(round(unit() * 0.6))
        column.addWidget(self._earlier_title)
        for each in self._earlier:
            each.clicked.connect(self._on_like)
            column.addWidget(each, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(3)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addStretch(1)
        outer.addWidget(inside, 20)
        outer.addStretch(1)

    @Slot()
    def _on_files(self) -> None:
        dialog = FileDialog(self, tr("Training files"), Mode.ExistingFiles, data_filter())
        dialog.all_chosen.connect(self._on_chosen)
        dialog.open()

    @Slot(list)
    def _on_chosen(self, files: list[str]) -> None:
        self.files_wanted.emit(files)

    @Slot()
    def _on_like(self) -> None:
        button_ = self.sender()
        for each, recipe in zip(self._earlier, self._recipes, strict=False):
            if each is button_:
                self.like_wanted.emit(str(recipe))


class FormOrChoice(QStackedWidget):
    """The form, or the choice that a new run begins with."""

    def __init__(self, form: QWidget, around: QWidget) -> None:
        super().__init__()
        self._form, self._around = form, around
        self.addWidget(form)
        self.addWidget(around)

    @property
    def shows_choice(self) -> bool:
        return self.currentWidget() is self._around

    def show_form(self) -> None:
        self.setCurrentWidget(self._form)

    def show_choice(self) -> None:
        self.setCurrentWidget(self._around)
