"""The new-run page: the form, the plan under it, and the button that starts the run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.core.atomic_file import write_whole
from studio.core.error_text import system_reason
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.core.recipe.recipe_file import load_recipe
from studio.hardware.machine import Machine
from studio.ui.new_run.background_planner import BackgroundPlanner, Planned
from studio.ui.new_run.data_check import DataCheck
from studio.ui.new_run.data_dialogs import DataDialogs
from studio.ui.new_run.draft import Draft, field_of, first_values, read_draft, values_of
from studio.ui.new_run.form import RecipeForm
from studio.ui.new_run.recipe_bar import RecipeBar
from studio.ui.new_run.start_bar import StartBar
from studio.ui.notices import Notice
from studio.ui.queue.snapshot import QueueSnapshot
from studio.ui.theme import unit


class NewRunPage(QWidget):
    """Edits a recipe; `start_wanted` and `queue_wanted` bring it when its run is to be started or queued."""

    start_wanted = Signal(object)
    queue_wanted = Signal(object)
    told = Signal(object)
    consent_wanted = Signal(object)

    def __init__(self, recipe: Path | None) -> None:
        super().__init__()
        self._draft: Draft | None = None
        self._planned: Planned | None = None
        self._machine: Machine | None = None
        # What a method's parameters are matched with: the method that was set up here before it, else the default.
        self._method = self._before = MethodTable()
        self._queue = QueueSnapshot()
        self._left = False
        self.setAcceptDrops(True)
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.setInterval(0)
        self._reading.timeout.connect(self._on_read)
        self.planner = BackgroundPlanner()
        self.head = RecipeBar()
        self.form = RecipeForm()
        self.foot = StartBar()
        self.data_check = DataCheck(self.form.tasks, self)
        self.data_dialogs = DataDialogs(self, self.form.tasks, self.data_check)
        self._lay_out()
        self.head.changed.connect(self._reading.start)
        self.head.open_wanted.connect(self.open_recipe)
        self.head.save_wanted.connect(self.save_recipe)
        self.form.changed.connect(self._reading.start)
        self.form.tasks.check_wanted.connect(self.check_data)
        self.data_check.found.connect(self._on_data_found)
        self.data_check.told.connect(self.told)
        self.data_check.consent_wanted.connect(self.consent_wanted)
        self.planner.planned.connect(self._on_planned)
        self.foot.problems.chosen.connect(self._on_problem_chosen)
        self.foot.plan.change_wanted.connect(self.form.set_fields)
        self.foot.plan.card.chosen.connect(self.planner.set_card)
        self.foot.start_pressed.connect(self._on_start)
        self.foot.queue_pressed.connect(self._on_queue)
        values, faults = first_values(recipe)
        self._fill(values)
        self.first_faults = faults  # what was wrong with the recipe that the page was opened with

    def show_machine(self, machine: Machine) -> None:
        """Plan for this machine from now on."""
        self._machine = machine
        self.form.show_machine(machine)
        self.planner.set_machine(machine)

    def show_queue(self, snapshot: QueueSnapshot) -> None:
        """While the recipe's device is busy, offer to queue the run and say why."""
        self._queue = snapshot
        self._show_start()

    def is_settled(self) -> bool:
        """Whether the plan of what is shown is made, or cannot be made."""
        return self._planned is not None or bool(self._draft and self._draft.problems)

    def leave(self) -> None:
        """End the threads and processes that serve this page, for good."""
        self._left = True
        self._reading.stop()
        self.planner.stop()
        self.data_check.leave()

    @Slot(str)
    def open_recipe(self, path: str) -> None:
        """Fill the form with a recipe file."""
        try:
            self._fill(values_of(load_recipe(Path(path))))
        except ProblemError as error:
            for problem in error.problems:
                self.told.emit(Notice.of(problem))

    @Slot(str)
    def save_recipe(self, path: str) -> None:
        """Write the form as a recipe file."""
        try:
            write_whole(Path(path), self._read().text)
        except OSError as error:
            what = f"the recipe cannot be written ({system_reason(error)})."
            self.told.emit(Notice.of(Problem(path, what, "Choose another place.")))
            return
        self.told.emit(Notice(f"The recipe is saved as {Path(path).name}.", where=str(path), role="good"))

    @Slot()
    def check_data(self) -> None:
        """Read and count the recipe's data."""
        if self._draft is not None and not self._left:
            self.data_check.check(self._draft.text)

    def _lay_out(self) -> None:
        pad = round(unit() * 1.1)
        inside = QWidget()
        inside_column = QVBoxLayout(inside)
        inside_column.setContentsMargins(pad, 0, pad, pad)
        inside_column.addWidget(self.form)
        self.area = QScrollArea()
        self.area.setWidget(inside)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.7))
        column.addWidget(self.head)
        column.addWidget(self.area, 1)
        column.addWidget(self.foot)

    def _fill(self, values: dict[str, object]) -> None:
        self.head.name.setText(str(values["name"]))
        self.form.set_values(values)

    def _read(self) -> Draft:
        return read_draft({"name": self.head.name.text(), **self.form.values()})

    @Slot()
    def _on_read(self) -> None:
        if self._left:
            return
        draft = self._read()
        if self._draft is not None and draft.text == self._draft.text and draft.problems == self._draft.problems:
            return
        self._draft, self._planned = draft, None
        self._show_start()
        self.form.show_match(None)
        if draft.recipe is not None:
            if draft.recipe.method.name != self._method.name:
                self._before = self._method
            self._method = draft.recipe.method
        if draft.problems:
            self.foot.plan.show_waiting("The plan is made once the problems are fixed.")
        self.data_check.show_draft(draft)
        self.planner.ask(draft.recipe, self._before, self.data_check.epoch_rows())
        self._show_problems(draft.problems)

    def _show_problems(self, problems: tuple[Problem, ...]) -> None:
        """Show what is wrong with the recipe, and with its data: a run of neither is started."""
        refused = self.data_check.problems()
        problems = (*problems, *refused)
        self.foot.plan.show_data(bool(refused))
        self.form.show_problems(problems)
        self.foot.show_problems(problems)
        self.head.show_problem(any(field_of(problem) == "name" for problem in problems))

    @Slot(object)
    def _on_planned(self, planned: Planned) -> None:
        self._planned = planned
        self.foot.plan.show_planned(planned)
        self.form.show_match(planned)
        self._show_problems(planned.problems)
        self._show_start()

    def _show_start(self) -> None:
        plan = self._planned.trains if self._planned is not None else None
        self.foot.show_start(self._why_busy(), fits=plan is None or plan.fits)

    def _why_busy(self) -> str:
        """Why the recipe's device cannot train now; empty when it can, or is not known yet."""
        recipe = self._draft.recipe if self._draft else None
        device = self._machine.device(recipe.machine.device) if self._machine and recipe else None
        return self._queue.why_not(device.lock_name) if device else ""

    @Slot()
    def _on_data_found(self) -> None:
        self.planner.count(self.data_check.epoch_rows())
        planned = self._planned.problems if self._planned is not None else ()
        self._show_problems(planned or (self._draft.problems if self._draft is not None else ()))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self.form.tasks.show_dragging(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.form.tasks.show_dragging(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.form.tasks.show_dragging(False)
        self.form.tasks.add_files([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()
        self.area.ensureWidgetVisible(self.form.tasks)

    @Slot(object)
    def _on_problem_chosen(self, problem: Problem) -> None:
        target = self.form.lead_to(field_of(problem))
        if target is not None:
            self.area.ensureWidgetVisible(target)

    @Slot()
    def _on_start(self) -> None:
        self._submit(queue=bool(self._why_busy()))

    @Slot()
    def _on_queue(self) -> None:
        self._submit(queue=True)

    def _submit(self, queue: bool) -> None:
        draft = self._read()
        if draft.recipe is None:
            self._show_problems(draft.problems)
        else:
            (self.queue_wanted if queue else self.start_wanted).emit(draft.recipe)
