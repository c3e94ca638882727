"""Several processes that train one batch together balance it as one, and remember the same vectors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from studio.core.process.start_worker import python_environment
from tests.methods.two_processes import LENGTHS, METHODS, train

ROUTERS = {"mixlora": 2, "moelora": 14}


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, dict[str, dict[str, Tensor]]]]:
    """What each of two processes has after training its half of the rows, by method."""
    folder = tmp_path_factory.mktemp("together")
    command = [sys.executable, "-m", "tests.methods.two_processes", str(folder)]
    environment = python_environment(PYTHONPATH=str(Path(__file__).parents[2]))
    processes = [subprocess.Popen([*command, str(rank)], env=environment) for rank in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


@pytest.mark.parametrize("method", METHODS)
def test_that_two_processes_balance_and_remember_the_whole_batch(two_processes, method):
    alone = train(method)
    assert len(alone["routers"]) == ROUTERS[method]
    assert all(gradient.abs().max() > 0 for gradient in alone["routers"].values())
    assert all(loads.sum() > 0 for loads in alone["loads"].values())
    for both in two_processes:
        for kind, expected in alone.items():
            torch.testing.assert_close(both[method][kind], expected, rtol=1e-9, atol=1e-9)


def test_that_every_process_remembers_all_rows_of_both_forwards_but_their_padding(two_processes):
    for each in two_processes:
        written = [held for name, held in each["moelora"]["memories"].items() if name.endswith("written")]
        assert [held.sum().item() for held in written] == [2 * 2 * sum(LENGTHS)] * ROUTERS["moelora"]
