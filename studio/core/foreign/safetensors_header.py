"""The header of a safetensors file, checked before anything in it is trusted: 8 bytes of length, JSON, then tensors.

Every file of tensors that is opened in the studio goes through here first, a stranger's and our own alike.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from studio.core.error_text import system_reason
from studio.core.foreign.untrusted_json import parse_object
from studio.core.problem import ProblemError
from studio.core.said import words_of
from studio.core.words import tr

MOST_HEADER = 100_000_000  # bytes; the format's own limit
BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
FLOATS = ("F32", "BF16", "F16", "F64")


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One tensor as the header describes it: `dtype` in safetensors' words, `begin` and `end` in bytes of the data."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def count(self) -> int:
        return math.prod(self.shape)


def read_header(file: Path, remedy: str = "") -> dict[str, TensorEntry]:
    """Every tensor of a safetensors file by its name.

    Raises ProblemError for a header that is too long or not a JSON object, or whose tensors overlap, leave gaps, lie
    outside the file, or have another size than their type and shape give. No tensor is read.
    """
    try:
        if not file.is_file():
            raise ValueError(tr("there is no such file"))
        with file.open("rb") as opened:
            size = opened.seek(0, 2)
            opened.seek(0)
            start = opened.read(8)
            if len(start) < 8:
                raise ValueError(tr("it is too short for a safetensors file"))
            (length,) = struct.unpack("<Q", start)
            if length > MOST_HEADER:
                raise ValueError(tr("its header claims {length:,} bytes, more than the format allows", length=length))
            if length > size - 8:
                raise ValueError(
                    tr("its header claims {length:,} bytes, but the file has {size:,}", length=length, size=size)
                )
            header = parse_object(opened.read(length))
        header.pop("__metadata__", None)
        entries = {name: _entry(name, values) for name, values in header.items()}
        _refuse_overlaps(entries, size - 8 - length)
    except (OSError, ValueError, RecursionError, struct.error) as error:
        said = system_reason(error) if isinstance(error, OSError) else words_of(error)
        raise ProblemError.at(
            str(file),
            tr("its tensors cannot be trusted: {said}.", said=said),
            remedy or tr("Download or copy the file again."),
        ) from None
    return entries


def _entry(name: str, values: Any) -> TensorEntry:
    if not isinstance(values, dict):
        raise ValueError(tr("{name!r} is not described by an object", name=name))
    dtype, shape, offsets = values.get("dtype"), values.get("shape"), values.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in BITS:
        raise ValueError(tr("{name!r} has the unknown type {type!r}", name=name, type=dtype))
    lengths, place = _whole_numbers(shape), _whole_numbers(offsets)
    if lengths is None or place is None or len(place) != 2:
        raise ValueError(tr("{name!r} has no shape or no place", name=name))
    entry = TensorEntry(dtype, lengths, *place)
    if len(lengths) > 16 or (entry.count * BITS[dtype] + 7) // 8 != entry.end - entry.begin:
        raise ValueError(
            tr(
                "{name!r} has {bytes} bytes, which is not what {type} {shape} takes",
                name=name,
                bytes=entry.end - entry.begin,
                type=dtype,
                shape=shape,
            )
        )
    return entry


def _whole_numbers(values: Any) -> tuple[int, ...] | None:
    if isinstance(values, list) and all(type(value) is int and 0 <= value < 2**63 for value in values):
        return tuple(values)
    return None


def _refuse_overlaps(entries: dict[str, TensorEntry], size: int) -> None:
    placed = sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end))
    begin, end = (placed[0][1].begin, placed[-1][1].end) if placed else (0, 0)
    if begin != 0 or end != size:
        raise ValueError(
            tr("they take {taken:,} bytes, and the file has {size:,}: it was cut short", taken=end, size=size)
            if end > size
            else tr("they do not fill the {size:,} bytes of the file", size=size)
        )
    for (one, before), (other, after) in pairwise(placed):
        if before.end != after.begin:
            if before.end > after.begin:
                raise ValueError(tr("{one!r} and {other!r} overlap", one=one, other=other))
            raise ValueError(tr("{one!r} and {other!r} leave a gap between them", one=one, other=other))
