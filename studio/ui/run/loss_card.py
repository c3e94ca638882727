"""The loss chart's card: legend, smoothing, how its axis is divided, and the chart taken away as a picture or table."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import partial
from io import StringIO
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from studio.core.atomic_file import write_whole
from studio.core.error_text import system_reason
from studio.core.problem import Problem
from studio.core.run.best_step import Rule
from studio.core.run.run_record import RunRecord
from studio.core.words import tr
from studio.ui.charts.loss_chart import LossChart
from studio.ui.charts.loss_layers import LossCurve
from studio.ui.controls.file_dialog import SaveDialog
from studio.ui.controls.legend import Legend
from studio.ui.controls.smoothing_slider import SmoothingSlider
from studio.ui.controls.widgets import Button, Card, Text, button
from studio.ui.off_thread import off_thread
from studio.ui.theme import unit

SCALE = 2.0  # of a saved picture, over the screen's own pixels


class LossCard(Card):
    """Shows the loss of a RunRecord; `failed` brings the Problem of a file that could not be written."""

    smoothing_changed = Signal(float)
    failed = Signal(object)

    def __init__(self, smoothing: float, empty: str | QWidget, rule: Rule) -> None:
        super().__init__(tr("Loss"))
        self.chart = LossChart(smoothing, empty, rule)
        self.legend = Legend()
        self.legend.toggled.connect(self._on_toggled)
        self.smoothing = SmoothingSlider(
            "smoothing", tr("Smoothing of the loss curves, per cent"), tr("How much the curves are smoothed"), smoothing
        )
        self.smoothing.weight_changed.connect(self.chart.set_smoothing)
        self.smoothing.weight_changed.connect(self._on_smoothed)
        self.smoothing.weight_changed.connect(self.smoothing_changed)
        self.logarithmic = self._switch("log_loss", "logarithm", tr("Logarithmic axis: equal factors, equal distances"))
        self.logarithmic.toggled.connect(self.chart.set_logarithmic)
        self.capped = self._switch(
            "cap_loss", "outliers", tr("Leave rare spikes and the first steep fall off the axis")
        )
        self.capped.setChecked(True)
        self.capped.toggled.connect(self.chart.set_capped)
        fit = button("fit_loss", "", "fit", "quiet", tr("Show all steps, as a double click does"), "Ctrl+0")
        fit.clicked.connect(self.chart.fit)
        self.take = button(
            "take_loss", "", "save-as", "quiet", tr("Save this chart as a picture or its values as a table")
        )
        self.take.clicked.connect(self._on_take)
        self.menu = self._made_menu()
        self._word = Text(tr("smoothing"), "faint", 0.9)
        self._always = (self.smoothing, self.logarithmic, self.capped, fit, self.take)
        for each in (self._word, *self._always):
            self.tools.addWidget(each)
        self.chart.plot.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.chart.plot.customContextMenuRequested.connect(self._on_context)
        self.body.addWidget(self.legend)
        self.body.addWidget(self.chart, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Half a word says nothing, and the slider's tooltip says it whole.
        shown = (self.title, self._word, *self._always)
        gaps = self.tools.spacing() * len(shown)
        wide = sum(each.sizeHint().width() for each in shown) + gaps
        self._word.setVisible(wide <= self.width() - 2 * unit())

    def show_record(self, record: RunRecord, grew: frozenset[str] | None = None) -> None:
        """Draw the record's curves; `grew` names those that have new points, None means all."""
        self.chart.show_record(record, grew)
        self.legend.show_curves(self.chart.entries())

    @Slot(str)
    def save_picture(self, file: str) -> None:
        """Save what the card shows as PNG, in twice the screen's pixels."""
        off_thread(
            self, f"save:{file}", partial(_picture_problem, self.picture().toImage(), file), self._on_saved, True
        )

    @Slot(str)
    def save_table(self, file: str) -> None:
        """Save every step's values as CSV."""
        off_thread(self, f"save:{file}", partial(_table_problem, table(self.chart.curves), file), self._on_saved, True)

    def _on_saved(self, problem: Problem | None) -> None:
        if problem is not None:
            self.failed.emit(problem)

    def picture(self) -> QPixmap:
        """What the card shows."""
        found = QPixmap(QSize(round(self.width() * SCALE), round(self.height() * SCALE)))
        found.setDevicePixelRatio(SCALE)
        found.fill(Qt.GlobalColor.transparent)
        self.render(found, QPoint())
        return found

    @staticmethod
    def _switch(name: str, icon_name: str, hint: str) -> Button:
        made = button(name, "", icon_name, "quiet", hint)
        made.setCheckable(True)
        return made

    def _made_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("loss_menu")
        for text, slot in (
            (tr("Save as a picture…"), self._on_save_picture),
            (tr("Copy as a picture"), self._on_copy),
            (tr("Save the values as a table (CSV)…"), self._on_save_table),
        ):
            action = QAction(text, menu)
            action.triggered.connect(slot)
            menu.addAction(action)
        return menu

    @Slot(str, bool)
    def _on_toggled(self, name: str, shown: bool) -> None:
        self.chart.set_shown(name, shown)

    @Slot()
    def _on_smoothed(self) -> None:
        self.legend.show_curves(self.chart.entries())

    @Slot()
    def _on_take(self) -> None:
        self.menu.popup(self.take.mapToGlobal(QPoint(0, self.take.height())))

    @Slot(QPoint)
    def _on_context(self, place: QPoint) -> None:
        self.menu.popup(self.chart.plot.mapToGlobal(place))

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setPixmap(self.picture())

    @Slot()
    def _on_save_picture(self) -> None:
        self._asking(tr("Save the chart"), tr("Pictures (*.png)"), "loss.png").chosen.connect(self.save_picture)

    @Slot()
    def _on_save_table(self) -> None:
        self._asking(tr("Save the chart's values"), tr("Tables (*.csv)"), "loss.csv").chosen.connect(self.save_table)

    def _asking(self, title: str, kinds: str, name: str) -> SaveDialog:
        dialog = SaveDialog(self, title, name, kinds)
        dialog.open()
        return dialog


def _picture_problem(picture: QImage, file: str) -> Problem | None:
    if picture.save(file):
        return None
    return Problem(file, tr("the picture cannot be written."), tr("Choose a PNG file that you can write."))


def _table_problem(text: str, file: str) -> Problem | None:
    try:
        write_whole(Path(file), text)
    except OSError as error:
        what = tr("the table cannot be written ({reason}).", reason=system_reason(error))
        return Problem(file, what, tr("Choose a file that you can write."))
    return None


def table(curves: Mapping[str, LossCurve]) -> str:
    """The curves as CSV: a row for each step, with each curve's raw, smoothed and held-out value where it has one."""
    columns: list[tuple[str, dict[float, float]]] = []
    for curve in curves.values():
        steps = curve.series.steps
        smooth = np.interp(steps, curve.smooth_steps, curve.smooth_values) if len(curve.smooth_steps) else steps
        columns.append((curve.label, dict(zip(steps.tolist(), curve.series.values.tolist(), strict=True))))
        columns.append((f"{curve.label}, smoothed", dict(zip(steps.tolist(), smooth.tolist(), strict=True))))
        if len(curve.held_out):
            held = zip(curve.held_out.steps.tolist(), curve.held_out.values.tolist(), strict=True)
            columns.append((f"{curve.label}, held-out", dict(held)))
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["step", *(title for title, _ in columns)])
    for step in sorted({step for _, values in columns for step in values}):
        writer.writerow([int(step), *(_cell(values.get(step)) for _, values in columns)])
    return text.getvalue()


def _cell(value: float | None) -> str:
    return "" if value is None or not np.isfinite(value) else repr(value)
