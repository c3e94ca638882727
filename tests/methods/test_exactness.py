"""Every form equals the loop oracle in float64, forward and in every gradient, with random B."""

from __future__ import annotations

import pytest
import torch
from transformers import Gemma2Config, LlamaConfig, Phi3Config, PhiConfig
from transformers.models.gemma2.modeling_gemma2 import Gemma2MLP
from transformers.models.llama.modeling_llama import LlamaMLP
from transformers.models.phi.modeling_phi import PhiMLP
from transformers.models.phi3.modeling_phi3 import Phi3MLP

from studio.methods.mixlora import MixLoraConfig, MixLoraFeedForward
from studio.methods.mixlora.structure import read_feed_forward

SIZES = {"hidden_size": 12, "intermediate_size": 20, "num_attention_heads": 2}
KINDS = {
    "gated": lambda: LlamaMLP(LlamaConfig(**SIZES)),
    "gated-bias": lambda: LlamaMLP(LlamaConfig(**SIZES, mlp_bias=True)),
    "gelu-tanh": lambda: Gemma2MLP(Gemma2Config(**SIZES)),
    "fused": lambda: Phi3MLP(Phi3Config(**SIZES, pad_token_id=0)),
    "plain-bias": lambda: PhiMLP(PhiConfig(**SIZES)),
    "other-activation": lambda: LlamaMLP(LlamaConfig(**SIZES, hidden_act="mish")),
}
ROUTERS = {
    "top-1": {"top_k": 1},
    "top-2": {"top_k": 2},
    "top-all": {"top_k": 4},
    "top-p": {"routing_strategy": "mixlora-dynamic", "top_p": 0.5},
    "switch": {"routing_strategy": "mixlora-switch", "expert_capacity": 2},
}


def layer_of(kind, targets=None, **fields):
    torch.manual_seed(0)
    base = KINDS[kind]().double()
    for parameter in base.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
        parameter.requires_grad_(False)
    shape = read_feed_forward(base)
    config = MixLoraConfig(**({"r": 3, "num_experts": 4, "lora_alpha": 5, "router_init_range": 0.5} | fields))
    layer = MixLoraFeedForward(base, shape, depth=0)
    layer.update_layer("default", config, list(targets or shape.projections))
    layer.double()
    for name, parameter in layer.named_parameters():
        if "lora_experts" in name:
            torch.nn.init.normal_(parameter, std=0.4)
    return layer


def run(layer, form, chunk, monkeypatch):
    layer.configs["default"].form = form
    monkeypatch.setattr("studio.methods.mixlora.layer.chunk_tokens", lambda *_: chunk)
    torch.manual_seed(7)
    x = torch.randn(3, 9, 12, dtype=torch.float64, requires_grad=True)
    torch.manual_seed(8)
    y = layer(x)
    layer.zero_grad()
    (y * torch.randn(y.shape, dtype=y.dtype, generator=torch.Generator().manual_seed(2))).sum().backward()
    return {"y": y.detach(), "x": x.grad} | {n: p.grad for n, p in layer.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("form", ["sorted", "masked"])
@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize("kind", KINDS)
def test_that_every_form_equals_the_loop_oracle_to_1e_12(kind, router, form, monkeypatch):
    layer = layer_of(kind, **ROUTERS[router])
    expected = run(layer, "loop", 8, monkeypatch)
    found = run(layer, form, 8, monkeypatch)  # 27 tokens: three whole chunks and a rest
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        assert value is not None, name
        assert (found[name] - value).abs().max() <= 1e-12 * max(1.0, value.abs().max()), name
    learned = found["lora_router.default.weight"].abs().max() > 0
    assert learned == (router != "top-1")  # the only chosen expert's renormalised weight is always 1


@pytest.mark.parametrize("form", ["sorted", "masked"])
@pytest.mark.parametrize("targets", [["gate_proj"], ["up_proj"], ["down_proj"], ["gate_proj", "down_proj"]])
def test_that_forms_agree_where_only_some_projections_are_adapted(targets, form, monkeypatch):
    layer = layer_of("gated-bias", targets)
    expected = run(layer, "loop", 64, monkeypatch)
    found = run(layer, form, 64, monkeypatch)
    for name, value in expected.items():
        assert (found[name] - value).abs().max() <= 1e-12 * max(1.0, value.abs().max()), name


@pytest.mark.parametrize("form", ["sorted", "masked"])
@pytest.mark.parametrize("kind", ["gated", "fused", "plain-bias"])
def test_that_forms_agree_under_dropout_since_masks_come_from_one_seed(kind, form, monkeypatch):
    layer = layer_of(kind, lora_dropout=0.3).train()
    expected = run(layer, "loop", 8, monkeypatch)
    found = run(layer, form, 8, monkeypatch)
    for name, value in expected.items():
        assert (found[name] - value).abs().max() <= 1e-12 * max(1.0, value.abs().max()), name
    layer.eval()
    assert not torch.allclose(run(layer, form, 8, monkeypatch)["y"], found["y"])


@pytest.mark.parametrize("form", ["sorted", "masked"])
@pytest.mark.parametrize("kind", ["gated-bias", "fused", "plain-bias"])
def test_that_finite_differences_confirm_the_gradients(kind, form):
    layer = layer_of(kind, top_k=2, num_experts=3, r=2, form=form)
    x = torch.randn(5, 12, dtype=torch.float64, requires_grad=True)
    trained = {n: p for n, p in layer.named_parameters() if p.requires_grad}

    def whole(x, *values):
        return torch.func.functional_call(layer, dict(zip(trained, values, strict=True)), (x,))

    assert torch.autograd.gradcheck(whole, (x, *trained.values()), eps=1e-6, atol=1e-6)


@pytest.mark.parametrize("form", ["loop", "sorted", "masked"])
def test_that_goat_scales_each_projection_by_its_own_inputs(form):
    layer = layer_of("gated", ["down_proj"], use_goat_scaling=True, top_k=1, form=form)
    assert layer.scaling_of("default", "gate_proj") == pytest.approx((3 * 12 / 3) ** 0.5)
    assert layer.scaling_of("default", "down_proj") == pytest.approx((3 * 20 / 3) ** 0.5)
    x = torch.randn(5, 12, dtype=torch.float64)
    base, pair = layer.base_layer, layer.bank("default").pair("down_proj")
    h = torch.nn.functional.silu(base.gate_proj(x)) * base.up_proj(x)
    chosen = (x @ layer.router("default").weight.T).argmax(-1)
    expected = base.down_proj(h) + 20**0.5 * torch.stack(
        [pair.B[e] @ (pair.A[e] @ v) for e, v in zip(chosen, h, strict=True)]
    )
    torch.testing.assert_close(layer(x), expected, rtol=0, atol=1e-12)


def test_that_the_first_layer_equals_experts_merged_into_whole_feed_forwards(monkeypatch):
    """The oracle itself against dense experts W + s·BA, written without any of our code."""
    layer = layer_of("gated", top_k=2)
    x = torch.randn(6, 12, dtype=torch.float64)
    bank, base = layer.bank("default"), layer.base_layer
    probabilities = (x @ layer.router("default").weight.T).softmax(-1)
    top, chosen = probabilities.topk(2, dim=-1)
    expected = torch.zeros_like(x)
    for token in range(6):
        for weight, expert in zip(top[token] / top[token].sum(), chosen[token], strict=True):

            def merged(name, expert=expert):
                pair = bank.pair(name)
                return getattr(base, name).weight + 5 / 3 * pair.B[expert] @ pair.A[expert]

            h = torch.nn.functional.silu(merged("gate_proj") @ x[token]) * (merged("up_proj") @ x[token])
            expected[token] += weight * (merged("down_proj") @ h)
    for form in ("loop", "sorted", "masked"):
        layer.configs["default"].form = form
        torch.testing.assert_close(layer(x), expected, rtol=0, atol=1e-12)


def test_that_the_router_of_the_top_p_kind_keeps_the_fewest_experts_that_reach_p():
    from studio.methods.mixlora.router import route_top_p

    probabilities = torch.tensor([[0.5, 0.35, 0.1, 0.05], [0.9, 0.05, 0.03, 0.02], [0.25, 0.25, 0.25, 0.25]])
    routing = route_top_p(probabilities.log(), 0.8)
    assert (routing.experts >= 0).sum(-1).tolist() == [2, 1, 4]
    torch.testing.assert_close(routing.weights[0, :2], probabilities[0, :2])
    assert routing.weights[1, 1:].sum() == 0


def test_that_the_switch_router_fills_each_expert_to_its_capacity_in_each_sequence():
    from studio.methods.mixlora.router import Sequences, route_switch

    logits = torch.tensor([[5.0, 0.0]]).repeat(8, 1)
    mask = torch.tensor([False, True, True, True, True, True, True, True])
    routing = route_switch(logits, capacity=2, sequences=Sequences(2), mask=mask)
    assert routing.experts[:, 0].tolist() == [-1, 0, 0, -1, 0, 0, -1, -1]
    assert routing.unchanged.tolist() == [True, False, False, True, False, False, True, True]
