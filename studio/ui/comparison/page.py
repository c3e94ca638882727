"""The comparison's page: which runs, the table of each method's results, and their curves over one another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.core.run.run_folder import RunFolder
from studio.core.words import mark, plural, tr
from studio.ui.comparison.curves_card import CurvesCard
from studio.ui.comparison.looks import Looks
from studio.ui.comparison.more_cards import DifferencesView, MapsView
from studio.ui.comparison.sweep_bar import SweepBar
from studio.ui.comparison.table import ComparisonTable
from studio.ui.comparison.table_model import as_csv, as_markdown
from studio.ui.comparison.variants import Variant, variants_of
from studio.ui.comparison.watch import Comparison, ComparisonWatch
from studio.ui.controls.widgets import Card, Text, button
from studio.ui.theme import unit

LEAST_PART = 12  # lines of text; where there are fewer, the page scrolls
CHOSEN = mark("Selected runs")
LETTERS_IN_SIGHT = 6  # of the chosen entry that are always visible, also in a narrow window
GROUP_HINT = mark("The runs of one comparison, or those selected in the list")
HOW = mark(
    "Select two or more runs in the list (hold Ctrl or Shift and click), then press Compare.\n\n"
    "To train one recipe with several methods, press Compare methods… under Quality or speed of a new run, or beside a "
    "run's recipe. Such runs are offered here as a group, and so are those of `mixlora-studio compare RECIPE`."
)


class _Parts(QStackedWidget):
    """As low as its parts can be: by what their legends would like, the table above them would be pressed together."""

    def hasHeightForWidth(self) -> bool:
        return False

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().expandedTo(QSize(0, round(unit() * LEAST_PART)))  # a chart that can be read


class ComparisonPage(QWidget):
    """Compares the runs that it is given, for as long as it is visible."""

    failed = Signal(object)
    keep_wanted = Signal(object, object)  # with the best run of a sweep, and the others

    def __init__(self, smoothing: float) -> None:
        super().__init__()
        self.variants: tuple[Variant, ...] = ()
        self._looks = Looks()
        self._groups: dict[str, tuple[RunFolder, ...]] = {}
        self._chosen: tuple[RunFolder, ...] = ()
        self.watch = ComparisonWatch(self)
        self.watch.read.connect(self._on_read)
        self.group = QComboBox()
        self.group.setObjectName("comparison_group")
        self.group.setAccessibleName(tr("Which runs are compared"))
        self.group.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.group.setMinimumContentsLength(LETTERS_IN_SIGHT)
        self.group.currentIndexChanged.connect(self._on_group)
        self.markdown = button("copy_markdown", tr("Copy as Markdown"), "copy", hint=tr("Copy the table as Markdown"))
        self.csv = button(
            "copy_csv", tr("Copy as CSV"), "copy", hint=tr("Copy every run's scores as comma-separated values")
        )
        self.markdown.clicked.connect(self._on_markdown)
        self.csv.clicked.connect(self._on_csv)
        self.sweep = SweepBar()
        self.sweep.keep_wanted.connect(self._on_keep)
        self.table = ComparisonTable()
        self.curves = CurvesCard(smoothing)
        self.maps = MapsView()
        self.differences = DifferencesView()
        self.parts = QTabBar()
        self.parts.setObjectName("comparison_parts")
        self.parts.setAccessibleName(tr("Parts of the comparison"))
        self.parts.setDrawBase(False)
        self.parts.setExpanding(False)
        self.stack = _Parts()
        experts, recipes = (
            Card(tr("Experts"), tr("how evenly they are used, on the same scale")),
            Card(tr("What differs")),
        )
        experts.body.addWidget(self.maps)
        recipes.body.addWidget(self.differences)
        for title, part in ((tr("Curves"), self.curves), (tr("Experts"), experts), (tr("Recipes"), recipes)):
            self.parts.addTab(title)
            self.stack.addWidget(part)
        self.parts.currentChanged.connect(self.stack.setCurrentIndex)
        self.how = Text(tr(HOW), "quiet")
        self.how.setObjectName("comparison_how")
        self.how.setWordWrap(True)
        self.how.setMaximumWidth(round(unit() * 44))

        self._title = Text(tr("Comparison"), size=1.45, strong=True)
        head = QHBoxLayout()
        head.setSpacing(round(unit() * 0.5))
        head.addWidget(self._title)
        head.addSpacing(round(unit() * 0.6))
        head.addWidget(self.group)
        head.addStretch(1)
        head.addWidget(self.markdown)
        head.addWidget(self.csv)
        pad = round(unit() * 1.1)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, round(unit() * 0.8), pad, pad)
        column.setSpacing(round(unit() * 0.75))
        column.addLayout(head)
        column.addWidget(self.how, 1, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.sweep)
        column.addWidget(self.table)
        column.addWidget(self.parts)
        column.addWidget(self.stack, 1)
        self._fill_groups(None)

    def show_runs(self, folders: Sequence[RunFolder]) -> None:
        """Compare these runs."""
        self._chosen = tuple(folders)
        self._fill_groups(CHOSEN)

    def show_groups(self, groups: Mapping[str, tuple[RunFolder, ...]]) -> None:
        """Offer these comparisons; the newest comes first, and is shown unless another was chosen."""
        if dict(groups) != self._groups:
            self._groups = dict(groups)
            self._fill_groups(self.group.currentData() or next(iter(groups), None))

    def keep_only(self, there: Collection[RunFolder]) -> None:
        """Leave the selected runs out that are not among these any more: they were deleted."""
        kept = tuple(folder for folder in self._chosen if folder in there)
        if kept != self._chosen:
            self._chosen = kept
            self._fill_groups(self.group.currentData())

    def choose_group(self, name: str) -> None:
        """Show the runs of one comparison."""
        self.group.setCurrentIndex(max(0, self.group.findData(name)))

    def leave(self) -> None:
        """Stop reading, for good."""
        self.watch.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Of the head's row only the group's name may be long: the room that is lacking is taken from it alone.
        beside = sum(each.sizeHint().width() for each in (self._title, self.markdown, self.csv))
        self.group.setMaximumWidth(max(round(unit() * 8), self.width() - beside - round(unit() * 5)))

    def showEvent(self, event: QShowEvent) -> None:
        self.watch.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.watch.rest()
        super().hideEvent(event)

    def _fill_groups(self, wanted: str | None) -> None:
        was = self.group.blockSignals(True)
        self.group.clear()
        if self._chosen:
            self.group.addItem(f"{tr(CHOSEN)} ({len(self._chosen)})", CHOSEN)
        for name, folders in self._groups.items():
            self.group.addItem(plural("{name} ({n} run)", "{name} ({n} runs)", len(folders), name=name), name)
        self.group.setCurrentIndex(max(0, self.group.findData(wanted)))
        self.group.setVisible(self.group.count() > 0)
        self.group.blockSignals(was)
        self._on_group()

    def _show(self) -> None:
        there = bool(self.variants)
        for widget in (self.table, self.parts, self.stack, self.markdown, self.csv):
            widget.setVisible(there)
        self.how.setVisible(not there)
        if there:
            self.table.show_variants(self.variants)
            self.curves.show_variants(self.variants)
            self.maps.show_variants(self.variants)
            self.differences.show_variants(self.variants)

    @Slot(int)
    def _on_group(self, _index: int = 0) -> None:
        name = self.group.currentData()
        self.group.setToolTip("\n".join(part for part in (self.group.currentText(), tr(GROUP_HINT)) if part))
        folders = self._chosen if name == CHOSEN else self._groups.get(name or "", ())
        if not folders:
            self.variants = ()
            self._show()
            self.sweep.hide()
        self.watch.watch(folders)

    @Slot(object)
    def _on_read(self, comparison: Comparison) -> None:
        for problem in comparison.problems:
            self.failed.emit(problem)
        self.variants = tuple(variants_of(comparison.runs, self._looks))
        self._show()
        self.sweep.show_runs(comparison.runs)

    @Slot(str)
    def _on_keep(self, best: str) -> None:
        shown = self.watch.folders
        kept = next((folder for folder in shown if folder.id == best), None)
        if kept is not None:
            self.keep_wanted.emit(kept, tuple(folder for folder in shown if folder != kept))

    @Slot()
    def _on_markdown(self) -> None:
        QGuiApplication.clipboard().setText(as_markdown(self.variants))

    @Slot()
    def _on_csv(self) -> None:
        QGuiApplication.clipboard().setText(as_csv(self.variants))
