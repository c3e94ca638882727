"""The file itself: header first, then every piece at its place as it comes, so that memory holds one matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf
import torch
from torch import Tensor

from studio.export.gguf.architecture import Architecture
from studio.export.gguf.quantisation import TORCH, Quantisation, byte_count, encode, type_of
from studio.export.gguf.tensor_names import Piece, TensorNames
from studio.export.write_behind import WriteBehind, Wrote, written_behind


@dataclass(slots=True)
class Place:
    """One tensor of the file: its shape and type there, where its bytes begin, and how many are still missing."""

    shape: tuple[int, ...]
    type: Any
    offset: int = 0
    missing: int = 0
    written: set[int | None] = field(default_factory=set)

    @property
    def bytes(self) -> int:
        return byte_count(self.shape, self.type)


class IncompleteFileError(RuntimeError):
    """A tensor of the file was never, or not wholly, written: our fault, and the file is deleted."""


def places_of(
    shapes: Mapping[str, tuple[int, ...]],
    names: TensorNames,
    choice: Quantisation,
    extra: Mapping[str, Tensor],
) -> dict[str, Place]:
    """Every tensor of the file in its order; `shapes` are the stock tensors', `extra` come as they are."""
    places = {name: Place(tuple(tensor.shape), gguf.GGMLQuantizationType.F32) for name, tensor in extra.items()}
    for name, shape in shapes.items():
        for piece in names.pieces(name, shape):
            told = names.stacked(piece, shape)
            places.setdefault(piece.target, Place(told, type_of(piece.target, told, choice)))
    return places


def total_bytes(places: Mapping[str, Place]) -> int:
    """The bytes of the tensors, padded as in the file; the header adds the vocabulary's few megabytes."""
    return sum(gguf.GGUFWriter.ggml_pad(place.bytes, gguf.GGUF_DEFAULT_ALIGNMENT) for place in places.values())


class GgufFile:
    """A file whose header is written; `put` writes each piece at its place, in any order."""

    def __init__(self, behind: WriteBehind, start: int, places: dict[str, Place], names: TensorNames) -> None:
        self._behind, self._places, self._names = behind, places, names
        for place in places.values():
            place.offset, place.missing = start, place.bytes
            start += gguf.GGUFWriter.ggml_pad(place.bytes, gguf.GGUF_DEFAULT_ALIGNMENT)
        self._end = start

    def dtype_of(self, name: str, shape: tuple[int, ...]) -> torch.dtype:
        """The type in which the stock tensor `name` is best made: the file's, where torch has that."""
        types = {self._places[piece.target].type for piece in self._names.pieces(name, shape)}
        return TORCH.get(types.pop(), torch.float32) if len(types) == 1 else torch.float32

    def put(self, name: str, tensor: Tensor) -> None:
        """Write the stock tensor `name`, which must not change afterwards."""
        for piece in self._names.pieces(name, tuple(tensor.shape)):
            self._write(piece.target, piece.taken(tensor), piece)

    def put_extra(self, name: str, tensor: Tensor) -> None:
        """Write a tensor that has no stock name."""
        self._write(name, tensor, Piece(name))

    def finish(self) -> None:
        """Pad the end; raises IncompleteFileError unless every byte of every tensor was written once."""
        odd = [name for name, place in self._places.items() if place.missing]
        if odd:
            raise IncompleteFileError(f"{len(odd)} tensors of the file are not whole: {odd[0]} is the first")
        last = max(self._places.values(), key=lambda place: place.offset, default=None)
        if last is not None:
            begin = last.offset + last.bytes
            self._behind.put(memoryview(bytes(self._end - begin)), begin)

    def _write(self, target: str, tensor: Tensor, piece: Piece) -> None:
        place = self._places[target]
        expected = place.shape if piece.expert is None else place.shape[1:]
        if tuple(tensor.shape) != expected:
            raise IncompleteFileError(f"{target} is {tuple(tensor.shape)}, the header says {expected}")
        if piece.expert in place.written:
            raise IncompleteFileError(f"{target} was given twice (expert {piece.expert})")
        data = encode(tensor, place.type, target)
        self._behind.put(data.data, place.offset + (piece.expert or 0) * len(data))
        place.written.add(piece.expert)
        place.missing -= len(data)


@contextmanager
def open_gguf(
    file: Path,
    architecture: Architecture,
    places: dict[str, Place],
    names: TensorNames,
    add_header: Callable[[Any], None],
    wrote: Wrote,
) -> Iterator[GgufFile]:
    """Create `file` with its header, ready for its tensors; `add_header` adds pairs to the package's own writer.

    `wrote` hears of the tensors' bytes as they go.
    """
    writer = gguf.GGUFWriter(str(file), architecture.name)
    try:
        add_header(writer)
        for name, place in places.items():
            writer.add_tensor_info(name, place.shape, None, place.bytes, raw_dtype=place.type)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        stream = writer.fout[0]
        writer.write_padding(stream, stream.tell())
        with written_behind(stream, wrote) as behind:
            opened = GgufFile(behind, stream.tell(), places, names)
            yield opened
            opened.finish()
    finally:
        writer.close()
