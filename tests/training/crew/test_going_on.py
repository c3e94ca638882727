"""A run goes on in another number of processes, and with less where memory runs out in one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from studio.core.run.commands import Stop
from studio.core.run.events import Event, StepEnded
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.planner.ledger import read_ledger
from studio.training.recorder import Recorder
from tests.training.crew.fleet import job, train_in
from tests.training.crew.test_same_as_one import CLOSE
from tests.training.small_run import assert_same_run, curve, events, small_run, train

ROWS = {"method__dropout": 0.0, "training__batch_size": 8, "training__micro_batch": 1}


@pytest.mark.slow  # four processes twice, and two runs of one
def test_that_four_processes_then_one_then_four_train_as_one_throughout(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, folder = (_run(tmp_path / name, tiny_model, **ROWS) for name in ("whole", "moved"))
    assert train(whole) == 0
    train_in(tmp_path / "first", 4, [job(folder, stop_at=2)])
    assert (read_state(folder).state, read_state(folder).step) == ("stopped", 2)
    with monkeypatch.context() as patch:
        _stop_at(4, folder, patch)
        assert train(folder) == 0
    assert read_state(folder).step == 4
    train_in(tmp_path / "second", 4, [job(folder)])
    assert read_state(folder).state == "finished"
    assert [event.step for event in events(folder, "StepEnded")] == [1, 2, 3, 4, 5, 6]
    assert list(curve(folder).values()) == pytest.approx(list(curve(whole).values()), rel=CLOSE)
    mine, wanted = (load_file(run.adapter / "adapter_model.safetensors") for run in (folder, whole))
    for name, tensor in wanted.items():
        torch.testing.assert_close(mine[name], tensor, rtol=CLOSE, atol=CLOSE)


def test_that_a_resumed_crew_draws_the_random_numbers_of_the_unbroken_one_and_halves_together(
    tmp_path: Path, tiny_model: Path
) -> None:
    """With dropout, so that each process's own random numbers show in the last bit."""
    rows = {"training__batch_size": 8, "training__micro_batch": 2}
    whole, broken, short = (_run(tmp_path / name, tiny_model, **rows) for name in ("whole", "broken", "short"))
    train_in(
        tmp_path / "fleet",
        2,
        [job(whole), job(broken, stop_at=3), job(broken), job(short, out_of_memory=[1, 2])],
    )
    assert len(events(broken, "RunResumed")) == 1
    assert_same_run(broken, whole)
    (reduced,) = events(short, "MemoryReduced")
    assert (reduced.step, reduced.micro_batch) == (3, 1)
    assert [event.step for event in events(short, "StepEnded")] == [1, 2, 3, 4, 5, 6]
    assert read_state(short).state == "finished"
    assert read_ledger().measured == (), "what a part of a batch takes beside its companions would teach plans of one"


def _run(place: Path, model: Path, **changes: Any) -> RunFolder:
    place.mkdir()
    return small_run(place, model, **changes)


def _stop_at(at: int, folder: RunFolder, patch: pytest.MonkeyPatch) -> None:
    original = Recorder.step

    def step(self: Recorder, ended: Event, *rest: Any, **more: Any) -> None:
        original(self, ended, *rest, **more)
        if isinstance(ended, StepEnded) and ended.step == at:
            send_command(folder.db, Stop())

    patch.setattr(Recorder, "step", step)
