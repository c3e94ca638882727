"""Whether the fused kernels can run: what they know, and a small problem computed with them on this very device.

Compilers, drivers and cards differ too much to trust kernels that were never run on this one. A failure costs speed
and not the run.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from studio.core.error_text import first_line
from studio.core.methods.mixlora import MOST_SLOTS
from studio.core.out_of_memory import is_out_of_memory
from studio.core.words import tr
from studio.methods.mixlora.call import Experts, LowRank, Settings
from studio.methods.mixlora.forms.blocks import ACTIVATIONS, Kind, padded_rank
from studio.methods.mixlora.frozen import Matrices

_MODULES = {
    "silu": torch.nn.SiLU(),
    "gelu_tanh": torch.nn.GELU(approximate="tanh"),
    "gelu": torch.nn.GELU(),
    "relu": torch.nn.ReLU(),
}


@dataclass(frozen=True, slots=True)
class Case:
    """All that a kernel is compiled for; equal cases run the same machine code.

    slots: experts a token. gated: whether there is an up projection. adapted: of gate, up and down. whole_lines:
    whether the inner size is a multiple of 16, which lets rows be read in wide words.
    """

    dtype: torch.dtype
    activation: str
    slots: int
    experts: int
    rank: int
    gated: bool
    adapted: tuple[bool, bool, bool]
    dropout: bool
    whole_lines: bool = True

    @property
    def kind(self) -> Kind:
        """What the kernels' tiles are chosen for."""
        return Kind(self.slots, padded_rank(self.rank), self.dtype, self.dropout)


def interpreted() -> bool:
    """Say whether Triton's interpreter runs the kernels, on a CPU and slowly: for tests alone."""
    return os.environ.get("TRITON_INTERPRET") == "1"


@dataclass(frozen=True, slots=True)
class Widths:
    """A feed-forward's sizes, which decide which form is the faster one."""

    hidden: int
    inner: int


def unfit(device: torch.device, case: Case) -> str:
    """Return in a sentence why the kernels are not meant for this, or an empty string where trying them is left."""
    if not _has_triton():
        return tr("Triton is not installed; `python packaging/launch.py` installs it.")
    if case.dtype not in (torch.float32, torch.bfloat16, torch.float16):
        return tr("The fused form does not compute in {dtype}.", dtype=case.dtype)
    if case.activation not in ACTIVATIONS:
        return tr("The fused form knows silu, gelu and relu only.")
    if case.slots > MOST_SLOTS:
        return tr("The fused form takes at most {most_slots} experts a token.", most_slots=MOST_SLOTS)
    if device.type != "cuda":
        return "" if interpreted() else tr("The fused form needs a CUDA device.")
    if torch.version.hip is None and torch.cuda.get_device_capability(device) < (8, 0):
        return tr("The fused form needs compute capability 8.0 or newer.")
    return ""


@cache
def _has_triton() -> bool:
    """Looked for once: every layer asks in every pass, and a search of all folders takes a tenth of a millisecond."""
    return importlib.util.find_spec("triton") is not None


@cache
def proof(device: torch.device, case: Case) -> str:
    """Run the kernels that `case` needs on a small problem beside the masked form; say what went wrong, or nothing.

    The compiled kernels are those of the real problem, so what they want of registers and shared memory is too. A
    kernel that reaches beyond its memory spoils this process for good: `verdict` lets a child run this.
    """
    return proof_of_tiles(device, case)


@torch.no_grad()
def proof_of_tiles(device: torch.device, case: Case) -> str:
    """The same with the tiles that are chosen now, each time anew."""
    with torch.autocast(device.type, enabled=False):  # the first forward that asks may be a mixed one
        return _compare(device, case)


def _compare(device: torch.device, case: Case) -> str:
    from studio.methods.mixlora.forms import fused, masked

    # The interpreter takes one block of tokens after another: two whole ones and a part are enough there.
    tokens = 36 if interpreted() else 100
    problem = some_problem(device, case, Widths(64, 192 if case.whole_lines else 187), tokens)
    try:
        y, *found = problem.passes(fused)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        return tr(
            "The fused kernels failed on this device: {kind}: {error}",
            kind=type(error).__name__,
            error=first_line(error)[:200],
        )
    expected_y, *expected = problem.passes(masked)
    worst = max(_distance(a, b) for a, b in zip(_all(y, found), _all(expected_y, expected), strict=True))
    if worst <= (1e-3 if case.dtype == torch.float32 else 3e-2):
        return ""
    return tr("The fused kernels are off by {worst:.1e} on this device.", worst=worst)


@dataclass(frozen=True, slots=True)
class SomeProblem:
    """A feed-forward of random numbers, and what arrives at it from in front and from behind."""

    x: Tensor
    dy: Tensor
    experts: Tensor
    weights: Tensor
    low: Experts
    settings: Settings

    def passes(self, form: ModuleType) -> tuple[Any, ...]:
        """Compute forward and backward in a form: y, and what its backward pass returns."""
        y, gate, up, *kept = form.forward(self.x, self.experts, self.weights, self.low, self.settings)
        given = (self.dy, self.x, gate, up, self.experts, self.weights, self.low, self.settings)
        return y, *form.backward(*given, *kept)


def some_problem(device: torch.device, case: Case, widths: Widths, tokens: int) -> SomeProblem:
    """Make up a problem of `tokens` tokens that compiles to the machine code of `case`; the same at every call."""
    make = torch.Generator(device="cpu").manual_seed(0)
    hidden, inner = widths.hidden, widths.inner

    def some(*shape: int) -> Tensor:
        return (torch.randn(*shape, generator=make) * 0.3).to(device)

    def pair(adapted: bool, inputs: int, outputs: int) -> LowRank | None:
        shape = (case.experts, case.rank)
        return LowRank(some(*shape, inputs), some(case.experts, outputs, case.rank)) if adapted else None

    up = some(inner, hidden).to(case.dtype) if case.gated else None
    gate, down = some(inner, hidden).to(case.dtype), some(hidden, inner).to(case.dtype)
    matrices = Matrices(gate, up, down, None, None, None)
    gate_pair, up_pair = pair(case.adapted[0], hidden, inner), pair(case.adapted[1], hidden, inner)
    low = Experts(gate_pair, up_pair, pair(case.adapted[2], inner, hidden))
    settings = _AsTheKernelsDrop(
        matrices=lambda _: matrices, activation=_MODULES[case.activation], experts=case.experts, scaling=0.5,
        dropout=0.25 if case.dropout else 0.0, seed=0, chunk=128, base_dtype=case.dtype,
    )  # fmt: skip
    x, dy = some(tokens, hidden).to(case.dtype), some(tokens, hidden).to(case.dtype)
    weights = some(tokens, case.slots).abs()
    experts = some(tokens, case.experts).topk(case.slots, dim=1).indices
    return SomeProblem(x, dy, experts, weights, low, settings)


class _AsTheKernelsDrop(Settings):
    """Settings whose dropout in front of the last projection is the kernels' own, so that another form can follow."""

    __slots__ = ()

    def inner_mask(self, start: int, stop: int, inner: int, like: Tensor) -> Tensor | None:
        from studio.methods.mixlora.forms.fused import dropout_factors

        if self.dropout == 0.0:
            return None
        return dropout_factors(stop, inner, self, like.device)[start:].to(like.dtype)


def _all(y: Tensor, results: Sequence[Any]) -> list[Tensor]:
    pairs = [pair for pair in (results[2].gate, results[2].up, results[2].down) if pair is not None]
    return [y, results[0], results[1], *(tensor for pair in pairs for tensor in (pair.A, pair.B))]


def _distance(a: Tensor, b: Tensor) -> float:
    return float((a.float() - b.float()).norm() / b.float().norm().clamp(min=1e-6))
