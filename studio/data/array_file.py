"""Arrays in one safetensors file with a sum over all bytes, written and checked piece by piece.

The safetensors library wants whole arrays in memory; these may be larger than it.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from studio.core.foreign.safetensors_header import TensorEntry, read_header

_TYPES = {"I32": np.int32, "I64": np.int64, "U8": np.uint8, "BOOL": np.bool_}
_SUM = "sum"
_PIECE = 1 << 22  # bytes


def write_arrays(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write flat arrays by their names, and their sum behind them. Raises OSError."""
    names = {np.dtype(kind): name for name, kind in _TYPES.items()}
    header, end = {}, 0
    for name, array in (*arrays.items(), (_SUM, np.zeros(1, np.int64))):
        place = [end, end := end + array.nbytes]
        header[name] = {"dtype": names[array.dtype], "shape": [len(array)], "data_offsets": place}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    found = 0
    with file.open("wb") as written:
        written.write(struct.pack("<Q", len(text)) + text)
        for array in arrays.values():
            for piece in _pieces(array):
                found = zlib.crc32(piece, found)
                written.write(piece)
        written.write(struct.pack("<q", found))


def read_arrays(file: Path, mapped_from: int) -> dict[str, NDArray[Any]]:
    """The arrays of such a file; those of `mapped_from` bytes and more stay on the disk until they are looked at.

    Raises OSError, ProblemError for a header that is damaged, and ValueError for anything else that is.
    """
    with file.open("rb") as opened:
        entries = read_header(file)
        (length,) = struct.unpack("<Q", opened.read(8))
        start = 8 + length
        if entries[_SUM].begin != max(entry.begin for entry in entries.values()):
            raise ValueError("the sum is not the last")
        opened.seek(start)
        found = _sum(opened, entries[_SUM].begin)
        if opened.read() != struct.pack("<q", found):
            raise ValueError("the file is damaged")
        return {name: _array(opened, start, entry, mapped_from) for name, entry in entries.items() if name != _SUM}


def _array(opened: IO[bytes], start: int, entry: TensorEntry, mapped_from: int) -> NDArray[Any]:
    kind = np.dtype(_TYPES[entry.dtype])
    if entry.end - entry.begin >= max(mapped_from, 1):
        array = np.memmap(opened, kind, "r", start + entry.begin, entry.count)
        return array.view(np.ndarray)
    opened.seek(start + entry.begin)
    return np.fromfile(opened, kind, entry.count)


def _sum(opened: IO[bytes], size: int) -> int:
    found = 0
    while size:
        piece = opened.read(min(size, _PIECE))
        if not piece:
            raise ValueError("the file ends early")
        found, size = zlib.crc32(piece, found), size - len(piece)
    return found


def _pieces(array: NDArray[Any]) -> Iterator[bytes]:
    step = max(1, _PIECE // array.itemsize)
    for start in range(0, len(array), step):
        yield array[start : start + step].tobytes()
