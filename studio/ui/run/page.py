"""The page of one run: everything on it comes from the run's folder."""

from __future__ import annotations

import tomllib

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.core.commands import EvaluateNow, SampleNow
from studio.core.recipe import ROUTED_METHODS, MethodTable
from studio.core.run_folder import RunFolder
from studio.core.toml_text import read_toml
from studio.ui.controls.surface import Card, button
from studio.ui.run.header import RunHeader
from studio.ui.run.live_view import LiveView
from studio.ui.run.log_view import LogView, reading_pane
from studio.ui.run.memory_view import MemoryView
from studio.ui.run.scores_view import ScoresView
from studio.ui.run.tail import Growth, RunTail
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import mono_font, unit

TABS = ("Live", "Scores and samples", "Memory", "Log", "Recipe")


class RunPage(QWidget):
    """Shows one run for as long as it is visible; says what the person wants done with it."""

    command_wanted = Signal(object)
    story_grew = Signal()
    reuse_wanted = Signal()
    failed = Signal(object)

    def __init__(self, folder: RunFolder, smoothing: float) -> None:
        super().__init__()
        self.folder = folder
        self.tail = RunTail(folder, self)
        self.header = RunHeader()
        self.live = LiveView(smoothing)
        self.scores = ScoresView()
        self.memory = MemoryView()
        self.log = LogView(folder.log)
        self.recipe = reading_pane("recipe_text", "The run's recipe", blocks=0)
        self.recipe.setFont(mono_font())
        recipe_card = Card("Recipe", "what was asked, as the worker reads it")
        self.reuse = button("reuse_recipe", "Use for a new run", "copy", hint="Fill the new-run page with this recipe")
        self.reuse.clicked.connect(self.reuse_wanted)
        recipe_card.tools.addWidget(self.reuse)
        recipe_card.body.addWidget(self.recipe)
        recipe_page = QWidget()
        recipe_column = QVBoxLayout(recipe_page)
        recipe_column.setContentsMargins(0, round(unit() * 0.75), 0, 0)
        recipe_column.addWidget(recipe_card)
        self.tabs = QTabBar()
        self.tabs.setObjectName("run_tabs")
        self.tabs.setAccessibleName("Parts of the run's page")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.stack = QStackedWidget()
        for title, page in zip(TABS, (self.live, self.scores, self.memory, self.log, recipe_page), strict=True):
            self.tabs.addTab(title)
            self.stack.addWidget(page)
        self.tabs.currentChanged.connect(self._on_tab)
        pad = round(unit() * 1.1)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(round(unit() * 0.4))
        column.addWidget(self.header)
        column.addWidget(self.tabs)
        column.addWidget(self.stack, 1)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._on_second)
        self.tail.grew.connect(self._on_grew)
        self.tail.failed.connect(self.failed)
        self.scores.evaluate_wanted.connect(self._on_evaluate)
        self.scores.sample_wanted.connect(self._on_sample)
        try:
            text = folder.recipe_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            text = f"The recipe cannot be read: {error}"
        self.recipe.setPlainText(text)
        # Until the model stands, only the recipe tells whether there will be routers to look at.
        self.live.expect_experts(method_of(text) in ROUTED_METHODS)

    def show_summary(self, summary: RunSummary) -> None:
        """Show the state that the watch derived."""
        self.header.show_summary(summary)
        self.header.show_record(self.tail.record)
        self.scores.set_live(summary.is_live)

    def leave(self) -> None:
        """Read no more and let go of run.db."""
        self.tail.stop()
        self._clock.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Shown first and read then: both at once would hold up the window.
        QTimer.singleShot(0, self, self._on_shown)

    def hideEvent(self, event: QHideEvent) -> None:
        self.leave()
        super().hideEvent(event)

    @Slot()
    def _on_shown(self) -> None:
        if self.isVisible():
            self.tail.start()
            self._clock.start()

    @Slot()
    def _on_second(self) -> None:
        self.header.show_record(self.tail.record)

    @Slot(object)
    def _on_grew(self, growth: Growth) -> None:
        record = self.tail.record
        self.header.show_record(record)
        self.live.show_record(record, growth)
        if growth.events:
            self.scores.show_record(record)
            self.memory.show_record(record)
            self.log.show_record(record)
            self.story_grew.emit()

    @Slot(int)
    def _on_tab(self, index: int) -> None:
        self.stack.setCurrentIndex(index)

    @Slot()
    def _on_evaluate(self) -> None:
        self.command_wanted.emit(EvaluateNow())

    @Slot()
    def _on_sample(self) -> None:
        self.command_wanted.emit(SampleNow())


def method_of(recipe: str) -> str:
    """The method that a recipe's text names; the default where it names none or is no TOML."""
    try:
        table = read_toml(recipe).get("method")
    except tomllib.TOMLDecodeError:
        table = None  # the page's Recipe part shows the text, and the header what is wrong with it
    default = str(MethodTable.model_fields["name"].default)
    return str(table.get("name", default)) if isinstance(table, dict) else default
