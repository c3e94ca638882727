"""Ten steps of the real demo model, from the command line to an adapter that says what it holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from studio.core import places
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.events import EvaluationEnded
from studio.core.run.known_runs import find_run
from tests.patience import PATIENCE

pytestmark = pytest.mark.fresh

STEPS = 10
ROWS = 4


@pytest.mark.slow
@pytest.mark.usefixtures("unpacked_demo")
def test_that_ten_steps_of_the_demo_model_lower_every_held_out_loss_and_leave_a_whole_adapter(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "studio.cli", "train", str(places.demo_recipe()), "--json"]
    settings: dict[str, object] = {"training.max_steps": STEPS, "training.batch_size": ROWS, "training.warmup": 0}
    for place, task in enumerate(load_recipe(places.demo_recipe()).tasks):
        # The end scores every held-out row, and an adapter of ten steps answers at length: two of each will do.
        assert isinstance(task.evaluate, str)
        few = tmp_path / f"{task.name}-test.jsonl"
        few.write_text("".join(Path(task.evaluate).read_text(encoding="utf-8").splitlines(True)[:2]), encoding="utf-8")
        settings[f"tasks.{place}.evaluate"] = json.dumps(str(few))
        if place:  # one task's answers show that the real model gives some; the others' would cost half a minute
            settings[f"tasks.{place}.metric"] = json.dumps("loss")
    for name, value in settings.items():
        arguments += ["--set", f"{name}={value}"]
    done = subprocess.run(
        [*arguments, "--runs", str(tmp_path / "runs")],
        check=False, timeout=1.9 * PATIENCE, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    shown = json.loads(done.stdout)

    assert shown["state"] == "finished"
    assert (shown["step"], shown["total_steps"]) == (STEPS, STEPS)
    assert Path(shown["adapter"], "adapter_model.safetensors").is_file()
    router = shown["router"]
    assert (router["layers"], router["experts"]) == (30, 8)
    assert all(abs(sum(row) - 1) < 1e-6 for row in router["load"])
    assert shown["measured_peak_bytes"] > 135_000_000 * 4  # its weights alone, in float32

    with find_run("last", tmp_path / "runs").reader() as reader:
        evaluations = [stored.event for stored in reader.events(kinds=["EvaluationEnded"])]
        steps = [point.step for point in reader.scalars() if point.name == "loss"]
        tasks = {each.task for each in reader.loads()}
    assert steps == list(range(1, STEPS + 1))
    assert tasks == {"", "units", "fields", "tickets"}
    before, after = (each.tasks for each in evaluations if isinstance(each, EvaluationEnded))
    assert before.keys() == after.keys() == tasks - {""}
    for task in before:
        assert after[task].loss < 0.7 * before[task].loss, task
