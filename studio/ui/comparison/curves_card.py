"""The comparison's curves: one chart, a legend, and the choice of the curve."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox

from studio.core.run.curve_names import LOSS, curve_title
from studio.core.words import tr
from studio.ui.comparison.chart import ComparisonChart
from studio.ui.comparison.variants import Variant, curve_names
from studio.ui.controls.chip import Entry
from studio.ui.controls.legend import Legend
from studio.ui.controls.smoothing_slider import SmoothingSlider
from studio.ui.controls.widgets import Card, Text, button

LETTERS_IN_SIGHT = 6  # of the chosen curve that are always visible, also in a narrow window


class CurvesCard(Card):
    """Draws one curve of every variant."""

    def __init__(self, smoothing: float) -> None:
        super().__init__(tr("Curves"))
        self._variants: tuple[Variant, ...] = ()
        self.chart = ComparisonChart(smoothing)
        self.curve = QComboBox()
        self.curve.setObjectName("comparison_curve")
        self.curve.setAccessibleName(tr("Which curve"))
        self.curve.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.curve.setMinimumContentsLength(LETTERS_IN_SIGHT)
        self.curve.currentIndexChanged.connect(self._on_curve)
        self.smoothing = SmoothingSlider(
            "comparison_smoothing",
            tr("Smoothing of the compared curves, per cent"),
            tr("How much the training curves are smoothed"),
            smoothing,
        )
        self.smoothing.weight_changed.connect(self.chart.set_smoothing)
        fit = button("fit_comparison", "", "fit", "quiet", tr("Show all steps"))
        fit.clicked.connect(self.chart.fit)
        self.legend = Legend()
        self.legend.toggled.connect(self.chart.set_shown)
        self.tools.addWidget(Text(tr("smoothing"), "faint", 0.9))
        self.tools.addWidget(self.smoothing)
        self.tools.addWidget(self.curve)
        self.tools.addWidget(fit)
        self.body.addWidget(self.legend)
        self.body.addWidget(self.chart, 1)

    def show_variants(self, variants: Sequence[Variant]) -> None:
        """Draw the chosen curve of these variants, or the loss where they do not have it."""
        self._variants = tuple(variants)
        self._offer_curves()
        self.legend.show_curves(Entry(each.label, each.label, each.colour) for each in self._variants)
        self.chart.show_variants(self._variants, self._chosen())

    def _offer_curves(self) -> None:
        names = curve_names(self._variants)
        if names == [self.curve.itemData(row) for row in range(self.curve.count())]:
            return
        chosen, was = self.curve.currentData(), self.curve.blockSignals(True)
        self.curve.clear()
        for name in names:
            self.curve.addItem(curve_title(name), name)
        self.curve.setCurrentIndex(max(0, self.curve.findData(chosen)))
        self.curve.blockSignals(was)

    def _chosen(self) -> str:
        return self.curve.currentData() or LOSS

    @Slot(int)
    def _on_curve(self, _index: int) -> None:
        self.chart.show_variants(self._variants, self._chosen())
        self.chart.fit()
