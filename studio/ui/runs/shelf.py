"""Renames, notes, deletes and restores runs in a thread, and takes the last of that back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.process.verbs import delete
from studio.core.queue.queue import Queue, change_queue, read_queue
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_label import change_label, run_name
from studio.core.run.trash import DeletedRun, destroy, list_trash, put_back
from studio.core.words import plural, tr
from studio.ui.lanes import AnsweringLanes

Thing = TypeVar("Thing")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done to runs: in words, how it is taken back, and the run to show afterwards."""

    words: str
    back: Callable[[], Done | None] | None = None
    shows: RunFolder | None = None
    deleted: tuple[DeletedRun, ...] = ()
    place: Path = Path()  # the folder of runs in which it was done


@dataclass(frozen=True, slots=True)
class TrashLine:
    """A run in the trash as its dialog shows it."""

    run: DeletedRun
    name: str
    bytes: int


class RunShelf(QObject):
    """`done` brings each Done, `failed` each Problem, and `trash_read` the lines of the trash when it was asked for."""

    done = Signal(object)
    failed = Signal(object)
    trash_read = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = AnsweringLanes("shelf", self)
        self._lanes.answered.connect(self._on_answer)
        self._undoable: list[Done] = []
        self._finished = False

    def rename(self, folder: RunFolder, name: str) -> None:
        """Call the run by this name; empty for the one in its recipe."""
        self._submit(folder.path.parent, partial(_renamed, folder, name))

    def note(self, folder: RunFolder, text: str) -> None:
        """Keep this note with the run."""
        self._submit(folder.path.parent, partial(_noted, folder, text))

    def delete(self, folders: Sequence[RunFolder]) -> None:
        """Move the runs to the trash; those that train stay, and `failed` says so."""
        for place, those in _by_place(folders, lambda folder: folder.path.parent).items():
            self._submit(place, partial(self._deleted, those))

    def restore(self, runs: Sequence[DeletedRun]) -> None:
        """Put deleted runs back."""
        self._forget(runs)
        for place, those in _by_place(runs, lambda run: run.origin.parent).items():
            self._submit(place, partial(self._restored, those))

    def destroy(self, runs: Sequence[DeletedRun]) -> None:
        """Delete runs in the trash for good."""
        self._forget(runs)
        for place, those in _by_place(runs, lambda run: run.origin.parent).items():
            self._submit(place, partial(self._destroyed, those))

    def read_trash(self, runs: Path) -> None:
        """Read what is in the trash of a folder of runs."""
        self._submit(runs, partial(_lines, runs))

    @property
    def can_undo(self) -> bool:
        return bool(self._undoable)

    @Slot()
    def undo(self) -> None:
        """Take back what was done last."""
        if self._undoable:
            self.undo_this(self._undoable[-1])

    def undo_this(self, done: Done) -> None:
        """Take back `done`, unless it was taken back already."""
        if done in self._undoable and done.back is not None:
            self._undoable.remove(done)
            self._submit(done.place, done.back)

    def is_undoable(self, done: Done) -> bool:
        return done in self._undoable

    def finish(self) -> None:
        """Carry out what was asked, and nothing more."""
        self._finished = True
        self._lanes.finish()

    def _forget(self, runs: Sequence[DeletedRun]) -> None:
        """A deletion of runs that are not in the trash any more cannot be taken back."""
        self._undoable = [each for each in self._undoable if not set(each.deleted) & set(runs)]

    def _submit(self, place: Path, work: Callable[[], Done | tuple[TrashLine, ...] | None]) -> None:
        self._lanes.submit(place, partial(self._work, place, work))

    def _work(self, place: Path, work: Callable[[], Done | tuple[TrashLine, ...] | None]) -> None:
        try:
            found = work()
            if found is not None:
                self._lanes.answer(replace(found, place=place) if isinstance(found, Done) else found)
        except ProblemError as error:
            for problem in error.problems:
                self._lanes.answer(problem)
        except OSError as error:
            self._lanes.answer(Problem("runs", tr("this cannot be done ({error}).", error=error), tr("Try again.")))

    def _deleted(self, folders: tuple[RunFolder, ...]) -> Done | None:
        names = [run_name(folder) for folder in folders]
        queued = read_queue()
        found = self._each(delete, folders)
        moved = tuple(run for run in found if run is not None)
        if not moved:
            return None
        name = next(name for name, run in zip(names, found, strict=True) if run is not None)
        words = (
            tr("'{run}' is in the trash.", run=name)
            if len(moved) == 1
            else plural("{n} run is in the trash.", "{n} runs are in the trash.", len(moved))
        )
        return Done(words, partial(self._restored, moved, queued), deleted=moved)

    def _restored(self, runs: tuple[DeletedRun, ...], queued: Queue | None = None) -> Done | None:
        """Put runs back, and those that waited in `queued` into their places there."""
        folders = [folder for folder in self._each(put_back, runs) if folder is not None]
        known = [queued.entry(folder) for folder in folders] if queued is not None else []
        waited = [entry.folder for entry in known if entry is not None]
        if queued is not None and waited:
            change_queue(lambda queue: reduce(lambda now, folder: now.with_place_of(folder, queued), waited, queue))
        if not folders:
            return None
        words = (
            tr("'{run}' is back.", run=run_name(folders[0]))
            if len(folders) == 1
            else plural("{n} run is back.", "{n} runs are back.", len(folders))
        )
        return Done(words, shows=folders[0])

    def _destroyed(self, runs: tuple[DeletedRun, ...]) -> Done | None:
        gone = sum(each is not None for each in self._each(_destroyed, runs))
        if not gone:
            return None
        return Done(plural("Deleted for good: {n} run.", "Deleted for good: {n} runs.", gone))

    def _each(self, do: Callable[[Thing], Result], things: Sequence[Thing]) -> list[Result | None]:
        """What `do` returns for each; None where it fails, which is told and keeps nothing from the others."""
        found: list[Result | None] = []
        for thing in things:
            try:
                found.append(do(thing))
            except ProblemError as error:
                found.append(None)
                for problem in error.problems:
                    self._lanes.answer(problem)
        return found

    @Slot(object)
    def _on_answer(self, answer: Done | Problem | tuple[TrashLine, ...]) -> None:
        if self._finished:
            return
        if isinstance(answer, Problem):
            self.failed.emit(answer)
        elif isinstance(answer, Done):
            if answer.back is not None:
                self._undoable.append(answer)
            self.done.emit(answer)
        else:
            self.trash_read.emit(answer)


def _by_place(things: Sequence[Thing], place: Callable[[Thing], Path]) -> dict[Path, tuple[Thing, ...]]:
    found: dict[Path, tuple[Thing, ...]] = {}
    for thing in things:
        found[place(thing)] = (*found.get(place(thing), ()), thing)
    return found


def _renamed(folder: RunFolder, name: str) -> Done:
    was = run_name(folder)
    before = change_label(folder, name=name)
    return Done(
        tr("'{was}' is called '{run}' now.", was=was, run=run_name(folder)), partial(_renamed_back, folder, before.name)
    )


def _renamed_back(folder: RunFolder, name: str) -> Done:
    change_label(folder, name=name)
    return Done(tr("It is called '{run}' again.", run=run_name(folder)), shows=folder)


def _noted(folder: RunFolder, text: str) -> Done:
    before = change_label(folder, note=text)
    return Done(tr("The note is kept."), partial(_noted_back, folder, before.note))


def _noted_back(folder: RunFolder, text: str) -> Done:
    change_label(folder, note=text)
    return Done(tr("The note is as it was."), shows=folder)


def _destroyed(run: DeletedRun) -> DeletedRun:
    destroy(run)
    return run


def _lines(runs: Path) -> tuple[TrashLine, ...]:
    return tuple(TrashLine(each, run_name(each.folder), each.bytes) for each in list_trash(runs))
