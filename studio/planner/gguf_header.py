"""The head of a GGUF file read in a few milliseconds: its metadata and which tensors it holds, never a weight.

The format: magic, version, counts, then key-value pairs, then each tensor's name, dimensions, type and offset
(ggml's docs/gguf.md). The `gguf` package reads the vocabulary into Python objects, which takes seconds.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.core.problem import ProblemError

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MANY = 4096  # an array of more strings is a vocabulary: it is stepped over, not read


def read_gguf_config(path: Path) -> dict[str, Any]:
    """Return the config.json that belongs to a GGUF file of a llama, mistral, qwen, gemma or phi3 model.

    Raises ProblemError for what is no GGUF file, or of an architecture that is not known here.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            fields, vocabulary, end = _fields(data)
            names = _tensor_names(data, end)
        return _config(fields, vocabulary, names, path)
    except (OSError, ValueError, TypeError, ArithmeticError, MemoryError, IndexError, struct.error) as error:
        why = "it ends within its header" if isinstance(error, struct.error) else str(error) or type(error).__name__
        what = f"this is no readable GGUF file ({why})."
        raise ProblemError.at(str(path), what, "Choose a language model's GGUF file.") from None


def _fields(data: mmap.mmap) -> tuple[dict[str, Any], int, int]:
    """All metadata in front of the vocabulary's end, the vocabulary's size, and where reading stopped."""
    magic, version, _, count = struct.unpack_from("<4sIQQ", data, 0)
    if magic != b"GGUF" or version not in (2, 3):
        raise ValueError("its first bytes are not GGUF version 2 or 3")
    place, fields, vocabulary = 24, {}, 0
    for _ in range(count):
        key, place = _string(data, place)
        (kind,) = struct.unpack_from("<I", data, place)
        value, place = _value(data, place + 4, kind)
        if key == "tokenizer.ggml.tokens":
            vocabulary = len(value) if isinstance(value, list) else int(value)
        fields[key] = value
    return fields, vocabulary, place


def _value(data: mmap.mmap, place: int, kind: int) -> tuple[Any, int]:
    if kind == _STRING:
        return _string(data, place)
    if kind != _ARRAY:
        code = "<" + _SCALARS[kind] if kind in _SCALARS else ""
        if not code:
            raise ValueError(f"a field of the unknown type {kind}")
        return struct.unpack_from(code, data, place)[0], place + struct.calcsize(code)
    inner, count = struct.unpack_from("<IQ", data, place)
    place += 12
    if inner == _STRING:
        if count > _MANY:
            length = struct.Struct("<Q").unpack_from
            for _ in range(count):
                place += 8 + length(data, place)[0]
            return count, place
        strings = []
        for _ in range(count):
            text, place = _string(data, place)
            strings.append(text)
        return strings, place
    if inner not in _SCALARS:
        raise ValueError(f"an array of the unknown type {inner}")
    form = f"<{count}{_SCALARS[inner]}"
    size = struct.calcsize(form)
    return (count if count > _MANY else list(struct.unpack_from(form, data, place))), place + size


def _string(data: mmap.mmap, place: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<Q", data, place)
    if length > len(data) - place:
        raise ValueError("it ends in the middle of a string")
    return data[place + 8 : place + 8 + length].decode("utf-8", "replace"), place + 8 + length


def _tensor_names(data: mmap.mmap, place: int) -> set[str]:
    (count,) = struct.unpack_from("<Q", data, 8)
    names = set()
    for _ in range(count):
        name, place = _string(data, place)
        (dimensions,) = struct.unpack_from("<I", data, place)
        place += 4 + 8 * dimensions + 4 + 8
        names.add(name)
    return names


def _config(fields: Mapping[str, Any], vocabulary: int, names: set[str], path: Path) -> dict[str, Any]:
    architecture = str(fields.get("general.architecture", ""))
    model_type = {"gemma3": "gemma3_text"}.get(architecture, architecture)

    def field(name: str, default: Any = None) -> Any:
        value = fields.get(f"{architecture}.{name}", default)
        if value is None:
            raise ProblemError.at(str(path), f"its header lacks {architecture}.{name}.", "Choose a complete GGUF file.")
        return value

    if not architecture:
        raise ProblemError.at(str(path), "its header names no architecture.", "Choose a language model's GGUF file.")
    heads = int(field("attention.head_count"))
    hidden = int(field("embedding_length"))
    return {
        "model_type": model_type,
        "hidden_size": hidden,
        "intermediate_size": int(field("feed_forward_length")),
        "num_hidden_layers": int(field("block_count")),
        "num_attention_heads": heads,
        "num_key_value_heads": int(field("attention.head_count_kv", heads)),
        "head_dim": int(field("attention.key_length", hidden // heads)),
        "vocab_size": int(fields.get(f"{architecture}.vocab_size", 0) or vocabulary),
        "max_position_embeddings": int(field("context_length", 0)),
        "tie_word_embeddings": "output.weight" not in names,
        "attention_bias": "blk.0.attn_q.bias" in names,
        "sliding_window": fields.get(f"{architecture}.attention.sliding_window"),
        "expert_count": fields.get(f"{architecture}.expert_count"),
    }
