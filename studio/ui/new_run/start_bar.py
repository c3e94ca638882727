"""The foot of the new-run page: what is wrong with the recipe, its plan, and the buttons that start or queue it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout

from studio.core.problem import Problem
from studio.ui.controls.widgets import Fill, WrappedText, button
from studio.ui.icons import icon
from studio.ui.new_run.plan_bar import PlanPanel
from studio.ui.new_run.problems_panel import ProblemsPanel
from studio.ui.theme import scaled_font, unit

QUEUE = "Add to queue"


class StartBar(Fill):
    """Shows problems and plan; `start_pressed` and `queue_pressed` when its buttons are."""

    start_pressed = Signal()
    queue_pressed = Signal()

    def __init__(self) -> None:
        super().__init__("surface", "top")
        self.problems = ProblemsPanel()
        self.plan = PlanPanel()
        self.busy = WrappedText("", "warning")
        self.busy.setObjectName("device_busy")
        self.busy.hide()
        self.start = button("start", "Start training", "play", "primary", "Start the run", "Ctrl+Return")
        self.start.setFont(scaled_font(1.12))
        self.start.setMinimumSize(round(unit() * 12), round(unit() * 2.8))
        self.start.clicked.connect(self.start_pressed)
        self.queue = button("add_to_queue", QUEUE, "queue", "quiet", "Queue this run, and set up another")
        self.queue.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.queue.clicked.connect(self.queue_pressed)
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

    def show_problems(self, problems: tuple[Problem, ...]) -> None:
        """List what is wrong; such a recipe can be neither started nor queued."""
        self.problems.show_problems(problems)
        self.start.setEnabled(not problems)
        self.queue.setEnabled(not problems)

    def show_start(self, busy: str, fits: bool) -> None:
        """Offer to start, or only to queue while the device is `busy` (the reason, shown above the buttons).

        A recipe that does not fit may still be started, but its button is not the obvious one.
        """
        self.busy.setText(busy)
        self.busy.setVisible(bool(busy))
        self.queue.setVisible(not busy)
        self.start.setText(QUEUE if busy else "Start training" if fits else "Start anyway")
        self.start.setIcon(icon("queue" if busy else "play"))
        self.start.setToolTip(f"{'Queue the run' if busy else 'Start the run'} (Ctrl+Return)")
        self.start.setAccessibleName(self.start.text())
        self.start.setProperty("look", "primary" if fits else "")
        self.start.setShortcut("Ctrl+Return")  # a new text removes it
        self.start.update()
