"""The plan's memory as a bar in four groups against the budget, and the legend that opens a group's parts."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from studio.core.words import sentences, tr
from studio.planner.memory_groups import Group, groups_of
from studio.planner.plan import Plan
from studio.ui.charts.memory_bars import paint_budget, segment_colour
from studio.ui.controls.control_paint import paint_box
from studio.ui.controls.flow_layout import FlowLayout
from studio.ui.controls.painted_button import PaintedButton
from studio.ui.controls.widgets import WrappedText
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, theme, unit
from studio.ui.units import bytes_text

COLOURS = (0, 1, 4, 8)  # of the groups, among the series
THIN = 0.42  # of a line: the bar in a low window


class PlanBar(QWidget):
    """The painted bar; `group_pressed` brings the place of the group that was clicked."""

    group_pressed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._plan: Plan | None = None
        self._groups: tuple[Group, ...] = ()
        self._thin = False
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Memory plan: none yet"))

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 20), round(unit() * (THIN + 0.3 if self._thin else 2.75)))

    def set_thin(self, thin: bool) -> None:
        """Paint a thin line without words, or the whole bar."""
        if thin != self._thin:
            self._thin = thin
            self.updateGeometry()
            self.update()

    def show_plan(self, plan: Plan | None) -> None:
        self._plan, self._groups = plan, groups_of(plan) if plan is not None else ()
        if plan is None:
            self.setAccessibleName(tr("Memory plan: none yet"))
        else:
            told = ", ".join(f"{group.name} {bytes_text(group.size)}" for group in self._groups)
            amounts = {"peak": bytes_text(plan.peak_bytes), "budget": bytes_text(plan.budget_bytes), "parts": told}
            said = tr("Memory plan: {peak} does not fit in {budget}: {parts}", **amounts)
            if plan.fits:
                said = tr("Memory plan: {peak} fits in {budget}: {parts}", **amounts)
            learned = plan.correction.sentence(plan.device.kind) if plan.correction.times else ""
            self.setAccessibleName(f"{said}; {learned}" if learned else said)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles = theme.roles
        track = self._track()
        rounded = QPainterPath()
        radius = min(5.0, track.height() / 2)
        rounded.addRoundedRect(track, radius, radius)
        painter.fillPath(rounded, mixed(roles.surface, roles.raised, 0.8))
        plan = self._plan
        if plan is None:
            return
        painter.save()
        painter.setClipPath(rounded)
        for index, box in enumerate(self._segments(plan)):
            painter.fillRect(box, QColor(segment_colour(COLOURS[index])))
        painter.restore()
        if self._thin:
            x = track.left() + track.width() * plan.budget_bytes / self._scale(plan)
            painter.fillRect(QRectF(x - 1, 0, 2, self.height()), QColor(roles.ink if plan.fits else roles.danger))
            return
        paint_budget(painter, track, plan.budget_bytes, self._scale(plan), not plan.fits)
        if plan.correction.times:
            # What arithmetic alone gives; the segments are what this machine's own runs have taught.
            x = track.left() + track.width() * plan.computed_peak_bytes / self._scale(plan)
            painter.setPen(QPen(QColor(roles.quiet), 1.5, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, track.top() - 2), QPointF(x, track.bottom() + 2))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (index := self._at(event.position())) is not None:
            self.group_pressed.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position())
        if index is None or self._plan is None:
            QToolTip.hideText()
            return
        group = self._groups[index]
        parts = [f"{label}: {bytes_text(size)}" for label, size in group.parts if size]
        if self._plan.correction.times:
            alone = bytes_text(self._plan.computed_peak_bytes)
            learned = self._plan.correction.sentence(self._plan.device.kind)
            parts.append(sentences(learned, tr("By arithmetic alone: {size}.", size=alone)))
        QToolTip.showText(event.globalPosition().toPoint(), "\n".join([group.name, *parts]), self)

    def _at(self, place: QPointF) -> int | None:
        if self._plan is None:
            return None
        return next((index for index, box in enumerate(self._segments(self._plan)) if box.contains(place)), None)

    def _track(self) -> QRectF:
        line = unit()
        if self._thin:
            return QRectF(1, line * 0.15, self.width() - 2, line * THIN)
        return QRectF(1, line * 1.3, self.width() - 2, line * 1.15)

    def _scale(self, plan: Plan) -> float:
        return max(plan.peak_bytes, plan.computed_peak_bytes, plan.budget_bytes, 1) * 1.06

    def _segments(self, plan: Plan) -> list[QRectF]:
        track, left, found = self._track(), 0.0, []
        for group in self._groups:
            wide = track.width() * group.size / self._scale(plan)
            found.append(QRectF(track.left() + left, track.top(), max(0.0, wide - 1), track.height()))
            left += wide
        return found


class GroupChip(PaintedButton):
    """A group in the legend; checked, it shows its parts."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.setObjectName(f"plan_group_{index}")
        self.setCheckable(True)
        self._colour = COLOURS[index]
        self.setFont(scaled_font(0.9))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_group(self, group: Group) -> None:
        """Show a group's name and size."""
        self.setText(f"{group.name} {bytes_text(group.size)}")
        self.setAccessibleName(tr("{group}: show its parts", group=self.text()))
        self.setToolTip("\n".join(f"{label}: {bytes_text(size)}" for label, size in group.parts))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        line = unit(self)
        return QSize(round(self.fontMetrics().horizontalAdvance(self.text()) + line * 1.7), round(line * 1.55))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, line = theme.roles, unit(self)
        if self.isChecked() or self.underMouse() or self.hasFocus():
            edge = QColor(roles.accent) if self.hasFocus() else None
            paint_box(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, QColor(roles.raised), edge, 1.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(segment_colour(self._colour)))
        middle = self.height() / 2
        painter.drawRoundedRect(QRectF(line * 0.4, middle - line * 0.28, line * 0.56, line * 0.56), 2.5, 2.5)
        painter.setPen(QColor(roles.ink if self.isChecked() else roles.quiet))
        box = QRectF(self.rect()).adjusted(line * 1.25, 0, 0, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, self.text())


class PlanLegend(QWidget):
    """The four groups with their sizes; pressing one shows its parts beneath."""

    def __init__(self) -> None:
        super().__init__()
        self._groups: tuple[Group, ...] = ()
        self.chips = [GroupChip(index) for index in range(len(COLOURS))]
        row = QWidget()
        flow = FlowLayout(row)
        flow.setContentsMargins(0, 0, 0, 0)
        for chip in self.chips:
            flow.addWidget(chip)
            chip.clicked.connect(self._on_chip)
        self.parts = WrappedText("", "quiet", 0.92)
        self.parts.setObjectName("plan_parts")
        self.parts.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(row)
        column.addWidget(self.parts)

    def show_plan(self, plan: Plan | None) -> None:
        """Show a plan's groups; None hides them."""
        self._groups = groups_of(plan) if plan is not None else ()
        for chip, group in zip(self.chips, self._groups, strict=False):
            chip.show_group(group)
        for chip in self.chips:
            chip.setVisible(bool(self._groups))
        self._show_parts()

    @Slot(int)
    def toggle(self, index: int) -> None:
        """Show the parts of the group at this place, or hide them again."""
        self.chips[index].click()

    @Slot()
    def _on_chip(self) -> None:
        pressed = self.sender()
        for chip in self.chips:
            if chip is not pressed:
                chip.setChecked(False)
        self._show_parts()

    def _show_parts(self) -> None:
        shown = next((group for chip, group in zip(self.chips, self._groups, strict=False) if chip.isChecked()), None)
        parts = shown.parts if shown is not None else ()
        self.parts.setText(" · ".join(f"{label} {bytes_text(size)}" for label, size in parts))
        self.parts.setVisible(bool(parts))
