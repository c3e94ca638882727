"""`compare` with real workers on a tiny model: every method trains, and the curves hold what each method has."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from studio.core.events import RunStarted
from studio.core.run_folder import list_runs
from studio.core.run_state import read_state
from tests.cli.conftest import CommandLine
from tests.cli.test_compare import recipe  # noqa: F401 - the fixture


@pytest.mark.slow
def test_that_all_four_methods_train_as_ordinary_runs(cli: CommandLine, recipe: Path, runs: Path) -> None:  # noqa: F811
    said = cli("compare", recipe, "--seeds", "1", "--json")
    assert said.code == 0, said.err
    lines = {line["method"]: line for line in said.json["methods"]}
    assert list(lines) == ["lora", "dora", "mixlora", "moelora"]
    for line in lines.values():
        assert line["parameters"] == pytest.approx(lines["mixlora"]["parameters"], rel=0.25)
        assert line["tasks"]["units"]["rows"] == 4
        assert line["peak_bytes"] > 0
    curves = {}
    for folder in list_runs(runs):
        with folder.reader() as reader:
            curves[folder.recipe().method.name] = set(reader.last_scalars())
            assert (reader.recent_loads() is None) == (folder.recipe().method.name in ("lora", "dora"))
    assert {"balance_loss", "contrastive_loss", "contrastive_floor"} <= curves["moelora"]
    assert not any("balance" in name or "contrastive" in name for name in curves["lora"] | curves["dora"])


@pytest.mark.slow
def test_that_a_comparison_that_was_killed_goes_on_where_it_was(
    cli: CommandLine,
    recipe: Path,  # noqa: F811
    runs: Path,
) -> None:
    arguments = ["compare", str(recipe), "--methods", "lora,moelora", "--seeds", "1"]
    arguments += ["--set", "training.max_steps=40", "--runs", str(runs)]
    with subprocess.Popen(
        [sys.executable, "-m", "studio.cli", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        second = wait_for(lambda: next((run for run in list_runs(runs) if run.recipe().method.name == "moelora"), None))
        wait_for(lambda: read_state(second).step >= 2)
        process.kill()
    with second.reader() as reader:
        began = reader.last_event("RunStarted")
    assert began is not None
    assert isinstance(began.event, RunStarted)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(began.event.pid).kill()
    wait_for(lambda: not second.is_alive())
    assert read_state(second).state == "lost"

    said = cli(
        "compare", recipe, "--methods", "lora,moelora", "--seeds", "1", "--set", "training.max_steps=40", "--json"
    )
    assert said.code == 0, said.err
    assert [run["state"] for line in said.json["methods"] for run in line["runs"]] == ["finished"] * 2
    assert said.json["runs"] == "2 of 2"
    assert "is done already" in said.err
    assert len(list_runs(runs)) == 2
    with second.reader() as reader:
        assert len(reader.events(kinds=["RunResumed"])) == 1
        assert [stored.event.step for stored in reader.events(kinds=["StepEnded"])] == list(range(1, 41))


def wait_for(found: Callable[[], Any], seconds: float = 600.0) -> Any:
    """Return what `found` gives as soon as it is true."""
    until = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)
    return value
