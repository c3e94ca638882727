"""Compare methods: the same recipe with several methods and seeds, planned side by side and queued as one group."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.methods.registry import METHODS, MethodName
from studio.core.recipe.recipe import Recipe
from studio.core.units import about, count_text
from studio.core.words import in_a_row, listed, mark, plural, sentences, tr
from studio.hardware.machine import Machine
from studio.planner.compared_recipes import seeded
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.widgets import ElidedText, Text, WrappedText, button
from studio.ui.dialogs.method_plans import MethodPlan, MethodPlans
from studio.ui.theme import unit
from studio.ui.units import bytes_text, unbroken

MOST_SEEDS = 10
WHAT = mark(
    "Trains this recipe with each chosen method, one run after another, and opens them side by side. "
    "Model, data and steps stay the same."
)


class CompareDialog(FittedDialog):
    """Offers every method; `chosen` brings the comparison's name and the recipes of its runs, in their order."""

    chosen = Signal(str, object)

    def __init__(self, recipe: Recipe, machine: Machine | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare_dialog")
        self.setWindowTitle(tr("Compare methods"))
        self._recipe, self._machine = recipe, machine
        self._found: dict[MethodName, MethodPlan] = {}
        self.plans = MethodPlans(self)
        self.plans.found.connect(self._on_found)
        self.boxes: dict[MethodName, QCheckBox] = {}
        self.lines: dict[MethodName, tuple[Text, Text, ElidedText]] = {}
        self.equal = QCheckBox(tr("Equal parameters"))
        self.equal.setObjectName("compare_equal")
        self.equal.setToolTip(tr("Each method gets the rank at which it trains as many parameters as this recipe"))
        self.equal.setChecked(True)
        self.seeds = QSpinBox()
        self.seeds.setObjectName("compare_seeds")
        self.seeds.setRange(1, MOST_SEEDS)
        self.seeds.setAccessibleName(tr("Runs of each method, one for each seed"))
        self.seeds.setToolTip(tr("Several seeds tell a better method from a lucky run"))
        self.said = WrappedText("", "quiet")
        self.said.setObjectName("compare_said")
        self.go = button(
            "compare_go", tr("Queue the runs"), "queue", "primary", tr("Queue the runs, and open the comparison")
        )
        self.go.clicked.connect(self._on_go)
        self.leave_it = button("compare_cancel", tr("Cancel"), "", "quiet")
        self.leave_it.clicked.connect(self.reject)
        self.finished.connect(self._on_finished)
        self._lay_out()
        self.equal.toggled.connect(self._ask)
        self.seeds.valueChanged.connect(self._say)
        self._ask()

    def leave(self) -> None:
        """Plan nothing more, for good: the window is about to close."""
        self.plans.leave()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(round(unit() * 1.2))
        grid.setVerticalSpacing(round(unit() * 0.45))
        grid.setColumnStretch(3, 1)
        for row, name in enumerate(METHODS):
            box = self.boxes[name] = QCheckBox(METHODS[name].title)
            box.setObjectName(f"compare_{name}")
            box.setChecked(True)
            box.toggled.connect(self._say)
            line = self.lines[name] = (Text("", "quiet"), Text("", "quiet"), ElidedText("", "quiet"))
            for each, what in zip(line, ("rank", "parameters", "plan"), strict=True):
                each.setObjectName(f"compare_{name}_{what}")
            for column, widget in enumerate((box, *line)):
                grid.addWidget(widget, row, column)
        how = QHBoxLayout()
        how.setSpacing(round(unit() * 0.6))
        seeds = Text(tr("Seeds"))
        seeds.setBuddy(self.seeds)
        how.addWidget(self.equal)
        how.addSpacing(round(unit()))
        how.addWidget(seeds)
        how.addWidget(self.seeds)
        how.addStretch(1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.leave_it)
        foot.addWidget(self.go)
        pad = round(unit() * 1.3)
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(round(unit() * 0.8))
        body.addWidget(WrappedText(tr(WHAT), "quiet"))
        body.addLayout(grid)
        body.addLayout(how)
        body.addStretch(1)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(pad, pad, pad, pad)
        column_.setSpacing(round(unit() * 0.8))
        column_.addWidget(Text(tr("Compare methods"), size=1.25, strong=True))
        column_.addWidget(self.scrolled(inside), 1)
        column_.addWidget(self.said)
        column_.addLayout(foot)
        self.setMinimumWidth(round(unit() * 44))

    def use_machine(self, machine: Machine) -> None:
        """Plan for this machine; the dialog may have opened before the hardware check was over."""
        self._machine = machine
        self._ask()

    @Slot()
    def _ask(self) -> None:
        self._found = {}
        for rank, parameters, plan in self.lines.values():
            rank.setText("")
            parameters.setText("")
            plan.setText(tr("Planning…"))
            plan.set_role("quiet")
        self._say()
        self.plans.ask(self._recipe, tuple(METHODS), not self.equal.isChecked(), self._machine)

    @Slot(object)
    def _on_found(self, found: tuple[MethodPlan, ...]) -> None:
        self._found = {each.name: each for each in found}
        for each in found:
            rank, parameters, plan = self.lines[each.name]
            possible = each.recipe is not None
            self.boxes[each.name].setEnabled(possible)
            rank.setText(tr("rank {rank}", rank=each.recipe.method.rank) if each.recipe is not None else "")
            parameters.setText(
                "" if each.trained is None else tr("{number} parameters", number=count_text(each.trained))
            )
            plan.setText(_planned_text(each))
            fits = possible and (each.plan is None or each.plan.fits)
            plan.set_role("quiet" if fits else "warning")
            plan.setToolTip(unmarked(each.why_not or plan.text()))
        self._say()

    def _chosen(self) -> list[MethodPlan]:
        """The methods that are ticked and possible; empty until they are planned."""
        return [each for name, each in self._found.items() if self.boxes[name].isChecked() and each.recipe is not None]

    @Slot()
    def _say(self) -> None:
        chosen, seeds = self._chosen(), self.seeds.value()
        runs = len(chosen) * seeds
        self.go.setEnabled(runs > 1)
        self.go.setText(tr("Queue {number} runs", number=runs) if runs > 1 else tr("Queue the runs"))
        self.go.setAccessibleName(self.go.text())
        if not self._found:
            self.said.setText(tr("Planning each method…"))
        elif runs < 2:
            self.said.setText(tr("Choose two methods or more, or several seeds of one."))
        else:
            self.said.setText(_time_text(chosen, seeds))

    @Slot()
    def _on_go(self) -> None:
        chosen = [each.recipe for each in self._chosen() if each.recipe is not None]
        self.chosen.emit(self._recipe.name, tuple(seeded(self._recipe, chosen, self.seeds.value())))
        self.accept()

    @Slot()
    def _on_finished(self) -> None:
        self.plans.stop()


def _planned_text(each: MethodPlan) -> str:
    """A method's memory and time in a few words."""
    if each.recipe is None:
        return each.why_not
    if each.plan is None:
        return ""
    memory = bytes_text(each.plan.peak_bytes)
    if not each.plan.fits:
        there = bytes_text(each.plan.budget_bytes)
        return tr("{memory}: more than the {budget} there are", memory=memory, budget=there)
    return in_a_row(memory, unbroken(about(each.time.seconds, short=True)) if each.time.seconds else "")


def _time_text(chosen: list[MethodPlan], seeds: int) -> str:
    """How many runs there will be, and how long they take together."""
    methods = plural("{n} method", "{n} methods", len(chosen))
    counted = tr(
        "{methods}, {seeds}: {runs} runs",
        methods=methods,
        seeds=plural("{n} seed", "{n} seeds", seeds),
        runs=len(chosen) * seeds,
    )
    times = [each.time.seconds for each in chosen]
    total = sum(time for time in times if time is not None) * seeds
    too_large = [METHODS[each.name].title for each in chosen if each.plan is not None and not each.plan.fits]
    if total and None not in times:
        said = tr("{runs}, {time} together.", runs=counted, time=unbroken(about(total, short=True)))
    else:
        said = tr("{runs}.", runs=counted)
    return sentences(said, tr("{methods} may run out of memory.", methods=listed(too_large)) if too_large else "")
