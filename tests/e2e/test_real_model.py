"""Twenty steps of the real demo model, from the command line to an adapter that says what it holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.core import places
from studio.core.run_folder import find_run

STEPS = 20


@pytest.mark.slow
def test_that_twenty_steps_of_the_demo_model_lower_the_loss_and_leave_a_whole_adapter(tmp_path: Path) -> None:
    if places.demo_model() is None:
        pytest.skip("the demo model is not installed; packaging/launch.py installs it")
    arguments = [sys.executable, "-m", "studio.cli", "train", str(places.demo_recipe()), "--json"]
    arguments += ["--runs", str(tmp_path), "--set", f"training.max_steps={STEPS}", "--set", "training.warmup=0"]
    for task in range(3):
        arguments += ["--set", f"tasks.{task}.evaluate_rows=4"]
    done = subprocess.run(
        arguments, check=False, timeout=580, capture_output=True, text=True, encoding="utf-8", env={**os.environ}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    shown = json.loads(done.stdout)

    assert shown["state"] == "finished"
    assert (shown["step"], shown["total_steps"]) == (STEPS, STEPS)
    assert Path(shown["adapter"], "adapter_model.safetensors").is_file()
    router = shown["router"]
    assert (router["layers"], router["experts"]) == (30, 8)
    assert all(abs(sum(row) - 1) < 1e-6 for row in router["load"])
    assert shown["measured_peak_bytes"] > 135_000_000 * 4  # its weights alone, in float32

    with find_run("last", tmp_path).reader() as reader:
        losses = [point.value for point in reader.scalars() if point.name == "loss"]
        tasks = {each.task for each in reader.loads()}
    assert len(losses) == STEPS
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5]), f"the loss hardly falls: {losses}"
    assert tasks == {"", "units", "fields", "tickets"}
