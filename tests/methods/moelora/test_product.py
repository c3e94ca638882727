"""The update that is written out by hand has the gradients of the same sum said plainly."""

from __future__ import annotations

import pytest
import torch

from studio.methods.moelora.product import routed_update


def plain_update(x, dropped, weights, top_k, scaling, mask, indices):
    a, b, router = weights
    logits = x @ router.t()
    best, experts = logits.topk(top_k, dim=-1)
    gates = torch.zeros_like(logits).scatter(-1, experts, best.softmax(-1))
    rank = a.shape[0] // router.shape[0]
    low = (x if dropped is None else dropped) @ a.t()
    update = (low * gates.repeat_interleave(rank, dim=1) * scaling) @ b.t()
    sums = gates.sum(0) if mask is None else (gates * mask[:, None]).sum(0)
    picked = torch.stack([low[t].view(-1, rank)[e] for t in indices.tolist() for e in experts[t].tolist()])
    return update, sums, picked


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("has_dropout", [False, True])
@pytest.mark.parametrize("used", [(1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_that_values_and_all_gradients_are_those_of_the_plain_sum(masked, has_dropout, used):
    generator = torch.Generator().manual_seed(0)

    def random(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()

    x, weights = random(7, 5), (random(8, 5), random(6, 8), random(4, 5))
    dropped = (x * 1.25).detach().requires_grad_() if has_dropout else None
    mask = torch.tensor([True, False, True, True, True, False, True]) if masked else None
    indices = torch.tensor([0, 2, 2, 5])
    inputs = [x, *weights, *([dropped] if has_dropout else [])]
    outcomes = []
    for compute in (routed_update, plain_update):
        found = compute(x, dropped, weights, 2, 1.5, mask, indices)
        tensors = found if isinstance(found, tuple) else (found.update, found.gate_sums, found.picked)
        loss = sum(t.sin().sum() for t, wanted in zip(tensors, used, strict=True) if wanted)
        gradients = torch.autograd.grad(loss, inputs, allow_unused=True, materialize_grads=True)
        outcomes.append((tensors, gradients))
    for one, other in zip(outcomes[0], outcomes[1], strict=True):
        for a, b in zip(one, other, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("autocast", [False, True])
def test_that_a_base_in_bfloat16_trains_weights_in_float32(autocast):
    torch.manual_seed(0)
    weights = tuple(torch.randn(*s).mul(0.1).requires_grad_() for s in ((8, 16), (6, 8), (4, 16)))
    x = torch.randn(9, 16).to(torch.bfloat16).requires_grad_()
    indices = torch.arange(3)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        found = routed_update(x, None, weights, 2, 1.0, None, indices)
    assert found.update.dtype == (torch.bfloat16 if autocast else torch.float32)
    assert found.gate_sums.dtype == torch.float32
    (found.update.float().sum() + found.gate_sums.square().sum()).backward()
    wide = x.detach().float().requires_grad_()
    copies = tuple(w.detach().clone().requires_grad_() for w in weights)
    update, sums, _ = plain_update(wide, None, copies, 2, 1.0, None, indices)
    (update.sum() + sums.square().sum()).backward()
    for found_weight, expected in zip(weights, copies, strict=True):
        torch.testing.assert_close(found_weight.grad, expected.grad, rtol=3e-2, atol=5e-2)
    torch.testing.assert_close(x.grad.float(), wide.grad, rtol=3e-2, atol=5e-2)


def test_that_no_tokens_give_nothing_and_gradients_of_zero():
    weights = tuple(torch.randn(*shape, requires_grad=True) for shape in ((8, 5), (6, 8), (4, 5)))
    found = routed_update(torch.zeros(0, 5), None, weights, 2, 1.0, None, torch.empty(0, dtype=torch.int64))
    assert found.update.shape == (0, 6)
    (found.update.sum() + found.gate_sums.sum() + found.picked.sum()).backward()
    assert all(weight.grad.abs().max() == 0 for weight in weights)
