"""The loads of one run for its page, read from run.db where and when they are looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
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


class LoadSource:
    """Opens run.db when it is first asked, and closes it with `close`, so that the folder can be moved.

    Where another program holds the database, it answers None and `is_busy`: ask again later. `trouble` says in a
    sentence why it cannot be read at all.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._reader: LoadReader | None = None
        self.trouble = ""
        self.is_busy = False

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def steps(self) -> tuple[int, int] | None:
        """The first and the last step with loads."""
        return self._ask(lambda reader: reader.load_steps())

    def picture(self, step: int) -> LoadPicture | None:
        """The loads of the last logged steps up to `step`."""

        def read(reader: LoadReader) -> LoadPicture | None:
            whole, answers = reader.window(step), reader.window(step, answers=True)
            return None if whole is None else LoadPicture(whole, answers if _alike(answers, whole) else None)

        return self._ask(read)

    def together(self, step: int) -> tuple[int, int, NDArray[np.float64]] | None:
        """Which experts share tokens: (first step, last step, [layers, experts, experts])."""
        return self._ask(lambda reader: reader.together(step))

    def course(
        self, layer: int, experts: int, ends: NDArray[np.int64], steps: int
    ) -> dict[str, NDArray[np.float64]] | None:
        """One layer's loads up to each of `ends`, by task: {task: [ends, experts]}."""
        return self._ask(lambda reader: reader.course(layer, experts, ends.tolist(), steps))

    def _ask(self, read: Callable[[LoadReader], Found]) -> Found | None:
        self.is_busy, self.trouble = False, ""
        try:
            if self._reader is None:
                self._reader = LoadReader(self._folder.db, patience=0.0)
            return read(self._reader)
        except DatabaseBusyError:
            self.is_busy = True
        except ProblemError as error:
            self.trouble = str(error.problems[0])
        except (sqlite3.Error, ValidationError) as error:
            problem = database_problem(self._folder.db, tr("the loads cannot be read"), error)
            self.is_busy = isinstance(problem, DatabaseBusyError)
            self.trouble = "" if self.is_busy else str(problem.problems[0])
        return None


def _alike(answers: Window | None, whole: Window) -> bool:
    """Whether answers were recorded of the same last step, by as many routers."""
    return answers is not None and answers.last == whole.last and answers.whole.shape[1:] == whole.whole.shape[1:]


def course_ends(first: int, last: int) -> tuple[NDArray[np.int64], int]:
    """The steps at which an expert's course is read, and how many steps each point sums."""
    ends = np.unique(np.linspace(first, last, min(COURSE_POINTS, last - first + 1)).round().astype(np.int64))
    apart = int(np.diff(ends).min()) if len(ends) > 1 else 1
    return ends, max(1, min(COURSE_STEPS, apart))
