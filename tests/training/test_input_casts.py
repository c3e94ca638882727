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
        if "_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return model.train()


def passed(model: Any, mixed: bool = True) -> list[torch.Tensor]:
    """The logits and every gradient."""
    model.zero_grad()
    ids = torch.arange(3, 19)[None]
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
        logits = model(input_ids=ids).logits
    logits.float().pow(2).mean().backward()
    return [logits.detach(), *(each.grad.clone() for each in model.parameters() if each.grad is not None)]


# Two experts of two: no choice of experts that a rounding could turn.
@pytest.mark.parametrize("fields", [{}, {"method": "mixlora", "experts": 2, "top_k": 2}])
def test_that_the_numbers_stay_as_near_to_float32_as_pefts(fields: dict[str, Any], tmp_path: Path) -> None:
    model = adapted(tmp_path / "model", **fields)
    theirs = passed(model)
    with InputCasts(model).left_out():
        mine = passed(model)
    model.float()
    truth = passed(model, mixed=False)
    assert len(mine) == len(theirs) == len(truth) > 1
    assert 0 < error(mine, truth) < 1.2 * error(theirs, truth)


def error(found: list[torch.Tensor], truth: list[torch.Tensor]) -> float:
    """The mean over tensors of the relative error."""
    each = [float((own.float() - true).norm() / true.norm()) for own, true in zip(found, truth, strict=True)]
    return sum(each) / len(each)


@pytest.mark.parametrize("method", ["lora", "mixlora"])
def test_that_outputs_are_added_as_peft_adds_them_to_rounding(method: str, tmp_path: Path) -> None:
    model = adapted(tmp_path / "model", 0.3, method, alpha=7).double()

    def exact() -> tuple[torch.Tensor, list[torch.Tensor]]:
        torch.manual_seed(1)
        model.zero_grad()
        logits = model(input_ids=torch.arange(3, 19).view(2, 8)).logits
        logits.pow(2).mean().backward()
        return logits.detach(), [each.grad.clone() for each in model.parameters() if each.grad is not None]

    logits, gradients = exact()
    layers = [each for each in model.modules() if hasattr(each, "lora_variant")]
    with InputCasts(model).left_out():
        assert all(each.lora_variant for each in layers)
        others, found = exact()
    assert not any(each.lora_variant for each in layers)
    torch.testing.assert_close(others, logits, rtol=1e-12, atol=1e-12)
    assert len(found) == len(gradients) > 0
    for mine, theirs in zip(found, gradients, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


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
