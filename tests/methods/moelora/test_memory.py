"""Each expert's memory is first in, first out, whatever arrives at once."""

from __future__ import annotations

from collections import deque

import pytest
import torch

from studio.methods.moelora.memory import ContrastiveMemory, recall, remember


@pytest.mark.parametrize("size", [1, 3, 8])
def test_that_each_expert_of_each_projection_keeps_its_newest_vectors(size):
    generator = torch.Generator().manual_seed(0)
    memories = [ContrastiveMemory(3, size, 2) for _ in range(2)]
    expected = [[deque(maxlen=size) for _ in range(3)] for _ in memories]
    for pairs in (1, 2, 5, 30, 4):
        vectors = torch.randn(2, pairs, 2, generator=generator)
        experts = torch.randint(0, 3, (2, pairs), generator=generator)
        valid = torch.rand(2, pairs, generator=generator) > 0.3
        remember(memories, recall(memories), vectors, experts, valid)
        for projection in range(2):
            for vector, expert, counts in zip(vectors[projection], experts[projection], valid[projection], strict=True):
                if counts:
                    expected[projection][int(expert)].append(tuple(vector.tolist()))
        held = recall(memories)
        for projection in range(2):
            for expert in range(3):
                found = held.vectors[projection, expert][held.valid[projection, expert]]
                assert {tuple(vector.tolist()) for vector in found} == set(expected[projection][expert])
                assert len(found) == len(expected[projection][expert])


def test_that_what_was_recalled_does_not_change_when_the_memory_does():
    memory = ContrastiveMemory(1, 2, 2)
    yes = torch.ones(1, 2, dtype=torch.bool)
    remember([memory], recall([memory]), torch.ones(1, 1, 2), torch.tensor([[0]]), yes[:, :1])
    before = recall([memory])
    remember([memory], before, torch.zeros(1, 2, 2), torch.tensor([[0, 0]]), yes)
    assert before.vectors[0, 0, 0].tolist() == [1.0, 1.0]
    assert before.valid.tolist() == [[[True, False]]]


def test_that_a_memory_of_size_nothing_holds_nothing_but_counts():
    memory = ContrastiveMemory(2, 0, 2)
    yes = torch.ones(1, 3, dtype=torch.bool)
    remember([memory], recall([memory]), torch.ones(1, 3, 2), torch.tensor([[0, 1, 1]]), yes)
    assert recall([memory]).vectors.shape == (1, 2, 0, 2)
    assert memory.written.tolist() == [1, 2]
