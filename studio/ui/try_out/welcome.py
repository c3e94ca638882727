"""What is shown before the first question: what this is for, and questions from the run's own tasks to begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import one_line, unmarked
from studio.core.run.events import AnswersKept, SampleMade
from studio.core.words import tr
from studio.ui.controls.widgets import Text, WrappedText, button
from studio.ui.theme import unit

SHOWN = 4
CHARACTERS = 90


@dataclass(frozen=True, slots=True)
class Example:
    """A question of one of the run's tasks."""

    task: str
    prompt: str


def examples(answers: Mapping[str, Sequence[AnswersKept]], samples: Sequence[SampleMade]) -> list[Example]:
    """Short held-out questions of a run, one of each task first."""
    found: dict[str, list[Example]] = {}
    for task, kept in answers.items():
        for event in kept:
            found.setdefault(task, []).extend(Example(task, each.prompt) for each in event.answers if each.prompt)
    for sample in samples:
        if sample.task and sample.prompt:
            found.setdefault(sample.task, []).append(Example(sample.task, sample.prompt))
    short = [sorted(dict.fromkeys(each), key=lambda example: len(example.prompt))[:SHOWN] for each in found.values()]
    rounds = [each[number] for number in range(SHOWN) for each in short if number < len(each)]
    return list({example.prompt: example for example in reversed(rounds)}.values())[: -SHOWN - 1 : -1]


class Welcome(QWidget):
    """`chosen` brings the question of an example."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.heading = Text(tr("Ask what you trained"), size=1.3, strong=True)
        self.words = WrappedText(
            tr(
                "Your model and its base answer the same question side by side. Each token of the "
                "answer is tinted by the expert that it was sent to: point at one to see where it "
                "went, switch an expert off to see what it does."
            ),
            "quiet",
        )
        self._lead = Text(tr("Try one of your own tasks:"), "quiet", 0.95)
        self._room = QVBoxLayout()
        self._room.setSpacing(round(unit() * 0.35))
        self._shown: list[Example] = []
        self._buttons: list[QPushButton] = []
        inside = QWidget()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        for each in (area.viewport(), inside):
            each.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        column = QVBoxLayout(inside)
        column.setContentsMargins(round(unit() * 2), 0, round(unit() * 2), 0)
        column.setSpacing(round(unit() * 0.6))
        column.addStretch(1)
        column.addWidget(self.heading, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.words)
        column.addSpacing(round(unit() * 0.4))
        column.addWidget(self._lead)
        column.addLayout(self._room)
        column.addStretch(2)
        self.show_examples([])

    def show_examples(self, found: list[Example]) -> None:
        """Offer these questions."""
        if found == self._shown and self._buttons:
            return
        self._shown = found
        for each in self._buttons:
            self._room.removeWidget(each)
            each.hide()
            each.deleteLater()
        self._buttons = []
        for number, example in enumerate(found):
            line = one_line(" ".join(example.prompt.split()))
            line = line if len(line) <= CHARACTERS else f"{line[: CHARACTERS - 1]}…"
            made = button(f"try_example_{number}", line.replace("&", "&&"), "note", hint=unmarked(example.prompt[:600]))
            made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            made.clicked.connect(self._on_chosen)
            self._room.addWidget(made)
            self._buttons.append(made)
        self._lead.setVisible(bool(found))

    @Slot()
    def _on_chosen(self) -> None:
        sender = self.sender()
        self.chosen.emit(self._shown[self._buttons.index(sender)].prompt)  # type: ignore[arg-type]
