"""The extra losses and the loads: known values, and that nothing about how one trains changes them."""

from __future__ import annotations

import peft
import pytest
import torch

from studio.methods.moelora import MoeLoraConfig, MoeLoraLinear
from studio.methods.moelora.losses import squared_variation
from tests.methods.conftest import checkpoint

HEAVY = {"balance_coef": 0.5, "contrastive_coef": 0.5, "lora_dropout": 0.1}


def steps(model, batch, count=3):
    """Return the gradients of the last of `count` forwards and backwards, so that memories are filled."""
    torch.manual_seed(5)
    for _ in range(count):
        model.zero_grad()
        model(**batch).loss.backward()
    return {n: p.grad.clone() for n, p in model.named_parameters() if p.requires_grad}


def memories(model):
    return {n: b.clone() for n, b in model.named_buffers() if "lora_memory" in n}


def test_that_squared_variation_has_its_known_values_and_gradient():
    rows = torch.tensor([[2.0, 2.0, 2.0, 2.0], [8.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 6.0]])
    rows = rows.double().requires_grad_()
    values, slope = squared_variation(rows.detach())
    assert values.tolist() == pytest.approx([0.0, 3.0, 0.0, 3.5 / 9])
    used = rows[[0, 1, 3]]
    direct = used.var(dim=1, unbiased=False) / used.mean(dim=1).square()
    (expected,) = torch.autograd.grad(direct.sum(), rows)
    torch.testing.assert_close(slope, expected)


def test_that_the_loss_of_the_forward_is_cross_entropy_and_both_extra_losses(adapted, batch):
    model = adapted(**(HEAVY | {"lora_dropout": 0.0})).train()
    loss = model(**batch).loss
    extra = model.base_model.auxiliary_losses()
    values = model.base_model.auxiliary_values()
    logits = model.eval()(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    plain = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten())
    assert set(extra) == {"balance", "contrastive"}
    assert loss.item() == pytest.approx((plain + sum(extra.values())).item(), abs=1e-5)
    for name in extra:
        assert extra[name].item() == pytest.approx(0.5 * values[name].item(), rel=1e-6)
    assert 0 < values["contrastive_floor"] < values["contrastive"]


def test_that_every_router_and_every_a_learns_from_the_first_step_on(tiny_llama, batch):
    torch.manual_seed(0)
    config = MoeLoraConfig(r=12, num_experts=4, target_modules="all-linear", task_type="CAUSAL_LM")
    model = peft.get_peft_model(tiny_llama(), config).train()
    model(**batch).loss.backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, name
            assert torch.isfinite(parameter.grad).all(), name
            # With B at zero the answers teach B alone; balance teaches routers and contrast A from the start.
            assert parameter.grad.abs().max() > 0, name


def test_that_leaving_the_contrast_out_costs_and_tells_nothing(adapted, batch):
    model = adapted(contrastive_coef=0.0).train()
    model(**batch)
    assert set(model.base_model.auxiliary_losses()) == {"balance"}
    assert set(model.base_model.auxiliary_values()) == {"balance"}
    assert all(b.count_nonzero() == 0 for b in memories(model).values())


@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("pairs", [0, 16])
def test_that_checkpointing_changes_no_gradient_and_no_memory(adapted, batch, reentrant, pairs):
    plain = adapted(pairs=pairs, **HEAVY).train()
    expected = steps(plain, batch)
    model = checkpoint(adapted(pairs=pairs, **HEAVY).train(), reentrant)
    found = steps(model, batch)
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-5, atol=1e-6)
    for name, memory in memories(plain).items():
        torch.testing.assert_close(memories(model)[name], memory, rtol=1e-5, atol=1e-6)
    assert torch.equal(model.base_model.take_loads(), plain.base_model.take_loads())


def test_that_accumulating_micro_batches_gives_the_gradient_of_their_weighted_sum(adapted, batch):
    rows = [{k: v[i : i + 1] for k, v in batch.items()} for i in range(3)]
    items = sum((row["labels"][:, 1:] != -100).sum() for row in rows)
    one, other = adapted(**HEAVY).train(), adapted(**HEAVY).train()
    torch.manual_seed(5)
    for row in rows:
        one(**row, num_items_in_batch=items).loss.backward()
    torch.manual_seed(5)
    shares = [(row["labels"][:, 1:] != -100).sum() / items for row in rows]
    sum(other(**row).loss * share for row, share in zip(rows, shares, strict=True)).backward()
    for (name, a), (_, b) in zip(one.named_parameters(), other.named_parameters(), strict=True):
        if a.requires_grad:
            torch.testing.assert_close(a.grad, b.grad, rtol=1e-4, atol=1e-6, msg=name)
    for name, memory in memories(one).items():
        torch.testing.assert_close(memories(other)[name], memory)
        if name.endswith("written"):
            assert memory.sum().item() == 2 * 46


def test_that_padding_never_changes_load_loss_or_memory(adapted, batch):
    ids, mask = batch["input_ids"][:1, :12], batch["attention_mask"][:1, :12]
    pad = torch.zeros(1, 7, dtype=ids.dtype)
    outcomes = []
    for padded, padded_mask in (
        (ids, mask),
        (torch.cat([ids, pad], 1), torch.cat([mask, pad], 1)),
        (torch.cat([pad, ids], 1), torch.cat([pad, mask], 1)),
    ):
        model = adapted(pairs=10).train()
        positions = (padded_mask.cumsum(1) - 1).clamp(min=0)
        model(input_ids=padded, attention_mask=padded_mask, position_ids=positions)
        outcomes.append((model.base_model.take_loads(), model.base_model.auxiliary_values(), memories(model)))
    for loads, values, held in outcomes[1:]:
        assert torch.equal(loads, outcomes[0][0])
        for name, value in values.items():
            torch.testing.assert_close(value, outcomes[0][1][name], rtol=1e-4, atol=1e-5)
        for name, memory in held.items():
            torch.testing.assert_close(memory, outcomes[0][2][name], rtol=1e-4, atol=1e-5)


def test_that_evaluation_remembers_nothing(adapted, batch):
    model = adapted().eval()
    model(**batch)
    assert all(b.count_nonzero() == 0 for b in memories(model).values())


def test_that_mixed_precision_keeps_losses_and_routers_in_float32(adapted, batch):
    model = adapted(**HEAVY).to(torch.bfloat16)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = parameter.data.float()
    model.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(**batch).loss
    extra = model.base_model.auxiliary_losses()
    loss.backward()
    exact = adapted(**(HEAVY | {"lora_dropout": 0.0})).train()
    exact(**batch)
    for name, value in extra.items():
        assert value.dtype == torch.float32
        assert value.item() == pytest.approx(exact.base_model.auxiliary_losses()[name].item(), rel=0.1)
    for layer in (m for m in model.modules() if isinstance(m, MoeLoraLinear)):
        gradient = layer.router("default").weight.grad
        assert gradient is not None
        assert gradient.dtype == torch.float32
        assert torch.isfinite(gradient).all()
