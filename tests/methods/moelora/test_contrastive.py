"""The contrastive loss is what it says, and its gradient too; its floor, its ceiling, and its empty cases are known."""

from __future__ import annotations

import math

import pytest
import torch

from studio.methods.moelora import contrastive
from studio.methods.moelora.contrastive import chosen_tokens, contrastive_loss, normalised
from studio.methods.moelora.memory import ContrastiveMemory
from tests.methods.moelora.slow_contrast import slow_contrast


def memory_of(vectors: torch.Tensor, experts: torch.Tensor, count: int, size: int) -> ContrastiveMemory:
    memory = ContrastiveMemory(count, size, vectors.shape[1]).to(vectors.dtype)
    memory.remember(vectors / vectors.norm(dim=1, keepdim=True), experts, torch.ones_like(experts, dtype=torch.bool))
    return memory


def loss_of(vectors, experts, valid, memory, temperature):
    units, valid = normalised(vectors, valid)
    return contrastive_loss(units, experts, valid, memory.recall(), temperature)


@pytest.mark.parametrize("temperature", [0.07, 0.5])
@pytest.mark.parametrize("old", [0, 7])
@pytest.mark.parametrize("at_once", [2**22, 90])
def test_that_loss_and_gradient_are_those_of_the_obvious_version(temperature, old, at_once, monkeypatch):
    monkeypatch.setattr(contrastive, "AT_ONCE", at_once)
    generator = torch.Generator().manual_seed(2)
    vectors = torch.randn(23, 3, generator=generator, dtype=torch.float64).requires_grad_()
    experts = torch.randint(0, 4, (23,), generator=generator)
    experts[5] = 4  # alone: no anchor, but everybody's negative
    valid = torch.rand(23, generator=generator) > 0.2
    valid[5] = True
    earlier = torch.randn(old, 3, generator=generator, dtype=torch.float64)
    whose = torch.randint(0, 4, (old,), generator=generator)
    memory = memory_of(earlier, whose, 5, 16)

    loss, floor = loss_of(vectors, experts, valid, memory, temperature)
    (found,) = torch.autograd.grad(loss * 3.0, vectors)

    remembered = [(v / v.norm(), int(e)) for v, e in zip(earlier, whose, strict=True)]
    expected = slow_contrast(vectors[valid], experts[valid].tolist(), remembered, temperature)
    (gradient,) = torch.autograd.grad(expected * 3.0, vectors)
    assert loss.item() == pytest.approx(expected.item(), abs=1e-12)
    torch.testing.assert_close(found, gradient, rtol=0, atol=1e-12)
    assert floor.item() < loss.item()


def test_that_gradients_agree_with_finite_differences():
    torch.manual_seed(0)
    vectors = torch.randn(9, 3, dtype=torch.float64, requires_grad=True)
    experts = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 1])
    valid = torch.tensor([True] * 8 + [False])
    memory = memory_of(torch.randn(4, 3, dtype=torch.float64), torch.tensor([0, 0, 1, 2]), 3, 2)
    assert torch.autograd.gradcheck(lambda v: loss_of(v, experts, valid, memory, 0.3)[0], vectors)


def test_that_clustered_experts_reach_the_floor_and_collapsed_ones_the_logarithm_of_all():
    count, each = 4, 6
    experts = torch.arange(count).repeat(each)
    valid = torch.ones(count * each, dtype=torch.bool)
    memory = ContrastiveMemory(count, 8, count).double()
    loss, floor = loss_of(torch.eye(count, dtype=torch.float64)[experts], experts, valid, memory, 0.07)
    assert floor.item() == pytest.approx(math.log(each - 1), abs=1e-12)
    assert loss.item() == pytest.approx(floor.item(), abs=1e-4)
    loss, _ = loss_of(torch.ones(count * each, count, dtype=torch.float64), experts, valid, memory, 0.07)
    assert loss.item() == pytest.approx(math.log(count * each - 1), abs=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("vectors", "experts", "valid", "expected"),
    [
        ([[1.0, 0.0], [0.0, 1.0]], [0, 1], [True, True], 0.0),  # nobody has a positive
        ([[1.0, 0.0], [1.0, 0.0]], [0, 0], [True, True], 0.0),  # one positive and nothing else
        ([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]], [0, 0, 1], [True, True, True], math.log(2)),
        ([[0.0, 0.0], [1.0, 0.0]], [0, 0], [True, True], 0.0),  # a vector without direction
        ([[1.0, 0.0], [1.0, 0.0]], [0, 0], [False, False], 0.0),  # padding only
        ([[1.0, 0.0]], [0], [True], 0.0),
    ],
)
def test_that_the_smallest_cases_are_finite_and_right(vectors, experts, valid, expected, dtype):
    tensor = torch.tensor(vectors, dtype=dtype, requires_grad=True)
    memory = ContrastiveMemory(2, 4, 2)
    loss, floor = loss_of(tensor, torch.tensor(experts), torch.tensor(valid), memory, 0.07)
    loss.backward()
    assert loss.item() == pytest.approx(expected, abs=1e-5)
    assert math.isfinite(floor.item())
    assert tensor.grad is not None
    assert torch.isfinite(tensor.grad).all()


def test_that_the_length_of_a_vector_changes_nothing():
    torch.manual_seed(1)
    vectors, experts = torch.randn(12, 3), torch.arange(12) % 3
    valid = torch.ones(12, dtype=torch.bool)
    memory = ContrastiveMemory(3, 4, 3)
    one, _ = loss_of(vectors, experts, valid, memory, 0.07)
    other, _ = loss_of(vectors * 1e-6, experts, valid, memory, 0.07)
    assert one.item() == pytest.approx(other.item(), abs=1e-4)


@pytest.mark.parametrize("kept", [0, 1, 3, 40, 64])
@pytest.mark.parametrize("forwards", [0, 1, 12345])
def test_that_tokens_are_chosen_evenly_among_those_that_are_not_padding(kept, forwards):
    mask = torch.zeros(64, dtype=torch.bool)
    mask[torch.randperm(64, generator=torch.Generator().manual_seed(4))[:kept]] = True
    indices, valid = chosen_tokens(mask, 64, 10, torch.tensor(forwards))
    chosen = indices[valid].tolist()
    assert len(chosen) == min(kept, 10) == len(set(chosen))
    assert all(mask[i] for i in chosen)
    ranks = (mask.cumsum(0) - 1)[indices[valid]]
    if kept > 10:
        gaps = ranks.diff()
        assert gaps.max() - gaps.min() <= 1


def test_that_every_token_has_its_turn():
    seen = set()
    for forwards in range(40):
        indices, valid = chosen_tokens(None, 64, 8, torch.tensor(forwards))
        assert valid.all()
        seen |= set(indices.tolist())
    assert seen == set(range(64))


def test_that_a_mask_of_ones_chooses_as_no_mask_does():
    for wanted in (5, 64):
        for forwards in (0, 3):
            one = chosen_tokens(None, 64, wanted, torch.tensor(forwards))
            other = chosen_tokens(torch.ones(64, dtype=torch.bool), 64, wanted, torch.tensor(forwards))
            assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
