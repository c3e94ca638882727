"""How far an evaluation of a fake run is, as its worker would write it every second."""

from __future__ import annotations

from studio.core.run.events import RowsScored
from tests.fake_run import FakeRun

ROWS = 60  # of each task


def scored_so_far(run: FakeRun, done: int, when: str = "before") -> RowsScored:
    """The event after `done` rows of each task, a third of which are right."""
    tally = {"done": done, "of": ROWS, "right": done // 3, "wrong": done - done // 3}
    rows = range(done, done - 3, -1)
    newest = [{**dict(run.answer(row, row % 3 == 0)), "task": run.tasks[0]} for row in rows]
    begun = {**newest[0], "answer": "1", "right": None, "whole": False}
    said = {
        "step": run.step,
        "when": when,
        "tasks": dict.fromkeys(run.tasks, tally),
        "answers": [begun, *newest] if done else [],
    }
    return RowsScored.model_validate(said)
