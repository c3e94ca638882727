"""The loads of one run for its page, read from run.db when they are looked at; without Qt, for any thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from studio.core.problem import ProblemError
from studio.core.run.load_reader import LoadReader, Window
from studio.core.run.run_database import DatabaseBusyError, database_problem
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr

Found = TypeVar("Found")
COURSE_POINTS, COURSE_STEPS = 160, 5  # of an expert's course: its points, and how many steps each sums at most
POINTS_A_TURN = 8


@dataclass(frozen=True, slots=True)
class LoadPicture:
    """Loads of all tokens, and of answers alone where they were recorded, up to one step."""

    whole: Window
    answers: Window | None


@dataclass(frozen=True, slots=True)
class LoadLook:
    """What one look at the loads found: the first and the last step with any, the picture up to the step that was
    asked for, and which experts share tokens there, where that was asked for.

    `is_busy` where another program holds run.db: look again later. `trouble` says in a sentence why it cannot be read.
    """

    steps: tuple[int, int] | None = None
    picture: LoadPicture | None = None
    together: tuple[int, int, NDArray[np.float64]] | None = None
    is_busy: bool = False
    trouble: str = ""


class LoadSource:
    """Reads in whichever thread; opens run.db when it is asked, until `close`, so that the folder can be moved."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._reader: LoadReader | None = None
        self._reading = Lock()  # one connection, which two threads may ask for two things

    @property
    def is_open(self) -> bool:
        """Whether it holds run.db, as far as is known without waiting."""
        return self._reader is not None

    def close(self) -> None:
        with self._reading:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def look(self, chosen: int | None, hovered: int | None, pairs: bool) -> LoadLook:
        """The loads of the last logged steps up to the `chosen` step, or the newest; at `hovered` where it is a step.

        pairs: whether it is asked which experts share tokens.
        """
        return self._ask(lambda reader: _look(reader, chosen, hovered, pairs))

    def course(
        self, layer: int, experts: int, ends: NDArray[np.int64], steps: int
    ) -> dict[str, NDArray[np.float64]] | LoadLook:
        """One layer's loads up to each of `ends`, by task: {task: [ends, experts]}; or why they cannot be read."""
        return self._ask(lambda reader: reader.course(layer, experts, ends.tolist(), steps))

    def _ask(self, read: Callable[[LoadReader], Found]) -> Found | LoadLook:
        with self._reading:
            try:
                if self._reader is None:
                    self._reader = LoadReader(self._folder.db, patience=0.0)
                return read(self._reader)
            except DatabaseBusyError:
                return LoadLook(is_busy=True)
            except ProblemError as error:
                return LoadLook(trouble=str(error.problems[0]))
            except (sqlite3.Error, ValidationError) as error:
                problem = database_problem(self._folder.db, tr("the loads cannot be read"), error)
                is_busy = isinstance(problem, DatabaseBusyError)
                return LoadLook(is_busy=is_busy, trouble="" if is_busy else str(problem.problems[0]))


def _look(reader: LoadReader, chosen: int | None, hovered: int | None, pairs: bool) -> LoadLook:
    steps = reader.load_steps()
    if steps is None:
        return LoadLook()
    step = steps[1] if chosen is None else chosen
    if hovered is not None:
        step = min(max(hovered, steps[0]), steps[1])
    whole, answers = reader.window(step), reader.window(step, answers=True)
    if whole is None:
        return LoadLook(steps)
    picture = LoadPicture(whole, answers if _alike(answers, whole) else None)
    return LoadLook(steps, picture, reader.together(whole.last) if pairs else None)


def _alike(answers: Window | None, whole: Window) -> bool:
    """Whether answers were recorded of the same last step, by as many routers."""
    return answers is not None and answers.last == whole.last and answers.whole.shape[1:] == whole.whole.shape[1:]


def course_ends(first: int, last: int) -> tuple[NDArray[np.int64], int]:
    """The steps at which an expert's course is read, and how many steps each point sums."""
    ends = np.unique(np.linspace(first, last, min(COURSE_POINTS, last - first + 1)).round().astype(np.int64))
    apart = int(np.diff(ends).min()) if len(ends) > 1 else 1
    return ends, max(1, min(COURSE_STEPS, apart))
