"""The Triton kernels in Triton's own interpreter, against the loop oracle; a GPU, where there is one, runs them too."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest
import torch

from studio.core.problem import ProblemError
from studio.methods.mixlora.forms import blocks
from studio.methods.mixlora.forms.blocks import (
    Blocks,
    Kind,
    candidates,
    candidates_over_experts,
    expert_parts,
    first_tiles,
)
from studio.methods.mixlora.forms.proof import Case, Widths, proof
from studio.methods.mixlora.forms.verdict import Verdict
from tests.methods.test_exactness import layer_of

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
HAS_TRITON = importlib.util.find_spec("triton") is not None

NOT_RUN = "needs a CUDA device, or TRITON_INTERPRET=1 before torch is imported"
runs_kernels = pytest.mark.skipif(not (HAS_TRITON and (INTERPRETED or torch.cuda.is_available())), reason=NOT_RUN)


@pytest.mark.slow
@pytest.mark.timeout(1300)
@pytest.mark.skipif(not HAS_TRITON, reason="Triton is not installed")
@pytest.mark.skipif(INTERPRETED or torch.cuda.is_available(), reason="the tests below run the kernels themselves")
def test_that_the_kernels_pass_every_test_below_in_tritons_interpreter():
    # Triton decides at its import whether it interprets, and torch imports it: hence a process of its own.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", __file__, "-q", "-x", "-rs", "-p", "no:cacheprovider"],
        env=os.environ | {"TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert NOT_RUN not in done.stdout, "kernel tests were skipped"


WIDTHS = Widths(64, 192)


def case(**fields):
    """Return a Case with what most of them have."""
    usual = {"dtype": torch.float32, "activation": "silu", "slots": 2, "experts": 4, "rank": 8, "gated": True}
    return Case(**(usual | {"adapted": (True, True, True), "dropout": False} | fields))


ROUTERS = {
    "top-1": {"top_k": 1},
    "top-2": {"top_k": 2},
    "top-4-of-5": {"top_k": 4, "num_experts": 5, "r": 5},
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


# Every router with one kind, and every kind with a fixed and a varying number of experts a token.
PAIRS = [("gated", router) for router in ROUTERS]
PAIRS += [(kind, router) for kind in ("gelu-tanh", "fused", "plain-bias") for router in ("top-2", "top-p")]


@runs_kernels
@pytest.mark.parametrize(("kind", "router"), PAIRS)
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


TILES = {
    "16x64": (Blocks(16, 64, 4), Blocks(16, 64, 4, 168), Blocks(16, 64, 4)),
    "32x64": (Blocks(32, 64, 8), Blocks(32, 64, 8), Blocks(32, 64, 8)),
    "16x32": (Blocks(16, 32, 2), Blocks(16, 32, 2), Blocks(16, 32, 4)),
    "32x32 over experts": (Blocks(16, 32, 8), Blocks(16, 32, 8), Blocks(32, 32, 8)),
}


@runs_kernels
@pytest.mark.parametrize("experts", [3, 64])
@pytest.mark.parametrize("name", TILES)
def test_that_the_kernels_equal_the_loop_oracle_with_every_tile(name, experts, monkeypatch):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    layer = layer_of("gated", num_experts=experts, top_k=2).float().to(device)
    asked = []

    def tiles(kind):
        asked.append(kind)
        return blocks.Tiles(*TILES[name])

    monkeypatch.setattr("studio.methods.mixlora.forms.fused.tiles_for", tiles)
    assert_agree(run(layer, "fused", device=device), run(layer, "loop", device=device))
    assert set(asked) == {Kind(2, 16, torch.float32, False)}


@runs_kernels
@pytest.mark.parametrize("parts", [1, 3, 4])
def test_that_parts_of_an_experts_tokens_sum_to_the_whole(parts, monkeypatch):
    monkeypatch.setattr("studio.methods.mixlora.forms.fused.expert_parts", lambda *_: parts)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    layer = layer_of("gated").float().to(device)
    assert_agree(run(layer, "fused", tokens=90, device=device), run(layer, "loop", tokens=90, device=device))


@runs_kernels
def test_that_each_column_is_dropped_as_often_and_no_two_alike():
    from studio.methods.mixlora.forms.fused import dropout_factors

    settings = layer_of("gated", lora_dropout=0.25).float().train()._settings("default", torch.zeros(1, 12), 64)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kept = (dropout_factors(2000, 64, settings, device) > 0).double().cpu()
    # Five standard deviations of 2,000 draws.
    assert (kept.mean(dim=0) - 0.75).abs().max() < 5 * (0.75 * 0.25 / 2000) ** 0.5
    alike = torch.corrcoef(kept.T).fill_diagonal_(0).abs().max()
    assert alike < 5 / 2000**0.5


@runs_kernels
def test_that_a_block_skips_experts_that_none_of_its_tokens_has():
    from studio.methods.mixlora.forms.fused import _plan

    layer = layer_of("gated", num_experts=4).float()
    experts = torch.tensor([[0, 1]] * 32 + [[2, 3]] * 32)[torch.randperm(64)]
    low, settings = layer._low_rank("default"), layer._settings("default", torch.zeros(64, 12), 64)
    plan = _plan(torch.zeros(64, 12), experts, torch.ones(64, 2), low, settings, True)
    blocks = 64 // plan.tiles.forward.tokens
    assert plan.counts.tolist() == [[1, 1]] * blocks
    assert plan.met[:, :, 0].tolist() == [[0, 1]] * (blocks // 2) + [[2, 3]] * (blocks // 2)


def test_that_asking_for_kernels_where_they_cannot_run_says_why(monkeypatch):
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    layer = layer_of("other-activation", form="fused").float()
    with pytest.raises(ProblemError, match=r"CUDA|silu"):
        layer(torch.zeros(2, 12))


@runs_kernels
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_that_the_kernels_in_half_precision_are_as_near_as_the_masked_form(dtype):
    if INTERPRETED and dtype == torch.bfloat16:
        pytest.skip("Triton's interpreter multiplies the bits of bfloat16 as if they were integers")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    assert proof.__wrapped__(device, case(dtype=dtype, dropout=True)) == ""


@runs_kernels
@pytest.mark.parametrize(
    "fields",
    [
        {"experts": 3, "slots": 1, "rank": 48},
        {"experts": 2, "rank": 128, "dtype": torch.float16, "adapted": (False, True, True)},
        {"experts": 5, "slots": 3, "activation": "gelu", "gated": False, "adapted": (True, False, True)},
    ],
    ids=str,
)
def test_that_ranks_experts_and_slots_need_no_powers_of_two(fields):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    assert proof.__wrapped__(device, case(whole_lines=False, **fields)) == ""


@runs_kernels
def test_that_inputs_need_not_lie_in_order_nor_every_expert_have_tokens():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    layer = layer_of("gated", top_k=2, num_experts=6).float().to(device)
    # Along this direction of x the first two experts win for every token, so four get none.
    layer.router("default").weight.data[:2] += 40.0
    found = {}
    for form in ("fused", "loop"):
        layer.configs["default"].form = form
        leaf = torch.rand(12, 40, generator=torch.Generator().manual_seed(1)).to(device).requires_grad_()
        layer.zero_grad()
        y = layer(leaf.T)
        (y.T * torch.arange(40, device=device)).sum().backward()  # a gradient that does not lie in order either
        found[form] = {"y": y.detach(), "x": leaf.grad} | {
            n: p.grad for n, p in layer.named_parameters() if p.requires_grad
        }
    assert found["loop"]["lora_experts.default.up_proj_B"][2:].abs().max() == 0
    assert_agree(found["fused"], found["loop"])


@runs_kernels
def test_that_a_batch_of_no_tokens_gives_nothing():
    layer = layer_of("gated", form="fused").float()
    assert layer(torch.zeros(0, 12)).shape == (0, 12)


@runs_kernels
def test_that_the_kernels_prove_themselves_on_the_device_they_run_on(monkeypatch):
    from studio.methods.mixlora.forms import fused

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    whole = fused.backward
    monkeypatch.setattr(fused, "backward", lambda *a: (whole(*a)[0] * 1.1, *whole(*a)[1:]))
    assert "off by" in proof.__wrapped__(device, case(slots=1, experts=2, rank=4))


@runs_kernels
def test_that_the_proof_is_the_same_inside_mixed_precision():
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.autocast(device.type, dtype=torch.bfloat16):
        assert proof.__wrapped__(device, case(slots=1, experts=2, rank=4)) == ""


class OutOfResources(Exception):
    """As Triton raises it where a kernel wants more than the card has."""


@pytest.fixture
def like_a_card(monkeypatch):
    """Let the choice of form believe that the CPU is a card whose kernels fail to be launched."""
    from studio.methods.mixlora.forms import choice, fused

    def fails(*_):
        raise OutOfResources("out of resource: shared memory, Required: 200000, Hardware limit: 101376")

    choice._say.cache_clear()
    monkeypatch.setattr(fused, "forward", fails)
    monkeypatch.setattr(choice, "verdict", lambda device, case, _: Verdict(proof.__wrapped__(device, case)))
    monkeypatch.setattr(choice, "is_card", lambda device: True)
    yield
    choice._say.cache_clear()


def test_that_kernels_which_fail_on_a_card_cost_speed_and_not_the_run(like_a_card, adapted, batch):
    model = adapted(form="loop").train()
    expected = model(**batch).loss
    model.base_model.peft_config["default"].form = "auto"
    assert model.base_model.fallbacks() == []
    with pytest.warns(RuntimeWarning, match="masked form, which is slower. The fused kernels failed"):
        loss = model(**batch).loss
    loss.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert set(model.base_model.forms_in_use().values()) == {"masked"}
    (said,) = model.base_model.fallbacks()
    assert "OutOfResources" in said
    assert "Required: 200000" in said


def test_that_kernels_which_fail_are_an_error_where_they_were_asked_for(like_a_card, adapted, batch):
    with pytest.raises(ProblemError, match="OutOfResources"):
        adapted(form="fused").train()(**batch)


def test_that_a_cpu_sorts_and_a_gpu_without_kernels_masks(monkeypatch):
    from studio.methods.mixlora.forms import choice

    assert choice.choose_form("auto", torch.device("cpu"), case(), WIDTHS) == ("sorted", "")
    assert choice.choose_form("masked", torch.device("cpu"), case(), WIDTHS) == ("masked", "")
    choice._say.cache_clear()
    with pytest.warns(RuntimeWarning, match="at most 4 experts"):
        form, why = choice.choose_form("auto", torch.device("cuda"), case(experts=9, slots=9), WIDTHS)
    assert form == "masked"
    assert "at most 4 experts" in why


def test_that_blocks_get_smaller_where_registers_would_not_do():
    def tiles(*kind):
        return first_tiles(Kind(*kind, True))

    assert tiles(2, 16, torch.bfloat16).backward == Blocks(16, 64, 4)
    assert tiles(4, 32, torch.float16).backward == Blocks(16, 32, 4)
    assert tiles(1, 8, torch.float32).forward == Blocks(16, 32, 4)
    for kind in (Kind(2, 16, torch.bfloat16, True), Kind(4, 64, torch.float16, False), Kind(1, 8, torch.float32, True)):
        for each in (*candidates(kind, first_tiles(kind)), *candidates_over_experts(kind, first_tiles(kind))):
            # The order of tokens is made for both passes at once.
            assert each.forward.tokens == each.backward.tokens
            assert each != first_tiles(kind)


def test_that_a_small_model_and_a_large_one_both_fill_a_card():
    tile = Blocks(32, 64, 8)
    assert expert_parts(14336, 8, tile) == 1
    assert expert_parts(1536, 8, tile) == 4
    assert expert_parts(4096, 4, tile) == 4
