"""A base whose layers are divided over two processes (FSDP2) trains as a whole one, and leaves the same adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from studio.core.problem import ProblemError
from studio.core.run.events import PlanMeasured
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from tests.training.crew.fleet import job, train_in
from tests.training.crew.test_same_as_one import CLOSE, NEARLY
from tests.training.small_run import curve, events, small_run, train

NEAR = 3e-5
"""How far a curve may be from one process's, relatively. The products of two processes have half the rows, and on some
processors a library computes those in other blocks: 1.04e-5 was the largest seen (an AMD EPYC with AVX-512; MKL's
compatible order keeps 1e-5). A contrastive weight that is one per cent off moves the loss by 8e-5, the evaluation's by
4e-4 and the gradient's norm by 1.7e-2."""

METHODS: dict[str, dict[str, Any]] = {
    "mixlora": {"method__name": "mixlora", "training__checkpointing": True},
    "moelora": {"method__name": "moelora", "method__rank": 8, "method__pairs": 0, "method__contrastive": 0.1},
    "packed lora": {"method__name": "lora", "training__packing": True},
}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> dict[str, tuple[RunFolder, RunFolder]]:
    """By name, the same run trained by one process, and by two that divide the base and each batch."""
    place = tmp_path_factory.mktemp("divided")
    found = {}
    for name, changes in METHODS.items():
        runs = []
        for processes in (1, 2):
            (folder := place / f"{name} {processes}").mkdir()
            # The second is trained by a crew of two whatever its recipe says; the plan reads the recipe.
            rows = {"training__micro_batch": 2 // processes, "machine__processes": processes, "method__dropout": 0.0}
            shard = {"machine__shard": True} if processes == 2 else {}
            runs.append(small_run(folder, tiny_model, **rows, **shard, **changes))
        assert train(runs[0]) == 0
        found[name] = (runs[0], runs[1])
    train_in(place / "fleet", 2, [job(two) for _, two in found.values()])
    return found


@pytest.mark.parametrize("name", METHODS)
def test_that_a_divided_base_gives_the_same_losses_and_a_whole_adapter(
    pairs: dict[str, tuple[RunFolder, RunFolder]], name: str, tiny_model: Path
) -> None:
    one, two = pairs[name]
    assert read_state(two).state == "finished"
    for points in ("loss", "grad_norm", "eval/ask/loss"):
        assert list(curve(two, points).values()) == pytest.approx(list(curve(one, points).values()), rel=NEAR)
    mine, wanted = (load_file(run.adapter / "adapter_model.safetensors") for run in (two, one))
    assert mine.keys() == wanted.keys()
    for weight, tensor in wanted.items():
        torch.testing.assert_close(mine[weight], tensor, rtol=CLOSE, atol=NEARLY)
    # One process loads it onto a whole base.
    ids = torch.arange(1, 12)[None]
    adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_model), two.adapter)
    with torch.no_grad():
        assert adapted(input_ids=ids).logits.isfinite().all()


def test_that_each_process_holds_a_part_of_the_frozen_weights(pairs: dict[str, tuple[RunFolder, RunFolder]]) -> None:
    held = []
    for run in pairs["mixlora"]:
        measured = [event for event in events(run, "PlanMeasured") if isinstance(event, PlanMeasured)]
        held.append(measured[0].measured_items["weights"])
    assert held[1] < held[0]


def test_that_packed_weights_are_not_divided(tmp_path: Path, tiny_model: Path) -> None:
    with pytest.raises(ProblemError, match=r"machine\.shard"):
        small_run(tmp_path, tiny_model, machine__shard=True, machine__processes=2, model__precision='"nf4"')
