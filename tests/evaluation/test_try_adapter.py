"""What is tried is the model that was meant, and a warning about it is never a false one."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from studio.core.problem import ProblemError
from studio.core.queue.device_lock import DeviceLock
from studio.core.recipe.recipe import ModelTable, Recipe
from studio.core.run.run_folder import RunFolder
from studio.evaluation import try_adapter as trial
from studio.evaluation.borrowed_device import BorrowedDevice
from studio.hardware import Device
from tests.tiny import make_tiny_model


def test_that_a_base_is_the_same_one_by_its_files_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tiny_model(tmp_path / "model")
    make_tiny_model(tmp_path / "other")
    monkeypatch.chdir(tmp_path)
    for name in ("model", f".{os.sep}model", str(tmp_path / "model")):
        assert trial._lies_in(ModelTable(source=name), tmp_path / "model")
        assert not trial._lies_in(ModelTable(source=name), tmp_path / "other")
    # A hub id is not fetched for that.
    monkeypatch.setattr(trial, "find_base", lambda table: pytest.fail("it looked for it"))
    assert not trial._lies_in(ModelTable(source="owner/name"), tmp_path / "model")


def test_that_scoring_refuses_a_card_on_which_a_run_trains_and_says_where_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe.model_validate(
        {"name": "r", "model": {"source": "m"}, "tasks": [{"name": "t", "train": "t"}], "machine": {"device": "cuda:0"}}
    )
    small = Device("cuda", "Small", 0, 1 << 33, 1 << 33, bus="0000:01:00.0", hidden=True)
    large = Device("cuda", "Large", 1, 1 << 34, 1 << 34, bus="0000:02:00.0", seen_as=0)
    cards = {"cuda:0": small, "cuda:1": large, "auto": large}
    monkeypatch.setattr(trial, "detect", lambda: SimpleNamespace(device=cards.get))
    monkeypatch.setattr("studio.evaluation.borrowed_device.detect", lambda: SimpleNamespace(device=cards.get))
    told: list[str] = []
    # The recipe's own card is not seen by this process: another scores as well, and that is said.
    assert trial._device(recipe, told.append) == "cuda:0"
    assert "another card than cuda:0" in told[0]
    with DeviceLock(large.lock_name).held(RunFolder(tmp_path), "Large"), pytest.raises(ProblemError, match="training"):
        trial._device(recipe, told.append)
    with pytest.raises(ProblemError, match="another card"):
        BorrowedDevice.of("cuda:0")


def test_that_scoring_by_hand_goes_on_with_half_the_rows_and_says_so() -> None:
    told: list[str] = []
    room = trial._Room(torch.device("cpu"), told.append)
    assert [room.fewer("2 GiB are missing") for _ in range(6)] == [32, 16, 8, 4, 2, 1]
    assert told[-1] == "Memory ran out; scoring goes on with 1 row at once"
    assert [str(each) for each in room.said] == [
        "memory: it ran out (2 GiB are missing); scoring went on with 1 row at once, which only takes longer."
    ]
    with pytest.raises(ProblemError, match="not even one held-out row"):
        room.fewer("2 GiB are missing")


@pytest.mark.parametrize("method", ["mixlora", "moelora", "lora"])
def test_that_a_model_whose_adapter_is_off_is_the_base(tiny_model: Path, method: str) -> None:
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    from studio.core.recipe.recipe import MethodTable
    from studio.methods.registry import adapter_config

    base = AutoModelForCausalLM.from_pretrained(tiny_model).eval()
    ids = torch.arange(1, 12)[None]
    with torch.no_grad():
        plain = base(input_ids=ids).logits
        model = get_peft_model(base, adapter_config(MethodTable(name=method, rank=16))).eval()  # type: ignore[arg-type]
        for name, weight in model.named_parameters():
            if "lora" in name.lower():
                weight += 0.1
        assert not torch.equal(model(input_ids=ids).logits, plain)
        with model.disable_adapter():
            assert torch.equal(model(input_ids=ids).logits, plain)
