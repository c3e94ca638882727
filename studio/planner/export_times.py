"""About how long an export takes: its bytes at the drive's speed, what a processor makes of them, and the proof.

Measured with the trained demo, SmolLM2 with eight experts, on one core of an AMD EPYC (tests/bench/README.md); more
cores take less.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one core for each thousand million weights of the model that is written, or of an adapter's base: to
    make what is written, and to prove it."""

    make: float
    prove: float


ADAPTER, STOCK = Cost(2, 82), Cost(8, 31)
COSTS: dict[str, Cost] = {
    "peft": ADAPTER,
    "reference": ADAPTER,  # proved in the same way
    "moe": STOCK,
    "merged": STOCK,
    "gguf": Cost(6, 55),
}
PACKING = {"q8_0": 6, "q5_1": 10, "q5_0": 6, "q4_1": 8, "q4_0": 5}
"""Seconds of one core that the gguf package takes to pack a thousand million weights; once to write, once to prove."""
LLAMA = 124
"""Seconds for each thousand million weights in llama.cpp, where its package is installed to prove a GGUF file."""


def export_seconds(
    format: str, quantisation: str, size: int, weights: int, speed: float, in_llama: bool = False
) -> float | None:
    """About how many seconds an export of `size` bytes and `weights` weights takes to write on a drive of `speed`
    bytes a second, and to prove; None of a format where that was never measured."""
    cost = COSTS.get(format)
    if cost is None:
        return None
    each = cost.make + cost.prove + 2 * PACKING.get(quantisation, 0)
    if format == "gguf" and in_llama:
        each += LLAMA
    return size / speed + weights / 1e9 * each
