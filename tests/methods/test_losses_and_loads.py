"""The balance loss and the loads: their known values, and that nothing about how one trains changes them."""

from __future__ import annotations

import pytest
import torch

from tests.methods.conftest import checkpoint, gradients


def routers(model):
    return [p for n, p in model.named_parameters() if "lora_router" in n]


@pytest.mark.parametrize("top_k", [1, 2, 3])
@pytest.mark.parametrize("scope", ["layer", "pooled"])
def test_that_a_uniform_router_gives_the_balance_loss_its_known_value(adapted, batch, top_k, scope):
    model = adapted(top_k=top_k, balance_scope=scope).train()
    for weight in routers(model):
        torch.nn.init.zeros_(weight)
    model(**batch)
    # With every probability 1/E the sum E · Σ f·(1/E) is Σ f = k, however the ties were broken.
    assert model.base_model.auxiliary_values()["balance"].item() == pytest.approx(top_k, abs=1e-5)
    assert model.base_model.auxiliary_losses()["balance"].item() == pytest.approx(0.01 * top_k, abs=1e-7)


def test_that_a_collapsed_router_gives_the_balance_loss_its_worst_value(adapted, batch):
    model = adapted(top_k=1).train()
    layer = model.base_model._routed()[0][1]
    logits = torch.tensor([[50.0, 0.0, 0.0, 0.0]]).repeat(51, 1)
    layer.lora_router["default"].forward = lambda x: logits
    model.base_model._routed()[1][1].lora_router["default"].forward = lambda x: logits
    model(**batch)
    assert model.base_model.auxiliary_values()["balance"].item() == pytest.approx(4.0, abs=1e-5)


def test_that_the_loss_of_the_forward_is_cross_entropy_plus_balance(adapted, batch):
    model = adapted().train()
    loss = model(**batch).loss
    extra = model.base_model.auxiliary_losses()["balance"]
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    plain = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten())
    assert loss.item() == pytest.approx((plain + extra).item(), abs=1e-6)
    tuple_loss = model(**batch, return_dict=False)[0]
    assert tuple_loss.item() == pytest.approx(loss.item(), abs=1e-6)


@pytest.mark.parametrize("scope", ["layer", "pooled"])
@pytest.mark.parametrize("reentrant", [True, False])
def test_that_checkpointing_changes_no_gradient_and_counts_nothing_twice(adapted, batch, reentrant, scope):
    fields = {"balance_scope": scope, "router_z_loss_coef": 0.1, "router_aux_loss_coef": 0.5, "lora_dropout": 0.2}
    plain = adapted(**fields).train()
    expected_loss, expected = gradients(plain, batch, scale=3.0)
    loads = plain.base_model.take_loads()
    model = checkpoint(adapted(**fields), reentrant).train()
    loss, found = gradients(model, batch, scale=3.0)
    assert loss == pytest.approx(expected_loss, abs=1e-6)
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-5, atol=1e-6)
    assert torch.equal(model.base_model.take_loads(), loads)


def test_that_accumulated_micro_batches_give_the_step_its_share_of_the_balance_loss(adapted, batch):
    model = adapted(router_aux_loss_coef=0.5).train()
    rows = [{k: v[i : i + 1] for k, v in batch.items()} for i in range(3)]
    counts = [(row["labels"][:, 1:] != -100).sum() for row in rows]
    items = sum(counts)
    joined = torch.stack([model(**row, num_items_in_batch=items).loss for row in rows]).sum()
    apart = torch.zeros(())
    for row, count in zip(rows, counts, strict=True):
        total = model(**row).loss  # the mean over the row's own labels, and the whole extra loss
        apart = apart + total * count / items
    assert joined.item() == pytest.approx(apart.item(), abs=1e-5)


def test_that_padding_never_changes_load_or_loss(adapted, batch):
    model = adapted().train()
    ids, mask = batch["input_ids"][:1, :12], batch["attention_mask"][:1, :12]
    model(input_ids=ids, attention_mask=mask)
    value, loads = model.base_model.auxiliary_values()["balance"], model.base_model.take_loads()
    for side in ("right", "left"):
        pad = torch.zeros(1, 7, dtype=ids.dtype)
        halves = ((ids, pad), (mask, pad)) if side == "right" else ((pad, ids), (pad, mask))
        padded, padded_mask = (torch.cat(half, dim=1) for half in halves)
        model(
            input_ids=padded,
            attention_mask=padded_mask,
            position_ids=(padded_mask.cumsum(1) - 1).clamp(min=0),
        )
        assert torch.equal(model.base_model.take_loads(), loads)
        torch.testing.assert_close(model.base_model.auxiliary_values()["balance"], value)


def test_that_the_loss_free_bias_moves_once_for_each_optimiser_step(adapted, batch):
    model = adapted(balance_bias_rate=0.01, router_aux_loss_coef=0.0).train()
    router = model.base_model._routed()[0][1].lora_router["default"]
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    model(**batch).loss.backward()
    model(**batch).loss.backward()  # accumulated: no step between
    assert router.selection_bias.abs().max() == 0
    counts = sum(m.slots.sum(0) for m in [model.base_model.record.layers[0]]) * 2
    optimiser.step()
    model(**batch)
    assert torch.equal(router.selection_bias, 0.01 * torch.sign(counts.mean() - counts))
