"""The contrastive loss is what it says, and its gradient too; its floor, its ceiling, and its empty cases are known."""

from __future__ import annotations

import math

import pytest
import torch

from studio.methods.moelora import contrastive
from studio.methods.moelora.contrastive import contrast
from studio.methods.moelora.memory import ContrastiveMemory, recall, remember
from studio.methods.moelora.tokens import chosen_tokens
from tests.methods.moelora.slow_contrast import slow_contrast


def memory_of(vectors, experts, count, size):
    """Return a projection's memory that was given these vectors, at unit length."""
    memory = ContrastiveMemory(count, size, vectors.shape[1]).to(vectors.dtype)
    units = vectors / vectors.norm(dim=1, keepdim=True)
    remember([memory], recall([memory]), units[None], experts[None], torch.ones_like(experts, dtype=torch.bool)[None])
    return memory


def one(vectors, experts, valid, memory, temperature):
    """Return (loss, floor, gradient) of a single projection."""
    found = contrast(vectors.detach()[None], experts[None], valid[None], recall([memory]), temperature)
    return found.loss[0], found.floor[0], found.gradient[0]


@pytest.mark.parametrize("temperature", [0.02, 0.07, 0.5])
@pytest.mark.parametrize("old", [0, 7])
@pytest.mark.parametrize("at_once", [2**22, 2300, 90])
def test_that_losses_and_gradients_are_those_of_the_obvious_version(temperature, old, at_once, monkeypatch):
    monkeypatch.setitem(contrastive.AT_ONCE, "cpu", at_once)
    generator = torch.Generator().manual_seed(2)
    vectors = torch.randn(3, 23, 3, generator=generator, dtype=torch.float64).requires_grad_()
    experts = torch.randint(0, 4, (3, 23), generator=generator)
    experts[:, 5] = 4  # alone: no anchor, but everybody's negative
    valid = torch.rand(3, 23, generator=generator) > 0.2
    valid[:, 5] = True
    earlier = torch.randn(3, old, 3, generator=generator, dtype=torch.float64)
    whose = torch.randint(0, 4, (3, old), generator=generator)
    memories = [memory_of(earlier[i], whose[i], 5, 16) for i in range(3)]

    found = contrast(vectors.detach(), experts, valid, recall(memories), temperature)

    for i in range(3):
        remembered = [(v / v.norm(), int(e)) for v, e in zip(earlier[i], whose[i], strict=True)]
        expected = slow_contrast(vectors[i][valid[i]], experts[i][valid[i]].tolist(), remembered, temperature)
        (gradient,) = torch.autograd.grad(expected, vectors)
        assert found.loss[i].item() == pytest.approx(expected.item(), abs=1e-12)
        torch.testing.assert_close(found.gradient[i], gradient[i], rtol=0, atol=1e-12)
        assert found.floor[i] < found.loss[i]


def test_that_clustered_experts_reach_the_floor_and_collapsed_ones_the_logarithm_of_all():
    count, each = 4, 6
    experts = torch.arange(count).repeat(each)
    valid = torch.ones(count * each, dtype=torch.bool)
    memory = ContrastiveMemory(count, 8, count).double()
    loss, floor, _ = one(torch.eye(count, dtype=torch.float64)[experts], experts, valid, memory, 0.07)
    assert floor.item() == pytest.approx(math.log(each - 1), abs=1e-12)
    assert loss.item() == pytest.approx(floor.item(), abs=1e-4)
    loss, _, _ = one(torch.ones(count * each, count, dtype=torch.float64), experts, valid, memory, 0.07)
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
    tensor = torch.tensor(vectors, dtype=dtype)
    for temperature in (0.07, 0.01):
        memory = ContrastiveMemory(2, 4, 2)
        loss, floor, gradient = one(tensor, torch.tensor(experts), torch.tensor(valid), memory, temperature)
        assert loss.item() == pytest.approx(expected, abs=1e-5)
        assert math.isfinite(floor.item())
        assert torch.isfinite(gradient).all()


def test_that_the_length_of_a_vector_changes_nothing():
    torch.manual_seed(1)
    vectors, experts = torch.randn(12, 3), torch.arange(12) % 3
    valid = torch.ones(12, dtype=torch.bool)
    memory = ContrastiveMemory(3, 4, 3)
    plain, _, gradient = one(vectors, experts, valid, memory, 0.07)
    short, _, steeper = one(vectors * 1e-3, experts, valid, memory, 0.07)
    assert plain.item() == pytest.approx(short.item(), abs=1e-4)
    torch.testing.assert_close(steeper, gradient * 1e3, rtol=1e-3, atol=1e-2)


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
            unmasked = chosen_tokens(None, 64, wanted, torch.tensor(forwards))
            masked = chosen_tokens(torch.ones(64, dtype=torch.bool), 64, wanted, torch.tensor(forwards))
            assert all(torch.equal(a, b) for a, b in zip(unmasked, masked, strict=True))
