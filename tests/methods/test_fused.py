"""The Triton kernels in Triton's own interpreter, against the loop oracle; a GPU, where there is one, runs them too."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest
import torch

from studio.core.problem import ProblemError
from tests.methods.test_exactness import layer_of

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
HAS_TRITON = importlib.util.find_spec("triton") is not None

runs_kernels = pytest.mark.skipif(
    not (HAS_TRITON and (INTERPRETED or torch.cuda.is_available())),
    reason="needs a CUDA device, or TRITON_INTERPRET=1 before torch is imported",
)


@pytest.mark.slow
@pytest.mark.skipif(not HAS_TRITON, reason="Triton is not installed")
@pytest.mark.skipif(INTERPRETED or torch.cuda.is_available(), reason="the tests below run the kernels themselves")
def test_that_the_kernels_pass_every_test_below_in_tritons_interpreter():
    # Triton decides at its import whether it interprets, and torch imports it: hence a process of its own.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", __file__, "-q", "-x", "-p", "no:cacheprovider"],
        env=os.environ | {"TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "kernels_equal" not in done.stdout, "kernel tests were skipped"


ROUTERS = {
    "top-1": {"top_k": 1},
    "top-2": {"top_k": 2},
    "top-p": {"routing_strategy": "mixlora-dynamic", "top_p": 0.5},
    "switch": {"routing_strategy": "mixlora-switch", "expert_capacity": 2},
}


def run(layer, form, tokens=37, device="cpu"):
    layer.configs["default"].form = form
    torch.manual_seed(7)
    x = torch.randn(1, tokens, 12, device=device, requires_grad=True)
    torch.manual_seed(8)
    layer.zero_grad()
    y = layer(x)
    dy = torch.randn(y.shape, generator=torch.Generator().manual_seed(2)).to(device)
    (y * dy).sum().backward()
    assert layer.form_in_use == form
    return {"y": y.detach(), "x": x.grad} | {n: p.grad for n, p in layer.named_parameters() if p.requires_grad}


def assert_agree(found, expected):
    # The floor is for gradients that are zero in theory, as a top-1 router's, whose weight is always 1.
    for name, value in expected.items():
        error = (found[name] - value).norm() / value.norm().clamp(min=1.0)
        assert error < 2e-5, (name, error.item())


@runs_kernels
@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize("kind", ["gated", "gelu-tanh", "fused", "plain-bias"])
def test_that_the_kernels_equal_the_loop_oracle(kind, router):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    layer = layer_of(kind, **ROUTERS[router]).float().to(device)
    assert_agree(run(layer, "fused", device=device), run(layer, "loop", device=device))


@runs_kernels
@pytest.mark.parametrize("targets", [["gate_proj"], ["up_proj"], ["down_proj"]])
def test_that_the_kernels_leave_out_what_is_not_adapted(targets):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    layer = layer_of("gated-bias", targets).float().to(device)
    assert_agree(run(layer, "fused", device=device), run(layer, "loop", device=device))


@runs_kernels
def test_that_forward_and_both_backward_kernels_drop_the_same_places(monkeypatch):
    from studio.methods.mixlora.call import Settings
    from studio.methods.mixlora.forms.fused import dropout_factors

    device = "cuda" if torch.cuda.is_available() else "cpu"
    layer = layer_of("gated", lora_dropout=0.4).float().to(device).train()
    found = run(layer, "fused", device=device)

    def as_the_kernels(self, start, stop, inner, like):
        return dropout_factors(stop, inner, self, like.device)[start:].to(like.dtype)

    monkeypatch.setattr(Settings, "inner_mask", as_the_kernels)
    assert_agree(found, run(layer, "loop", device=device))
    factors = as_the_kernels(layer._settings("default", torch.zeros(1, 12), 64), 0, 500, 40, torch.zeros(1))
    assert set(factors.unique().tolist()) == {0.0, factors.max().item()}
    assert (factors == 0).float().mean().item() == pytest.approx(0.4, abs=0.02)


def test_that_a_block_skips_experts_that_none_of_its_tokens_has():
    from studio.methods.mixlora.forms.fused import _plan

    layer = layer_of("gated", num_experts=4).float()
    experts = torch.tensor([[0, 1]] * 32 + [[2, 3]] * 32)[torch.randperm(64)]
    low, settings = layer._low_rank("default"), layer._settings("default", torch.zeros(64, 12), 64)
    plan = _plan(torch.zeros(64, 12), experts, torch.ones(64, 2), low, settings, True)
    assert plan.present.sum(-1).tolist() == [[1, 1], [1, 1]]


def test_that_asking_for_kernels_where_they_cannot_run_says_why(monkeypatch):
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    layer = layer_of("other-activation", form="fused").float()
    with pytest.raises(ProblemError, match=r"CUDA|silu"):
        layer(torch.zeros(2, 12))


@runs_kernels
def test_that_the_kernels_prove_themselves_on_the_device_they_run_on(monkeypatch):
    from studio.methods.mixlora.forms import fused

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu":
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: (9, 0))
        monkeypatch.setattr(torch.cuda, "synchronize", lambda *_: None)
    assert fused._proof.__wrapped__(device, torch.float32) == ""
    whole = fused.backward
    monkeypatch.setattr(fused, "backward", lambda *a: (whole(*a)[0] * 1.1, *whole(*a)[1:]))
    with pytest.warns(RuntimeWarning, match="off by"):
        assert "off by" in fused._proof.__wrapped__(device, torch.float32)


def test_that_a_cpu_sorts_and_a_gpu_without_kernels_masks():
    from studio.methods.mixlora.forms.choice import choose_form

    class OnGpu:
        is_cuda = True
        dtype = torch.bfloat16
        device = torch.device("cpu")

    assert choose_form("auto", torch.zeros(1), "silu", 2) == "sorted"
    assert choose_form("masked", torch.zeros(1), "silu", 2) == "masked"
    assert choose_form("auto", OnGpu(), "other", 9) == "masked"
