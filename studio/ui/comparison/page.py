"""The comparison's page: which runs, the table of what each method gave, and their curves over one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QGuiApplication, QHideEvent, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QSlider,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from studio.core.run.curve_names import LOSS, curve_title
from studio.core.run.run_folder import RunFolder
from studio.ui.comparison.chart import ComparisonChart
from studio.ui.comparison.table_model import BELOW, COLOUR, EXPLAINED, ComparisonModel, as_csv, as_markdown
from studio.ui.comparison.variants import Variant, cautions, curve_names, variants_of
from studio.ui.comparison.watch import Comparison, ComparisonWatch
from studio.ui.controls.chip import Chip
from studio.ui.controls.flow_layout import FlowLayout
from studio.ui.controls.widgets import Card, Text, WrappedText, button
from studio.ui.theme import scaled_font, theme, unit

CHOSEN = "Chosen runs"
LETTERS = 6  # of what is chosen that are always seen; the rest gives way in a narrow window
HOW = (
    "Choose two or more runs in the list (hold Ctrl or Shift and click), then press Compare.\n\n"
    "The runs that `mixlora-studio compare RECIPE` trains with several methods and seeds are offered here together."
)
_Index = QModelIndex | QPersistentModelIndex


class _TwoLines(QStyledItemDelegate):
    """Paints a cell's text with its second line beneath, and the colour of the line's curve before the first."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        roles, line = theme.roles, unit()
        box = QRectF(option.rect).adjusted(line * 0.35, 0, -line * 0.35, 0)
        colour = index.data(COLOUR)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.column() == 0:
            if colour is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(roles.series[colour % len(roles.series)]))
                painter.drawRoundedRect(QRectF(box.left(), box.center().y() - line * 0.3, line * 0.6, line * 0.6), 3, 3)
            box.setLeft(box.left() + line)
        below = index.data(BELOW)
        side = Qt.AlignmentFlag.AlignLeft if index.column() == 0 else Qt.AlignmentFlag.AlignRight
        painter.setPen(QColor(roles.ink))
        painter.setFont(scaled_font(1.0, QFont.Weight.Medium if index.column() == 0 else QFont.Weight.Normal))
        first = box.adjusted(0, line * 0.2, 0, -line * 1.2) if below else box
        painter.drawText(first, side | Qt.AlignmentFlag.AlignVCenter, index.data())
        if below:
            painter.setPen(QColor(roles.quiet))
            painter.setFont(scaled_font(0.84))
            painter.drawText(box.adjusted(0, line * 1.2, 0, -line * 0.2), side | Qt.AlignmentFlag.AlignVCenter, below)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        metrics, line = option.fontMetrics, unit()
        wide = max(
            metrics.horizontalAdvance(index.data() or ""), metrics.horizontalAdvance(index.data(BELOW) or "") * 0.86
        )
        return QSize(round(wide + line * (2.0 if index.column() == 0 else 0.9)), round(line * 2.6))


class ComparisonPage(QWidget):
    """Compares the runs that it is given, for as long as it is visible."""

    failed = Signal(object)
    told = Signal(object)

    def __init__(self, smoothing: float) -> None:
        super().__init__()
        self.variants: tuple[Variant, ...] = ()
        self._groups: dict[str, tuple[RunFolder, ...]] = {}
        self._chosen: tuple[RunFolder, ...] = ()
        self._chips: dict[str, Chip] = {}
        self.watch = ComparisonWatch(self)
        self.watch.read.connect(self._on_read)
        self.model = ComparisonModel()
        self.table = self._made_table()
        self.chart = ComparisonChart(smoothing)
        gap, pad = round(unit() * 0.75), round(unit() * 1.1)

        self.group = QComboBox()
        self.group.setObjectName("comparison_group")
        self.group.setAccessibleName("Which runs are compared")
        self.group.setToolTip("Runs that one comparison has made, or those chosen in the list")
        self.group.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.group.setMinimumContentsLength(LETTERS)
        self.group.currentIndexChanged.connect(self._on_group)
        self.markdown = button("copy_markdown", "Copy as Markdown", "copy", hint="Copy the table as Markdown")
        self.csv = button("copy_csv", "Copy as CSV", "copy", hint="Copy every run's scores as comma-separated values")
        self.markdown.clicked.connect(self._on_markdown)
        self.csv.clicked.connect(self._on_csv)
        head = QHBoxLayout()
        head.setSpacing(round(unit() * 0.5))
        head.addWidget(Text("Comparison", size=1.45, strong=True))
        head.addSpacing(round(unit() * 0.6))
        head.addWidget(self.group)
        head.addStretch(1)
        head.addWidget(self.markdown)
        head.addWidget(self.csv)

        self.table_card = Card("Methods")
        self._explained = WrappedText(EXPLAINED, "faint", 0.9)
        self.cautions = WrappedText("", "warning", 0.95)
        self.cautions.setObjectName("comparison_cautions")
        self.table_card.body.addWidget(self.table)
        self.table_card.body.addWidget(self._explained)
        self.table_card.body.addWidget(self.cautions)

        self.curve = QComboBox()
        self.curve.setObjectName("comparison_curve")
        self.curve.setAccessibleName("Which curve")
        self.curve.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.curve.setMinimumContentsLength(LETTERS)
        self.curve.currentIndexChanged.connect(self._on_curve)
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setObjectName("comparison_smoothing")
        self.smoothing.setAccessibleName("Smoothing of the compared curves, per cent")
        self.smoothing.setToolTip("How much the training curves are smoothed")
        self.smoothing.setRange(0, 98)
        self.smoothing.setValue(round(smoothing * 100))
        self.smoothing.setFixedWidth(round(unit() * 6))
        self.smoothing.valueChanged.connect(self._on_smoothing)
        fit = button("fit_comparison", "", "fit", "quiet", "Show the whole course")
        fit.clicked.connect(self.chart.fit)
        self._legend = QWidget()
        self._flow = FlowLayout(self._legend)
        self.chart_card = Card("Curves")
        self.chart_card.tools.addWidget(Text("smoothing", "faint", 0.9))
        self.chart_card.tools.addWidget(self.smoothing)
        self.chart_card.tools.addWidget(self.curve)
        self.chart_card.tools.addWidget(fit)
        self.chart_card.body.addWidget(self._legend)
        self.chart_card.body.addWidget(self.chart, 1)

        self.how = Text(HOW, "quiet")
        self.how.setObjectName("comparison_how")
        self.how.setWordWrap(True)
        self.how.setMaximumWidth(round(unit() * 44))
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(gap)
        column.addLayout(head)
        column.addWidget(self.how, 1, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.table_card)
        column.addWidget(self.chart_card, 1)
        self._fill_groups(None)

    def show_runs(self, folders: Sequence[RunFolder]) -> None:
        """Compare these runs."""
        self._chosen = tuple(folders)
        self._fill_groups(CHOSEN)

    def show_groups(self, groups: Mapping[str, tuple[RunFolder, ...]]) -> None:
        """Offer these comparisons; the newest comes first, and is shown where nothing else was chosen."""
        if dict(groups) != self._groups:
            self._groups = dict(groups)
            self._fill_groups(self.group.currentData() or next(iter(groups), None))

    def choose_group(self, name: str) -> None:
        """Show the runs of one comparison."""
        self.group.setCurrentIndex(max(0, self.group.findData(name)))

    def leave(self) -> None:
        """Read no more."""
        self.watch.stop()

    def showEvent(self, event: QShowEvent) -> None:
        self.watch.start()
        super().showEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.variants:
            self._fit_columns()

    def hideEvent(self, event: QHideEvent) -> None:
        self.watch.rest()
        super().hideEvent(event)

    def _fill_groups(self, wanted: str | None) -> None:
        was = self.group.blockSignals(True)
        self.group.clear()
        if self._chosen:
            self.group.addItem(f"{CHOSEN} ({len(self._chosen)})", CHOSEN)
        for name, folders in self._groups.items():
            self.group.addItem(f"{name} ({len(folders)} runs)", name)
        self.group.setCurrentIndex(max(0, self.group.findData(wanted)))
        self.group.setVisible(self.group.count() > 0)
        self.group.blockSignals(was)
        self._on_group()

    def _made_table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("comparison_table")
        table.setAccessibleName("What each method gave")
        table.setModel(self.model)
        table.setItemDelegate(_TwoLines(table))
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(unit() * 2.6))
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        return table

    def _fit_columns(self) -> None:
        """Give each column what it needs, and its part of the room that is left."""
        header, columns = self.table.horizontalHeader(), range(self.model.columnCount())
        needs = [max(header.sectionSizeHint(at), self.table.sizeHintForColumn(at)) for at in columns]
        spare = max(0, self.table.viewport().width() - sum(needs))
        for at in columns:
            header.resizeSection(at, needs[at] + spare // len(needs))

    def _show(self) -> None:
        there = bool(self.variants)
        for widget in (self.table_card, self.chart_card, self.markdown, self.csv):
            widget.setVisible(there)
        self.how.setVisible(not there)
        if not there:
            return
        self.model.show_variants(self.variants)
        header = self.table.horizontalHeader().sizeHint().height()
        each = self.table.verticalHeader().defaultSectionSize()
        bar = self.table.horizontalScrollBar().sizeHint().height()
        self._fit_columns()
        self.table.setFixedHeight(header + each * min(7, self.model.rowCount()) + bar)
        told = cautions(self.variants)
        self.cautions.setText(" ".join(told))
        self.cautions.setVisible(bool(told))
        self._show_curve_names()
        self._show_legend()
        self.chart.show_variants(self.variants, self.curve.currentData() or LOSS)

    def _show_curve_names(self) -> None:
        names = curve_names(self.variants)
        if names == [self.curve.itemData(row) for row in range(self.curve.count())]:
            return
        chosen, was = self.curve.currentData(), self.curve.blockSignals(True)
        self.curve.clear()
        for name in names:
            self.curve.addItem(curve_title(name), name)
        self.curve.setCurrentIndex(max(0, self.curve.findData(chosen)))
        self.curve.blockSignals(was)

    def _show_legend(self) -> None:
        labels = {variant.label: variant.colour for variant in self.variants}
        if {label: chip.colour_index for label, chip in self._chips.items()} == labels:
            return
        while self._flow.count():
            self._flow.takeAt(0)
        for chip in self._chips.values():
            self.chart.set_shown(chip.text(), True)
            chip.setParent(None)
            chip.deleteLater()
        self._chips = {}
        for label, colour in labels.items():
            chip = Chip(label, colour)
            chip.setObjectName(f"chip_{label}")
            chip.toggled.connect(self._on_chip)
            self._chips[label] = chip
            self._flow.addWidget(chip)
        self._legend.updateGeometry()

    @Slot(int)
    def _on_group(self, _index: int = 0) -> None:
        name = self.group.currentData()
        folders = self._chosen if name == CHOSEN else self._groups.get(name or "", ())
        if not folders:
            self.variants = ()
            self._show()
        self.watch.watch(folders)

    @Slot(object)
    def _on_read(self, comparison: Comparison) -> None:
        for problem in comparison.problems:
            self.failed.emit(problem)
        self.variants = tuple(variants_of(comparison.runs))
        self._show()

    @Slot(int)
    def _on_curve(self, _index: int) -> None:
        self.chart.show_variants(self.variants, self.curve.currentData() or LOSS)
        self.chart.fit()

    @Slot(int)
    def _on_smoothing(self, per_cent: int) -> None:
        self.chart.set_smoothing(per_cent / 100)

    @Slot(bool)
    def _on_chip(self, shown: bool) -> None:
        chip = self.sender()
        for label, each in self._chips.items():
            if each is chip:
                self.chart.set_shown(label, shown)

    @Slot()
    def _on_markdown(self) -> None:
        QGuiApplication.clipboard().setText(as_markdown(self.variants))

    @Slot()
    def _on_csv(self) -> None:
        QGuiApplication.clipboard().setText(as_csv(self.variants))
