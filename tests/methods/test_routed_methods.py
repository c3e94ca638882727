"""What both routed methods do alike: a life as PEFT methods, loads that are told, losses that a trainer may add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peft
import pytest
import torch
from torch import nn

from studio.core.problem import ProblemError
from studio.methods.mixlora import MixLoraConfig, MixLoraFeedForward
from studio.methods.moelora import MoeLoraConfig, MoeLoraLinear
from studio.methods.protocols import RoutedMethod, routed_method
from tests.methods.conftest import checkpoint, gradients, make_tiny_llama, randomise

TOKENS = 46  # of the batch, without its padding


@dataclass(frozen=True)
class Method:
    """A method with four experts of which a token gets two.

    layers: how many places of the model it routes. off: by how much a fresh adapter may change an answer, which is not
    0 where the base's own products are added up in another order. merging: what it says when asked to merge.
    """

    config: type[peft.PeftConfig]
    fields: dict[str, Any]
    second: dict[str, Any]
    heavy: dict[str, Any]
    layer: type[nn.Module]
    layers: int
    off: float
    merging: str

    def adapter(self, **fields: Any) -> peft.PeftConfig:
        usual = {"num_experts": 4, "top_k": 2, "task_type": "CAUSAL_LM", **self.fields}
        return self.config(**(usual | fields))

    def adapted(self, **fields: Any) -> peft.PeftModel:
        """A tiny Llama with a random adapter."""
        model = peft.get_peft_model(make_tiny_llama(), self.adapter(**fields))
        randomise(model)
        return model


METHODS = {
    "mixlora": Method(
        config=MixLoraConfig,
        fields={"r": 4},
        second={"r": 2, "num_experts": 3, "top_k": 1},
        heavy={"router_aux_loss_coef": 0.5},
        layer=MixLoraFeedForward,
        layers=2,
        off=1e-6,
        merging="MoE checkpoint",
    ),
    "moelora": Method(
        config=MoeLoraConfig,
        fields={"r": 12, "lora_alpha": 6, "target_modules": "all-linear"},
        second={"r": 6, "num_experts": 3},
        heavy={"balance_coef": 0.5, "contrastive_coef": 0.5, "lora_dropout": 0.1},
        layer=MoeLoraLinear,
        layers=14,
        off=0.0,
        merging="merged",
    ),
}


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Method:
    return METHODS[request.param]


def logits(model, batch):
    with torch.no_grad():
        return model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits


def test_that_a_fresh_adapter_leaves_the_base_exactly_as_it_was(method, batch):
    expected = logits(make_tiny_llama().eval(), batch)
    model = peft.get_peft_model(make_tiny_llama(), method.adapter()).eval()
    torch.testing.assert_close(logits(model, batch), expected, rtol=0, atol=method.off)


def test_that_two_adapters_on_one_base_are_switched_disabled_and_deleted(method, batch):
    model = method.adapted().eval()
    first = logits(model, batch)
    model.add_adapter("second", method.adapter(**method.second))
    model.set_adapter("second")
    randomise(model, seed=9)
    model.eval()
    second = logits(model, batch)
    assert not torch.allclose(first, second, atol=1e-3)
    assert model.base_model.experts_per_layer() == [3] * method.layers
    model.set_adapter("default")
    assert torch.equal(logits(model, batch), first)
    with model.disable_adapter():
        torch.testing.assert_close(logits(model, batch), logits(make_tiny_llama().eval(), batch), rtol=0, atol=0)
    model.set_adapter("second")
    model.delete_adapter("default")
    assert torch.equal(logits(model, batch), second)
    assert not any("default" in name for name, _ in [*model.named_parameters(), *model.named_buffers()])


def test_that_a_second_adapter_is_not_trained_until_it_is_active(method):
    model = method.adapted()
    model.add_adapter("second", method.adapter(**method.second))
    assert not any(p.requires_grad for n, p in model.named_parameters() if ".second" in n)
    model.set_adapter("second")
    assert all(p.requires_grad for n, p in model.named_parameters() if ".second" in n)
    assert not any(p.requires_grad for n, p in model.named_parameters() if ".default" in n)


def test_that_generating_with_and_without_cache_gives_the_same_tokens(method, batch):
    model = method.adapted().eval()
    rows = {
        "input_ids": batch["input_ids"].flip(1),
        "attention_mask": batch["attention_mask"].flip(1),
        "max_new_tokens": 6,
        "do_sample": False,
        "pad_token_id": 0,
    }
    assert torch.equal(model.generate(**rows, use_cache=True), model.generate(**rows, use_cache=False))


def test_that_unloading_gives_the_base_back_without_hooks(method, batch):
    base = method.adapted().unload().eval()
    assert not any(isinstance(m, method.layer) for m in base.modules())
    assert not base._forward_pre_hooks
    assert torch.equal(logits(base, batch), logits(make_tiny_llama().eval(), batch))


def test_that_merging_and_mixing_within_a_batch_are_refused_with_a_way_out(method, batch):
    model = method.adapted().eval()
    with pytest.raises(ProblemError, match=method.merging):
        model.merge_and_unload()
    with pytest.raises(ProblemError, match="set_adapter"):
        model(input_ids=batch["input_ids"], adapter_names=["default"] * 3)


def test_that_the_tuner_offers_the_whole_seam(method):
    model = method.adapted()
    assert isinstance(model.base_model, RoutedMethod)
    assert routed_method(model) is model.base_model
    assert len(model.base_model.routed_layers()) == method.layers
    assert model.base_model.experts_per_layer() == [4] * method.layers


@pytest.mark.parametrize("reentrant", [None, True, False])
def test_that_a_trainer_with_its_own_cross_entropy_gets_the_same_gradients(method, batch, reentrant):
    _, expected = gradients(method.adapted(**method.heavy).train(), batch)
    model = method.adapted(**method.heavy).train()
    if reentrant is not None:
        checkpoint(model, reentrant)
    torch.manual_seed(5)
    model.base_model.set_batch(batch["attention_mask"], None)
    told = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    extra = sum(model.base_model.auxiliary_losses().values())
    plain = torch.nn.functional.cross_entropy(told[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten())
    (plain + extra).backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            torch.testing.assert_close(parameter.grad, expected[name], rtol=1e-5, atol=1e-6)


def test_that_loads_are_told_per_task_and_add_up_to_every_routed_slot(method, batch):
    model = method.adapted().train()
    model.base_model.set_batch(batch["attention_mask"], torch.tensor([2, 0, 2]))
    model(**batch)
    model(**batch)  # of task 0, since the description held for one forward only
    loads = model.base_model.take_loads()
    assert loads.shape == (3, method.layers, 4)
    assert loads.dtype == torch.float64
    assert loads[:, 0].sum(-1).tolist() == [17 * 2 + TOKENS * 2, 0, 29 * 2]
    assert model.base_model.take_loads().sum() == 0


@pytest.mark.parametrize("reentrant", [None, True, False])
def test_that_learned_positions_and_pairs_of_experts_are_counted_once(method, batch, reentrant):
    model = method.adapted().train()
    if reentrant is not None:
        checkpoint(model, reentrant)
    learned = torch.zeros_like(batch["labels"], dtype=torch.bool)
    learned[0, 3:7] = learned[2, 1:3] = True
    model.base_model.trace_routing(True)
    model.base_model.count_pairs(True)
    model.base_model.set_batch(
        batch["attention_mask"], torch.tensor([1, 0, 1]), learned=learned.flatten().nonzero()[:, 0]
    )
    model(**batch).loss.backward()
    counts = model.base_model.take_counts()
    routing = model.base_model.take_routing()
    kept = batch["attention_mask"].flatten().bool()
    for layer, (experts, _) in enumerate(routing):
        sent = torch.zeros(len(kept), 4, dtype=torch.float64).scatter_(1, experts, 1.0)
        assert torch.equal(counts.learned[1, layer], sent[learned.flatten()].sum(0))
        assert torch.equal(counts.slots[:, layer].sum(0), sent[kept].sum(0))
        assert torch.equal(counts.together[layer], sent[kept].T @ sent[kept])
    assert counts.learned[0].sum() == 0
    model.base_model.count_pairs(False)
    model(**batch)
    counts = model.base_model.take_counts()
    assert counts.together is None
    assert counts.learned.sum() == 0, "nobody said what is learned"


def test_that_evaluation_is_not_counted(method, batch):
    model = method.adapted().eval()
    model(**batch)
    assert model.base_model.take_loads().sum() == 0


def test_that_a_traced_forward_tells_where_each_token_went(method, batch):
    model = method.adapted().eval()
    model.base_model.trace_routing(True)
    model(input_ids=batch["input_ids"])
    routing = model.base_model.take_routing()
    assert len(routing) == method.layers
    experts, weights = routing[0]
    assert experts.shape == weights.shape == (51, 2)
    torch.testing.assert_close(weights.sum(-1), torch.ones(51))
