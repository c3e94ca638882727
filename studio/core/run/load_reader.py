"""Router loads, read where they are looked at: a run of any length is opened at once, and scrubbed step by step."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.run.run_db import RunReader
from studio.core.run.run_rows import ALL_TASKS, answer_loads_of, loads_of, together_of
from studio.core.words import tr

WINDOW_STEPS = 20  # what a picture of the loads sums over: one step's tokens alone would flicker
_LAST = 2**63 - 1  # SQLite's largest integer

Loads = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """Loads of logged `steps`, from the `first` to the `last`, step by step.

    whole: [steps, layers, experts] of all tasks. tasks: the same of each task that routed anything in them.
    """

    steps: tuple[int, ...]
    whole: Loads
    tasks: dict[str, Loads]

    @property
    def first(self) -> int:
        return self.steps[0]

    @property
    def last(self) -> int:
        return self.steps[-1]

    def of(self, task: str) -> Loads | None:
        """One task's loads, or all ("")."""
        return self.whole if task == ALL_TASKS else self.tasks.get(task)

    def stacked(self) -> Loads:
        """The tasks' loads side by side [steps, tasks, layers, experts], in the order of their names."""
        return np.stack([self.tasks[name] for name in sorted(self.tasks)] or [self.whole], axis=1)


class LoadReader(RunReader):
    """A RunReader that finds loads by step; every call reads a few rows by an index, whatever the run's length."""

    def load_steps(self) -> tuple[int, int] | None:
        """The first and the last step with loads; None where nothing routed yet."""
        first = self._connection.execute("SELECT step FROM loads ORDER BY step LIMIT 1").fetchone()
        last = self._connection.execute("SELECT step FROM loads ORDER BY step DESC LIMIT 1").fetchone()
        return (int(first[0]), int(last[0])) if first and last else None

    def window(self, step: int, steps: int = WINDOW_STEPS, answers: bool = False) -> Window | None:
        """The last `steps` logged steps up to `step`, of all tokens or of answers alone; None where there are none."""
        if answers and not self._has("answer_loads"):
            return None
        # The table's name is one of two of ours; steps that lack their answers' loads are older than these.
        table, row_of = ("answer_loads", answer_loads_of) if answers else ("loads", loads_of)
        logged = self._connection.execute(
            f"SELECT DISTINCT step FROM {table} WHERE step <= ? ORDER BY step DESC LIMIT ?", (step, steps)
        ).fetchall()
        if not logged:
            return None
        places = {found: place for place, (found,) in enumerate(reversed(logged))}
        rows = self._connection.execute(
            f"SELECT id, step, task, layers, experts, counts FROM {table} WHERE step BETWEEN ? AND ?",
            (logged[-1][0], logged[0][0]),
        )
        found = [row_of(row) for row in rows]
        if len({each.counts.shape for each in found}) != 1:
            raise sqlite3.DataError(tr("its loads differ in their number of layers or experts"))
        by_task: dict[str, Loads] = {}
        for each in found:
            if each.task not in by_task:
                by_task[each.task] = np.zeros((len(places), *each.counts.shape), dtype=np.float32)
            by_task[each.task][places[each.step]] = each.counts
        whole = by_task.pop(ALL_TASKS, None)
        if whole is None:
            whole = np.sum(list(by_task.values()), axis=0, dtype=np.float32)
        return Window(tuple(places), whole, by_task)

    def together(self, step: int, steps: int = WINDOW_STEPS) -> tuple[int, int, NDArray[np.float64]] | None:
        """Tokens that two experts share, summed over what was counted in the `steps` steps up to `step`, or the last
        count before them: (first step, last step, [layers, experts, experts]). None where nothing was counted."""
        if not self._has("together"):
            return None
        rows = self._connection.execute(
            "SELECT step, layers, experts, counts FROM together WHERE step <= ? ORDER BY step DESC LIMIT ?",
            (step, max(1, steps // 10)),
        ).fetchall()
        counts = [together_of(row) for row in rows]
        if len({each.shape for each in counts}) > 1:
            raise sqlite3.DataError(tr("its pairs of experts differ in their number of layers or experts"))
        return (rows[-1][0], rows[0][0], np.sum(counts, axis=0)) if rows else None

    def course(self, layer: int, experts: int, ends: Iterable[int], steps: int) -> dict[str, NDArray[np.float64]]:
        """One layer's loads over the `steps` steps up to each of `ends`, by task: {task: [ends, experts]}.

        Only that layer's counts are taken from each row.
        """
        found: defaultdict[str, NDArray[np.float64]]
        chosen = list(ends)
        found = defaultdict(lambda: np.zeros((len(chosen), experts)))
        for place, end in enumerate(chosen):
            rows = self._connection.execute(
                "SELECT task, experts, substr(counts, ?, ?), length(counts) FROM loads WHERE step > ? AND step <= ?",
                (4 * layer * experts + 1, 4 * experts, end - steps, end),
            )
            for task, wide, blob, whole in rows:
                if wide != experts or len(blob) != 4 * experts or whole % (4 * experts):
                    raise sqlite3.DataError(tr("its loads differ in their number of layers or experts"))
                found[task][place] += np.frombuffer(blob, dtype="<f4")
        return dict(found)

    def _has(self, table: str) -> bool:
        """Whether the run's worker wrote this table: earlier versions did not, and a resumed run may have it later."""
        known = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return known is not None
