"""One expert of a GGUF file as a file of its own, byte for byte, so that llama.cpp can be asked for each by itself."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from studio.export.gguf.read_back import GgufContents
from studio.export.gguf.tensor_names import Piece

_COUNTS = (".expert_count", ".expert_used_count")
_OF_EXPERTS = re.compile(r"\.ffn_(gate_inp\.weight$|\w+_exps\.)")  # an expert's part is the first of their dimensions


def write_one_expert(contents: GgufContents, expert: int, file: Path) -> None:
    """Write to `file` what `contents` is with that one expert, to which every token goes; raises OSError.

    The header is the file's own but for the number of experts, the shapes and the places; no value is computed.
    """
    header, offsets = _header(contents)
    with file.open("wb") as stream:
        stream.write(header)
        for name, offset in offsets.items():
            stream.seek(len(header) + offset)
            stream.write(contents.raw(Piece(name, expert if _OF_EXPERTS.search(name) else None)))
        stream.write(bytes(-stream.tell() % gguf.GGUF_DEFAULT_ALIGNMENT))


def _header(contents: GgufContents) -> tuple[bytearray, dict[str, int]]:
    """The header of a file with one expert, and where each tensor begins after it."""
    reader = gguf.GGUFReader(contents.file)
    start: int = reader.data.ctypes.data
    header = bytearray(reader.data[: reader.data_offset].tobytes())
    offsets: dict[str, int] = {}
    end = 0

    def put(part: Any, value: int) -> None:
        place = part.ctypes.data - start
        header[place : place + part.nbytes] = np.array([value], dtype=part.dtype).tobytes()

    for name, field in reader.fields.items():
        if name.endswith(_COUNTS):
            put(field.parts[-1], 1)
    for tensor in reader.tensors:
        name, size = str(tensor.name), int(tensor.n_bytes)
        *_, shape, _, offset = tensor.field.parts
        if _OF_EXPERTS.search(name):
            size //= int(shape[-1])
            put(shape[-1:], 1)
        put(offset, end)
        offsets[name] = end
        end += gguf.GGUFWriter.ggml_pad(size, gguf.GGUF_DEFAULT_ALIGNMENT)
    # The reader maps the file, and Windows deletes nothing that is mapped.
    del reader, tensor, field, shape, offset
    gc.collect()
    return header, offsets
