"""The head of a run's page: name, state, reason, progress, and what can be done with it."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout

from studio.core.foreign import consent
from studio.core.problem import Problem
from studio.core.run.commands import Pause, Resume, Stop
from studio.core.run.event_text import phase_text
from studio.core.run.run_record import RunRecord
from studio.core.units import count_text
from studio.ui.controls.pill import Pill
from studio.ui.controls.widgets import ElidedText, Fill, Text, WrappedText, button
from studio.ui.run.waiting_text import now_sentence
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import theme, unit
from studio.ui.units import bytes_text, time_text

PAUSABLE = ("starting", "running")
TAKEN_BACK = ("pausing", "stopping")
RESUMABLE = ("paused", "stopped", "failed", "lost", "waiting")
WITH_ADAPTER = ("finished", "stopped")
TO_TRY = (*WITH_ADAPTER, "paused")


class RunHeader(Fill):
    """Shows a RunSummary and the facts of its RunRecord; a signal for each button."""

    command_wanted = Signal(object)
    kill_wanted = Signal()
    export_wanted = Signal()
    try_wanted = Signal()
    folder_wanted = Signal()
    consent_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__("window")
        line = round(unit())
        self._state = self._told = ""
        self._stalled = False
        self._starting: float | None = None  # when it was first seen to start
        self.name = ElidedText("", size=1.45, strong=True)
        self.name.setObjectName("run_name")
        self.name.setMinimumWidth(round(unit() * 7))  # many buttons lose their words before the name is gone
        self.pill = Pill()
        self.pill.setObjectName("run_state")
        self.reason = WrappedText("", "quiet")
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.reason.setObjectName("run_reason")
        self.progress = QProgressBar()
        self.progress.setObjectName("run_progress")
        self.progress.setAccessibleName("Steps done")
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(max(4, round(unit() * 0.4)))
        self.facts = WrappedText("", "quiet", 0.95)
        self.facts.setObjectName("run_facts")
        self.problems = Text("", "danger", 0.97)
        self.problems.setObjectName("run_problems")
        self.problems.setWordWrap(True)
        self.problems.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.problems.hide()
        self.pause = button("pause", "Pause", "pause", hint="Save a checkpoint and free the memory", shortcut="Ctrl+P")
        self.resume = button("resume", "Resume", "play", "primary", "Continue exactly from here", "Ctrl+R")
        self.stop = button("stop", "Stop", "stop", hint="Finish this step, then save a checkpoint and the adapter")
        self.kill = button("kill", "Kill", "close", "danger", "Kill a worker that no longer responds")
        self.kill.hide()
        self.consent = button("consent", "Its own code…", "warning", hint="See what the model wants to run, and decide")
        self.consent.hide()
        self._asks: Problem | None = None
        self.export = button("export", "Export…", "export", hint="Export the adapter", shortcut="Ctrl+E")
        self.try_it = button("try_it", "Try it", "chat", hint="Ask the model that was trained", shortcut="Ctrl+Shift+T")
        self.folder = button("open_folder", "", "folder", "quiet", "Open the run's folder")
        self.pause.clicked.connect(self._on_pause)
        self.resume.clicked.connect(self._on_resume)
        self.stop.clicked.connect(self._on_stop)
        self.kill.clicked.connect(self.kill_wanted)
        self.consent.clicked.connect(self._on_consent)
        self.export.clicked.connect(self.export_wanted)
        self.try_it.clicked.connect(self.try_wanted)
        self.folder.clicked.connect(self.folder_wanted)

        title = QHBoxLayout()
        title.setSpacing(line // 2)
        title.addWidget(self.name, 1)
        acts = (self.pause, self.resume, self.stop, self.kill, self.try_it, self.export)
        for each in (self.folder, self.consent, *acts):
            title.addWidget(each)
        told = QHBoxLayout()
        told.setSpacing(round(unit() * 0.6))
        told.addWidget(self.pill)
        told.addWidget(self.reason, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.5))
        column.addLayout(title)
        column.addLayout(told)
        column.addWidget(self.problems)
        column.addWidget(self.progress)
        column.addWidget(self.facts)
        theme.changed.connect(self._on_theme_changed)

    def show_summary(self, summary: RunSummary) -> None:
        """Show the run's state and offer what it allows."""
        if summary.state == "starting" and self._state != "starting":
            self._starting = time.monotonic()
        self._state, self._told, self._stalled = summary.state, summary.reason, summary.stalled
        state = summary.state
        self.name.setText(summary.name)
        self.pill.set_state(summary.shown_state)
        self.reason.setText(summary.reason)
        self.reason.set_role("danger" if state == "failed" else "warning" if summary.stalled else "quiet")
        self.kill.setVisible(summary.stalled)
        self.pause.setVisible(state in PAUSABLE or state == "pausing")
        self.pause.setEnabled(state in PAUSABLE)
        self.stop.setVisible(state in PAUSABLE or state in TAKEN_BACK)
        self.stop.setEnabled(state != "stopping")
        self.resume.setVisible(state in RESUMABLE or state in TAKEN_BACK)
        self.resume.setText("Start" if state == "waiting" and not summary.step else "Resume")
        self.export.setVisible(state in WITH_ADAPTER)
        self.try_it.setVisible(state in TO_TRY)
        self._on_theme_changed()

    def show_record(self, record: RunRecord) -> None:
        """Show how far the run is and how fast it goes."""
        total = record.total_steps or 0
        counted = record.phase if record.phase is not None and record.last_step is None else None
        if counted is not None and counted.done is not None and counted.total:
            # Before the first step, the bar has nothing else to show.
            self.progress.setRange(0, counted.total)
            self.progress.setValue(min(counted.done, counted.total))
            self.progress.setAccessibleName(phase_text(counted))
        else:
            self.progress.setRange(0, max(1, total))
            self.progress.setValue(min(record.step, total))
            self.progress.setAccessibleName("Steps done")
        parts = []
        live = self._state in PAUSABLE or self._state in TAKEN_BACK
        if live and record.phase and record.phase_began and record.phase.phase != "training":
            parts.append(now_sentence(record))
        elif live and record.phase is None and self._starting is not None:
            parts.append(f"Starting the worker, for {time_text(time.monotonic() - self._starting)}")
        if total:
            parts.append(f"step {record.step} of {total}")
        # A stalled run has no pace.
        if live and not self._stalled and record.seconds_left is not None and record.seconds_per_step:
            parts.append(f"{time_text(record.seconds_left)} left")
            parts.append(f"{time_text(record.seconds_per_step)} per step")
        if not self._stalled and (speed := record.value("tokens_per_second")) is not None:
            parts.append(f"{count_text(speed)} tokens/s")
        if ready := record.ready:
            form = f" ({ready.form})" if ready.form else ""
            parts.append(f"{ready.method}{form} on {ready.device_name or ready.device}, {ready.precision}")
            share = 100 * ready.trainable_parameters / max(1, ready.total_parameters)
            parts.append(f"{count_text(ready.trainable_parameters)} trained ({share:.1f} %)")
        if measured := record.measured:
            peak, planned = bytes_text(measured.measured_peak_bytes), bytes_text(measured.predicted_peak_bytes)
            parts.append(f"{'at most ' if measured.at_most else ''}{peak} used of {planned} planned")
        found = record.ended.problems if record.ended and self._state == "failed" else ()
        # The first of them is the reason, which is shown above.
        more = [str(problem) for problem in found if str(problem) != self._told]
        self.problems.setText("\n".join(more))
        self.problems.setVisible(bool(more))
        self._asks = next((problem for problem in found if problem.kind == consent.KIND), None)
        self.consent.setVisible(self._asks is not None)
        self.facts.setText("  ·  ".join(parts))

    @Slot()
    def _on_pause(self) -> None:
        self.command_wanted.emit(Pause())

    @Slot()
    def _on_resume(self) -> None:
        self.command_wanted.emit(Resume())

    @Slot()
    def _on_stop(self) -> None:
        self.command_wanted.emit(Stop())

    @Slot()
    def _on_consent(self) -> None:
        if self._asks is not None:
            self.consent_wanted.emit(self._asks)

    @Slot()
    def _on_theme_changed(self) -> None:
        palette = QPalette(self.progress.palette())
        palette.setColor(QPalette.ColorRole.Highlight, QColor(theme.roles.state(self._state)))
        self.progress.setPalette(palette)
