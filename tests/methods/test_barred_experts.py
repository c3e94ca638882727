"""An expert switched off or forced does what the formula says, computed by hand in float64."""

from __future__ import annotations

from typing import Any

import peft
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from studio.core.problem import ProblemError
from studio.methods.mixlora import MixLoraConfig
from studio.methods.moelora import MoeLoraConfig
from tests.methods.conftest import make_tiny_llama, randomise

EXPERTS, TOP_K, TOKENS = 4, 2, 7
OFF, ALL_BUT_2 = {1}, {0, 1, 3}


def adapted(config: type[Any], **fields: Any) -> peft.PeftModel:
    made = peft.get_peft_model(
        make_tiny_llama().double(), config(r=8, num_experts=EXPERTS, top_k=TOP_K, task_type="CAUSAL_LM", **fields)
    )
    return randomise(made).double().eval()


def routed(model: peft.PeftModel, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The first routed layer's output for x [tokens, in], and its experts and weights."""
    tuner = model.base_model
    layer = tuner.model.get_submodule(tuner.routed_layers()[0])
    layer.record.traced = True
    layer.record.routing.clear()
    with torch.no_grad():
        y = layer(x)
    return y, *layer.record.routing[layer.depth]


def gates_by_hand(logits: Tensor, barred: set[int]) -> list[dict[int, float]]:
    """Each token's experts and weights: the largest logits of those that are left, and their softmax."""
    found = []
    for row in logits:
        left = sorted((e for e in range(len(row)) if e not in barred), key=lambda e: -float(row[e]))[:TOP_K]
        total = sum(torch.exp(row[e]) for e in left)
        found.append({e: float(torch.exp(row[e]) / total) for e in left})
    return found


def mixlora_by_hand(layer: Any, x: Tensor, gates: list[dict[int, float]]) -> Tensor:
    bank, mlp, s = layer.bank("default"), layer.base_layer, layer.scaling["default"]
    rows = []
    for v, chosen in zip(x, gates, strict=True):
        row = torch.zeros_like(v)
        for e, weight in chosen.items():

            def linear(name: str, u: Tensor, e: int = e) -> Tensor:
                a, b = getattr(bank, f"{name}_A")[e], getattr(bank, f"{name}_B")[e]
                return mlp.get_submodule(name).weight @ u + s * b @ (a @ u)

            row = row + weight * linear("down_proj", functional.silu(linear("gate_proj", v)) * linear("up_proj", v))
        rows.append(row)
    return torch.stack(rows)


def moelora_by_hand(layer: Any, x: Tensor, gates: list[dict[int, float]]) -> Tensor:
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    width, s = len(a) // EXPERTS, layer.configs["default"].update_scaling
    rows = []
    for v, chosen in zip(x, gates, strict=True):
        gate = torch.zeros(len(a), dtype=v.dtype)
        for e, weight in chosen.items():
            gate[e * width : (e + 1) * width] = weight
        rows.append(layer.base_layer.weight @ v + s * b @ (gate * (a @ v)))
    return torch.stack(rows)


@pytest.mark.parametrize("barred", [set(), OFF, {1, 3}, ALL_BUT_2])
@pytest.mark.parametrize(
    ("config", "by_hand"),
    [(MixLoraConfig, mixlora_by_hand), (MoeLoraConfig, moelora_by_hand)],
    ids=["mixlora", "moelora"],
)
def test_that_a_barred_expert_is_masked_before_the_choice(config: Any, by_hand: Any, barred: set[int]) -> None:
    model = adapted(config, **({"target_modules": ["q_proj"]} if config is MoeLoraConfig else {}))
    tuner = model.base_model
    tuner.bar_experts({0: barred})
    with torch.no_grad():
        model(input_ids=torch.arange(3)[None])  # a forward hands the order to the layers
    layer = tuner.model.get_submodule(tuner.routed_layers()[0])
    torch.manual_seed(3)
    x = torch.randn(TOKENS, 32, dtype=torch.float64)
    y, experts, weights = routed(model, x)
    with torch.no_grad():
        gates = gates_by_hand(x @ layer.router("default").weight.double().t(), barred)
        expected = by_hand(layer, x, gates)
    assert float((y - expected).abs().max()) < 1e-12
    for row, shares, chosen in zip(experts.tolist(), weights.tolist(), gates, strict=True):
        used = {e: share for e, share in zip(row, shares, strict=True) if e >= 0}
        assert used == pytest.approx(chosen)


@pytest.mark.parametrize("strategy", ["mixlora", "mixlora-dynamic", "mixlora-switch"])
@pytest.mark.parametrize("more", [{}, {"balance_bias_rate": 0.01}])
def test_that_every_way_of_choosing_obeys_and_the_other_layers_do_not_change(
    strategy: str, more: dict[str, Any]
) -> None:
    model = adapted(MixLoraConfig, routing_strategy=strategy, **more)
    tuner, ids = model.base_model, torch.arange(12)[None]
    tuner.trace_routing(True)

    def layers() -> list[Tensor]:
        with torch.no_grad():
            model(input_ids=ids)
        return [experts for experts, _ in tuner.take_routing()]

    before = layers()
    busiest = int(before[1][before[1] >= 0].mode().values)
    tuner.bar_experts({1: {busiest}})
    after = layers()
    assert torch.equal(before[0], after[0])
    assert not bool((after[1] == busiest).any())
    assert bool((after[1] >= 0).any())
    forced = (busiest + 1) % EXPERTS
    tuner.bar_experts({1: set(range(EXPERTS)) - {forced}})
    assert set(layers()[1].flatten().tolist()) <= {forced, -1}
    tuner.bar_experts({})
    assert torch.equal(layers()[1], before[1])


@pytest.mark.parametrize(
    ("barred", "words"),
    [({0: {0, 1, 2, 3}}, "all of its experts"), ({0: {4}}, "no expert 4"), ({9: {0}}, "no such layer")],
)
def test_that_what_cannot_be_barred_is_a_problem(barred: dict[int, set[int]], words: str) -> None:
    with pytest.raises(ProblemError, match=words):
        adapted(MixLoraConfig).base_model.bar_experts(barred)
