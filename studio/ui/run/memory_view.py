"""The memory part of a run's page: what was planned beside what was measured, part by part, against the budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.run.curve_names import MEMORY
from studio.core.run.event_text import event_text
from studio.core.run.events import PlanMeasured
from studio.core.run.run_record import RunRecord
from studio.core.words import mark, tr
from studio.planner.plan import label_of
from studio.ui.charts.memory_bars import Bar, MemoryBars, Segment, segment_colour
from studio.ui.controls.widgets import Card, Text
from studio.ui.run.waiting_text import now_sentence
from studio.ui.theme import unit
from studio.ui.units import bytes_text, unbroken

MEASURED_WHEN = mark("The memory is measured before the first step; until then there is only the plan.")
TOGETHER = mark(
    "This run trains together with others in one worker, so that its own memory cannot be told apart. "
    "All of them took {most} at most after a step."
)
REST = "rest"
REST_LABEL = mark("Activations and other temporary memory")


@dataclass(frozen=True, slots=True)
class Part:
    """A line under the bars: planned and measured bytes, None where not counted; the colour -1 is the rest's."""

    label: str
    planned: int | None
    measured: int | None
    colour: int


def parts_of(event: PlanMeasured) -> list[Part]:
    """The plan's items beside what was measured of them.

    What is not measured one by one (activations, transients, rounding) follows again as a sum beside the
    measured rest.
    """
    colours = {name: index for index, name in enumerate(event.items)}
    parts = [
        Part(label_of(name), size, event.measured_items.get(name), colours[name]) for name, size in event.items.items()
    ]
    parts += [
        Part(label_of(name), None, size, len(colours) + number)
        for number, (name, size) in enumerate(event.measured_items.items())
        if name not in colours and name != REST
    ]
    if REST in event.measured_items:
        apart = sum(size for name, size in event.items.items() if name not in event.measured_items)
        parts.append(Part(tr(REST_LABEL), apart, event.measured_items[REST], -1))
    return parts


def bars_of(probed: PlanMeasured | None, measured: PlanMeasured) -> tuple[Bar, ...]:
    """The plan's bar, the probe's if there was one, and the run's own once it is measured.

    A measurement without parts is one segment.
    """
    whole = measured if measured.items or probed is None else probed
    planned = [Segment(part.label, part.planned, part.colour) for part in parts_of(whole) if part.planned]
    # The rest is a sum of parts that are listed already.
    planned = [segment for segment in planned if segment.colour >= 0]
    bars = [Bar(tr("Planned"), tuple(planned) or (Segment(tr("The peak"), whole.predicted_peak_bytes, -1),))]
    if probed is not None:
        bars.append(_measured_bar(tr("Probe"), probed))
    if measured.stage == "run":
        bars.append(_measured_bar(tr("Training") if probed is not None else tr("Measured"), measured))
    return tuple(bars)


def _measured_bar(title: str, event: PlanMeasured) -> Bar:
    parts = tuple(Segment(part.label, part.measured, part.colour) for part in parts_of(event) if part.measured)
    return Bar(title, parts or (Segment(tr("The peak"), event.measured_peak_bytes, -1),))


def correction_text(event: PlanMeasured) -> str:
    """How past runs changed the plan, in a sentence; empty if they did not."""
    computed = event.computed_peak_bytes
    if computed is None or computed == event.predicted_peak_bytes:
        return ""
    by = event.predicted_peak_bytes - computed
    alone, size = bytes_text(computed), bytes_text(abs(by))
    if by > 0:
        return tr(
            "The formula alone gives {alone}; past runs on this machine used {size} more, so the plan was corrected.",
            alone=alone,
            size=size,
        )
    return tr(
        "The formula alone gives {alone}; past runs on this machine used {size} less, so the plan was corrected.",
        alone=alone,
        size=size,
    )


class _Swatch(QWidget):
    """A small square in a segment's colour."""

    def __init__(self, colour: int) -> None:
        super().__init__()
        self._colour = colour
        side = round(unit() * 0.6)
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(segment_colour(self._colour)))
        painter.drawRoundedRect(self.rect(), 2, 2)


class MemoryView(QWidget):
    """Shows the measurements of a RunRecord: the probe's before the first step, then the run's own peak."""

    def __init__(self) -> None:
        super().__init__()
        gap = round(unit() * 0.75)
        self.bars = MemoryBars()
        self.bars.setObjectName("memory_bars")
        self.said = Text("", "ink")
        self.said.setObjectName("memory_sentence")
        self.correction = Text("", "quiet", 0.95)
        self.correction.setObjectName("memory_correction")
        self.reductions = Text("", "warning", 0.97)
        self.reductions.setObjectName("memory_reductions")
        self.empty = Text(tr(MEASURED_WHEN), "faint")
        for label in (self.said, self.correction, self.reductions, self.empty):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        card = Card(tr("Memory"), tr("the plan's peak beside the measured one"))
        card.body.addWidget(self.empty)
        card.body.addWidget(self.bars)
        card.body.addWidget(self.said)
        card.body.addWidget(self.correction)
        card.body.addWidget(self.reductions)
        self._parts_card = Card(
            tr("Part by part"), tr("what stays is counted exactly; the rest is measured as a whole")
        )
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(round(unit() * 1.2))
        self._grid.setVerticalSpacing(round(unit() * 0.35))
        self._grid.setColumnStretch(1, 1)
        row = QHBoxLayout()
        row.addLayout(self._grid)
        self._parts_card.body.addLayout(row)
        inside = QWidget()
        inner = QVBoxLayout(inside)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(gap)
        inner.addWidget(card)
        inner.addWidget(self._parts_card)
        inner.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, gap, 0, 0)
        column.addWidget(area)
        self._shown: tuple[PlanMeasured | None, PlanMeasured | None] | None = None
        self._show(None, None)

    def show_record(self, record: RunRecord) -> None:
        """Show the newest measurement and what was reduced to fit."""
        self._show(record.probed, record.measured)
        self.show_waiting(record)
        self.reductions.setText("\n".join(unbroken(event_text(event).brief) for event in record.reductions))
        self.reductions.setVisible(bool(record.reductions))

    def show_waiting(self, record: RunRecord) -> None:
        """Say in the empty card when the memory is measured and what is happening now; called again each second."""
        if record.measured is not None:
            return
        if record.last_step is not None and (curve := record.curves.get(MEMORY)) is not None and len(curve):
            # A run by itself is measured before its first step.
            most = bytes_text(int(np.nanmax(curve.values)))
            self.empty.setText(tr(TOGETHER, most=most))
        elif record.ended is not None:
            self.empty.setText(tr("The run ended before its memory was measured."))
        elif record.last_step is None and (sentence := now_sentence(record)):
            self.empty.setText(f"{tr(MEASURED_WHEN)}\n{tr('{sentence}.', sentence=sentence)}")
        else:
            self.empty.setText(tr(MEASURED_WHEN))

    def _show(self, probed: PlanMeasured | None, measured: PlanMeasured | None) -> None:
        if (probed, measured) == self._shown:
            return
        self._shown = probed, measured
        self.empty.setVisible(measured is None)
        for widget in (self.bars, self.said, self._parts_card):
            widget.setVisible(measured is not None)
        self.correction.hide()
        if measured is None:
            return
        in_parts = measured if measured.measured_items or probed is None else probed
        self.bars.show_bars(bars_of(probed, measured), measured.budget_bytes or in_parts.budget_bytes)
        self.said.setText(measured.sentence or in_parts.sentence or unbroken(event_text(measured).brief))
        self.correction.setText(correction_text(in_parts))
        self.correction.setVisible(bool(self.correction.text()))
        self._fill_grid(in_parts)

    def _fill_grid(self, event: PlanMeasured) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.setParent(None)
                gone.deleteLater()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column, title in ((2, tr("Planned")), (3, tr("Measured")), (4, tr("Difference"))):
            self._grid.addWidget(Text(title, "quiet", 0.92), 0, column, right)
        total = Part(tr("Peak"), event.predicted_peak_bytes, event.measured_peak_bytes, -1)
        lines = [*parts_of(event), total]
        for row, part in enumerate(lines, start=1):
            strong = part is total
            if not strong:
                self._grid.addWidget(_Swatch(part.colour), row, 0, Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(Text(part.label, "ink", strong=strong), row, 1)
            self._grid.addWidget(Text(_size(part.planned), "ink", strong=strong), row, 2, right)
            self._grid.addWidget(Text(_size(part.measured), "ink", strong=strong), row, 3, right)
            self._grid.addWidget(Text(_difference(part), "quiet", strong=strong), row, 4, right)
        if event.evaluation_peak_bytes is not None:
            self._grid.addWidget(Text(tr("Peak of an evaluation"), "quiet"), len(lines) + 1, 1)
            self._grid.addWidget(Text(bytes_text(event.evaluation_peak_bytes), "quiet"), len(lines) + 1, 3, right)


def _size(size: int | None) -> str:
    return "–" if size is None else bytes_text(size)


def _difference(part: Part) -> str:
    if part.planned is None or part.measured is None or not part.planned:
        return ""
    share = 100 * (part.measured - part.planned) / part.planned
    return tr("exact") if share == 0 else f"{share:+.1f}\N{NO-BREAK SPACE}%"
