"""The loads of a run that stepped back, read again in the order of its steps."""

from __future__ import annotations

from collections.abc import Mapping

from studio.core.run.load_history import LoadHistory
from studio.core.run.run_db import RunReader


class LoadRebuild:
    """Rebuilds `loads` from run.db as far as `known` goes.

    A grown history keeps sums over several steps, from which the loads of a repeated step cannot be subtracted; it
    would show other numbers than the same run opened later.
    """

    def __init__(self, known: Mapping[str, LoadHistory]) -> None:
        self.loads = {task: LoadHistory() for task in known}
        self._known = known
        self._place = (-1, "")

    def read(self, reader: RunReader, limit: int) -> bool:
        """Read the next rows, at most `limit`; returns whether there are more."""
        # Read each time: the run continues in the meantime.
        last = max((history.stretches[-1].last for history in self._known.values() if len(history)), default=-1)
        rows = reader.loads_by_step(self._place, last, limit)
        for row in rows:
            self.loads.setdefault(row.task, LoadHistory()).add(row.step, row.counts)
            self._place = (row.step, row.task)
        return len(rows) == limit
