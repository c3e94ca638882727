"""One line below the conversation: what is being done, what should be known, or what went wrong and what helps."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.foreign import consent
from studio.core.foreign.visible_text import one_line
from studio.core.problem import Problem
from studio.core.words import tr
from studio.ui.controls.widgets import ElidedText, button
from studio.ui.theme import unit

BUSY = "device-busy"  # the kind of the desk's Problem of a card on which a run trains


class StatusLine(QWidget):
    """A line of fixed height; a Problem that a button can answer has one."""

    processor_wanted = Signal()
    consent_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._problem: Problem | None = None
        self.words = ElidedText("", "faint", 0.92)
        self.words.setObjectName("try_status")
        self.processor = button(
            "try_on_processor", tr("Ask on the processor"), "chip", hint=tr("Slower, and in no run's way")
        )
        self.processor.clicked.connect(self.processor_wanted)
        self.consent = button("try_consent", tr("Its own code…"), "warning", hint=tr("See what the model wants to run"))
        self.consent.clicked.connect(self._on_consent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(unit() * 0.6))
        row.addWidget(self.words, 1)
        row.addWidget(self.processor)
        row.addWidget(self.consent)
        self.say("")

    def say(self, sentence: str, role: str = "faint") -> None:
        """Show a sentence."""
        self._show(sentence, role, None)

    def tell(self, problem: Problem) -> None:
        """Show a Problem with its remedy."""
        self._show(problem.sentence, "danger", problem)

    def _show(self, sentence: str, role: str, problem: Problem | None) -> None:
        self._problem = problem
        self.words.setText(one_line(sentence))
        self.words.set_role(role)
        self.processor.setVisible(problem is not None and problem.kind == BUSY)
        self.consent.setVisible(problem is not None and problem.kind == consent.KIND)

    def _on_consent(self) -> None:
        if self._problem is not None:
            self.consent_wanted.emit(self._problem)
