"""What is wrong with a run that failed, was lost or does not respond: the whole sentence, below the page's head."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from studio.core.run.run_record import RunRecord
from studio.core.words import tr
from studio.ui.controls.widgets import Card, WrappedText, button
from studio.ui.notices import Notice
from studio.ui.run.header import IN_TROUBLE, facts
from studio.ui.runs.summary import RunSummary


class Trouble(Card):
    """Shows the reason, and every further Problem with its remedy; all of it can be copied for a bug report.

    What a failed run names, such as a file that has moved, is put right in its recipe: `mend_wanted` opens that as a
    new run, in whose form the fault is marked. Hidden while all is well.
    """

    mend_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("run_trouble")
        self.setAccessibleName(tr("What is wrong with this run"))
        self._summary: RunSummary | None = None
        self.reason = WrappedText("", "danger")
        self.reason.setObjectName("run_reason")
        self.problems = WrappedText("", "danger", 0.97)
        self.problems.setObjectName("run_problems")
        self._facts: list[str] = []
        self.copy = button("copy_run_report", tr("Copy report"), "copy", "quiet", tr("Copy this with the run's facts"))
        self.copy.clicked.connect(self._on_copy)
        self.mend = button(
            "mend_recipe", tr("Change its recipe…"), "copy", hint=tr("Fill the new-run page with it, the fault marked")
        )
        self.mend.clicked.connect(self.mend_wanted)
        words = QVBoxLayout()
        for label in (self.reason, self.problems):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(label)
        across = QHBoxLayout()
        across.addLayout(words, 1)
        across.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)
        across.addWidget(self.mend, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(across)
        self.hide()

    def show_summary(self, summary: RunSummary) -> None:
        """Show the reason of a state that is one of trouble."""
        self._summary = summary
        self.reason.setText(summary.reason)
        self.reason.set_role("warning" if summary.stalled else "danger")
        self.mend.setVisible(summary.state == "failed")
        self.setVisible(summary.stalled or summary.state in IN_TROUBLE)

    def show_record(self, record: RunRecord) -> None:
        """Show the Problems besides the first, which is the reason."""
        failed = self._summary is not None and self._summary.state == "failed"
        found = record.ended.problems if record.ended is not None and failed else ()
        told = self._summary.reason if self._summary is not None else ""
        more = [str(problem) for problem in found if str(problem) != told]
        at = tr("step {step} of {total}", step=record.step, total=record.total_steps) if record.total_steps else ""
        self._facts = [each for each in (at, *facts(record)) if each]
        self.problems.setText("\n".join(more))
        self.problems.setVisible(bool(more))

    @Slot()
    def _on_copy(self) -> None:
        """Copy what is shown and what is trained, without tokens, home folders and the run's name."""
        state = self._summary.shown_state if self._summary is not None else ""
        parts = (self.problems.text(), f"Run: {', '.join(each for each in (state, *self._facts) if each)}")
        told = Notice(self._summary.reason if self._summary else "", details="\n".join(part for part in parts if part))
        QGuiApplication.clipboard().setText(told.report())
