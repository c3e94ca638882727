"""The foot of the new-run page: what is wrong with the recipe, its plan, and the buttons that start or queue it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout

from studio.core.foreign.visible_text import unmarked
from studio.core.problem import Problem
from studio.core.words import mark, sentences, tr
from studio.ui.controls.widgets import Fill, WrappedText, button
from studio.ui.icons import icon
from studio.ui.new_run.cures import Cure
from studio.ui.new_run.plan_panel import PlanPanel
from studio.ui.new_run.problem_field import field_of
from studio.ui.new_run.problems_panel import NO_CURES, ProblemsPanel
from studio.ui.theme import scaled_font, unit

QUEUE = mark("Add to queue")
SLOW_MS = 300  # after which it is said what is waited for


class StartBar(Fill):
    """Shows problems and plan; `start_pressed` and `queue_pressed` when its buttons are."""

    start_pressed = Signal()
    queue_pressed = Signal()

    def __init__(self) -> None:
        super().__init__("surface", "top")
        self._lacking, self._why, self._busy, self._fits = "", "", False, True
        self._low, self._offers_queue = False, True
        self._allowed = self._begins = False
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self._on_slow)
        self.problems = ProblemsPanel()
        self.plan = PlanPanel()
        self.busy = WrappedText("", "warning")
        self.busy.setObjectName("device_busy")
        self.busy.hide()
        self.start = button("start", tr("Start training"), "play", "primary", tr("Start the run"), "Ctrl+Return")
        self.start.setFont(scaled_font(1.12))
        self.start.setMinimumSize(round(unit() * 12), round(unit() * 2.8))
        self.start.clicked.connect(self.start_pressed)
        self.queue = button("add_to_queue", tr(QUEUE), "queue", "quiet", tr("Queue this run, and set up another"))
        self.queue.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.queue.clicked.connect(self.queue_pressed)
        for each in (self.start, self.queue):
            each.setEnabled(False)  # until the form was read
        buttons = QVBoxLayout()
        buttons.setSpacing(round(unit() * 0.2))
        buttons.addStretch(1)
        buttons.addWidget(self.start)
        buttons.addWidget(self.queue)
        pad = round(unit() * 1.1)
        across = QHBoxLayout()
        across.setSpacing(pad)
        across.addWidget(self.plan, 1)
        across.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, round(unit() * 0.7), pad, round(unit() * 0.7))
        column.setSpacing(round(unit() * 0.4))
        column.addWidget(self.problems)
        column.addWidget(self.busy)
        column.addLayout(across)

    def set_low(self, low: bool) -> None:
        """In a low window, as little as says whether it fits and starts it."""
        self.plan.set_low(low)
        self.start.setMinimumHeight(round(unit() * (2.0 if low else 2.8)))
        self._low = low
        self.queue.setVisible(self._offers_queue and not low)

    def show_problems(self, problems: tuple[tuple[str, Problem], ...], cures: Mapping[str, Cure] = NO_CURES) -> None:
        """List what is wrong, each with its field's name and its cure; such a recipe is neither started nor queued."""
        self.problems.show_problems(problems, cures)
        self._lacking = _lacking(problems)
        self._why = "\n".join(
            sentences(tr("{where}: {what}", where=name, what=problem.what), problem.remedy)
            for name, problem in problems[:3]
        )
        self._allowed = not problems
        self._say()

    def show_beginning(self, begins: bool) -> None:
        """Offer nothing while a run is being prepared and started."""
        self._begins = begins
        self._slow.start() if begins else self._slow.stop()
        self._say()

    @Slot()
    def _on_slow(self) -> None:
        self.plan.show_waiting(tr("Making the run's folder: its disk is slow to answer…"))

    def show_start(self, busy: str, fits: bool) -> None:
        """Offer to start, or only to queue while the device is `busy` (the reason, shown above the buttons).

        A recipe that does not fit may still be started, but its button is not the obvious one.
        """
        self.busy.setText(busy)
        self.busy.setVisible(bool(busy))
        self._busy, self._fits, self._offers_queue = bool(busy), fits, not busy
        self.queue.setVisible(self._offers_queue and not self._low)
        self._say()

    def _say(self) -> None:
        ready = tr(QUEUE) if self._busy else tr("Start training") if self._fits else tr("Start anyway")
        for each in (self.start, self.queue):
            each.setEnabled(self._allowed and not self._begins)
        self.start.setText(tr("Starting…") if self._begins else self._lacking or ready)
        self.start.setIcon(icon("warning" if self._lacking else "queue" if self._busy else "play"))
        does = tr("Queue the run (Ctrl+Return)") if self._busy else tr("Start the run (Ctrl+Return)")
        self.start.setToolTip(unmarked(self._why) if self._lacking else does)
        self.start.setAccessibleName(self.start.text())
        self.start.setProperty("look", "primary" if self._fits else "")
        self.start.setShortcut("Ctrl+Return")  # a new text removes it
        self.start.update()


def _lacking(problems: tuple[tuple[str, Problem], ...]) -> str:
    """What a person must do before the run can be started; empty where it can be."""
    fields = [field_of(problem) for _, problem in problems]
    if not fields:
        return ""
    if "tasks" in fields:
        return tr("Add data first")
    if any(field in ("model.source", "model.revision") for field in fields):
        return tr("Choose a model first")
    if any(field.startswith("tasks.") for field in fields):
        return tr("Fix the data first")
    if len(fields) == 1 and problems[0][0] == fields[0]:
        return tr("Fix the problem first")  # a file's, say: it is named above the button
    if len(fields) == 1:
        return tr("Fix {field} first", field=problems[0][0].lower())
    return tr("Fix {number} fields first", number=len(fields))
