"""Several adapted models' forwards as one: each model's losses and gradients are the ones that it has alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import peft
import pytest
import torch
from torch import Tensor, nn

from studio.core.problem import ProblemError
from studio.data.batch import Batch
from studio.methods.mixlora import MixLoraConfig
from studio.methods.moelora import MoeLoraConfig
from studio.methods.protocols import routed_method
from studio.methods.random_stream import RandomStream
from studio.methods.together import Part, Together
from studio.models.shared_copy import shared_copy, weight_bytes
from studio.training.answer_loss import AnswerLoss
from studio.training.packed_attention import Block, PackedAttention
from tests.methods.conftest import VOCABULARY, randomise
from tests.methods.test_bases import family

ROUTED = {"num_experts": 4, "top_k": 2, "task_type": "CAUSAL_LM"}
CONFIGS = {
    "mixlora": lambda: MixLoraConfig(r=4, router_z_loss_coef=0.01, **ROUTED),
    "dropped": lambda: MixLoraConfig(r=2, lora_dropout=0.2, num_experts=3, top_k=1, task_type="CAUSAL_LM"),
    "dynamic": lambda: MixLoraConfig(r=2, routing_strategy="mixlora-dynamic", **ROUTED),
    "switch": lambda: MixLoraConfig(r=2, routing_strategy="mixlora-switch", expert_capacity=3, **ROUTED),
    "mixdora": lambda: MixLoraConfig(r=2, use_dora=True, **ROUTED),
    "jitter": lambda: MixLoraConfig(r=2, jitter_noise=0.1, **ROUTED),
    "moelora": lambda: MoeLoraConfig(r=8, target_modules="all-linear", **ROUTED),
    "lora": lambda: peft.LoraConfig(r=3, lora_dropout=0.1, target_modules="all-linear", task_type="CAUSAL_LM"),
    "dora": lambda: peft.LoraConfig(r=2, use_dora=True, target_modules="all-linear", task_type="CAUSAL_LM"),
}
WITHIN = 1e-12  # float64's rounding, of products of more rows


class Members:
    """Models of some of `CONFIGS` over one base, each with a padded batch of its own, losses and a stream."""

    def __init__(self, base: nn.Module, names: Sequence[str]) -> None:
        self.base = base.double().eval().requires_grad_(False)
        self.models = []
        for number, name in enumerate(names):
            model = randomise(peft.get_peft_model(shared_copy(self.base), CONFIGS[name]()), seed=number).double()
            self.models.append(model.train())
        self.losses = [AnswerLoss(model) for model in self.models]
        self.batches = [_batch(rows=2 + number, tokens=9 - 2 * number, seed=number) for number in range(len(names))]

    def alone(self, member: int) -> tuple[float, dict[str, Tensor]]:
        torch.manual_seed(member)
        self._own_loss(member, self.losses[member](self.batches[member]).total).backward()
        return self._taken(member)

    def together(self, recompute: bool = False, present: Sequence[int] | None = None) -> list[Any]:
        streams = []
        for member in range(len(self.models)):
            torch.manual_seed(member)
            streams.append(RandomStream(torch.device("cpu")))
        tree = shared_copy(self.base)
        tree.config.use_cache = False
        one = Together.of(tree, self.models, streams)
        if recompute:
            one.recompute_activations()
        present = range(len(self.models)) if present is None else present
        batches = [self.batches[member] for member in present]
        for member, batch in zip(present, batches, strict=True):
            self.losses[member].describe(batch)
        with PackedAttention(tree).among([Block(*batch.input_ids.shape, batch.attention_mask) for batch in batches]):
            states = one(
                [Part(member, *batch.input_ids.shape) for member, batch in zip(present, batches, strict=True)],
                torch.cat([batch.input_ids.flatten() for batch in batches])[None],
                position_ids=torch.cat([torch.arange(b.input_ids.shape[1]).repeat(b.rows) for b in batches])[None],
            )
            totals = [
                self._own_loss(member, self.losses[member].of(batch, own).total)
                for member, batch, own in zip(present, batches, states, strict=True)
            ]
            torch.autograd.backward(totals)
        return [self._taken(member) for member in present]

    def _own_loss(self, member: int, total: Tensor) -> Tensor:
        routed = routed_method(self.models[member])
        self._last = getattr(self, "_last", {})
        whole = total + sum((routed.auxiliary_losses().values() if routed else ()), torch.zeros(()))
        self._last[member] = float(whole.detach())
        return whole

    def _taken(self, member: int) -> tuple[float, dict[str, Tensor]]:
        model = self.models[member]
        found = {name: each.grad.clone() for name, each in model.named_parameters() if each.grad is not None}
        model.zero_grad()
        if (routed := routed_method(model)) is not None:
            routed.forget_step()
            for name, buffer in model.named_buffers():
                if "lora_memory" in name:
                    buffer.zero_()
        return self._last[member], found


def _batch(rows: int, tokens: int, seed: int) -> Batch:
    ids = torch.randint(3, VOCABULARY, (rows, tokens), generator=torch.Generator().manual_seed(seed))
    mask = torch.ones_like(ids)
    mask[-1, tokens - 2 :] = 0
    return Batch.of(ids, mask, ids.masked_fill(mask == 0, -100))


def assert_as_alone(members: Members, found: Sequence[tuple[float, dict[str, Tensor]]]) -> None:
    for member, (loss, gradients) in enumerate(found):
        wanted, expected = members.alone(member)
        assert loss == pytest.approx(wanted, abs=WITHIN * max(1.0, abs(wanted)))
        assert gradients.keys() == expected.keys()
        assert gradients
        for name, gradient in expected.items():
            scale = max(1.0, float(gradient.abs().max()))
            assert float((gradients[name] - gradient).abs().max()) <= WITHIN * scale, f"{member}: {name}"


@pytest.mark.parametrize(
    "names",
    [
        ("mixlora", "lora"),
        ("dropped", "mixlora", "dora"),
        ("moelora", "dynamic", "lora", "switch"),
        ("mixdora", "mixlora", "jitter", "lora"),
        ("mixdora", "jitter"),
    ],
)
def test_that_methods_beside_one_another_are_what_they_are_alone(names: tuple[str, ...]) -> None:
    members = Members(family("llama"), names)
    assert_as_alone(members, members.together())


@pytest.mark.parametrize("base", ["qwen2", "phi3", "phi", "gemma2", "smollm3"])
def test_that_bases_of_every_build_can_be_shared(base: str) -> None:
    """Biases, a fused first matrix, no gating, a window and capped logits."""
    members = Members(family(base), ("dynamic", "lora", "dropped"))
    assert_as_alone(members, members.together())


def test_that_recomputed_activations_change_no_bit_of_the_gradient() -> None:
    members = Members(family("llama"), ("dropped", "lora", "moelora"))
    for kept, again in zip(members.together(), members.together(recompute=True), strict=True):
        assert kept[0] == again[0]
        assert all(torch.equal(kept[1][name], again[1][name]) for name in kept[1])


def test_that_a_model_that_is_not_there_is_not_touched() -> None:
    members = Members(family("llama"), ("mixlora", "dropped", "lora"))
    (found,) = members.together(present=[1])
    assert members.models[0].base_model.record.layers == {}
    assert all(each.grad is None for model in members.models for each in model.parameters())
    loss, gradients = members.alone(1)
    assert found[0] == pytest.approx(loss, abs=WITHIN)
    assert gradients.keys() == found[1].keys()


def test_that_every_frozen_product_is_computed_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    members = Members(family("llama"), ("mixlora", "dropped", "lora", "dynamic"))
    products: list[tuple[int, ...]] = []
    forward = nn.Linear.forward

    def counted(self: nn.Linear, x: Tensor) -> Tensor:
        if self.out_features in (64, 128) and not self.weight.requires_grad and self.in_features > 3:
            products.append(tuple(x.shape))
        return forward(self, x)

    def refused(*_: Any) -> Tensor:
        raise AssertionError("a model's own layer unpacked a frozen matrix")

    monkeypatch.setattr(nn.Linear, "forward", counted)
    monkeypatch.setattr("studio.methods.mixlora.feedforward.dense_weight", refused)
    members.together()
    tokens = sum(batch.input_ids.numel() for batch in members.batches)
    # In each of the two layers q, o, gate, up and down are of these sizes (k and v are narrower).
    assert products == [(1, tokens, 128 if number % 5 == 4 else 64) for number in range(10)]


def test_that_the_frozen_tensors_are_held_once() -> None:
    members = Members(family("llama"), ("mixlora", "lora", "lora"))
    whole = {id(each): each for model in [members.base, *members.models] for each in model.parameters()}
    trained = sum(each.nbytes for each in whole.values() if each.requires_grad)
    frozen = sum(each.numel() * each.element_size() for each in whole.values() if not each.requires_grad)
    assert trained
    assert frozen == weight_bytes(members.base) - sum(each.nbytes for each in members.base.buffers())


def test_that_a_base_with_dropout_of_its_own_is_refused() -> None:
    members = Members(family("llama", attention_dropout=0.1), ("lora", "lora"))
    with pytest.raises(ProblemError, match="dropout of its own"):
        members.together()


def test_that_a_model_that_trains_more_than_its_layers_is_refused() -> None:
    members = Members(family("llama"), ("lora",))
    members.models[0].get_base_model().lm_head.weight.requires_grad_(True)
    with pytest.raises(ProblemError, match="is trained itself"):
        members.together()
