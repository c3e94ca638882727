"""Which loads the experts' card shows: of which projection, task and tokens, and beside which other task's."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QComboBox

from studio.core.foreign.visible_text import unmarked
from studio.core.run.router_groups import RouterGroup
from studio.core.run.run_rows import ALL_TASKS
from studio.core.words import tr
from studio.ui.controls.flow_layout import FlowRoom
from studio.ui.theme import unit

LETTERS_IN_SIGHT = 3  # of a choice, in the smallest window
WIDEST_CHOICE = 9.0  # lines of text


class LoadChoices(FlowRoom):
    """The choices in a row, or in several where there is no room for one; `changed` when another is chosen."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.groups: tuple[RouterGroup, ...] = ()
        self.group = self._choice(
            "expert_group",
            tr("Projection whose routers are shown"),
            tr("Each adapted projection has its own router per layer"),
        )
        self.task = self._choice(
            "expert_task", tr("Task whose loads are shown"), tr("Loads of all tasks, or of one of them")
        )
        self.task.addItem(tr("All tasks"), ALL_TASKS)
        self.against = self._choice(
            "expert_against", tr("Task to compare with"), tr("How the task's loads differ from another's")
        )
        self.against.addItem(tr("alone"), "")
        self.tokens = self._choice(
            "expert_tokens",
            tr("Tokens whose loads are shown"),
            tr("All tokens, or those that the answers are learned from"),
        )
        self.tokens.addItem(tr("All tokens"), False)
        self.tokens.addItem(tr("Answers", "tokens of answers, in a choice"), True)
        for later in (self.group, self.against, self.tokens):
            later.hide()

    @property
    def compared(self) -> str:
        """The task that the chosen one is compared with; "" where it is shown alone."""
        return str(self.against.currentData()) if self.task.currentData() != ALL_TASKS else ""

    @property
    def widest(self) -> int:
        """How wide one row is of all that may come: whoever goes by it moves no choice when another task is chosen."""
        coming = [box for box in self._boxes if not box.isHidden() or (box is self.against and self._compares)]
        return self._row_of(coming)

    @property
    def rows(self) -> int:
        """How many rows its choices stand in."""
        return round(self.height() / self.task.sizeHint().height()) if not self.isHidden() else 0

    def sizeHint(self) -> QSize:
        return QSize(self._row_of([box for box in self._boxes if not box.isHidden()]), self.height())

    def show_tasks(self, tasks: Sequence[str]) -> None:
        """Offer these tasks."""
        for box in (self.task, self.against):
            for place, task in enumerate(tasks, start=1):
                if box.findData(task) < 0:
                    box.insertItem(place, task, task)

    def show_groups(self, groups: tuple[RouterGroup, ...]) -> bool:
        """Offer the projections one by one where a layer has several routers; returns whether they changed."""
        if groups == self.groups:
            return False
        self.groups = groups
        was = self.group.blockSignals(True)
        self.group.clear()
        for group in groups:
            self.group.addItem(group.name, group.name)
        self.group.blockSignals(was)
        self.group.setVisible(len(groups) > 1)
        return True

    def show_answers(self, counted: bool) -> None:
        """Offer what there is to choose in the loads that are shown, in which answers were `counted` or not."""
        self.tokens.setVisible(counted)
        self.against.setVisible(self._compares and self.task.currentData() != ALL_TASKS)

    @property
    def _boxes(self) -> tuple[QComboBox, ...]:
        return self.group, self.task, self.against, self.tokens

    @property
    def _compares(self) -> bool:
        """Whether there are several tasks."""
        return self.task.count() > 2

    def _row_of(self, boxes: Sequence[QComboBox]) -> int:
        """How wide a row of some of them is; a layout would say 0 for what is hidden."""
        wide = sum(min(box.sizeHint().width(), box.maximumWidth()) for box in boxes)
        return wide + max(0, len(boxes) - 1) * self.flow.spacing()

    def _choice(self, name: str, spoken: str, hint: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setAccessibleName(spoken)
        box.setProperty("hint", hint)
        box.setToolTip(hint)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setMinimumContentsLength(LETTERS_IN_SIGHT)
        box.setMaximumWidth(round(unit() * WIDEST_CHOICE))
        box.currentIndexChanged.connect(self._on_changed)
        self.flow.addWidget(box)
        return box

    @Slot()
    def _on_changed(self) -> None:
        for box in self.findChildren(QComboBox):
            # The tooltip too says what is chosen: a task's name may be longer than there is room for.
            box.setToolTip(unmarked(f"{box.currentText()}\n{box.property('hint')}"))
        self.changed.emit()
