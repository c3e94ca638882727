"""Where a new run is on the way: what its recipe lacks, and which of its cards is being worked on."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.problem import Problem
from studio.core.words import sentences, tr
from studio.ui.controls.path_bar import Stage, StageName
from studio.ui.new_run.editing import RecipeEditing
from studio.ui.new_run.problem_field import field_of
from studio.ui.new_run.start_choice import FormOrChoice, StartChoice


class NewRunPath(QObject):
    """The stages of the page; `changed` says that they are others now."""

    changed = Signal()

    def __init__(self, page: RecipeEditing, stack: FormOrChoice, choice: StartChoice) -> None:
        super().__init__(page)
        self._page, self._stack, self._choice = page, stack, choice
        self._seen: StageName | None = None  # what a person has gone to, or types into
        page.judged.connect(self.changed)
        self._stack.currentChanged.connect(self.changed)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)

    def stages(self) -> tuple[tuple[Stage, ...], StageName | None]:
        """The six stages, and which of them is seen."""
        page = self._page
        if self._stack.shows_choice and not self._choice.back.isVisibleTo(self._choice):
            first = tr("Choose first what to begin with: the demo, your files, or an earlier run.")
            never = Stage(why=first, open=False)
            return (Stage(why=tr("Choose what to begin with.")), *[never] * 5), "model"
        problems = page.problems
        of_model = [each for each in problems if field_of(each).startswith("model")]
        of_tasks = [each for each in problems if field_of(each).split(".")[0] == "tasks"]
        others = [each for each in problems if each not in of_model and each not in of_tasks]
        plan = page.plan
        if others:
            planned = Stage("lacking", _said(others))
        elif plan is not None and not plan.fits:
            planned = Stage("lacking", tr("It does not fit in memory as it is."))
        else:
            why = tr("Quality or speed, memory and time.")
            planned = Stage("done" if plan is not None and not problems else "open", why)
        ready = not problems
        train = tr("Press Start training when you are ready.") if ready else tr("What is marked comes first.")
        later = Stage(why=tr("Train this run first, or choose one in the list."), open=False)
        stages = (
            Stage("lacking", _said(of_model)) if of_model else Stage("done", tr("The model that is adapted.")),
            Stage("lacking", _said(of_tasks)) if of_tasks else Stage("done", tr("The data that it learns from.")),
            planned,
            Stage(why=train, open=ready),
            later,
            later,
        )
        return stages, None if self._stack.shows_choice else self._seen or _first_lacking(stages)

    def go_to(self, name: StageName) -> None:
        """Show the card of a stage, with the cursor where something can be done; or the button that starts it."""
        page = self._page
        if self._stack.shows_choice and self._choice.back.isVisibleTo(self._choice):
            self._stack.show_form()
        if self._stack.shows_choice:
            self._choice.demo.setFocus()
            return
        if name == "train":
            page.foot.start.setFocus()
            self._see(None)
            return
        problem = next((each for each in page.problems if _stage_of(each) == name), None)
        target = page.form.lead_to(field_of(problem)) if problem is not None else None
        if target is None:
            target, control = self._card(name)
            control.setFocus()
            # Its head first: a card that is higher than the view is read from its top.
            page.area.verticalScrollBar().setValue(max(0, target.y()))
        else:
            page.area.ensureWidgetVisible(target)
        self._see(name)

    def _card(self, name: StageName) -> tuple[QWidget, QWidget]:
        """A stage's card, and what takes the keyboard there."""
        form = self._page.form
        if name == "model":
            return form.model, form.rows["model.source"].editor.control
        if name == "tasks":
            return form.tasks, form.tasks.add
        return form.quality, next(iter(form.quality.sliders.values())).editor.control

    def _see(self, name: StageName | None) -> None:
        if name != self._seen:
            self._seen = name
            self.changed.emit()

    @Slot(QWidget, QWidget)
    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        form = self._page.form
        cards: tuple[tuple[StageName, QWidget], ...] = (
            ("model", form.model),
            ("tasks", form.tasks),
            ("plan", form.quality),
            ("plan", form.advanced),
        )
        found = next((name for name, card in cards if now is not None and card.isAncestorOf(now)), None)
        if found is not None:
            self._see(found)


def _stage_of(problem: Problem) -> StageName:
    """The stage at which a problem is mended."""
    first = field_of(problem).split(".")[0]
    return "model" if first == "model" else "tasks" if first == "tasks" else "plan"


def _said(problems: list[Problem]) -> str:
    """What is wrong, in a line for each of the first three."""
    return "\n".join(sentences(each.what, each.remedy) for each in problems[:3])


def _first_lacking(stages: tuple[Stage, ...]) -> StageName:
    names: tuple[StageName, ...] = ("model", "tasks", "plan")
    return next((name for name, stage in zip(names, stages, strict=False) if stage.mark == "lacking"), "plan")
