"""Try several values: the same recipe with every combination of some fields' values, queued as one sweep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.recipe.sweep import MOST_RUNS, SEED, Sweep, field_words
from studio.core.recipe.sweep_file import parse_sweep
from studio.core.toml_text import to_toml
from studio.core.units import about
from studio.core.words import listed, mark, plural, sentences, tr
from studio.hardware.machine import Machine
from studio.planner.together import SweepWay, TogetherPlan
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.widgets import Text, WrappedText, button
from studio.ui.dialogs.sweep_field import SweepField, sweepable
from studio.ui.dialogs.sweep_plans import SweepPlan, SweepPlans
from studio.ui.theme import unit
from studio.ui.units import bytes_text, unbroken

MOST_SEEDS = 10
MOST_FIELDS = 4
READ_AFTER_MS = 150
SAID_LINES = 3
WAY_AUTO, WAY_TOGETHER, WAY_IN_TURN = mark("As the plan advises"), mark("All together"), mark("One after another")
WHAT = mark(
    "Trains this recipe with every combination of these values, and opens the runs side by side. Everything else stays"
    " the same."
)


class SweepDialog(FittedDialog):
    """Takes fields and their values; `chosen` brings the sweep, and which of its runs train together."""

    chosen = Signal(object, object)  # the sweep, and the places of its runs in each pass

    def __init__(
        self, recipe: Recipe, machine: Machine | None, given: Sweep | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sweep_dialog")
        self.setWindowTitle(tr("Try several values"))
        self._recipe, self._machine = recipe, machine
        # Not offered here, and kept as the recipe says.
        self._at_once = given.at_once if given is not None else "auto"
        self._order = given.order if given is not None else "seed-by-seed"
        self.sweep: Sweep | None = None  # as it stands; None where it cannot be
        self.fields: list[SweepField] = []
        self.plans = SweepPlans(self)
        self.plans.found.connect(self._on_planned)
        self.add = button("sweep_add", tr("Another field"), "add", "quiet")
        self.add.clicked.connect(self._on_add)
        self.seeds = QSpinBox()
        self.seeds.setObjectName("sweep_seeds")
        self.seeds.setRange(1, MOST_SEEDS)
        self.seeds.setValue(2)
        self.seeds.setAccessibleName(tr("Runs of each combination, one for each seed"))
        self.seeds.setToolTip(tr("Several seeds tell a better value from a lucky run"))
        self.how = QComboBox()
        self.how.setObjectName("sweep_how")
        self.how.setAccessibleName(tr("How the runs train"))
        self.how.setToolTip(tr("Together, the base model is held once and its products are computed once for all"))
        for words, value in ((WAY_AUTO, "auto"), (WAY_TOGETHER, True), (WAY_IN_TURN, False)):
            self.how.addItem(tr(words), value)
        self._planned: SweepPlan | None = None
        self.said = WrappedText("", "quiet")
        self.said.setObjectName("sweep_said")
        self.said.setMinimumHeight(round(unit() * SAID_LINES * 1.2))  # so that nothing moves when the plan arrives
        self.go = button("sweep_go", tr("Queue the runs"), "queue", "primary", tr("Queue the runs, and open the group"))
        self.go.clicked.connect(self._on_go)
        self.leave_it = button("sweep_cancel", tr("Cancel"), "", "quiet")
        self.leave_it.clicked.connect(self.reject)
        self.finished.connect(self._on_finished)
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.setInterval(READ_AFTER_MS)
        self._reading.timeout.connect(self._read)
        self._lay_out()
        self._seeds: list[int] = []
        self._also: dict[str, list[object]] = {}
        if given is None:
            self._on_add()
        else:
            self._show(given)
        self.seeds.valueChanged.connect(self._on_changed)
        self.how.currentIndexChanged.connect(self._on_changed)

    def use_machine(self, machine: Machine) -> None:
        """Plan for this machine; the dialog may have opened before the hardware check was over."""
        self._machine = machine
        self._on_changed()

    def leave(self) -> None:
        """Plan nothing more, for good: the window is about to close."""
        self._on_finished()
        self.plans.leave()

    def _lay_out(self) -> None:
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(round(unit() * 0.7))
        self._grid.setVerticalSpacing(round(unit() * 0.45))
        self._grid.setColumnStretch(1, 1)
        how = QHBoxLayout()
        how.setSpacing(round(unit() * 0.6))
        seeds = Text(tr("Seeds"))
        seeds.setBuddy(self.seeds)
        how.addWidget(self.add)
        how.addStretch(1)
        how.addWidget(self.how)
        how.addSpacing(round(unit() * 0.6))
        how.addWidget(seeds)
        how.addWidget(self.seeds)
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
        body.addLayout(self._grid)
        body.addLayout(how)
        body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(round(unit() * 0.8))
        column.addWidget(Text(tr("Try several values"), size=1.25, strong=True))
        column.addWidget(self.scrolled(inside), 1)
        column.addWidget(self.said)
        column.addLayout(foot)
        self.setMinimumWidth(round(unit() * 40))

    def _show(self, given: Sweep) -> None:
        """Begin with a sweep that a recipe has; fields that are not offered here are swept as it says, and told."""
        known = sweepable(self._recipe)
        for each in given.fields:
            if each.path in known:
                self._add(each.path).give(list(each.values))
            elif each.path == SEED:
                self._seeds = list(each.values)
            else:
                self._also[each.path] = list(each.values)
        self.seeds.setValue(max(1, min(MOST_SEEDS, len(self._seeds))))
        self.how.setCurrentIndex(self.how.findData(given.together))
        if not self.fields:
            self._on_add()

    @Slot()
    def _on_add(self) -> None:
        taken = {field.path for field in self.fields}
        free = next((path for path in sweepable(self._recipe) if path not in taken), None)
        if free is not None:
            self._add(free).values.setFocus()

    def _add(self, path: str) -> SweepField:
        field = SweepField(self._recipe, path, self)
        field.changed.connect(self._on_changed)
        field.removed.connect(self._on_removed)
        row = self._grid.rowCount()
        for column, widget in enumerate(field.widgets):
            self._grid.addWidget(widget, row, column)
        self.fields.append(field)
        self._on_changed()
        return field

    @Slot()
    def _on_removed(self) -> None:
        field = self.sender()
        assert isinstance(field, SweepField)
        self.fields.remove(field)
        for widget in field.widgets:
            self._grid.removeWidget(widget)
            widget.deleteLater()
        field.deleteLater()
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        """Read what is typed in a moment; what was read before is not what would be trained."""
        for field in self.fields:
            field.remove.setVisible(len(self.fields) > 1)
        self.add.setEnabled(len(self.fields) < MOST_FIELDS)
        self.sweep = self._planned = None
        self.go.setEnabled(False)
        self._reading.start()

    @Slot()
    def _read(self) -> None:
        lists: dict[str, object] = dict(self._also)
        twice = False
        for field in self.fields:
            twice = twice or field.path in lists
            lists[field.path] = field.given
        if self.seeds.value() > 1:
            following = [self._recipe.seed + number for number in range(self.seeds.value())]
            lists[SEED] = self._seeds if len(self._seeds) == self.seeds.value() else following
        swept = to_toml({"order": self._order} | {f'"{path}"': given for path, given in lists.items()})
        text = f"{dump_recipe(self._recipe)}\n[sweep]\n{swept}"
        try:
            if twice:
                raise ProblemError.at("sweep", tr("A field is listed twice."), tr("Choose another, or remove it."))
            read = parse_sweep(text, "sweep", Path())
            self.sweep = replace(read, together=self.how.currentData(), at_once=self._at_once)
        except ProblemError as error:
            self._show_problem(error.problems[0])
            return
        for field in self.fields:
            field.show_problem(False)
        self.said.set_role("quiet")
        runs = len(self.sweep.members)
        # Else once it is planned which train together; before the hardware check is over, nothing can be planned.
        self.go.setEnabled(runs > 1 and self._machine is None and self.how.currentData() is not True)
        self.go.setText(plural("Queue {n} run", "Queue {n} runs", runs))
        self.go.setAccessibleName(self.go.text())
        self.said.setText(self._counted() if runs > 1 else tr("Type two values or more, with commas between them."))
        if self._machine is not None and runs > 1:
            self.plans.ask(self.sweep, self._machine)

    def _show_problem(self, problem: Problem) -> None:
        path = problem.where.rpartition("sweep.")[2]
        for field in self.fields:
            field.show_problem(field.path == path)
        named = next((field.field.currentText() for field in self.fields if field.path == path), "")
        what = tr("{field}: {what}", field=named, what=problem.what) if named else problem.what
        self.said.setText(sentences(what, problem.remedy if "[sweep]" not in problem.remedy else ""))
        self.said.setToolTip(unmarked(self.said.text()))
        self.said.set_role("danger")

    def _counted(self) -> str:
        """How many runs there are, and how many were left out."""
        assert self.sweep is not None
        settings, runs = len(self.sweep.settings), len(self.sweep.members)
        counted = tr(
            "{settings}, {seeds}: {runs}, of at most {most}.",
            settings=plural("{n} combination", "{n} combinations", settings),
            seeds=plural("{n} seed", "{n} seeds", self.seeds.value()),
            runs=plural("{n} run", "{n} runs", runs),
            most=MOST_RUNS,
        )
        left_out = plural(
            "{n} more would repeat another, as its method does not use the field.",
            "{n} more would repeat others, as their method does not use the field.",
            self.sweep.left_out,
        )
        also = tr("As the recipe says, they also differ in: {fields}.", fields=listed(map(field_words, self._also)))
        return sentences(counted, also if self._also else "", left_out if self.sweep.left_out else "")

    @Slot(object)
    def _on_planned(self, found: SweepPlan) -> None:
        if self.sweep is None:
            return
        self._planned = found
        refused = self.sweep.together is True and found.way is not None and not found.way.is_together
        self.go.setEnabled(not refused)
        self.said.setText(sentences(self._counted(), planned_words(found)))
        fits = not found.why_not and not refused and all(plan.fits for plan in found.plans)
        self.said.set_role("quiet" if fits else "warning")

    @Slot()
    def _on_go(self) -> None:
        if self.sweep is not None:
            way = self._planned.way if self._planned is not None else None
            alone = tuple((place,) for place in range(len(self.sweep.members)))
            self.chosen.emit(self.sweep, way.batches if way is not None else alone)
            self.accept()

    @Slot()
    def _on_finished(self) -> None:
        self._reading.stop()
        self.plans.stop()


def planned_words(found: SweepPlan) -> str:
    """What the runs take, in the way in which they train."""
    if found.why_not:
        return found.why_not
    if found.way is not None and found.way.is_together and found.way.together is not None:
        return _together_words(found.way, found.way.together, found.seconds)
    return sentences(found.way.why if found.way is not None else "", _in_turn_words(found))


def _together_words(way: SweepWay, together: TogetherPlan, seconds: float | None) -> str:
    """One pass or several, what the largest holds, and the time beside that of one run after another."""
    count = len(together.plans)
    passes = (
        tr("All in one pass: {size}", size=bytes_text(together.peak_bytes))
        if len(way.batches) == 1
        else tr(
            "{passes} passes of up to {count} runs: {size}",
            passes=len(way.batches),
            count=count,
            size=bytes_text(together.peak_bytes),
        )
    )
    alone = bytes_text(sum(plan.peak_bytes for plan in together.plans))
    held = tr("{passes}, where {count} alone take {alone}.", passes=passes, count=count, alone=alone)
    share = round(100 / together.gain)
    if seconds is None:
        return sentences(held, tr("It takes an estimated {share} % of the time of one after another.", share=share))
    time, in_turn = (unbroken(about(each, short=True)) for each in (seconds / together.gain, seconds))
    return sentences(held, tr("An estimated {time}, and {in_turn} one after another.", time=time, in_turn=in_turn))


def _in_turn_words(found: SweepPlan) -> str:
    largest = max(found.plans, key=lambda plan: plan.peak_bytes)
    size = bytes_text(largest.peak_bytes)
    if not largest.fits:
        there = bytes_text(largest.budget_bytes)
        return tr("The largest needs {size}, more than the {there} there are.", size=size, there=there)
    if found.seconds is None:
        return tr("One after another, the largest in {size}.", size=size)
    time = unbroken(about(found.seconds, short=True))
    return tr("One after another, the largest in {size}: {time} together.", size=size, time=time)
