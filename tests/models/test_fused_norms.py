"""A norm in one kernel gives what transformers' own gives but for rounding, and is put nowhere else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from studio.models import base_model
from studio.models.fused_norms import fuse_norms
from studio.models.shared_copy import shared_copy
from studio.planner.step import PLAIN_NORMS
from studio.training import setup
from tests.training.test_packing import make_model

NORMS = {"llama": 5, "mistral": 5, "qwen2": 5, "qwen3": 9, "phi3": 5, "smollm3": 5}  # of two layers and the last one
OTHERS = ("gemma", "gemma2", "gemma3_text", "phi")


def randomised(architecture: str, dtype: torch.dtype = torch.float32) -> Any:
    """A model whose norms' weights are anything but ones."""
    model = make_model(architecture, dtype)
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.copy_(torch.rand(parameter.shape, generator=draw) + 0.5)
    return model


@pytest.mark.parametrize("architecture", NORMS)
def test_that_a_fused_norm_gives_the_same_logits_and_gradients(architecture: str) -> None:
    words = torch.randint(3, 64, (2, 9), generator=torch.Generator().manual_seed(0))
    found = []
    for fused in (False, True):
        model = randomised(architecture, torch.float64)
        if fused:
            assert fuse_norms(model.float()) == NORMS[architecture]
            model.double()
        result = model(words, labels=words)
        result.loss.backward()
        found.append((result.logits.detach(), model.get_input_embeddings().weight.grad))
    # transformers computes these norms in float32 whatever comes.
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-6 * float(theirs.abs().max()))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_that_sixteen_bits_differ_by_a_rounding(dtype: torch.dtype) -> None:
    norm = randomised("llama", dtype).model.norm
    x = torch.randn(64, norm.weight.numel(), generator=torch.Generator().manual_seed(2)).to(dtype)
    weight = norm.weight.detach().double()
    exact = torch.nn.functional.rms_norm(x.double(), weight.shape, weight, norm.variance_epsilon)
    before = norm(x).detach()
    assert fuse_norms(norm) == 1
    after = norm(x).detach()
    assert after.dtype == before.dtype == dtype
    step = torch.finfo(dtype).eps
    assert float(((after.double() - exact) / exact).abs().max()) <= 0.51 * step, "rounded once"
    assert float(((after.double() - before.double()) / exact).abs().max()) <= 1.51 * step


def test_that_autocast_leaves_it_in_its_own_type() -> None:
    norm = randomised("llama", torch.bfloat16).model.norm
    fuse_norms(norm)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert norm(torch.ones(2, norm.weight.numel(), dtype=torch.bfloat16)).dtype == torch.bfloat16
        assert norm(torch.ones(2, norm.weight.numel())).dtype == torch.float32


class Gated(torch.nn.Module):
    """As layers with a state have it: without a gate it is a plain norm, or fails."""

    def __init__(self, needed: bool) -> None:
        super().__init__()
        self.weight, self.variance_epsilon, self.needed = torch.nn.Parameter(torch.ones(8)), 1e-6, needed

    def forward(self, x: Any, gate: Any = None) -> Any:
        x = x if gate is None and not self.needed else x * gate.sigmoid()
        return torch.nn.functional.rms_norm(x, (8,), self.weight, self.variance_epsilon)


class OfHeads(torch.nn.Module):
    """A norm of [heads, 8], which knows inputs of no other shape."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight, self.variance_epsilon = torch.nn.Parameter(torch.ones(*shape)), 1e-6

    def forward(self, x: Any) -> Any:
        heads = x.view(-1, 3, 8)
        return torch.nn.functional.rms_norm(heads, (8,), None, self.variance_epsilon) * self.weight


@pytest.mark.parametrize(
    "norm",
    [Gated(True), Gated(False), OfHeads(3, 8), OfHeads(8)],
    ids=["needs a gate", "takes a gate", "of heads", "of one shape"],
)
def test_that_norms_of_another_kind_are_no_obstacle(norm: Any) -> None:
    assert fuse_norms(torch.nn.Sequential(norm)) == 0


@pytest.mark.parametrize(("capability", "repeats"), [((7, 5), True), ((8, 9), False)])
def test_that_a_model_that_is_read_beside_a_card_is_computed_as_suits_it(
    capability: tuple[int, int], repeats: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    repeated: list[bool] = []
    monkeypatch.setattr(base_model, "_repeat_keys", lambda: repeated.append(True))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: capability)
    model = randomised("llama", torch.float16)
    read = SimpleNamespace(model=model)
    monkeypatch.setattr(setup, "load_base", lambda *_, **__: read)
    machine = SimpleNamespace(divides=False)
    planned = SimpleNamespace(machine=machine, model=SimpleNamespace(precision="fp16"))
    card = SimpleNamespace(kind="cuda", name_here="cuda:0", lacks_bfloat16=repeats)
    plan: Any = SimpleNamespace(recipe=planned, ram_bytes=1, device=card)
    assert setup._load(SimpleNamespace(model=None), plan, None) is read  # type: ignore[arg-type]
    assert bool(repeated) == repeats
    assert "forward" in vars(model.model.norm)


@pytest.mark.parametrize("architecture", OTHERS)
def test_that_other_norms_are_left_alone(architecture: str) -> None:
    assert fuse_norms(randomised(architecture)) == 0


def test_that_a_copy_computes_with_its_own_norms() -> None:
    model = randomised("llama")
    fuse_norms(model)
    copy = shared_copy(model)
    assert copy.model.norm.forward.__self__ is copy.model.norm


@pytest.mark.parametrize("architecture", PLAIN_NORMS)
def test_that_what_is_planned_as_one_kernel_is_one(architecture: str) -> None:
    sizes = {"vocab_size": 32, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8, "pad_token_id": 0}
    config = AutoConfig.for_model(architecture, **sizes, **heads)
    assert fuse_norms(AutoModelForCausalLM.from_config(config)) >= 3
