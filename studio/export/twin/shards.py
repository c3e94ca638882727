"""Safetensors files of a size that the hub takes, written one tensor at a time; the library wants a file's tensors at
once."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio.core.progress import ByteCount
from studio.export.twin.tensors import StockModel, StockTensor
from studio.export.write_behind import written_behind

SHARD = 4_500_000_000  # bytes of one file
WORDS = {torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16"}
INDEX = "model.safetensors.index.json"


def write_shards(model: StockModel, folder: Path, dtype: torch.dtype, count: ByteCount, most: int = SHARD) -> list[str]:
    """Write the model's tensors into `folder`, in files of at most `most` bytes where a tensor is not larger.

    Returns the files' names. Raises OSError, and what computing a tensor raises.
    """
    shards = list(_divided(model.tensors, dtype, most))
    names = (
        ["model.safetensors"]
        if len(shards) == 1
        else [f"model-{number + 1:05}-of-{len(shards):05}.safetensors" for number in range(len(shards))]
    )
    for name, shard in zip(names, shards, strict=True):
        with (folder / name).open("wb") as file:
            file.write(_header(shard, dtype))
            with written_behind(file, count.add) as behind:
                for tensor in shard:
                    behind.put(bytes_of(tensor.make(dtype)))
    if len(shards) > 1:
        placed = {tensor.name: name for name, shard in zip(names, shards, strict=True) for tensor in shard}
        index: dict[str, Any] = {"metadata": {"total_size": model.size(dtype)}, "weight_map": placed}
        (folder / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
        names.append(INDEX)
    return names


def _divided(tensors: tuple[StockTensor, ...], dtype: torch.dtype, most: int) -> Iterator[list[StockTensor]]:
    shard: list[StockTensor] = []
    held = 0
    for tensor in tensors:
        size = tensor.size(dtype)
        if shard and held + size > most:
            yield shard
            shard, held = [], 0
        shard.append(tensor)
        held += size
    yield shard


def _header(shard: list[StockTensor], dtype: torch.dtype) -> bytes:
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for tensor in shard:
        begin, end = end, end + tensor.size(dtype)
        word = WORDS[tensor.dtype(dtype)]
        entries[tensor.name] = {"dtype": word, "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def bytes_of(tensor: Tensor) -> memoryview:
    """The bytes of a contiguous tensor, without a copy."""
    return memoryview(tensor.reshape(-1).view(torch.uint8).numpy().data)
