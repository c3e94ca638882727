"""The eight ways in which a run ends, each with a real worker: one word and one sentence, the same in every place."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from studio.cli.app import app
from studio.core.run.event_text import event_text
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_record import RunRecord
from studio.core.state.run_state import read_state
from studio.ui.runs.summary import RunGlance
from tests.training.killing import Workers
from tests.training.small_run import small_run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its workers are forked")


def break_a_line(folder: Path) -> None:
    with (folder / "ask-train.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")


@dataclass(frozen=True)
class End:
    """A way to end: what happens after which step, and how it must be told; `log` is what the log's end says."""

    state: str
    code: int
    reason: tuple[str, ...]
    step: int
    happens: str = ""
    log: str = ""
    problems: int = 0
    changes: dict[str, Any] = field(default_factory=dict)
    spoil: Callable[[Path], None] = lambda folder: None


ENDS = {
    "finished": End("finished", 0, ("All 4 steps are done",), 4, log="Finished: All 4 steps"),
    "stopped by a command": End(
        "stopped", 0, ("It was asked to stop, after step 3 of 4", "from step 3"), 3, "stop", log="Stopped: It was asked"
    ),
    "stopped by the system": End(
        "stopped",
        0,
        ("The system asked the worker to end (SIGTERM), after step 3 of 4", "resuming continues from step 3"),
        3,
        "system",
        log="Stopped: The system asked",
    ),
    "paused": End("paused", 0, ("Paused after step 3", "exactly"), 3, "pause", log="Paused after step 3."),
    "failed by a problem": End(
        "failed", 2, ("ask-train.jsonl", "line 13"), 0, log="Failed: ", problems=1, spoil=break_a_line
    ),
    "failed by our fault": End(
        "failed",
        1,
        ("This is our fault", "a wheel came off", "worker.log"),
        3,
        "fault",
        log="Failed: This is our fault",
    ),
    "lost": End("lost", -9, ("died without giving a reason, after step 3", "from step 2"), 3, "kill"),
    "did not fit": End(
        "failed", 3, ("MiB",), 0, log="Failed: ", problems=1, changes={"machine__memory_budget": "1MiB"}
    ),
}


def told_by_the_command_line(folder: RunFolder, verb: str) -> dict[str, Any]:
    place = [str(folder.path)] if verb == "show" else ["--runs", str(folder.path.parent)]
    done = CliRunner().invoke(app, [verb, *place, "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found if verb == "show" else found["runs"][0]


@pytest.mark.parametrize("name", list(ENDS))
def test_that_each_end_is_shown_alike_in_every_place(
    name: str, workers: Workers, tmp_path: Path, tiny_model: Path
) -> None:
    end = ENDS[name]
    folder = small_run(tmp_path, tiny_model, training__max_steps=4, **end.changes)
    end.spoil(tmp_path)
    happens = {"at": "step", "call": 3, "do": end.happens} if end.happens else None
    status = workers.status(folder, happens)
    assert status == (end.code << 8 if end.code >= 0 else -end.code)

    state = read_state(folder)
    assert (state.state, state.step, state.stalled) == (end.state, end.step, False)
    assert all(part in state.reason for part in end.reason), state.reason
    for verb in ("show", "runs"):
        told = told_by_the_command_line(folder, verb)
        assert (told["state"], told["reason"], told["step"]) == (state.state, state.reason, end.step), verb
    assert len(told_by_the_command_line(folder, "show")["problems"]) == end.problems
    printed = CliRunner().invoke(app, ["show", str(folder.path)]).output
    assert printed.startswith(f"{folder.id}: {end.state}. {state.reason}")

    summary = RunGlance(folder).look()  # what the window's list and a run's header show
    assert (summary.state, summary.reason, summary.step) == (state.state, state.reason, end.step)
    record = RunRecord()
    with folder.reader() as reader:
        for stored in reader.events():
            if stored.event.kind != "StepEnded":
                record.add_event(stored)
    last = record.story[-1].event
    if end.state == "lost":
        assert record.ended is None
        assert last.kind not in ("RunEnded", "RunPaused")
    elif end.state == "paused":
        assert last.kind == "RunPaused"
    else:
        assert record.ended is not None
        assert (record.ended.outcome, record.ended.reason, record.ended.exit_code) == (
            state.state,
            state.reason,
            end.code,
        )
        assert state.reason in event_text(last).brief
    log = folder.log.read_text(encoding="utf-8")
    assert end.log in log.splitlines()[-1]
    assert bool(end.log) == any(word in log for word in ("Finished:", "Stopped:", "Paused after", "Failed:"))
    assert ("Traceback" in log) == (name == "failed by our fault")
