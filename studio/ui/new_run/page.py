"""The new-run page: the form, the plan under it, and the button that starts the run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.core.atomic_file import write_whole
from studio.core.foreign import consent
from studio.core.foreign.visible_text import unmarked
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.run_folder import slug
from studio.core.units import count_text
from studio.hardware.machine import Machine
from studio.ui.controls.widgets import Fill, Text, WrappedText, button
from studio.ui.desk import Answer, Desk
from studio.ui.icons import icon
from studio.ui.new_run.draft import Draft, field_of, first_values, read_draft, values_of
from studio.ui.new_run.form import RecipeForm
from studio.ui.new_run.plan_bar import PlanPanel
from studio.ui.new_run.plan_probe import Planned, PlanProbe
from studio.ui.new_run.problems_panel import ProblemsPanel
from studio.ui.notices import Notice
from studio.ui.queue.view import QueueView
from studio.ui.theme import scaled_font, unit


class NewRunPage(QWidget):
    """Edits a recipe; `start_wanted` brings it when it is whole, `queue_wanted` when it shall wait in the queue."""

    start_wanted = Signal(object)
    queue_wanted = Signal(object)
    told = Signal(object)
    consent_wanted = Signal(object)

    def __init__(self, recipe: Path | None) -> None:
        super().__init__()
        self._draft: Draft | None = None
        self._planned: Planned | None = None
        self._desk: Desk | None = None
        self._machine: Machine | None = None
        # What a method's parameters are matched with: the method that was set up here before it, else the default.
        self._method = self._before = MethodTable()
        self._queue_view = QueueView()
        self.probe = PlanProbe()
        self.form = RecipeForm()
        self.problems = ProblemsPanel()
        self.plan = PlanPanel()
        self.name = QLineEdit()
        self.name.setObjectName("field_name")
        self.name.setAccessibleName("Name of the run")
        self.name.setPlaceholderText("Name of the run")
        self.name.setFont(scaled_font(1.2))
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.open = button("open_recipe", "Open…", "folder", hint="Open a recipe file", shortcut="Ctrl+O")
        self.save = button("save_recipe", "Save…", "save", hint="Save as a recipe file", shortcut="Ctrl+S")
        self.start = button("start", "Start training", "play", "primary", "Start the run", "Ctrl+Return")
        self.start.setFont(scaled_font(1.12))
        self.start.setMinimumSize(round(unit() * 12), round(unit() * 2.8))
        self.queue = button(
            "add_to_queue", "Add to queue", "queue", "quiet", "Let it wait its turn, and set up another"
        )
        self.queue.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.queue.clicked.connect(self._on_queue)
        self.busy = WrappedText("", "warning")
        self.busy.setObjectName("device_busy")
        self.busy.hide()
        self.open.clicked.connect(self._on_open)
        self.save.clicked.connect(self._on_save)
        self.start.clicked.connect(self._on_start)
        self.form.tasks.check_wanted.connect(self.check_data)

        pad = round(unit() * 1.1)
        head = QHBoxLayout()
        head.setContentsMargins(pad, pad, pad, 0)
        head.setSpacing(round(unit() * 0.5))
        head.addWidget(Text("New run", size=1.45, strong=True))
        head.addSpacing(round(unit() * 0.6))
        head.addWidget(self.name, 1)
        head.addWidget(self.open)
        head.addWidget(self.save)
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
        foot = Fill("surface", "top")
        foot_column = QVBoxLayout(foot)
        foot_column.setContentsMargins(pad, round(unit() * 0.7), pad, round(unit() * 0.7))
        foot_column.setSpacing(round(unit() * 0.4))
        foot_column.addWidget(self.problems)
        foot_column.addWidget(self.busy)
        across = QHBoxLayout()
        across.setSpacing(pad)
        across.addWidget(self.plan, 1)
        buttons = QVBoxLayout()
        buttons.setSpacing(round(unit() * 0.2))
        buttons.addStretch(1)
        buttons.addWidget(self.start)
        buttons.addWidget(self.queue)
        across.addLayout(buttons)
        foot_column.addLayout(across)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.7))
        column.addLayout(head)
        column.addWidget(self.area, 1)
        column.addWidget(foot)

        self._left = False
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.setInterval(0)
        self._reading.timeout.connect(self._on_read)
        self.form.changed.connect(self._reading.start)
        self.name.textChanged.connect(self._reading.start)
        self.problems.chosen.connect(self._on_problem_chosen)
        self.probe.planned.connect(self._on_planned)
        self.plan.change_wanted.connect(self.form.set_fields)
        self.plan.card.chosen.connect(self.probe.set_card)
        self.form.match.clicked.connect(self._on_match)
        values, faults = first_values(recipe)
        self._fill(values)
        self.first_faults = faults  # what was wrong with the recipe that the page was opened with

    def show_machine(self, machine: Machine) -> None:
        """Plan for this machine from now on."""
        self._machine = machine
        self.form.show_machine(machine)
        self.probe.set_machine(machine)

    def is_settled(self) -> bool:
        """Whether the plan of what is shown has come, or cannot come."""
        return self._planned is not None or bool(self._draft and self._draft.problems)

    def leave(self) -> None:
        """End the threads and processes that serve this page, for good."""
        self._left = True
        self._reading.stop()
        self.probe.stop()
        if self._desk is not None:
            self._desk.leave()

    def _fill(self, values: dict[str, object]) -> None:
        self.name.setText(str(values["name"]))
        self.form.set_values(values)

    @Slot()
    def _on_read(self) -> None:
        if self._left:
            return
        draft = read_draft({"name": self.name.text(), **self.form.values()})
        if self._draft is not None and draft.text == self._draft.text and draft.problems == self._draft.problems:
            return
        self._draft, self._planned = draft, None
        self._show_start(fits=True)
        self.form.match.hide()
        if draft.recipe is not None:
            if draft.recipe.method.name != self._method.name:
                self._before = self._method
            self._method = draft.recipe.method
        self.probe.ask(draft.recipe, self._before)
        if draft.problems:
            self.plan.show_waiting("The plan follows when the problems are mended.")
        self._show_problems(draft.problems)

    def _show_problems(self, problems: tuple[Problem, ...]) -> None:
        self.form.show_problems(problems)
        self.problems.show_problems(problems)
        self.start.setEnabled(not problems)
        self.queue.setEnabled(not problems)
        self.name.setProperty("problem", any(field_of(problem) == "name" for problem in problems))
        self.name.update()

    @Slot(object)
    def _on_planned(self, planned: Planned) -> None:
        self._planned = planned
        self.plan.show_planned(planned)
        self._show_match(planned)
        self._show_problems(planned.problems)
        self._show_start(fits=planned.trains is None or planned.trains.fits)

    def _show_match(self, planned: Planned) -> None:
        """Offer the rank that gives this method as many parameters as the one before it."""
        button = self.form.match
        button.setVisible(planned.wanted is not None and (planned.match is not None or bool(planned.unmatched)))
        button.setEnabled(planned.match is not None)
        if planned.wanted is not None:
            button.setText(f"Match {planned.wanted_by}'s {count_text(planned.wanted)} parameters")
            button.setAccessibleName(button.text())
        if planned.match is not None:
            found = planned.match
            button.setToolTip(f"Rank {found.rank} and alpha {found.alpha:g}, so that both train as many weights")
        else:
            button.setToolTip(unmarked(planned.unmatched))

    @Slot()
    def _on_match(self) -> None:
        if self._planned is not None and self._planned.match is not None:
            found = self._planned.match
            self.form.set_fields({"method.rank": found.rank, "method.alpha": found.alpha})

    def show_queue(self, view: QueueView) -> None:
        """Start becomes queueing while the recipe's device is not to be had, and the reason stands above it."""
        self._queue_view = view
        self._show_start(fits=self._planned is None or self._planned.trains is None or self._planned.trains.fits)

    def _why_not_now(self) -> str:
        recipe = self._draft.recipe if self._draft else None
        device = self._machine.device(recipe.machine.device) if self._machine and recipe else None
        return self._queue_view.why_not(device.lock_name) if device else ""

    def _show_start(self, fits: bool) -> None:
        """A recipe that does not fit may be tried all the same, but not by a reflex."""
        why = self._why_not_now()
        self.busy.setText(why)
        self.busy.setVisible(bool(why))
        self.queue.setVisible(not why)
        self.start.setText("Add to queue" if why else "Start training" if fits else "Start anyway")
        self.start.setIcon(icon("queue" if why else "play"))
        self.start.setToolTip(f"{'Let it wait its turn' if why else 'Start the run'} (Ctrl+Return)")
        self.start.setAccessibleName(self.start.text())
        self.start.setProperty("look", "primary" if fits else "")
        self.start.setShortcut("Ctrl+Return")
        self.start.update()

    @Slot(object)
    def _on_problem_chosen(self, problem: Problem) -> None:
        target = self.form.lead_to(field_of(problem))
        if target is not None:
            self.area.ensureWidgetVisible(target)

    @Slot()
    def _on_start(self) -> None:
        draft = read_draft({"name": self.name.text(), **self.form.values()})
        if draft.recipe is not None:
            (self.queue_wanted if self._why_not_now() else self.start_wanted).emit(draft.recipe)
        else:
            self._show_problems(draft.problems)

    @Slot()
    def _on_queue(self) -> None:
        draft = read_draft({"name": self.name.text(), **self.form.values()})
        if draft.recipe is not None:
            self.queue_wanted.emit(draft.recipe)
        else:
            self._show_problems(draft.problems)

    @Slot()
    def _on_open(self) -> None:
        dialog = QFileDialog(self, "Open a recipe")
        dialog.setNameFilter("Recipes (*.toml)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.open_recipe)
        dialog.open()

    @Slot(str)
    def open_recipe(self, path: str) -> None:
        """Fill the form with a recipe file."""
        try:
            self._fill(values_of(load_recipe(Path(path))))
        except ProblemError as error:
            for problem in error.problems:
                self.told.emit(Notice.of(problem))

    @Slot()
    def _on_save(self) -> None:
        dialog = QFileDialog(self, "Save the recipe")
        dialog.setNameFilter("Recipes (*.toml)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("toml")
        dialog.selectFile(f"{slug(self.name.text())}.toml")
        dialog.fileSelected.connect(self.save_recipe)
        dialog.open()

    @Slot(str)
    def save_recipe(self, path: str) -> None:
        """Write the form as a recipe file."""
        draft = read_draft({"name": self.name.text(), **self.form.values()})
        try:
            write_whole(Path(path), draft.text)
        except OSError as error:
            problem = Problem(path, f"the recipe cannot be written ({error.strerror}).", "Choose another place.")
            self.told.emit(Notice.of(problem))
            return
        self.told.emit(Notice(f"The recipe is saved as {Path(path).name}.", where=str(path), role="good"))

    @Slot()
    def check_data(self) -> None:
        """Let the desk read and count the recipe's data."""
        if self._draft is None or self._left:
            return
        if self._desk is None:
            self._desk = Desk(self)
            self._desk.answered.connect(self._on_answer)
        self.form.tasks.check.setEnabled(False)
        self._note("The desk reads the data…", "quiet")
        self._desk.ask("check", recipe=self._draft.text, folder=str(Path.cwd()))

    def _note(self, text: str, role: str) -> None:
        self.form.tasks.note.setText(text)
        self.form.tasks.note.set_role(role)

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        if answer.progress:
            self._note(answer.progress, "quiet")
            return
        self.form.tasks.check.setEnabled(True)
        if answer.done is None:
            self._note("The data was not counted.", "warning")
            asks = [problem for problem in answer.problems if problem.kind == consent.KIND]
            for problem in asks:
                self.consent_wanted.emit(problem)
            for notice in answer.notices() if not asks else ():
                self.told.emit(notice)
            return
        tasks = answer.done.get("tasks", {})
        self.form.tasks.model.show_checked({name: _counted(found) for name, found in tasks.items()})
        cut = {name: found.get("cut_rows", 0) for name, found in tasks.items() if found.get("cut_rows")}
        if cut:
            rows = ", ".join(f"{count} of {name}" for name, count in cut.items())
            self._note(f"Longer than max_length, and would be cut: {rows} rows.", "warning")
        else:
            self._note("Every row was read; none is longer than max_length.", "good")


def _counted(found: dict[str, object]) -> str:
    train, held_out = found.get("train_rows"), found.get("evaluate_rows")
    parts = [f"{count_text(float(str(train)))} train"] if train is not None else []
    parts += [f"{count_text(float(str(held_out)))} held out"] if held_out is not None else []
    return ", ".join(parts)
