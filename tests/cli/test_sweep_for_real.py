"""`sweep` with real workers on a tiny model: killed in the middle of one pass, it goes on to what runs in turn give."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.state.run_state import read_state
from tests.cli.conftest import CommandLine
from tests.cli.test_sweep import recipe  # noqa: F401 - the fixture
from tests.patience import wait_until

STEPS = 14
WITHIN = 1e-4
"""Of losses relatively: products over more rows sum in another order, which the steps of Adam in float32 hand on."""


def losses(folder: RunFolder) -> dict[int, float]:
    with folder.reader() as reader:
        return {point.step: point.value for point in reader.scalars() if point.name == "loss"}


def by_name(runs: Path) -> dict[str, RunFolder]:
    return {folder.recipe().name: folder for folder in list_runs(runs)}


@pytest.mark.slow
def test_that_a_sweep_killed_in_one_pass_goes_on_and_gives_what_runs_in_turn_give(
    cli: CommandLine,
    recipe: Path,  # noqa: F811
    runs: Path,
) -> None:
    arguments = ["sweep", str(recipe), "--set", f"training.max_steps={STEPS}", "--set", "training.save_every=1"]
    said = cli(*arguments, "--together", "--queue")
    assert said.code == 0, said.err
    folders = list_runs(runs)
    wait_until(lambda: all(read_state(folder).step >= 3 for folder in folders))
    with folders[0].reader() as reader:
        began = reader.last_event("RunStarted")
    assert began is not None
    psutil.Process(began.event.pid).kill()  # type: ignore[union-attr]
    wait_until(lambda: not any(folder.is_alive() for folder in folders))
    assert {read_state(folder).state for folder in folders} == {"lost"}

    said = cli(*arguments, "--together", "--json")
    assert said.code == 0, said.err
    assert [read_state(folder).state for folder in folders] == ["finished"] * 4
    together = {name: losses(folder) for name, folder in by_name(runs).items()}
    for folder in folders:
        cli("delete", folder.id)
    said = cli(*arguments, "--in-turn")
    assert said.code == 0, said.err
    for name, folder in by_name(runs).items():
        assert together[name] == pytest.approx(losses(folder), rel=WITHIN), name
