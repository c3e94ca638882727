"""Rotary positions as llama.cpp computes them, and a check that it computes what the model does."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.export.gguf.architecture import Architecture, head_size, rotated_size

FACTORS = "rope_freqs.weight"
LONG_FACTORS, SHORT_FACTORS = "rope_factors_long.weight", "rope_factors_short.weight"
_NEAR = 1e-5  # relative; both sides are float32


@dataclass(frozen=True, slots=True)
class Rope:
    """What the file says about rotary positions.

    scaling: "none", "linear", "yarn" or "longrope". original_context: the one before scaling, 0 where it was not.
    attention: what cosine and sine are multiplied by beside yarn's own factor. tensors: what each frequency is divided
    by [head / 2], by the tensor's name in the file.
    """

    base: float
    scaling: str = "none"
    factor: float = 1.0
    original_context: int = 0
    attention: float = 1.0
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    tensors: dict[str, Tensor] = field(default_factory=dict)


def rope_of(config: dict[str, Any], architecture: Architecture) -> Rope:
    """The rotary positions of a stock config; raises ProblemError where llama.cpp has no such thing."""
    values = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = values.get("rope_type") or values.get("type") or "default"
    base = float(values.get("rope_theta") or config.get("rope_theta") or 10000.0)
    head = rotated_size(config)
    if head != head_size(config) and not (architecture.partial and kind == "default"):
        raise _unknown(tr("positions that rotate a part of each head"))
    wanted, attention = _wanted(config, kind)
    original = int(
        values.get("original_max_position_embeddings")
        or config.get("original_max_position_embeddings")
        or config["max_position_embeddings"]
    )
    if kind == "default":
        rope = Rope(base)
    elif kind == "linear":
        rope = Rope(base, "linear", float(values["factor"]))
    elif kind == "yarn":
        rope = _yarn(base, values, config, original, attention)
    elif kind == "llama3" and architecture.frequencies:
        rope = Rope(base, tensors={FACTORS: frequencies(Rope(base), head)[0] / wanted})
    elif kind == "longrope" and architecture.frequencies:
        short, long = (torch.tensor(values[f"{name}_factor"], dtype=torch.float32) for name in ("short", "long"))
        tensors = {LONG_FACTORS: long, SHORT_FACTORS: short}
        rope = Rope(base, "longrope", 1.0, original, attention, tensors=tensors)
    else:
        raise _unknown(tr("{kind} positions", kind=kind))
    if not rotates_as(rope, config):
        raise _unknown(tr("{kind} positions with these values", kind=kind))
    return rope


def rotates_as(rope: Rope, config: dict[str, Any]) -> bool:
    """Whether llama.cpp's angles with `rope` are transformers' own with `config`, in short texts and in long ones."""
    values = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind, head = values.get("rope_type") or values.get("type") or "default", rotated_size(config)
    lengths: dict[str, int | None] = {FACTORS: None}
    if rope.scaling == "longrope":
        lengths = {SHORT_FACTORS: None, LONG_FACTORS: rope.original_context + 1}
    for factors, length in lengths.items():
        wanted, attention = _wanted(config, kind, length)
        found, multiplier = frequencies(rope, head, factors)
        if found.shape != wanted.shape or not torch.allclose(found, wanted, rtol=_NEAR, atol=0.0):
            return False
        if abs(multiplier - attention) > _NEAR * attention:
            return False
    return True


def frequencies(rope: Rope, head: int, factors: str = FACTORS) -> tuple[Tensor, float]:
    """Angles for each position [head / 2] and the factor of cosine and sine, as llama.cpp computes them.

    `factors` names the tensor that they are divided by where the file has it.
    """
    half = torch.arange(0, head, 2, dtype=torch.float64) / head
    own = rope.base**-half
    if factors in rope.tensors:
        own = own / rope.tensors[factors].double()
    if rope.scaling == "linear":
        own = own / rope.factor
    if rope.scaling != "yarn":
        return own.float(), rope.attention
    low, high = (
        head * math.log(rope.original_context / (beta * 2 * math.pi)) / (2 * math.log(rope.base))
        for beta in (rope.beta_fast, rope.beta_slow)
    )
    start, end = max(0.0, math.floor(low)), min(head - 1.0, math.ceil(high))
    ramp = 1 - ((torch.arange(head // 2, dtype=torch.float64) - start) / max(0.001, end - start)).clamp(0, 1)
    mixed = own / rope.factor * (1 - ramp) + own * ramp
    return mixed.float(), rope.attention * (1 + 0.1 * math.log(rope.factor))


def _yarn(base: float, values: dict[str, Any], config: dict[str, Any], original: int, attention: float) -> Rope:
    factor = float(values.get("factor") or config["max_position_embeddings"] / original)
    return Rope(
        base,
        "yarn",
        factor,
        original,
        attention / (1 + 0.1 * math.log(factor)),
        float(values.get("beta_fast") or 32),
        float(values.get("beta_slow") or 1),
    )


def _wanted(config: dict[str, Any], kind: str, length: int | None = None) -> tuple[Tensor, float]:
    """Transformers' own frequencies [head / 2] and factor, in texts of `length` where that decides."""
    from transformers import AutoConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    if kind == "default":
        values = config.get("rope_parameters") or {}
        base = float(values.get("rope_theta") or config.get("rope_theta") or 10000.0)
        return frequencies(Rope(base), rotated_size(config))[0], 1.0
    if kind not in ROPE_INIT_FUNCTIONS:
        raise _unknown(tr("{kind} positions", kind=kind))
    known = AutoConfig.for_model(**config)
    found, attention = ROPE_INIT_FUNCTIONS[kind](known, torch.device("cpu"), seq_len=length)
    return found.float(), float(attention)


def _unknown(what: str) -> ProblemError:
    return ProblemError.at(
        "--to gguf", tr("llama.cpp has no {what} in this architecture.", what=what), tr("Export a folder instead.")
    )
