"""What a run learns does not depend on how its optimiser's batch is divided, nor on running out of memory meanwhile.

The tolerance rests on rounding alone. A float32 sum taken in another order differs by a few units of 1.2e-7. Adam
divides each gradient by its own size, so a weight follows such a difference by about that share of the learning rate in
each step, and by some ten times as much where a gradient nearly cancels. Twelve steps of at most 1e-3 stay far below
1e-5 on any processor. Only a choice of experts that hangs on the last bit would exceed it, since it sends a whole token
another way; with these rows none does, as the equal loads show.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from studio.core.run.run_folder import RunFolder
from studio.training.step import StepComputer
from tests.training.small_run import curve, events, small_run, train

METHODS = {
    "mixlora": {"method__balance": 0.01},
    "mixlora-z": {"method__balance": 0.01, "method__z_loss": 0.01},
    "lora": {"method__name": "lora"},
    "dora": {"method__name": "dora"},
}
BRIEFLY = {
    # Without balance the answers alone teach the router, whose experts are alike at first.
    "mixlora-unbalanced": {"method__balance": 0},
    "mixdora": {"method__magnitudes": True},
    "moelora": {"method__name": "moelora", "method__rank": 8, "method__contrastive": 0},
}
STEPS = 12
WITHIN = 1e-5


def run(folder: Path, model: Path, micro_batch: int, changes: dict[str, Any]) -> RunFolder:
    made = small_run(
        folder,
        model,
        training__micro_batch=micro_batch,
        training__batch_size=8,
        training__max_steps=STEPS,
        training__learning_rate=0.001,
        training__save_every=STEPS,
        training__evaluate_every=1000,
        method__dropout=0,  # its draws follow the rows computed at once
        **changes,
    )
    assert train(made) == 0
    return made


def loads(folder: RunFolder) -> dict[tuple[int, str], list[Any]]:
    with folder.reader() as reader:
        return {(load.step, load.task): load.counts.tolist() for load in reader.loads()}


def assert_learned_the_same(folder: RunFolder, whole: RunFolder) -> None:
    assert loads(folder) == loads(whole)
    mine, theirs = (load_file(each.adapter / "adapter_model.safetensors") for each in (folder, whole))
    assert mine.keys() == theirs.keys()
    worst = {name: float((mine[name] - theirs[name]).abs().max()) for name in mine}
    assert max(worst.values()) <= WITHIN, max(worst, key=lambda name: worst[name])
    for name in ("loss", "balance_loss", "router_z_loss"):
        assert curve(folder, name) == pytest.approx(curve(whole, name), rel=WITHIN), name


@pytest.mark.parametrize("changes", METHODS.values(), ids=METHODS)
def test_that_micro_batches_and_running_out_of_memory_change_nothing_but_rounding(
    changes: dict[str, Any], tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(tmp_path, tiny_model, 8, changes)
    moved = load_file(whole.adapter / "adapter_model.safetensors")
    assert max(float(tensor.abs().max()) for name, tensor in moved.items() if "lora_B" in name) > 100 * WITHIN
    for size in (1, 3):
        assert_learned_the_same(run(tmp_path, tiny_model, size, changes), whole)
    compute = StepComputer.__call__

    def greedy(self: StepComputer, step: int, micro_batch: int) -> Any:
        figures = compute(self, step, micro_batch)
        if step >= 6 and micro_batch > 4:
            # After the whole backward pass, so that a retry with its gradients or loads left over would be seen.
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return figures

    monkeypatch.setattr(StepComputer, "__call__", greedy)
    halved = run(tmp_path, tiny_model, 8, changes)
    assert [(event.step, event.micro_batch) for event in events(halved, "MemoryReduced")] == [(7, 4)]
    assert_learned_the_same(halved, whole)


@pytest.mark.parametrize("changes", BRIEFLY.values(), ids=BRIEFLY)
def test_that_rows_computed_one_by_one_teach_the_same(
    changes: dict[str, Any], tmp_path: Path, tiny_model: Path
) -> None:
    assert_learned_the_same(run(tmp_path, tiny_model, 1, changes), run(tmp_path, tiny_model, 8, changes))


def test_that_memory_running_out_in_the_first_step_counts_its_loads_anew(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = METHODS["mixlora"]
    whole = run(tmp_path, tiny_model, 8, changes)
    begun = StepComputer._begun

    def greedy(self: StepComputer, chosen: Any, micro_batch: int, figures: Any) -> Any:
        if figures.step == 1 and micro_batch > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return begun(self, chosen, micro_batch, figures)

    monkeypatch.setattr(StepComputer, "_begun", greedy)
    halved = run(tmp_path, tiny_model, 8, changes)
    assert [(event.step, event.micro_batch) for event in events(halved, "MemoryReduced")] == [(1, 4), (1, 2)]
    assert_learned_the_same(halved, whole)
