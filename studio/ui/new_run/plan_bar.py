"""The plan: a bar of the recipe's memory, item by item, against the budget, with its verdict and remedy."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from studio.core.units import count_text
from studio.hardware.machine import Device
from studio.planner.advice import Change
from studio.planner.pins import SEARCHED, value_of
from studio.planner.plan import Plan
from studio.ui.charts.memory_bars import paint_budget, segment_colour
from studio.ui.controls.widgets import ElidedText, Text, WrappedText, button
from studio.ui.new_run.background_planner import Planned
from studio.ui.new_run.card_choice import CardChoice
from studio.ui.palette import mixed
from studio.ui.theme import scaled_font, theme, unit
from studio.ui.units import bytes_text, time_text

LEGEND_ROWS = 2


class PlanBar(QWidget):
    """The painted bar alone."""

    def __init__(self) -> None:
        super().__init__()
        self._plan: Plan | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Memory plan: none yet")

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 20), round(unit() * 3.1))

    def show_plan(self, plan: Plan | None) -> None:
        self._plan = plan
        if plan is None:
            self.setAccessibleName("Memory plan: none yet")
        else:
            items = ", ".join(f"{plan.labels.get(name, name)} {bytes_text(size)}" for name, size in plan.items.items())
            verdict = "fits" if plan.fits else "does not fit"
            budget = bytes_text(plan.budget_bytes)
            self.setAccessibleName(f"Memory plan: {bytes_text(plan.peak_bytes)} {verdict} in {budget}: {items}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles = theme.roles
        track = self._track()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(roles.surface, roles.raised, 0.8))
        painter.drawRoundedRect(track, 5, 5)
        plan = self._plan
        if plan is None:
            return
        for index, (_, box) in enumerate(self._segments(plan)):
            painter.setBrush(QColor(segment_colour(index)))
            painter.drawRect(box)
        paint_budget(painter, track, plan.budget_bytes, self._scale(plan), not plan.fits)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._plan is not None:
            for name, box in self._segments(self._plan):
                if box.contains(event.position()):
                    size = bytes_text(self._plan.items[name])
                    said = f"{self._plan.labels.get(name, name)}: {size}"
                    QToolTip.showText(event.globalPosition().toPoint(), said, self)
                    return
        QToolTip.hideText()

    def _track(self) -> QRectF:
        line = unit()
        return QRectF(1, line * 1.35, self.width() - 2, line * 1.3)

    def _scale(self, plan: Plan) -> float:
        return max(plan.peak_bytes * 1.06, plan.budget_bytes * 1.06)

    def _segments(self, plan: Plan) -> list[tuple[str, QRectF]]:
        track, left, found = self._track(), 0.0, []
        for name, size in plan.items.items():
            wide = track.width() * size / self._scale(plan)
            found.append((name, QRectF(track.left() + left, track.top(), max(0.0, wide - 1), track.height())))
            left += wide
        return found


class PlanLegend(QWidget):
    """Names the bar's segments and their sizes, in at most two rows."""

    def __init__(self) -> None:
        super().__init__()
        self._plan: Plan | None = None
        self._placed: dict[int, list[tuple[QPointF, str, int]]] = {}
        self.setFont(scaled_font(0.88))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_plan(self, plan: Plan | None) -> None:
        self._plan = plan
        self._placed.clear()
        # Where there is no space, the smallest are summed up.
        items = plan.items.items() if plan else ()
        self.setToolTip("\n".join(f"{plan.labels.get(name, name)} {bytes_text(size)}" for name, size in items if plan))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return round((places[-1][0].y() if places else 0) + unit(self) * 1.35)

    def sizeHint(self) -> QSize:
        return QSize(round(unit() * 20), self.heightForWidth(max(self.width(), round(unit() * 20))))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = unit(self)
        for place, text, index in self._places(self.width()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(segment_colour(index)))
            painter.drawRoundedRect(QRectF(place.x(), place.y() + line * 0.4, line * 0.55, line * 0.55), 2, 2)
            painter.setPen(QColor(theme.roles.quiet))
            painter.drawText(
                QRectF(place.x() + line * 0.85, place.y(), self.width(), line * 1.35),
                Qt.AlignmentFlag.AlignVCenter,
                text,
            )

    def _places(self, width: int) -> list[tuple[QPointF, str, int]]:
        """Where each item's name stands; the smallest are summed up when all would need more than two rows.

        Cached: the stack of pages asks for the height whenever any page changes, and computing it takes milliseconds.
        """
        if width not in self._placed:
            self._placed[width] = self._found_places(width)
        return self._placed[width]

    def _found_places(self, width: int) -> list[tuple[QPointF, str, int]]:
        items = list(enumerate(self._plan.items.items())) if self._plan else []
        hidden = 0
        while True:
            small = sorted(items, key=lambda each: each[1][1])[:hidden]
            named = [each for each in items if each not in small]
            found = self._rows(width, named, [size for _, (_, size) in small])
            if len({place.y() for place, _, _ in found}) <= LEGEND_ROWS or hidden >= len(items):
                return found
            hidden += 1

    def _rows(
        self, width: int, named: list[tuple[int, tuple[str, int]]], rest: list[int]
    ) -> list[tuple[QPointF, str, int]]:
        found: list[tuple[QPointF, str, int]] = []
        line, x, y = unit(self), 0.0, 0.0
        labels = self._plan.labels if self._plan else {}
        texts = [(f"{labels.get(name, name)} {bytes_text(size)}", index) for index, (name, size) in named]
        if rest:
            several = "s" if len(rest) > 1 else ""
            texts.append((f"{len(rest)} smaller item{several} {bytes_text(sum(rest))}", -1))
        for text, index in texts:
            text = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(width - line * 0.85))
            wide = line * 0.85 + self.fontMetrics().horizontalAdvance(text) + line * 1.1
            if x > 0 and x + wide - line > width:
                x, y = 0.0, y + line * 1.35
            found.append((QPointF(x, y), text, index))
            x += wide
        return found


class PlanPanel(QWidget):
    """Verdict, bar, legend and remedy; `change_wanted` brings the fields that would make the recipe fit."""

    change_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.bar = PlanBar()
        self.bar.setObjectName("plan_bar")
        self.legend = PlanLegend()
        self._planned: Planned | None = None
        self._refused = False  # the data of the recipe
        self.verdict = WrappedText("Checking this machine's hardware…", "quiet", strong=True)
        self.verdict.setObjectName("plan_verdict")
        self.trained = Text("", "quiet", 0.95)
        self.trained.setObjectName("plan_trained")
        self.remedy = WrappedText("", "quiet", 0.95)
        self.remedy.setObjectName("plan_remedy")
        self.exports = ElidedText("", "quiet", 0.95)
        self.exports.setObjectName("plan_exports")
        self.apply = button("apply_change", "Make it fit", "check", hint="Apply the changes named below")
        self.apply.clicked.connect(self._on_apply)
        self.apply.hide()
        self.others = button("suggestions", "Suggestions", "chip", hint="Other recipes that fit this machine")
        self.others.clicked.connect(self._on_others)
        self.others.hide()
        self._menu = QMenu(self)
        self._menu.setObjectName("suggestions_menu")
        self._menu.setToolTipsVisible(True)
        self._menu.triggered.connect(self._on_suggestion)
        self._change: Change | None = None
        self.card = CardChoice()
        self.elsewhere = WrappedText("", "warning", 0.95)
        self.elsewhere.setObjectName("plan_elsewhere")
        self.elsewhere.hide()
        head = QHBoxLayout()
        head.setSpacing(round(unit() * 0.7))
        head.addWidget(self.verdict, 1)
        head.addWidget(Text("Plan for", "quiet", 0.95))
        head.addWidget(self.card)
        head.addWidget(self.apply)
        head.addWidget(self.others)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.15))
        told = QHBoxLayout()
        told.setSpacing(round(unit() * 0.7))
        told.addWidget(self.trained, 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.remedy, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        column.addWidget(self.elsewhere)
        column.addLayout(told)
        column.addWidget(self.exports)
        column.addWidget(self.bar)
        column.addWidget(self.legend)

    def show_waiting(self, why: str) -> None:
        """Say why there is no plan now."""
        self._planned = None
        self.bar.show_plan(None)
        self.legend.show_plan(None)
        self.verdict.setText(why)
        self.verdict.set_role("quiet")
        self.trained.setText("")
        self.remedy.setText("")
        self.exports.setText("")
        self.elsewhere.hide()
        self._change = None
        self.apply.hide()
        self.others.hide()

    def show_data(self, refused: bool) -> None:
        """Say no more that the recipe fits, and how long it takes, while its data is refused."""
        if refused != self._refused:
            self._refused = refused
            if self._planned is not None:
                self.show_planned(self._planned)

    def show_planned(self, planned: Planned) -> None:
        """Show a plan, or why there is none."""
        plan = planned.plan
        self._planned = planned
        if plan is None:
            self.show_waiting(planned.fault or "The plan is made once the problems are fixed.")
            return
        self._show_elsewhere(plan, planned)
        self.bar.show_plan(plan)
        self.legend.show_plan(plan)
        needs = bytes_text(plan.peak_bytes)
        where = _name(plan.device)
        if plan.fits and self._refused:
            self.verdict.setText("Its data cannot be trained on")
            self.verdict.set_role("warning")
        elif plan.fits:
            self.verdict.setText(f"Fits: {needs} on {where}")
            self.verdict.set_role("good")
        else:
            self.verdict.setText(f"Does not fit: {needs} of {bytes_text(plan.budget_bytes)}")
            self.verdict.set_role("danger")
        if planned.trained is not None and planned.parameters:
            whole = planned.parameters + planned.trained  # as a run counts its model, adapter and all
            share = 100 * planned.trained / whole
            self.trained.setText(f"Trains {count_text(planned.trained)} parameters ({share:.1f}\N{NO-BREAK SPACE}%)")
            self.trained.setToolTip(f"{planned.trained:,} of {whole:,}")
        self.exports.setText(" ".join(planned.exports))
        # The notes mention past runs, too; for a card elsewhere the first repeats `elsewhere`.
        notes = plan.notes if plan.device.present else plan.notes[1:]
        learned = plan.correction.sentence(plan.device.kind)
        self.remedy.setText(f"{learned} {planned.remedy}".lstrip() if planned.remedy else " ".join(notes))
        self._change = planned.changes[0] if planned.changes else None
        self.apply.setVisible(self._change is not None)
        self.apply.setToolTip(self._change.what if self._change else "")
        self.others.setToolTip(f"Other recipes that fit {'this machine' if plan.device.present else 'this card'}")
        self._menu.clear()
        for each in planned.alternatives:
            lasts = ""
            if each.seconds is not None and not self._refused:
                lasts = f" {'At least about' if each.at_least else 'About'} {time_text(each.seconds)}."
            said = each.why.partition(": ")[2] or each.why
            action = self._menu.addAction(f"{each.label.capitalize()}: {said}{lasts}")
            action.setToolTip(f"{each.why}{lasts} {each.basis}".rstrip())
            action.setData({path: value_of(each.plan.recipe, path) for path in SEARCHED})
        self.others.setVisible(bool(planned.alternatives))

    def _show_elsewhere(self, plan: Plan, planned: Planned) -> None:
        """While the plan is for a card that is not here: what Start would do nevertheless."""
        self.elsewhere.setVisible(not plan.device.present)
        if plan.device.present:
            return
        said = f"This plan is for a {plan.device.name}, which is not in this machine. Start trains here"
        trains = planned.trains
        if trains is not None:
            needs, budget = bytes_text(trains.peak_bytes), bytes_text(trains.budget_bytes)
            fits = f"where it fits ({needs})" if trains.fits else f"where it does not fit ({needs} of {budget})"
            said = f"{said}, on {_name(trains.device)}, {fits}"
        self.elsewhere.setText(f"{said}.")

    @Slot()
    def _on_others(self) -> None:
        self._menu.popup(self.others.mapToGlobal(QPoint(0, -self._menu.sizeHint().height())))

    @Slot(QAction)
    def _on_suggestion(self, action: QAction) -> None:
        self.change_wanted.emit(action.data())

    @Slot()
    def _on_apply(self) -> None:
        if self._change is not None:
            self.change_wanted.emit(self._change.fields)


def _name(device: Device) -> str:
    return device.name or device.torch_name
