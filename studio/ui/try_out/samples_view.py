"""The same prompts' answers over the steps of the run: a track of right and wrong, and a slider through time."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QSlider, QTextEdit, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import visible
from studio.core.run.run_record import RunRecord
from studio.core.words import mark, tr
from studio.ui.controls.widgets import Text, WrappedText
from studio.ui.palette import mixed
from studio.ui.theme import mono_font, scaled_font, theme, unit
from studio.ui.try_out.sample_times import PromptTimes, changed, over_time

MOST_PROMPTS = 12
EMPTY = mark("Samples appear here while the run trains: the same prompts, asked again at every evaluation.")


class SampleTrack(QWidget):
    """A row for each prompt, a dot for each time it was asked: full where it was right, a ring where it was wrong."""

    step_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._times: list[PromptTimes] = []
        self._step = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Samples over time: none yet"))
        theme.changed.connect(self.update)

    def show_times(self, times: list[PromptTimes], step: int) -> None:
        """Show these prompts, with `step` marked."""
        self._times, self._step = times, step
        self.setFixedHeight(round(unit() * (1.3 * len(times) + 0.4)))
        right = sum(1 for each in times if (told := each.at(step)) is not None and told.right)
        self.setAccessibleName(
            tr(
                "Samples over time: {right} of {all} prompts are right at step {step}",
                right=right,
                all=len(times),
                step=step,
            )
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 24), self.height())

    @property
    def _last(self) -> int:
        return max(1, *(each.told[-1].step for each in self._times)) if self._times else 1

    def _axis(self) -> tuple[float, float]:
        """Where step 0 and the last step are."""
        return unit() * 7.5, self.width() - unit() * 0.6

    def _x(self, step: int) -> float:
        left, right = self._axis()
        return left + (right - left) * step / self._last

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left, right = self._axis()
        if right > left:
            share = min(1.0, max(0.0, (event.position().x() - left) / (right - left)))
            self.step_chosen.emit(round(share * self._last))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(scaled_font(0.9))
        roles, line = theme.roles, unit()
        left, right = self._axis()
        for row, times in enumerate(self._times):
            y = line * (1.3 * row + 0.85)
            painter.setPen(QColor(roles.quiet))
            name = painter.fontMetrics().elidedText(
                visible(times.task), Qt.TextElideMode.ElideRight, round(left - line)
            )
            painter.drawText(QRectF(0, y - line, left - line, line * 2), Qt.AlignmentFlag.AlignVCenter, name)
            painter.setPen(QPen(QColor(roles.line), 1))
            painter.drawLine(QPointF(left, y), QPointF(right, y))
            for told in times.told:
                colour = QColor({True: roles.good, False: roles.danger, None: roles.accent}[told.right])
                painter.setPen(QPen(colour, 2))
                painter.setBrush(QColor(roles.surface) if told.right is False else colour)
                painter.drawEllipse(QPointF(self._x(told.step), y), line * 0.24, line * 0.24)
        if self._times:
            painter.setPen(QPen(QColor(roles.ink), 1, Qt.PenStyle.DashLine))
            x = self._x(min(self._step, self._last))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))


class SamplesView(QWidget):
    """Shows a RunRecord's samples at the step that the slider chooses; at the newest until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self._times: list[PromptTimes] = []
        self._steps: list[int] = []
        self._shown: tuple[list[PromptTimes], int] | None = None
        self.track = SampleTrack()
        self.track.setObjectName("sample_track")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("sample_slider")
        self.slider.setAccessibleName(tr("Step whose samples are shown"))
        self.slider.setRange(0, 0)
        self.slider.valueChanged.connect(self._on_slid)
        self.when = Text("", "quiet")
        self.when.setObjectName("sample_step")
        self.text = QTextEdit()
        self.text.setObjectName("samples_at_step")
        self.text.setAccessibleName(tr("Answers at this step"))
        self.text.setReadOnly(True)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setTabChangesFocus(True)
        self.text.viewport().setAutoFillBackground(False)
        self._none = WrappedText(tr(EMPTY), "faint")
        row = QHBoxLayout()
        row.setSpacing(round(unit() * 0.6))
        row.addWidget(self.slider, 1)
        row.addWidget(self.when)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.5))
        for each in (self._none, self.track):
            column.addWidget(each)
        column.addLayout(row)
        column.addWidget(self.text, 1)
        self.track.step_chosen.connect(self._on_step)
        theme.changed.connect(self._on_theme_changed)
        self._show()

    def show_record(self, record: RunRecord) -> None:
        """Take the record's samples."""
        times = over_time(record.samples)[:MOST_PROMPTS]
        if times == self._times:
            return
        was_last = self.slider.value() >= self.slider.maximum()
        self._times = times
        self._steps = sorted({told.step for each in times for told in each.told})
        was = self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(self._steps) - 1))
        if was_last:
            self.slider.setValue(self.slider.maximum())
        self.slider.blockSignals(was)
        if record.ended is not None and not times:
            self._none.setText(tr("This run made no samples: they come with evaluations, and with Sample now."))
        self._show()

    @property
    def step(self) -> int:
        return self._steps[self.slider.value()] if self._steps else 0

    def _show(self) -> None:
        there = bool(self._times)
        self._none.setVisible(not there)
        for each in (self.track, self.slider, self.when, self.text):
            each.setVisible(there)
        if not there or self._shown == (self._times, self.step):
            return
        self._shown = (self._times, self.step)
        self.track.show_times(self._times, self.step)
        self.when.setText(tr("step {step}", step=self.step))
        self.text.clear()
        cursor = QTextCursor(self.text.document())
        cursor.beginEditBlock()
        for number, times in enumerate(self._times):
            if number:
                cursor.insertBlock()
                cursor.insertBlock()
            self._write(cursor, times)
        cursor.endEditBlock()
        self.text.moveCursor(QTextCursor.MoveOperation.Start)

    def _write(self, cursor: QTextCursor, times: PromptTimes) -> None:
        roles, told = theme.roles, times.at(self.step)
        verdict = {True: tr("right"), False: tr("wrong"), None: ""}[told.right if told else None]
        tone = {True: roles.good, False: roles.danger, None: roles.quiet}[told.right if told else None]
        since = tr("asked at step {step}", step=told.step) if told else tr("not asked yet")
        said = " · ".join(part for part in (times.task or tr("asked by hand"), since, verdict) if part)
        cursor.insertText(visible(said), _format(tone, strong=True))
        cursor.insertBlock()
        cursor.insertText(visible(times.prompt), _format(roles.quiet))
        if told is None:
            return
        cursor.insertBlock()
        before = times.before(told)
        cursor.insertText("→ ", _format(roles.faint, mono=True))
        for text, new in changed(before.answer, told.answer) if before else [(told.answer, False)]:
            cursor.insertText(visible(text), _format(roles.ink, new=new, mono=True))
        if before is not None and before.answer == told.answer:
            cursor.insertText("   " + tr("as before"), _format(roles.faint))
        if told.right is False or (told.right is None and times.expected):
            cursor.insertBlock()
            cursor.insertText(
                visible(tr("expected {expected}", expected=times.expected)), _format(roles.faint, mono=True)
            )

    @Slot(int)
    def _on_slid(self, _place: int) -> None:
        self._show()

    @Slot(int)
    def _on_step(self, step: int) -> None:
        self.slider.setValue(max(0, bisect_right(self._steps, step) - 1))

    @Slot()
    def _on_theme_changed(self) -> None:
        self._shown = None
        self._show()


def _format(colour: str, new: bool = False, strong: bool = False, mono: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    if mono:
        made.setFont(mono_font(0.97))
    made.setForeground(QColor(colour))
    if new:
        made.setBackground(mixed(theme.roles.surface, theme.roles.accent, 0.3))
    if strong:
        made.setFontWeight(600)
    return made
