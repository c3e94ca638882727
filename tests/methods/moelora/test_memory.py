"""Each expert's memory is first in, first out, whatever arrives at once."""

from __future__ import annotations

from collections import deque

import pytest
import torch

from studio.methods.moelora.memory import ContrastiveMemory


@pytest.mark.parametrize("size", [1, 3, 8])
def test_that_each_expert_keeps_its_newest_vectors(size):
    generator = torch.Generator().manual_seed(0)
    memory = ContrastiveMemory(3, size, 2)
    expected = [deque(maxlen=size) for _ in range(3)]
    for pairs in (1, 2, 5, 30, 4):
        vectors = torch.randn(pairs, 2, generator=generator)
        experts = torch.randint(0, 3, (pairs,), generator=generator)
        valid = torch.rand(pairs, generator=generator) > 0.3
        memory.remember(vectors, experts, valid)
        for vector, expert, counts in zip(vectors, experts, valid, strict=True):
            if counts:
                expected[int(expert)].append(tuple(vector.tolist()))
        held = memory.recall()
        for expert in range(3):
            found = held.vectors[expert][held.valid[expert]]
            assert {tuple(vector.tolist()) for vector in found} == set(expected[expert])
            assert len(found) == len(expected[expert])


def test_that_what_was_recalled_does_not_change_when_the_memory_does():
    memory = ContrastiveMemory(1, 2, 2)
    memory.remember(torch.ones(1, 2), torch.tensor([0]), torch.tensor([True]))
    before = memory.recall()
    memory.remember(torch.zeros(2, 2), torch.tensor([0, 0]), torch.tensor([True, True]))
    assert before.vectors[0, 0].tolist() == [1.0, 1.0]
    assert before.valid.tolist() == [[True, False]]
    assert before.forwards.item() == 1


def test_that_a_memory_of_size_nothing_holds_nothing():
    memory = ContrastiveMemory(2, 0, 2)
    memory.remember(torch.ones(3, 2), torch.tensor([0, 1, 1]), torch.ones(3, dtype=torch.bool))
    assert memory.recall().vectors.shape == (2, 0, 2)
    assert not memory.recall().valid.any()
