"""The balance loss and the loads: their known values, and that nothing about how one trains changes them."""

from __future__ import annotations

import pytest
import torch

from studio.methods.seams import RoutedMethod, routed_method


def routers(model):
    return [p for n, p in model.named_parameters() if "lora_router" in n]


def gradients(model, batch, scale=1.0):
    model.zero_grad()
    torch.manual_seed(5)
    loss = model(**batch).loss
    (loss * scale).backward()
    return loss.item(), {n: p.grad.clone() for n, p in model.named_parameters() if p.requires_grad}


def checkpoint(model, reentrant):
    model.enable_input_require_grads()
    model.base_model.model.model.gradient_checkpointing = True
    from functools import partial

    from torch.utils.checkpoint import checkpoint as torch_checkpoint

    for layer in model.base_model.model.model.layers:
        layer.gradient_checkpointing = True
        layer._gradient_checkpointing_func = partial(torch_checkpoint, use_reentrant=reentrant)
    return model


def test_that_the_tuner_offers_the_whole_seam_and_a_plain_lora_none(adapted, tiny_llama):
    import peft

    model = adapted()
    assert isinstance(model.base_model, RoutedMethod)
    assert routed_method(model) is model.base_model
    assert routed_method(peft.get_peft_model(tiny_llama(), peft.LoraConfig(target_modules=["q_proj"]))) is None
    assert model.base_model.routed_layers() == ["model.layers.0.mlp", "model.layers.1.mlp"]
    assert model.base_model.experts_per_layer() == [4, 4]


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


@pytest.mark.parametrize("reentrant", [None, True, False])
def test_that_a_trainer_with_its_own_cross_entropy_gets_the_same_gradients(adapted, batch, reentrant):
    fields = {"router_aux_loss_coef": 0.5}
    _, expected = gradients(adapted(**fields).train(), batch)
    model = adapted(**fields).train()
    if reentrant is not None:
        checkpoint(model, reentrant)
    model.base_model.set_batch(batch["attention_mask"], None)
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    extra = sum(model.base_model.auxiliary_losses().values())
    plain = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten())
    (plain + extra).backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            torch.testing.assert_close(parameter.grad, expected[name], rtol=1e-5, atol=1e-6)


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


def test_that_loads_are_told_per_task_and_add_up_to_every_routed_slot(adapted, batch):
    model = adapted().train()
    model.base_model.set_batch(batch["attention_mask"], torch.tensor([2, 0, 2]))
    model(**batch)
    loads = model.base_model.take_loads()
    assert loads.shape == (3, 2, 4)
    assert loads.dtype == torch.float64
    assert loads[:, 0].sum(-1).tolist() == [17 * 2, 0, 29 * 2]
    model(**batch)  # the description held for one forward only
    assert model.base_model.take_loads().shape == (1, 2, 4)
    assert model.base_model.take_loads().sum() == 0


def test_that_evaluation_counts_only_when_asked(adapted, batch):
    model = adapted().eval()
    model(**batch)
    assert model.base_model.take_loads().sum() == 0
    model.base_model.count_evaluations(True)
    model(**batch)
    assert model.base_model.take_loads().sum() == 2 * 2 * 46


def test_that_a_traced_forward_tells_where_each_token_went(adapted, batch):
    model = adapted().eval()
    model.base_model.trace_routing(True)
    model(input_ids=batch["input_ids"])
    routing = model.base_model.take_routing()
    assert len(routing) == 2
    experts, weights = routing[0]
    assert experts.shape == weights.shape == (51, 2)
    torch.testing.assert_close(weights.sum(-1), torch.ones(51))


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
