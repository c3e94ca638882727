"""The number formats of a GGUF file, for window and command line: what each costs and keeps."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.words import mark


@dataclass(frozen=True, slots=True)
class GgufFormat:
    """A number format: what people should know of it, and its bits for each weight of a large matrix."""

    title: str
    bits: float


GGUF_FORMATS: dict[str, GgufFormat] = {
    "f16": GgufFormat(mark("16 bits, the same answers"), 16),
    "bf16": GgufFormat(mark("16 bits, for values beyond f16's range; slow on older processors"), 16),
    "q8_0": GgufFormat(mark("8 bits, half the size; logits typically within 1 % of their scale"), 8.5),
    "q5_1": GgufFormat(mark("5 bits and an offset for each block"), 6),
    "q5_0": GgufFormat(mark("5 bits, a third of the size"), 5.5),
    "q4_1": GgufFormat(mark("4 bits and an offset for each block"), 5),
    "q4_0": GgufFormat(mark("4 bits, the smallest and the roughest"), 4.5),
}
"""Embeddings of the formats under 8 bits keep 8."""
