"""What is wrong with a run that failed, was lost or does not respond: the whole sentence, below the page's head."""

from __future__ import annotations

from PySide6.QtCore import Qt

from studio.core.run.run_record import RunRecord
from studio.ui.controls.widgets import Card, WrappedText
from studio.ui.run.header import IN_TROUBLE
from studio.ui.runs.summary import RunSummary


class Trouble(Card):
    """Shows the reason, and every further Problem with its remedy; hidden while all is well."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("run_trouble")
        self.setAccessibleName("What is wrong with this run")
        self._summary: RunSummary | None = None
        self.reason = WrappedText("", "danger")
        self.reason.setObjectName("run_reason")
        self.problems = WrappedText("", "danger", 0.97)
        self.problems.setObjectName("run_problems")
        for label in (self.reason, self.problems):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.body.addWidget(label)
        self.hide()

    def show_summary(self, summary: RunSummary) -> None:
        """Show the reason of a state that is one of trouble."""
        self._summary = summary
        self.reason.setText(summary.reason)
        self.reason.set_role("warning" if summary.stalled else "danger")
        self.setVisible(summary.stalled or summary.state in IN_TROUBLE)

    def show_record(self, record: RunRecord) -> None:
        """Show the Problems besides the first, which is the reason."""
        failed = self._summary is not None and self._summary.state == "failed"
        found = record.ended.problems if record.ended is not None and failed else ()
        told = self._summary.reason if self._summary is not None else ""
        more = [str(problem) for problem in found if str(problem) != told]
        self.problems.setText("\n".join(more))
        self.problems.setVisible(bool(more))
