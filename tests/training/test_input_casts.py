"""Inputs of the pairs are converted by PEFT everywhere but inside a training step's autocast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import get_peft_model

from studio.core.recipe.recipe import MethodTable
from studio.methods.registry import adapter_config
from studio.training.input_casts import InputCasts
from tests.tiny import make_tiny_model


def adapted(folder: Path, dropout: float = 0.0, method: str = "lora", **fields: Any) -> Any:
    from transformers import AutoModelForCausalLM

    make_tiny_model(folder, "llama")
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).requires_grad_(False)
    torch.manual_seed(0)
    values = {"name": method, "dropout": dropout, **fields}
    model: Any = get_peft_model(base, adapter_config(MethodTable.model_validate(values)))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return model.train()


def passed(model: Any) -> tuple[torch.Tensor, list[torch.Tensor]]:
    model.zero_grad()
    ids = torch.arange(3, 19)[None]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(input_ids=ids).logits
    logits.float().pow(2).mean().backward()
    return logits.detach(), [each.grad.clone() for each in model.parameters() if each.grad is not None]


@pytest.mark.parametrize("method", ["lora", "mixlora"])
def test_that_the_numbers_stay_those_of_16_bits(method: str, tmp_path: Path) -> None:
    model = adapted(tmp_path / "model", method=method)
    logits, gradients = passed(model)
    with InputCasts(model).left_out():
        others, found = passed(model)
    assert torch.equal(logits, others)
    assert len(found) == len(gradients) > 0
    for mine, theirs in zip(found, gradients, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=2e-2, atol=1e-3 * float(theirs.abs().max()))


def test_that_pairs_convert_again_outside_and_dora_always(tmp_path: Path) -> None:
    model = adapted(tmp_path / "model")
    layers = switches(model)
    assert layers
    with InputCasts(model).left_out():
        assert not any(each.cast_input_dtype_enabled for each in layers)
    assert all(each.cast_input_dtype_enabled for each in layers)
    dora = adapted(tmp_path / "dora", method="dora")
    with InputCasts(dora).left_out():
        assert all(each.cast_input_dtype_enabled for each in switches(dora))


def switches(model: Any) -> list[Any]:
    return [each for each in model.modules() if hasattr(each, "cast_input_dtype_enabled")]
