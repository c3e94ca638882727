"""`compare` with real workers on a tiny model: killed in its last method, it continues and trains every method."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from studio.core.process.start_worker import python_environment
from studio.core.run.events import RunStarted
from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.state.run_state import read_state
from tests.cli.conftest import CommandLine
from tests.cli.test_compare import recipe  # noqa: F401 - the fixture
from tests.patience import wait_until

STEPS = 6
# The last method's worker stands still after its third step, so that it is killed in the midst of its work.
STANDS_STILL = """
import sys, time
from studio.training.recorder import Recorder
step = Recorder.step
def hang(self, ended, *rest, **more):
    step(self, ended, *rest, **more)
    while ended.step == 3 and "moelora" in sys.argv[1]:
        time.sleep(1)
Recorder.step = hang
"""


def at_work(runs: Path, method: str) -> RunFolder | None:
    """The method's run after its third step."""
    found = [run for run in list_runs(runs) if run.recipe().method.name == method]
    return next((run for run in found if read_state(run).step == 3), None)


@pytest.mark.slow
def test_that_a_killed_comparison_continues_and_trains_all_four_methods_as_ordinary_runs(
    cli: CommandLine,
    recipe: Path,  # noqa: F811
    runs: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "sitecustomize.py").write_text(STANDS_STILL, encoding="utf-8")
    arguments = ["compare", str(recipe), "--seeds", "1", "--set", f"training.max_steps={STEPS}"]
    with subprocess.Popen(
        [sys.executable, "-m", "studio.cli", *arguments, "--runs", str(runs)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=python_environment(PYTHONPATH=os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))),
    ) as process:
        last = wait_until(lambda: at_work(runs, "moelora"))
        process.kill()
    with last.reader() as reader:
        began = reader.last_event("RunStarted")
    assert began is not None
    assert isinstance(began.event, RunStarted)
    psutil.Process(began.event.pid).kill()
    wait_until(lambda: not last.is_alive())
    assert read_state(last).state == "lost"

    said = cli(*arguments, "--json")
    assert said.code == 0, said.err
    assert said.json["runs"] == "4 of 4"
    assert said.err.count("is done already") == 3
    lines = {line["method"]: line for line in said.json["methods"]}
    assert list(lines) == ["lora", "dora", "mixlora", "moelora"]
    for line in lines.values():
        assert [run["state"] for run in line["runs"]] == ["finished"]
        assert line["parameters"] == pytest.approx(lines["mixlora"]["parameters"], rel=0.25)
        assert line["tasks"]["units"]["rows"] == 4
        assert line["peak_bytes"] > 0
    curves = {}
    for folder in list_runs(runs):
        with folder.reader() as reader:
            method = folder.recipe().method.name
            curves[method] = set(reader.last_scalars())
            assert (reader.recent_loads() is None) == (method in ("lora", "dora"))
            assert len(reader.events(kinds=["RunResumed"])) == (method == "moelora")
            steps = [stored.event.step for stored in reader.events(kinds=["StepEnded"])]
            assert steps == list(range(1, STEPS + 1)), method
    assert {"balance_loss", "contrastive_loss", "contrastive_floor"} <= curves["moelora"]
    assert not any("balance" in name or "contrastive" in name for name in curves["lora"] | curves["dora"])
