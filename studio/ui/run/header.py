"""The head of a run's page, always of the same height: name, what can be done, state, one line, and a thin bar."""

from __future__ import annotations

import time

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.foreign import consent
from studio.core.foreign.visible_text import unmarked
from studio.core.problem import Problem
from studio.core.run.commands import Pause, Resume, Stop
from studio.core.run.event_text import phase_text
from studio.core.run.run_record import RunRecord
from studio.core.units import count_text
from studio.core.words import in_a_row, mark, tr
from studio.ui.controls.pill import Pill
from studio.ui.controls.progress_line import ProgressLine
from studio.ui.controls.widgets import Card, ElidedText, Fill, Text, button
from studio.ui.run.waiting_text import now_sentence
from studio.ui.runs.summary import RunSummary
from studio.ui.theme import unit
from studio.ui.units import bytes_text, time_text

PAUSABLE = ("starting", "running")
TAKEN_BACK = ("pausing", "stopping")
RESUMABLE = ("paused", "stopped", "failed", "lost", "waiting")
BEFORE_TRAINING = ("loading", "tokenising", "probing")
STOP_BEFORE = mark("Stop before training begins; the run can be resumed")
STOP = mark("Finish this step, then save a checkpoint and the adapter, which can be tried and exported")
IN_TROUBLE = ("failed", "lost", "unreadable")  # their reason is shown whole, below the head


class RunHeader(Fill):
    """Shows a RunSummary and the facts of its RunRecord; a signal for each button."""

    command_wanted = Signal(object)
    kill_wanted = Signal()
    folder_wanted = Signal()
    report_wanted = Signal(object)  # with the run's folder
    consent_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__("window")
        line = round(unit())
        self._summary: RunSummary | None = None
        self._starting: float | None = None  # when it was first seen to start
        self.waits = False  # whether the run's disk is slow to answer
        self.name = ElidedText("", size=1.45, strong=True)
        self.name.setObjectName("run_name")
        self.name.setMinimumWidth(round(unit() * 7))  # many buttons lose their words before the name is gone
        self.note = ElidedText("", "quiet")  # what somebody noted of the run: its first line, all of it in the tooltip
        self.note.setObjectName("run_note")
        self.note.hide()
        self.pill = Pill()
        self.pill.setObjectName("run_state")
        self.line = ElidedText("", "quiet")
        self.line.setObjectName("run_line")
        self.progress = ProgressLine()
        self.progress.setObjectName("run_progress")
        self.pause = button(
            "pause", tr("Pause"), "pause", hint=tr("Save a checkpoint and free the memory"), shortcut="Ctrl+P"
        )
        self.resume = button("resume", tr("Resume"), "play", "primary", tr("Continue exactly from here"), "Ctrl+R")
        self.stop = button("stop", tr("Stop"), "stop", hint=tr(STOP_BEFORE))
        self.kill = button("kill", tr("Kill"), "close", "danger", tr("Kill a worker that no longer responds"))
        self.kill.hide()
        self.consent = button(
            "consent", tr("Its own code…"), "warning", hint=tr("See what the model wants to run, and decide")
        )
        self.consent.hide()
        self._asks: Problem | None = None
        self.folder = button("open_folder", "", "folder", "quiet", tr("Open the run's folder"))
        self.report = button("report", "", "file", "quiet", tr("Write a report of the run, and open it in the browser"))
        self.more = button("run_more", "", "info", "quiet", tr("What is trained, where, and how much memory it takes"))
        self.details = RunDetails(self)
        self.pause.clicked.connect(self._on_pause)
        self.resume.clicked.connect(self._on_resume)
        self.stop.clicked.connect(self._on_stop)
        self.kill.clicked.connect(self.kill_wanted)
        self.consent.clicked.connect(self._on_consent)
        self.folder.clicked.connect(self.folder_wanted)
        self.report.clicked.connect(self._on_report)
        self.more.clicked.connect(self._on_more)

        title = QHBoxLayout()
        title.setSpacing(line // 2)
        title.addWidget(self.name, 2)
        title.addWidget(self.note, 3)
        # On the left those that come or grow: none moves Pause away or takes the place of what was just pressed.
        acts = (self.kill, self.resume, self.stop, self.pause)
        for each in (self.report, self.folder, self.consent, *acts):
            title.addWidget(each)
        told = QHBoxLayout()
        told.setSpacing(round(unit() * 0.6))
        told.addWidget(self.pill)
        told.addWidget(self.line, 1)
        told.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.35))
        column.addLayout(title)
        column.addLayout(told)
        column.addWidget(self.progress)

    def show_summary(self, summary: RunSummary) -> None:
        """Show the run's state and offer what it allows."""
        if summary.state == "starting" and (self._summary is None or self._summary.state != "starting"):
            self._starting = time.monotonic()
        self._summary = summary
        state = summary.state
        self.name.setText(summary.name)
        self.note.setText(summary.note.partition("\n")[0])
        self.note.setToolTip(unmarked(summary.note))
        self.note.setAccessibleName(tr("Note: {note}", note=summary.note))
        self.note.setVisible(bool(summary.note))
        self.pill.set_state(summary.shown_state)
        self.kill.setVisible(summary.stalled)
        self.pause.setVisible(state in PAUSABLE or state in TAKEN_BACK)
        self.pause.setEnabled(state in PAUSABLE)
        self.stop.setVisible(state in PAUSABLE or state in TAKEN_BACK)
        self.stop.setEnabled(state != "stopping")
        # One that waits its turn already would only be told so again.
        self.resume.setVisible((state in RESUMABLE and not summary.queued) or state in TAKEN_BACK)
        self.resume.setText(tr("Start") if state == "waiting" and not summary.step else tr("Resume"))
        # Of a run that never began there is nothing to tell.
        self.report.setVisible(state != "unreadable" and (state != "waiting" or bool(summary.step)))
        self.progress.show_state(state, summary.is_live)

    def show_record(self, record: RunRecord) -> None:
        """Show how far the run is and how fast it goes."""
        counted = record.phase if record.phase is not None and record.last_step is None else None
        if counted is not None and counted.done is not None and counted.total:
            # Before the first step, the bar has nothing else to show.
            self.progress.show_progress(min(counted.done, counted.total), counted.total, phase_text(counted))
        else:
            total = record.total_steps or 0
            self.progress.show_progress(
                min(record.step, total),
                max(1, total),
                tr("{step} of {total} steps done", step=record.step, total=total),
            )
        self._offer_stop(trains=record.phase is not None and record.phase.phase not in BEFORE_TRAINING)
        self.line.setText(self._said(record))
        self.details.show_facts(facts(record), self._summary.reason if self._summary is not None else "")
        found = record.ended.problems if record.ended is not None and self._is("failed") else ()
        self._asks = next((problem for problem in found if problem.kind == consent.KIND), None)
        self.consent.setVisible(self._asks is not None)

    def _offer_stop(self, trains: bool) -> None:
        """Say on the button what stopping leaves that pausing does not: once it trains, an adapter."""
        text = tr("Stop and save adapter") if trains else tr("Stop")
        if text != self.stop.text():
            self.stop.setText(text)
            self.stop.setAccessibleName(text)
            self.stop.setToolTip(tr(STOP) if trains else tr(STOP_BEFORE))

    def _is(self, *states: str) -> bool:
        return self._summary is not None and self._summary.state in states

    def _said(self, record: RunRecord) -> str:
        """The line: what happens and how long it takes, or how it ended."""
        if self.waits:
            return tr("Reading the run: its disk is slow to answer…")
        parts = []
        live = self._is(*PAUSABLE, *TAKEN_BACK)
        stalled = self._summary is not None and self._summary.stalled
        if live and record.phase and record.phase_began and record.phase.phase != "training":
            parts.append(now_sentence(record))
        elif live and record.phase is None and self._starting is not None:
            parts.append(tr("Starting the worker, for {time}", time=time_text(time.monotonic() - self._starting)))
        elif not live and self._summary is not None and not self._is(*IN_TROUBLE):
            return self._summary.reason
        if record.total_steps:
            parts.append(tr("step {step} of {total}", step=record.step, total=record.total_steps))
        # A stalled run has no pace.
        if live and not stalled and record.seconds_left is not None and record.seconds_per_step:
            parts.append(tr("{time} left", time=time_text(record.seconds_left)))
            parts.append(tr("{time} a step", time=time_text(record.seconds_per_step)))
        return in_a_row(*parts)

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
    def _on_report(self) -> None:
        if self._summary is not None:
            self.report_wanted.emit(self._summary.folder)

    @Slot()
    def _on_more(self) -> None:
        below = self.more.mapToGlobal(QPoint(self.more.width(), self.more.height() + 4))
        self.details.adjustSize()
        self.details.move(below.x() - self.details.width(), below.y())
        self.details.show()


class RunDetails(Card):
    """What does not change from step to step, on a small page of its own that a click elsewhere closes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__()
        self.setParent(parent, Qt.WindowType.Popup)
        self.setObjectName("run_details")
        self.facts = Text("", "ink", 0.97)
        self.facts.setObjectName("run_facts")
        self.why = Text("", "quiet", 0.97)
        self.why.setObjectName("run_why")
        for label in (self.facts, self.why):
            label.setWordWrap(True)
            label.setMinimumWidth(round(unit() * 22))
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.body.addWidget(label)

    def show_facts(self, said: list[str], why: str) -> None:
        self.facts.setText("\n".join(said) or tr("Nothing is known of it yet."))
        self.why.setText(why)
        self.why.setVisible(bool(why))


def facts(record: RunRecord) -> list[str]:
    """What is trained, where, how fast, and how much memory it takes."""
    found = []
    if ready := record.ready:
        method = f"{ready.method} ({ready.form})" if ready.form else ready.method
        found.append(
            tr(
                "{method} on {device}, {precision}",
                method=method,
                device=ready.device_name or ready.device,
                precision=ready.precision,
            )
        )
        share = 100 * ready.trainable_parameters / max(1, ready.total_parameters)
        found.append(
            tr(
                "{count} weights are trained ({share:.1f} %)",
                count=count_text(ready.trainable_parameters),
                share=share,
            )
        )
    if (speed := record.value("tokens_per_second")) is not None:
        found.append(tr("{speed} tokens/s", speed=count_text(speed)))
    if measured := record.measured:
        peak, planned = bytes_text(measured.measured_peak_bytes), bytes_text(measured.predicted_peak_bytes)
        found.append(
            tr("at most {peak} used of {planned} planned", peak=peak, planned=planned)
            if measured.at_most
            else tr("{peak} used of {planned} planned", peak=peak, planned=planned)
        )
    return found
