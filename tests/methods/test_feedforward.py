"""A feed-forward is read by what it computes, so its names may mislead; what is more than that is refused by name."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from studio.core.problem import ProblemError
from studio.methods.mixlora.structure import find_feed_forwards, read_feed_forward


class Named(nn.Module):
    """down(act(first(x)) * second(x)), with children of any names, in any order."""

    def __init__(self, first: str, second: str, down: str, inner: int = 20, order: tuple[int, ...] = (0, 1, 2)) -> None:
        super().__init__()
        sizes = [(first, 12, inner), (second, 12, inner), (down, inner, 12)]
        for place in order:
            name, inputs, outputs = sizes[place]
            self.add_module(name, nn.Linear(inputs, outputs))
        self.names = (first, second, down)
        self.act = nn.SiLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, second, down = (self.get_submodule(name) for name in self.names)
        return down(self.act(first(x)) * second(x))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("names", [("w1", "w3", "w2"), ("up_proj", "gate_proj", "down_proj"), ("a", "gate", "c")])
@pytest.mark.parametrize("inner", [20, 12])
def test_that_gate_up_and_down_are_told_by_what_they_do_and_not_by_their_names(names, order, inner):
    found = read_feed_forward(Named(*names, inner=inner, order=order))
    assert (found.kind, found.first, found.up, found.last) == ("gated", *names)
    assert (found.hidden, found.inner) == (12, inner)


def test_that_two_square_matrices_are_told_apart_too():
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.wo, self.wi, self.act = nn.Linear(12, 12), nn.Linear(12, 12), nn.GELU()

        def forward(self, x):
            return self.wo(self.act(self.wi(x)))

    found = read_feed_forward(Plain())
    assert (found.kind, found.first, found.last) == ("plain", "wi", "wo")


def test_that_weights_which_are_not_there_yet_are_read_by_their_names():
    with torch.device("meta"):
        found = read_feed_forward(Named("gate_proj", "up_proj", "down_proj", order=(1, 2, 0)))
        assert (found.first, found.up, found.last) == ("gate_proj", "up_proj", "down_proj")
        assert read_feed_forward(Named("w1", "w3", "w2")) is None


class Clamped(Named):
    def forward(self, x):
        return super().forward(x).clamp(-0.01, 0.01)


class Multiplied(Named):
    def forward(self, x):
        return 0.5 * super().forward(x)


class WithResidual(Named):
    def forward(self, x, residual):
        return super().forward(x) + residual


class UpFirst(nn.Module):
    """Fused as in phi3, but with the halves the other way round."""

    def __init__(self):
        super().__init__()
        self.gate_up_proj, self.down_proj, self.act = nn.Linear(12, 40), nn.Linear(20, 12), nn.SiLU()

    def forward(self, x):
        up, gate = self.gate_up_proj(x).chunk(2, dim=-1)
        return self.down_proj(F.silu(gate) * up)


@pytest.mark.parametrize("kind", [Clamped, Multiplied, WithResidual, UpFirst])
def test_that_a_feed_forward_which_does_more_is_refused_by_name(kind):
    names = () if kind is UpFirst else ("gate_proj", "up_proj", "down_proj")

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.mlp = kind(*names)

    model = nn.Module()
    model.layers = nn.ModuleList([Layer()])
    with pytest.raises(ProblemError, match=kind.__name__):
        find_feed_forwards(model)
