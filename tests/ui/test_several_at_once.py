"""Two windows and a command line on one run at once: no error, and the same picture."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from studio.cli.app import app
from studio.core.process.start_worker import start_worker
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from tests.fake_run import FakeRun
from tests.patience import PATIENCE, wait_until
from tests.tiny import make_tiny_model
from tests.training.small_run import small_run

ROOT = Path(__file__).parents[2]


def command_line(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def watched_by_three(folder: RunFolder, seconds: float, meanwhile: Callable[[], object]) -> list[dict[str, Any]]:
    """Let two windows and the command line watch and ask for so long, then stop the run; what each window saw."""
    windows = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.ui.onlooker", str(folder.path), str(seconds), str(seed)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
        )
        for seed in (1, 2)
    ]
    for window in windows:
        assert window.stdout is not None
        assert window.stdout.readline() == "ready\n"
    until = time.monotonic() + seconds
    steps = [0]
    while time.monotonic() < until:
        meanwhile()
        steps.append(command_line("show", str(folder.path))["step"])
        (line,) = command_line("runs", "--runs", str(folder.path.parent))["runs"]
        assert line["state"] in ("starting", "running"), line
    assert steps == sorted(steps)
    command_line("stop", str(folder.path))
    while folder.is_alive():
        meanwhile()
    told = []
    for window in windows:
        out, errors = window.communicate(timeout=PATIENCE)
        assert (window.returncode, errors) == (0, "")
        told.append(json.loads(out))
    return told


def asked_before_the_stop(folder: RunFolder) -> Counter[str]:
    with closing(sqlite3.connect(folder.db)) as connection:
        kinds = [json.loads(row[0])["kind"] for row in connection.execute("SELECT body FROM commands ORDER BY id")]
    return Counter(kinds[: kinds.index("Stop")])


def agreed(folder: RunFolder, seen: list[dict[str, Any]]) -> tuple[dict[str, Any], Counter[str], Counter[str]]:
    """Assert that all saw the same; returns one window's picture, and how often each thing was asked and done."""
    asked: Counter[str] = Counter()
    for window in seen:
        assert window.pop("failed") == []
        asked += Counter(window.pop("sent"))
    assert seen[0] == seen[1]
    shown = command_line("show", str(folder.path))
    one = seen[0]
    assert one["state"] == [shown["state"], shown["reason"], shown["step"], shown["total_steps"]]
    assert shown["state"] == "stopped"
    assert one["curves"]["loss"][-1] == [shown["step"], shown["loss"]]
    steps = [int(point[0]) for point in one["curves"]["loss"]]
    assert steps == list(range(1, shown["step"] + 1)), "no step is lost or doubled"
    return one, asked, Counter(kind for _, kind in one["story"])


def test_that_two_windows_and_a_command_line_on_one_run_see_the_same(tmp_path: Path) -> None:
    with FakeRun(tmp_path / "runs", total_steps=100_000) as run:
        run.start()

        def work() -> None:
            if run.folder.is_alive():
                run.train()
                run.obey()

        one, asked, done = agreed(run.folder, watched_by_three(run.folder, 3, work))
    before_the_stop = asked_before_the_stop(run.folder)
    # Each thing that was asked was done, and done once; the end's checkpoint is one more.
    assert done["EvaluationEnded"] == before_the_stop["EvaluateNow"]
    assert done["SampleMade"] == before_the_stop["SampleNow"]
    assert done["CheckpointSaved"] == before_the_stop["CheckpointNow"] + 1
    assert 2 <= sum(before_the_stop.values()) <= sum(asked.values())
    assert one["step"] > 0


@pytest.mark.slow
def test_that_they_do_with_real_training(tmp_path: Path) -> None:
    model = make_tiny_model(tmp_path / "model")
    changes = {"training__max_steps": 100_000, "training__save_every": 50, "training__evaluate_every": 200}
    folder = small_run(tmp_path, model, **changes)
    start_worker(folder)
    wait_until(lambda: read_state(folder).step, folder)
    one, asked, done = agreed(folder, watched_by_three(folder, 10, lambda: time.sleep(0.1)))
    assert sum(asked.values()) > 4
    # What two ask before the same step's end is done once for both, and the stop may come before the last of it.
    assert done["EvaluationEnded"] >= 1
    assert done["SampleMade"] >= (asked_before_the_stop(folder)["SampleNow"] > 2)
    print(f"{one['step']} steps, asked {dict(asked)}, told {dict(done)}")
