"""A written file read again as a stranger would: header, vocabulary, and tensors under their stock names."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from torch import Tensor

from studio.export.gguf.quantisation import allowed_error, decode, encode
from studio.export.gguf.rope import Rope
from studio.export.gguf.tensor_names import Piece, TensorNames
from studio.export.gguf.write_model import FilePlan, held_tensors
from studio.export.twin.tensors import StockModel


class UnfaithfulFileError(RuntimeError):
    """The file does not hold what was to be written: our fault, and it is deleted."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A tensor of the file: shape as in torch, type, and where its bytes are."""

    shape: tuple[int, ...]
    type: Any
    offset: int
    bytes: int


class GgufContents:
    """What is in a file; its tensors are read one piece at a time, and the file is open only meanwhile."""

    def __init__(self, file: Path) -> None:
        self.file = file
        reader = gguf.GGUFReader(file)
        self.fields = {name: field.contents() for name, field in reader.fields.items()}
        self.tensors = {
            tensor.name: _Held(
                tuple(int(size) for size in reversed(tensor.shape)),
                tensor.tensor_type,
                int(tensor.data_offset),
                int(tensor.n_bytes),
            )
            for tensor in reader.tensors
        }
        # The reader maps the file, and Windows neither renames nor deletes what is mapped.
        del reader
        gc.collect()

    def raw(self, piece: Piece) -> bytes:
        """The bytes of a piece."""
        held = self.tensors[piece.target]
        size, offset = held.bytes, held.offset
        if piece.expert is not None:
            size //= held.shape[0]
            offset += piece.expert * size
        with self.file.open("rb") as stream:
            stream.seek(offset)
            return stream.read(size)

    def values(self, piece: Piece) -> Tensor:
        """The values of a piece in float32, its rows in the stock order."""
        held = self.tensors[piece.target]
        shape = held.shape if piece.expert is None else held.shape[1:]
        encoded = np.frombuffer(bytearray(self.raw(piece)), dtype=np.uint8)
        rows = encoded.reshape(*shape[:-1], -1)
        return piece.given_back(torch.from_numpy(decode(rows, held.type).reshape(shape)))

    def stock_tensor(self, names: TensorNames, name: str, shape: tuple[int, ...]) -> Tensor:
        """The stock tensor `name`, put together from its pieces, in float32."""
        pieces = [self.values(piece) for piece in names.pieces(name, shape)]
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces, dim=-2)


def compare_tensors(
    contents: GgufContents, model: StockModel, plan: FilePlan, read: Callable[[int], None] = lambda count: None
) -> dict[str, Any]:
    """Compare every tensor of the file with the model's own, computed again.

    Each must hold exactly the bytes that its values have in the file's format, and its values, with their rows in the
    stock order again, may differ from the model's by that format's rounding and no more. `read` hears of the bytes as
    they go. Returns how many tensors and expert matrices were compared, and the largest difference. Raises
    UnfaithfulFileError.
    """
    seen: set[tuple[str, int | None]] = set()
    worst = 0.0
    for each in held_tensors(model):
        name, tensor = each.name, each.make()
        for piece in plan.names.pieces(name, tuple(tensor.shape)):
            held = contents.tensors.get(piece.target)
            if held is None:
                raise UnfaithfulFileError(f"{piece.target} is missing")
            expected = encode(piece.taken(tensor), held.type, piece.target)
            read(len(expected))
            if not np.array_equal(np.frombuffer(contents.raw(piece), dtype=np.uint8), expected):
                raise UnfaithfulFileError(f"{piece.target} does not hold {name}")
            stock = tensor if piece.rows is None else tensor[..., slice(*piece.rows), :]
            difference = (contents.values(piece) - stock).abs().numpy()
            allowed = allowed_error(stock.contiguous().numpy(), held.type)
            if piece.change is not None:
                allowed = allowed + piece.change.slack * (1 + stock.abs().numpy())
            if not (difference <= allowed).all():
                raise UnfaithfulFileError(f"{piece.target} is further from {name} than {held.type.name} rounds")
            worst = max(worst, float(difference.max(initial=0.0)))
            seen.add((piece.target, piece.expert))
    _compare_extra(contents, plan.rope, seen)
    whole = {target for target, _ in seen}
    if whole != contents.tensors.keys():
        raise UnfaithfulFileError(f"the file holds {sorted(contents.tensors.keys() ^ whole)[0]}, the model does not")
    matrices = sum(
        contents.tensors[target].shape[0] if expert is None else 1 for target, expert in seen if "_exps." in target
    )
    return {"tensors": len(whole), "expert_matrices": matrices, "max_weight_difference": worst}


def _compare_extra(contents: GgufContents, rope: Rope, seen: set[tuple[str, int | None]]) -> None:
    for name, factors in rope.tensors.items():
        if name not in contents.tensors or not torch.equal(contents.values(Piece(name)), factors.float()):
            raise UnfaithfulFileError(f"{name} does not hold the model's positions")
        seen.add((name, None))
