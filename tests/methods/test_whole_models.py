"""Whole models in float64, losses and all, against both methods said plainly; see slow_methods."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from studio.methods.mixlora import MixLoraFeedForward
from studio.methods.moelora import MoeLoraLinear
from tests.methods.conftest import VOCABULARY
from tests.methods.moelora.slow_contrast import slow_contrast
from tests.methods.slow_methods import mixlora, mixlora_losses, moelora, replaced, squared_variation
from tests.methods.test_routed_methods import METHODS


def rows(step: int) -> dict[str, Tensor]:
    """Return two rows of five tokens, the first with two of padding."""
    ids = torch.randint(0, VOCABULARY, (2, 5), generator=torch.Generator().manual_seed(step))
    mask = torch.tensor([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    return {"input_ids": ids, "attention_mask": mask, "labels": ids.masked_fill(mask == 0, -100)}


def cross_entropy(model: Any, batch: dict[str, Tensor]) -> Tensor:
    """Return that of the base model inside `model`, past every hook of ours."""
    logits = model.base_model.model.forward(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    return functional.cross_entropy(logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten())


def assert_equal(model: Any, plain: Any, loss: Tensor, expected: Tensor) -> None:
    loss.backward()
    expected.backward()
    assert abs(loss - expected) <= 1e-12 * expected.abs()
    gradients = {name: p.grad for name, p in plain.named_parameters() if p.requires_grad}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            found, known = parameter.grad, gradients[name]
            assert (found - known).abs().max() <= 1e-11 * max(1.0, known.abs().max()), name
            assert known.abs().max() > 0, name
    model.zero_grad()
    plain.zero_grad()


@pytest.mark.parametrize("scope", ["layer", "pooled"])
@pytest.mark.parametrize("top_k", [1, 2, 3])
def test_that_mixlora_with_its_losses_is_what_it_says(scope, top_k):
    fields = {"balance_scope": scope, "top_k": top_k, "router_aux_loss_coef": 0.7, "router_z_loss_coef": 0.3}
    model, plain = (METHODS["mixlora"].adapted(lora_alpha=5, **fields).double().train() for _ in range(2))
    routed = []

    def forward(layer: MixLoraFeedForward, x: Tensor) -> Tensor:
        bank, router = dict(layer.bank("default").named_parameters()), layer.router("default").weight
        y, loads = mixlora(x, layer.base_layer, bank, router, top_k, 5 / 4)
        routed.append(loads)
        return y

    replaced((m for m in plain.modules() if isinstance(m, MixLoraFeedForward)), forward)
    batch = rows(0)
    answers = cross_entropy(plain, batch)
    balance, z = mixlora_losses(routed, batch["attention_mask"].flatten().bool().tolist(), scope == "pooled")
    assert_equal(model, plain, model(**batch).loss, answers + 0.7 * balance + 0.3 * z)


@pytest.mark.parametrize("fields", [{}, {"top_k": 3}, {"memory": 0}, {"temperature": 0.02}], ids=str)
def test_that_moelora_with_its_losses_and_memory_is_what_it_says(fields):
    weights = {"contrastive_coef": 0.3, "balance_coef": 0.2}
    settings = {"memory": 4, "pairs": 0, "target_modules": ["v_proj", "up_proj"]} | weights | fields
    model, plain = (METHODS["moelora"].adapted(**settings).double().train() for _ in range(2))
    config = model.peft_config["default"]
    routed: dict[MoeLoraLinear, Any] = {}

    def forward(layer: MoeLoraLinear, x: Tensor) -> Tensor:
        a, b, router = layer._weights("default")
        y, *routed[layer] = moelora(x, layer.base_layer.weight, a, b, router, config.top_k, config.lora_alpha)
        return y

    layers = [m for m in plain.modules() if isinstance(m, MoeLoraLinear)]
    replaced(layers, forward)
    memories: dict[MoeLoraLinear, list[tuple[Tensor, int]]] = {layer: [] for layer in layers}
    for step in range(2):  # the second finds what the first left in the memory
        batch = rows(step)
        answers = cross_entropy(plain, batch)
        keep = batch["attention_mask"].flatten().bool()
        contrasts, balances = [], []
        for layer in layers:
            outputs, gates = routed[layer]
            pairs = [(v, e) for token, own in enumerate(outputs) if keep[token] for e, v in own.items()]
            vectors, experts = torch.stack([v for v, _ in pairs]), [e for _, e in pairs]
            contrasts.append(slow_contrast(vectors, experts, memories[layer], config.temperature))
            balances.append(squared_variation(gates[keep]))
            came = memories[layer] + [((v / v.norm()).detach(), e) for v, e in pairs]
            of_experts = [[each for each in came if each[1] == expert] for expert in range(config.num_experts)]
            memories[layer] = [each for own in of_experts for each in own[max(0, len(own) - config.memory) :]]
        extra = 0.3 * torch.stack(contrasts).mean() + 0.2 * torch.stack(balances).mean()
        assert_equal(model, plain, model(**batch).loss, answers + extra)
