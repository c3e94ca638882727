"""A recipe being edited: the form, its plan and its problems, and the button that starts it, kept in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import MethodTable, Recipe
from studio.core.toml_text import to_toml
from studio.core.words import tr
from studio.hardware.crew_devices import RunDevices, run_devices
from studio.hardware.machine import Machine
from studio.planner.plan import Plan
from studio.ui.new_run.background_planner import Asked, BackgroundPlanner, Planned
from studio.ui.new_run.cures import Cure, of_planning
from studio.ui.new_run.data_check import DataCheck
from studio.ui.new_run.data_dialogs import DataDialogs
from studio.ui.new_run.draft import Draft, folders_of, read_draft
from studio.ui.new_run.form import RecipeForm
from studio.ui.new_run.problem_field import field_of
from studio.ui.new_run.recipe_bar import RecipeBar
from studio.ui.new_run.start_bar import StartBar
from studio.ui.off_thread import off_thread
from studio.ui.queue.snapshot import QueueSnapshot
from studio.ui.theme import unit

SLOW_MS = 300  # after which it is said what is waited for


class RecipeEditing(QWidget):
    """Reads the form after every edit, plans it, looks at its data, shows what is wrong; `edited` brings a Draft."""

    edited = Signal(object)
    typed = Signal(str)  # the form's text, before its files were looked for
    judged = Signal()  # what is wrong, or what is planned, is known anew
    told = Signal(object)
    consent_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._asked: dict[str, Any] = {}  # what the form held when it was read
        self._draft: Draft | None = None
        self._planned: Planned | None = None
        self._machine: Machine | None = None
        # What a method's parameters are matched with: the method that was set up here before it, else the default.
        self._method = self._before = MethodTable()
        self._queue = QueueSnapshot()
        self._unread = False  # whether what is planned may be of what the form held before
        self._left = False
        self._then: Callable[[Recipe], object] | None = None  # what waits for the recipe as it stands
        self.problems: tuple[Problem, ...] = ()  # of the recipe and its data
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.setInterval(0)
        self._reading.timeout.connect(self._on_read)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self._on_slow)
        self.planner = BackgroundPlanner()
        self.form = RecipeForm()

    def steps(self) -> Iterator[None]:
        """Make the parts of the page, a step each: all of them in one turn would block the window."""
        yield from self.form.steps()
        self.head = RecipeBar()
        yield
        self.foot = StartBar()
        yield
        self.data_check = DataCheck(self.form.tasks, self)
        self.data_dialogs = DataDialogs(self, self.form.tasks, self.data_check)
        self.head.changed.connect(self._reading.start)
        self.form.changed.connect(self._reading.start)
        self.form.pinned.connect(self._plan)
        self.form.tasks.check_wanted.connect(self.check_data)
        self.data_check.found.connect(self._on_data_found)
        self.data_check.told.connect(self.told)
        self.data_check.consent_wanted.connect(self.consent_wanted)
        self.planner.planned.connect(self._on_planned)
        self.foot.problems.chosen.connect(self._on_problem_chosen)
        self.foot.problems.cure_wanted.connect(self._on_cure)
        self.foot.plan.change_wanted.connect(self.form.set_fields)
        self.foot.plan.card.chosen.connect(self.planner.set_card)

    def leave(self) -> None:
        """End the threads and processes that serve this page, for good."""
        self._left = True
        self._reading.stop()
        self._slow.stop()
        self.planner.stop()
        self.data_check.leave()
        self.form.leave()

    def made_form(self) -> QWidget:
        """Head, form and foot, one under the other; called once."""
        pad = round(unit() * 1.1)
        inside = QWidget()
        inside_column = QVBoxLayout(inside)
        inside_column.setContentsMargins(pad, 0, pad, pad)
        inside_column.addWidget(self.form)
        self.area = scrolling(inside)
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.7))
        column.addWidget(self.head)
        column.addWidget(self.area, 1)
        column.addWidget(self.foot)
        return made

    def show_machine(self, machine: Machine) -> None:
        """Plan for this machine from now on."""
        self._machine = machine
        self.form.show_machine(machine)
        self.planner.set_machine(machine)

    def show_queue(self, snapshot: QueueSnapshot) -> None:
        """While the recipe's device is busy, offer to queue the run and say why."""
        self._queue = snapshot
        self._show_start()

    @Slot()
    def check_data(self) -> None:
        """Read and count the recipe's data."""
        if self._draft is not None and not self._left:
            self.data_check.check(self._draft.text)

    def _values(self) -> dict[str, Any]:
        return {"name": self.head.name.text(), **self.form.values()}

    def _with_recipe(self, then: Callable[[Recipe], object]) -> None:
        """Call `then` with the recipe as it stands, once its files were looked for; not at all where it has problems,
        which are shown, or is edited meanwhile.
        """
        self._look(self._values())
        self._then = then

    @Slot()
    def _on_read(self) -> None:
        """Tell what was typed, and check it; what waited for the recipe as it was is not done with another one."""
        values = self._values()
        if values != self._asked:
            self._then = None
            self.typed.emit(to_toml(values))
        self._look(values)

    def _look(self, values: dict[str, Any]) -> None:
        """Check the form's values; in a thread, because it looks for files, which may lie on a drive that sleeps."""
        self._reading.stop()
        if self._left:
            return
        if values != self._asked:
            self._asked, self._planned, self._unread = values, None, True
        self._slow.start()
        off_thread(self, "draft", partial(read_draft, values), self._on_draft, on=folders_of(values))

    @Slot()
    def _on_slow(self) -> None:
        self.foot.plan.show_waiting(tr("Looking for the recipe's files: their disk is slow to answer…"))

    def _on_draft(self, draft: Draft) -> None:
        if self._left:
            return
        if self._reading.isActive():
            self._on_read()  # what was typed meanwhile counts
            return
        anew = not self._slow.isActive()  # in place of what was said meanwhile
        self._slow.stop()
        self._unread = False
        before = self._draft
        same = before is not None and (draft.text, draft.problems) == (before.text, before.problems)
        if anew or not same or self._planned is None:
            self._show_draft(draft)
        then, self._then = self._then, None
        if then is None:
            return
        if draft.recipe is None:
            self._show_problems(draft.problems)
        else:
            then(draft.recipe)

    def _show_draft(self, draft: Draft) -> None:
        self._draft, self._planned = draft, None
        self.typed.emit(draft.text)
        self.edited.emit(draft)
        self._show_start()
        self.form.show_planned(None)
        if draft.recipe is not None:
            if draft.recipe.method.name != self._method.name:
                self._before = self._method
            self._method = draft.recipe.method
        self.form.model.show_recipe(draft.text if draft.recipe is not None else None)
        self._plan()
        if draft.problems:
            self.foot.plan.show_waiting(tr("The plan is made once the problems are fixed."))
        self.data_check.show_draft(draft)
        self._show_problems(draft.problems)

    @Slot()
    def _plan(self) -> None:
        """Have the recipe planned as it is, with what is known of its data and with a person's pins."""
        recipe = self._draft.recipe if self._draft is not None else None
        if recipe is None:
            self.planner.ask(None)
            return
        rows, longest = self.data_check.epoch_rows(), self.data_check.longest()
        pins, steps = self.form.pins(), self.form.quality.steps()
        self.planner.ask(Asked(recipe, self._before, rows, longest, pins, steps))

    def _show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show what is wrong with the recipe, and with its data: a run of neither is started."""
        refused = self.data_check.problems()
        self.problems = problems = (*problems, *refused)
        self.foot.plan.show_data(bool(refused))
        self.form.show_problems(problems)
        self.form.quality.compare.setEnabled(not problems)
        self.foot.show_problems(
            tuple((self.form.name_of(field_of(each)), each) for each in problems), self._cures(problems)
        )
        self.head.show_problem(any(field_of(problem) == "name" for problem in problems))
        self.judged.emit()

    def _cures(self, problems: tuple[Problem, ...]) -> dict[str, Cure]:
        """What one click does about these problems, by field."""
        draft = self._draft
        if draft is None:
            return {}
        found = dict(draft.cures)
        for problem in problems:
            field = field_of(problem)
            cure = self.form.columns_cure(field)
            if cure is None and field not in found and draft.recipe is not None:
                cure = of_planning(problem, draft.recipe)
            if cure is not None:
                found[field] = cure
        return found

    @Slot(object)
    def _on_cure(self, cure: Cure) -> None:
        if cure.value is None:
            self._on_field_wanted(cure.field)
            self.form.choose(cure)
        else:
            self.form.set_fields({cure.field: cure.value})

    @Slot(object)
    def _on_planned(self, planned: Planned) -> None:
        if self._unread:
            return
        self._planned = planned
        self.foot.plan.show_planned(planned)
        self.form.show_planned(planned, lasts=not self.data_check.problems())
        self._show_start()
        self._show_problems(planned.problems)

    @property
    def plan(self) -> Plan | None:
        """The plan of what Start would do; None while it is made."""
        return self._planned.trains if self._planned is not None else None

    def _show_start(self) -> None:
        plan = self.plan
        self.foot.show_start(self._why_busy(), fits=plan is None or plan.fits)

    def _why_busy(self) -> str:
        """Why the recipe's devices cannot train now; empty when they can, or are not known yet."""
        recipe = self._draft.recipe if self._draft else None
        device = self._machine.device(recipe.machine.device) if self._machine and recipe else None
        if device is None or self._machine is None or recipe is None:
            return ""
        try:
            devices = run_devices(self._machine, recipe.machine, device)
        except ProblemError:
            devices = RunDevices(device)  # too few cards, as the plan says and the start would
        return self._queue.why_not(devices.lock_name, *devices.also)

    @Slot()
    def _on_data_found(self) -> None:
        planned = self._planned.problems if self._planned is not None else ()
        self._show_problems(planned or (self._draft.problems if self._draft is not None else ()))
        self._plan()  # its time follows from its rows

    @Slot(object)
    def _on_problem_chosen(self, problem: Problem) -> None:
        self._on_field_wanted(field_of(problem))

    def _on_field_wanted(self, field: str) -> None:
        target = self.form.lead_to(field)
        if target is not None:
            self.area.ensureWidgetVisible(target)


def scrolling(inside: QWidget) -> QScrollArea:
    """A widget in an area that scrolls it where there is no room, and has no look of its own."""
    area = QScrollArea()
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    return area
