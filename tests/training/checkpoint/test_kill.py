"""Kill -9, a handful of times; tests/bench/soak_kill.py does it sixty times and prints what it found."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from studio.core.run.run_folder import RunFolder
from tests.training.kill_server import PLACES
from tests.training.killing import Tally, Workers, break_and_resume
from tests.training.small_run import small_run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its workers are forked")


@pytest.fixture(scope="module")
def unbroken(workers: Workers, tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> RunFolder:
    folder = small_run(tmp_path_factory.mktemp("unbroken"), tiny_model)
    assert not workers.run(folder)
    return folder


@pytest.mark.parametrize(
    "place",
    [one if one in ("statement", "rename") else pytest.param(one, marks=pytest.mark.slow) for one in PLACES],
)
def test_that_a_worker_killed_in_its_most_delicate_moments_costs_nothing(
    place: str, workers: Workers, unbroken: RunFolder, tmp_path: Path, tiny_model: Path
) -> None:
    folder = small_run(tmp_path, tiny_model)
    tally = Tally()
    break_and_resume(workers, folder, unbroken, random.Random(1), 1, 0, tally, places=(place,))
    assert tally.killed == 1
    assert tally.largest == 0.0


def test_that_a_worker_killed_again_and_again_costs_nothing(
    workers: Workers, unbroken: RunFolder, tmp_path: Path, tiny_model: Path
) -> None:
    tally = Tally()
    folder = small_run(tmp_path, tiny_model)
    break_and_resume(workers, folder, unbroken, random.Random(5), 4, 1.0, tally)
    assert tally.killed > 0
    assert tally.largest == 0.0
