"""The page of one run: everything on it comes from the run's folder."""

from __future__ import annotations

import tomllib
from functools import cached_property, partial
from typing import TypeVar, get_args

from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from studio.core.foreign import consent
from studio.core.methods.registry import routed_methods
from studio.core.recipe.recipe import MethodTable
from studio.core.run.best_step import Rule
from studio.core.run.commands import Command, EvaluateNow, SampleNow
from studio.core.run.curve_names import LOSS, MEMORY
from studio.core.run.run_folder import RunFolder
from studio.core.toml_text import read_toml
from studio.core.words import tr
from studio.ui.controls.scrolled import Scrolled
from studio.ui.desktop import open_on_desktop
from studio.ui.run.experts_panel import ExpertsPanel
from studio.ui.run.header import RunHeader
from studio.ui.run.live_view import LiveView
from studio.ui.run.log_view import LogView
from studio.ui.run.memory_view import MemoryView
from studio.ui.run.path import TABS, RunPath
from studio.ui.run.recipe_view import RecipeView
from studio.ui.run.scores_view import ScoresView
from studio.ui.run.tail import SLOW_MS, Growth, RunTail
from studio.ui.run.trouble import Trouble
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import unit
from studio.ui.try_out.try_room import TryRoom

V = TypeVar("V", bound=QWidget)
TURN_MS = 5  # between two parts; after 0 ms the next would come before anything else has its turn
PARTS = ("experts", "live", "scores", "memory", "log")  # in the order in which they are built
ROOMS = 4  # those of them that are tabs


class _Parts(QStackedWidget):
    """Needs the room of the part that is shown: one that is not must make no page scroll."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self._on_turned)

    def minimumSizeHint(self) -> QSize:
        shown, widest = self.currentWidget(), super().minimumSizeHint()
        return QSize(widest.width(), shown.minimumSizeHint().height()) if shown is not None else widest

    @Slot(int)
    def _on_turned(self, _index: int) -> None:
        self.updateGeometry()


class RunPage(QWidget):
    """Shows one run for as long as it is visible; its signals bring what the person wants done with it."""

    command_wanted = Signal(object, object)  # the run's folder and the command
    kill_wanted = Signal(object)  # with the run's folder
    export_wanted = Signal(object)  # with the run's folder
    report_wanted = Signal(object)  # with the run's folder
    reuse_wanted = Signal(object)  # with the recipe's path
    compare_wanted = Signal(object)  # with the recipe
    consent_wanted = Signal(object)  # with the Problem, when its button is pressed
    consent_lacking = Signal(object)  # with the Problem, when the run has just failed because of it
    smoothing_changed = Signal(float)
    story_grew = Signal()
    failed = Signal(object)

    def __init__(self, folder: RunFolder, smoothing: float) -> None:
        super().__init__()
        self.folder = folder
        self.tail = RunTail(folder, self)
        self.header = RunHeader()
        self.trouble = Trouble()
        self._smoothing = smoothing
        self._summary: RunSummary | None = None
        self._left = False
        self._begun = False  # whether the run was seen before it ended
        self.recipe = RecipeView(folder)
        self.tabs = QTabBar()
        self.tabs.setObjectName("run_tabs")
        self.tabs.setAccessibleName(tr("Parts of the run's page"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.stack = _Parts()
        self._rooms = [QWidget() for _ in range(ROOMS)]
        self.trying = TryRoom(folder)
        for room in self._rooms:
            QVBoxLayout(room).setContentsMargins(0, 0, 0, 0)
        for title, page in zip(map(tr, TABS), (*self._rooms, self.recipe, self.trying), strict=True):
            self.tabs.addTab(title)
            self.stack.addWidget(page)
        self.tabs.currentChanged.connect(self._on_tab)
        pad = round(unit() * 1.1)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, round(unit() * 0.8), pad, pad)
        column.setSpacing(round(unit() * 0.4))
        column.addWidget(self.header)
        column.addWidget(self.trouble)
        column.addWidget(self.tabs)
        column.addWidget(self.stack, 1)
        self.path = RunPath(self.tabs, self.recipe)
        self.path.export_wanted.connect(partial(self.export_wanted.emit, folder))
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._on_second)
        self.header.command_wanted.connect(self._on_command)
        self.header.kill_wanted.connect(self._on_kill)
        self.trying.consent_wanted.connect(self.consent_wanted)
        self.header.folder_wanted.connect(self._on_folder)
        self.header.report_wanted.connect(self.report_wanted)
        self.header.consent_wanted.connect(self.consent_wanted)
        self.recipe.reuse_wanted.connect(self.reuse_wanted)
        self.trouble.mend_wanted.connect(self.recipe.reuse.click)
        self.recipe.compare_wanted.connect(self.compare_wanted)
        self.recipe.failed.connect(self.failed)
        self.tail.grew.connect(self._on_grew)
        self.tail.failed.connect(self.failed)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(partial(self._on_waits, True))
        self.tail.waits.connect(self._on_waits)
        self.recipe.read.connect(self._on_shown)

    # Each part is built when it is first needed: all of them in one turn would block the window.

    @cached_property
    def experts(self) -> ExpertsPanel:
        """The experts' card of the live part."""
        return ExpertsPanel()

    @cached_property
    def live(self) -> LiveView:
        text = self.recipe.text or ""
        view = LiveView(self._smoothing, rule_of(text), self.experts)
        # Until the model is loaded, only the recipe says whether there will be routers.
        view.expect_experts(method_of(text) in routed_methods())
        view.experts.open(self.folder)
        view.experts.failed.connect(self.failed)
        view.smoothing_changed.connect(self.smoothing_changed)
        view.failed.connect(self.failed)
        self._housed(Scrolled(view, "live_area"), 0)
        return view

    @cached_property
    def scores(self) -> ScoresView:
        view = ScoresView(names_held_out(self.recipe.text or ""))
        view.evaluate_wanted.connect(self._on_evaluate)
        view.sample_wanted.connect(self._on_sample)
        view.set_live(self._summary is not None and self._summary.is_live)
        return self._housed(view, 1)

    @cached_property
    def memory(self) -> MemoryView:
        return self._housed(MemoryView(), 2)

    @cached_property
    def log(self) -> LogView:
        return self._housed(LogView(self.folder.log), 3)

    def _housed(self, view: V, room: int) -> V:
        layout = self._rooms[room].layout()
        assert layout is not None
        layout.addWidget(view)
        return view

    @property
    def is_built(self) -> bool:
        """Whether every part of the page is there."""
        return all(part in self.__dict__ for part in PARTS)

    def show_summary(self, summary: RunSummary) -> None:
        """Show the state that the watch derived."""
        self._summary = summary
        self.tail.record.at_work = summary.is_live
        for part in (self.header, self.trouble):
            part.show_summary(summary)
            part.show_record(self.tail.record)
        self.path.show_summary(summary)
        if self.is_built:
            self._show_waiting()
        if "scores" in self.__dict__:
            self.scores.set_live(summary.is_live)

    def leave(self) -> None:
        """Stop for good, even if it is shown again, and close run.db."""
        self._left = True
        self.trying.leave()
        self._rest()

    def _rest(self) -> None:
        self.tail.stop()
        self._clock.stop()
        self._slow.stop()
        if "live" in self.__dict__:
            self.live.experts.loads.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Shown first, then read: both at once would block the window.
        QTimer.singleShot(TURN_MS, self, self._on_shown)
        if self.recipe.text is None:
            self._slow.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._rest()
        super().hideEvent(event)

    @Slot()
    def _on_shown(self) -> None:
        """Build what is not built yet, one part per turn, once the recipe says what of it there is; and then read."""
        if self._left or not self.isVisible() or self.recipe.text is None:
            return
        self._slow.stop()
        if self.header.waits and not self.is_built:
            self._on_waits(False)
        unbuilt = next((part for part in PARTS if part not in self.__dict__), None)
        if unbuilt is not None:
            getattr(self, unbuilt)
            QTimer.singleShot(TURN_MS, self, self._on_shown)
            return
        self.tail.start()
        self._clock.start()
        self._on_second()

    @Slot(bool)
    def _on_waits(self, waits: bool) -> None:
        """Say in the page's head that the run's disk is slow to answer, or what else there is to say."""
        self.header.waits = waits
        self.header.show_record(self.tail.record)

    @Slot()
    def _on_second(self) -> None:
        record = self.tail.record
        self.header.show_record(record)
        self._show_waiting()
        if not record.at_work and "live" in self.__dict__:
            loads, details = self.live.experts.loads, self.live.experts.details
            if not (loads.is_reading or details.is_reading):
                loads.close()  # as the tail does: the run can then be moved

    def _show_waiting(self) -> None:
        for view in (self.live, self.scores, self.memory):
            view.show_waiting(self.tail.record)

    @Slot(object)
    def _on_grew(self, growth: Growth) -> None:
        record = self.tail.record
        if growth.events or LOSS in growth.curves:
            self.header.show_record(record)
            self.trouble.show_record(record)
        self._ask_consent(growth)
        self.live.show_record(record, growth)
        self.live.show_waiting(record)
        if MEMORY in growth.curves:
            self.memory.show_waiting(record)
        if growth.events:
            self.scores.show_record(record)
            self.path.mark_scores(self.scores.overlap.text())
            self.memory.show_record(record)
            self.log.show_record(record)
            self.trying.show_record(record)
            self.story_grew.emit()

    def _ask_consent(self, growth: Growth) -> None:
        """Ask when the run that is shown fails for lack of consent; one that failed earlier has a button for it."""
        ended = self.tail.record.ended
        if self._begun and growth.events and ended is not None and ended.outcome == "failed":
            for problem in ended.problems:
                if problem.kind == consent.KIND:
                    self.consent_lacking.emit(problem)
        self._begun = self._begun or ended is None

    @Slot(int)
    def _on_tab(self, index: int) -> None:
        self.stack.setCurrentIndex(index)

    @Slot(object)
    def _on_command(self, command: Command) -> None:
        self.command_wanted.emit(self.folder, command)

    @Slot()
    def _on_evaluate(self) -> None:
        self.command_wanted.emit(self.folder, EvaluateNow())

    @Slot()
    def _on_sample(self) -> None:
        self.command_wanted.emit(self.folder, SampleNow())

    @Slot()
    def _on_kill(self) -> None:
        self.kill_wanted.emit(self.folder)

    @Slot()
    def _on_folder(self) -> None:
        open_on_desktop(self, self.folder.path)


def method_of(recipe: str) -> str:
    """The method that a recipe's text names; the default if it names none or is not TOML."""
    return str(_asked(recipe, "method", "name", MethodTable.model_fields["name"].default))


def rule_of(recipe: str) -> Rule:
    """By what a recipe's text says that an evaluation is the best; the default if it does not say, or is not TOML."""
    said = _asked(recipe, "training", "keep_best", "loss")
    return next((rule for rule in get_args(Rule) if rule == said), "loss")


def names_held_out(recipe: str) -> bool:
    """Whether a recipe's text gives any task held-out rows; where it cannot be read, that they may come."""
    try:
        tasks = read_toml(recipe).get("tasks")
    except tomllib.TOMLDecodeError:
        return True
    return not isinstance(tasks, list) or any(isinstance(task, dict) and task.get("evaluate") for task in tasks)


def _asked(recipe: str, table: str, field: str, default: object) -> object:
    """A field of the recipe's text; the page's Recipe part shows that text, and the header what is wrong with it."""
    try:
        found = read_toml(recipe).get(table)
    except tomllib.TOMLDecodeError:
        return default
    return found.get(field, default) if isinstance(found, dict) else default
