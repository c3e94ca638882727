"""The desk's looks at a recipe's data: the first rows whenever a task changes, all rows on request or where few."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.foreign import consent
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.data_path import is_data_path
from studio.core.recipe.mixing import epoch_shares
from studio.core.recipe.recipe import Recipe
from studio.core.toml_text import to_toml
from studio.core.words import listed, plural, sentences, tr
from studio.planner.model_source import local_path
from studio.ui.desk import Answer, Desk
from studio.ui.new_run.draft import Draft, folders_of, values_of
from studio.ui.new_run.problem_field import FORM, field_of
from studio.ui.new_run.task_facts import TaskFacts, problems_of
from studio.ui.new_run.tasks_card import DROP_HERE, TasksCard
from studio.ui.off_thread import off_thread

PAUSE_MS = 350  # without an edit, before the desk is asked
# Without a sign of it, after which the desk is not waited for on account of what is asked no more. It gives none while
# it imports the tokenizers' library, which a slow machine takes long for, and one that is put away begins that anew.
STUCK_MS = 90_000
OF_TASKS = ("peek", "look", "check", "count")  # what is asked of tasks as they stand in the recipe
FIRST_ROWS = 25
TRIED_ROWS = 5
FEW_BYTES = 2 << 20  # data of so many bytes is counted whole without being asked
NOT_OF_THE_DATA = ("weight", "metric", "evaluate_rows")


@dataclass(frozen=True, slots=True)
class Question:
    """What a request was about: "peek", "look", "check", "rows" or "try", and the tasks' data when it was asked."""

    purpose: str
    keys: dict[str, str]


class DataCheck(QObject):
    """Asks a desk of its own, and shows what it found on the tasks' card.

    `told` brings a Notice, `consent_wanted` a Problem; `found` says that the data's problems have changed; `rows_seen`
    and `tried` bring a task's name and its TaskFacts, for the dialogs that asked.
    """

    told = Signal(object)
    consent_wanted = Signal(object)
    found = Signal()
    rows_seen = Signal(str, object)
    tried = Signal(int, object)

    looks_by_itself = True

    def __init__(self, card: TasksCard, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._card = card
        self._desk: Desk | None = None
        self._left = False
        self._tokenizer_of = ""  # the model whose tokenizer the desk has loaded
        self._allowed: set[str] = set()  # models and sets of the hub that a person has asked for
        self._draft: Draft | None = None
        self._keys: dict[str, str] = {}  # of the tasks in the draft
        self._seen: dict[str, str] = {}  # of the tasks that were looked at
        self._facts: dict[str, TaskFacts] = {}
        self._asked: dict[int, Question] = {}
        self._told: tuple[dict[str, str], str] = ({}, "")  # the tasks' data that the last count was about, and its note
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self._silent = QTimer(self)
        self._silent.setSingleShot(True)
        self._silent.setInterval(STUCK_MS)
        self._silent.timeout.connect(self._let_go)

    def show_draft(self, draft: Draft) -> None:
        """Look at the tasks whose data is another than before, a moment after the last edit."""
        self._draft = draft
        if draft.recipe is None:
            if any(field_of(each).startswith("tasks") for each in draft.problems):
                self._tell_no_more()
            return
        self._keys = _keys(draft.recipe)
        if self._told[0] != self._keys:
            self._tell_no_more()
        gone = {name for name in self._facts if self._seen.get(name) != self._keys.get(name)}
        for name in gone:
            del self._facts[name]
            self._seen.pop(name, None)
        self._card.forget(gone)
        self._let_go()
        if self.looks_by_itself and any(self._seen.get(name) != key for name, key in self._keys.items()):
            self._pause.start()

    def problems(self) -> tuple[Problem, ...]:
        """Why the recipe's data cannot be trained on, each at its task's field."""
        recipe = self._draft.recipe if self._draft else None
        found = []
        for number, task in enumerate(recipe.tasks if recipe else ()):
            for each in self._facts.get(task.name, TaskFacts()).problems:
                where = f"{FORM}: tasks.{number}.train"
                what = tr("{task}: {what} ({where})", task=task.name, what=each.what, where=each.where)
                found.append(Problem(where, what, each.remedy))
        return tuple(found)

    def epoch_rows(self) -> int | None:
        """The rows of an epoch, as the model's template makes them; None before all tasks were counted."""
        recipe = self._draft.recipe if self._draft else None
        tasks = recipe.tasks if recipe else ()
        facts = [self._facts.get(task.name, TaskFacts()) for task in tasks]
        counts = [each.trained for each in facts if each.whole and each.trained]
        if recipe is None or len(counts) < len(tasks):
            return None
        return sum(epoch_shares(counts, [task.weight for task in tasks], recipe.training.mixing_temperature))

    def longest(self) -> int | None:
        """The tokens within which 95 % of the rows are, of the task with the longest; None until all were counted."""
        recipe = self._draft.recipe if self._draft else None
        facts = [self._facts.get(task.name, TaskFacts()) for task in recipe.tasks] if recipe else []
        return max((each.lengths.p95 for each in facts), default=0) if all(each.whole for each in facts) else None

    def check(self, recipe: str) -> None:
        """Read and count all rows of this recipe (TOML text)."""
        if not self._left:
            self._card.check.setEnabled(False)
            self._card.show_note(tr("Reading the data…"), "quiet")
            self._ask("check", "check", recipe, self._keys, each=True)
            if self._draft is not None and self._draft.recipe is not None:
                off_thread(
                    self, "allowed", partial(_from_hub, self._draft.recipe), self._on_asked_for, on=self._folders()
                )

    def more_rows(self, name: str, after: int, count: int) -> None:
        """Ask for the first `count` rows of a task without the first `after` ones; `rows_seen` brings them."""
        if self._draft is not None and name in self._keys and not self._left:
            self._ask("rows", "look", self._draft.text, {name: self._keys[name]}, tasks=[name], rows=count, after=after)
        elif not self._left:
            self.rows_seen.emit(name, TaskFacts(problems=(not_read(),)))

    def try_format(self, name: str, format: Mapping[str, str], rows: int = TRIED_ROWS) -> int:
        """Look at a task as another format reads it; returns the number under which `tried` brings what is found."""
        recipe = self._draft.recipe if self._draft is not None else None
        if self._left or recipe is None:
            return 0
        values = values_of(recipe)
        for task in values["tasks"]:
            if task["name"] == name:
                task["format"] = dict(format)
        return self._ask("try", "look", to_toml(values), {name: ""}, tasks=[name], rows=rows)

    def leave(self) -> None:
        """End the desk, for good."""
        self._left = True
        self._pause.stop()
        self._silent.stop()
        if self._desk is not None:
            self._desk.leave()

    def _ask(self, purpose: str, do: str, recipe: str, keys: dict[str, str], **arguments: Any) -> int:
        if self._desk is None:
            self._desk = Desk(self)
            self._desk.answered.connect(self._on_answer)
        number = self._desk.ask(do, recipe=recipe, folder=str(Path.cwd()), **arguments)
        self._asked[number] = Question(purpose, dict(keys))
        self._silent.start()
        return number

    @Slot()
    def _let_go(self) -> None:
        """Begin anew with another desk where this one waits for data that is out of the recipe: its drive may never
        answer, and what is in the recipe would never be looked at."""
        first = next(iter(self._asked.values()), None)
        if self._desk is None or first is None or self._silent.isActive() or first.purpose not in OF_TASKS:
            return
        if all(self._keys.get(name) == key for name, key in first.keys.items()):
            return
        self._desk.put_away()
        lost, self._asked, self._tokenizer_of = self._asked, {}, ""
        for number, asked in lost.items():
            self._on_lost(number, asked)
        if self.looks_by_itself:
            self._pause.start()

    def _on_lost(self, number: int, asked: Question) -> None:
        if asked.purpose == "check":
            self._card.check.setEnabled(True)
        if asked.purpose == "count":
            # A count follows a look, and a person cannot ask for one alone.
            self._seen = dict(self._seen.items() - asked.keys.items())
        self._on_refused(asked, Answer(number, cancelled=True))

    def _on_asked_for(self, needed: dict[str, set[str]]) -> None:
        """Allow what a person has had counted, and look at its first rows, which are fetched now."""
        self._allowed |= set().union(*needed.values())
        if self.looks_by_itself and not self._left:
            self._pause.start()

    @Slot()
    def _look(self) -> None:
        """Ask the desk for the first rows, once it is known what they need of the hub: a disk says what is here."""
        draft = self._draft
        if not self._left and draft is not None and draft.recipe is not None:
            needed = partial(self._on_needed, draft)
            off_thread(self, "hub", partial(_from_hub, draft.recipe), needed, on=self._folders())

    def _folders(self) -> set[Path]:
        recipe = self._draft.recipe if self._draft is not None else None
        return folders_of(values_of(recipe)) if recipe is not None else set()

    def _on_needed(self, draft: Draft, needed: dict[str, set[str]]) -> None:
        if self._left or draft is not self._draft or draft.recipe is None:
            return
        wanted = {
            name: key
            for name, key in self._keys.items()
            if self._seen.get(name) != key and needed.get(name, set()) <= self._allowed
        }
        if wanted:
            self._seen |= wanted
            self._card.show_looking(set(wanted))
            model = f"{draft.recipe.model.source} {draft.recipe.model.revision}"
            if model != self._tokenizer_of:  # that takes the desk seconds to load
                self._ask("peek", "peek", draft.text, wanted, tasks=list(wanted), rows=FIRST_ROWS)
            self._ask("look", "look", draft.text, wanted, tasks=list(wanted), rows=FIRST_ROWS)

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        asked = self._asked.get(answer.id)
        if asked is None:
            return
        self._silent.start()
        if answer.progress:
            if asked.purpose in ("check", "look"):
                self._card.show_note(answer.progress, "quiet")
            return
        del self._asked[answer.id]
        if asked.purpose == "check":
            self._card.check.setEnabled(True)
        if answer.done is None:
            self._on_refused(asked, answer)
            return
        facts = {name: TaskFacts.of(values) for name, values in answer.done.get("tasks", {}).items()}
        if asked.purpose == "try":
            for each in facts.values():
                self.tried.emit(answer.id, each)
            return
        current = {name: each for name, each in facts.items() if asked.keys.get(name) == self._keys.get(name)}
        if asked.purpose == "rows":
            for name in asked.keys:
                self.rows_seen.emit(name, current.get(name, TaskFacts(problems=(not_read(),))))
            return
        self._take(current, counted=asked.purpose in ("check", "count"))
        if asked.purpose == "peek":
            return
        if asked.purpose == "look" and self._draft is not None and self._draft.recipe is not None and current:
            self._tokenizer_of = f"{self._draft.recipe.model.source} {self._draft.recipe.model.revision}"
        if asked.purpose == "check":
            own = [warning for each in current.values() for warning in each.warnings]
            others = [each for each in problems_of(answer.done.get("warnings", ())) if each not in own]
            if asked.keys == self._keys:
                self._say_checked(current, tuple(others))
                self._told = asked.keys, self._card.note.text()
        elif current and 0 < int(answer.done.get("bytes") or 0) <= FEW_BYTES and self._draft is not None:
            sound = {name: asked.keys[name] for name, each in current.items() if not each.problems}
            if sound:
                self._ask("count", "check", self._draft.text, sound, each=True, tasks=list(sound))

    def _take(self, facts: dict[str, TaskFacts], counted: bool) -> None:
        """Show what was found; counting all rows keeps the first rows and columns that a look brought.

        So it does where a row behind them turns out to be wrong: which column is what may be the remedy.
        """
        for name, each in facts.items():
            before = self._facts.get(name)
            if before is not None and (each.whole or counted):
                kept = before
                each = replace(each, rows=kept.rows, columns=kept.columns, records=kept.records, guesses=kept.guesses)
                each = replace(each, has_tokens=kept.has_tokens)
            self._facts[name] = each
        self._card.show_facts(self._facts)
        if not any(asked.purpose in ("check", "look") for asked in self._asked.values()):
            self._card.show_help()
        self.found.emit()

    def _on_refused(self, asked: Question, answer: Answer) -> None:
        """A request as a whole did not succeed; only one that a person made is worth a notice."""
        if asked.purpose == "try":
            self.tried.emit(answer.id, _refusal(answer))
            return
        if asked.purpose == "rows":
            for name in asked.keys:
                self.rows_seen.emit(name, _refusal(answer))
            return
        if asked.purpose == "look":
            for name in asked.keys:
                self._seen.pop(name, None)  # another edit, or another model, asks again
            self._card.forget(set(asked.keys))
            self._card.show_help()
        if asked.purpose != "check":
            return
        if asked.keys == self._keys:
            self._card.show_note(tr("The data was not counted."), "warning")
            self._told = asked.keys, self._card.note.text()
        else:
            self._card.show_help()
        asks = [problem for problem in answer.problems if problem.kind == consent.KIND]
        for problem in asks:
            self.consent_wanted.emit(problem)
        for notice in answer.notices() if not asks else ():
            self.told.emit(notice)

    def _tell_no_more(self) -> None:
        """What a count has found is not true of other data."""
        if self._told[1] and self._card.note.text() == self._told[1]:
            self._card.show_note(tr(DROP_HERE), "faint")
        self._told = {}, ""

    def _say_checked(self, facts: dict[str, TaskFacts], warnings: tuple[Problem, ...]) -> None:
        """One sentence about all tasks: never a good one where a row was left out or there is a warning."""
        refused = [name for name, each in facts.items() if each.problems]
        left_out = sum(each.left_out for each in facts.values())
        warned = len(warnings) + sum(len(each.warnings) for each in facts.values())
        if refused:
            self._card.show_note(tr("Cannot be trained on as it is: {tasks}.", tasks=listed(refused)), "danger")
        elif left_out:
            found = sum(each.found or 0 for each in facts.values())
            said = tr("Every row was read; {left:,} of {found:,} are left out.", left=left_out, found=found)
            self._card.show_note(said, "warning")
        elif warned:
            said = plural(
                "Every row was read and is used; there is one warning.",
                "Every row was read and is used; there are {n} warnings.",
                warned,
            )
            self._card.show_note(said, "warning")
        else:
            self._card.show_note(tr("Every row was read and is used whole."), "good")
        for warning in warnings:
            self._card.note.setText(sentences(self._card.note.text(), warning.what))


def _refusal(answer: Answer) -> TaskFacts:
    """Why a request brought nothing, in the words of its notices, as what was found in a task."""
    problems = answer.problems or tuple(Problem("", each.what, each.remedy) for each in answer.notices())
    return TaskFacts(problems=problems)


def _from_hub(recipe: Recipe) -> dict[str, set[str]]:
    """What a look at each task may have to fetch from the hub: its model, and the sets that it trains on."""
    try:
        is_here = local_path(recipe.model) is not None
    except ProblemError:
        is_here = False
    model = set() if is_here else {f"model {recipe.model.source} {recipe.model.revision}"}
    listed = {task.name: [task.train] if isinstance(task.train, str) else task.train for task in recipe.tasks}
    return {name: model | {each for each in names if not is_data_path(each)} for name, names in listed.items()}


def _keys(recipe: Recipe) -> dict[str, str]:
    """What decides how each task's rows are read, by the task's name."""
    shared = [recipe.model.source, recipe.model.revision, recipe.training.max_length, recipe.training.packing]
    keys = {}
    for task in recipe.tasks:
        own = {key: value for key, value in task.model_dump(mode="json").items() if key not in NOT_OF_THE_DATA}
        keys[task.name] = json.dumps([own, shared])
    return keys


def not_read() -> Problem:
    """Why rows cannot be had: what was asked about is no recipe, or not this one any more."""
    what = tr("The recipe was changed, or has a field that is not valid.")
    return Problem("", what, tr("Close this and look at the recipe."))
