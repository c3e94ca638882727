"""The header of a GGUF file, read in a few milliseconds: its metadata and the tensors it holds, never a weight.

The format: magic, version, counts, then key-value pairs, then each tensor's name, dimensions, type and offset
(described in ggml's own documentation). The `gguf` package reads the vocabulary into Python objects, which takes
seconds.
"""

from __future__ import annotations

import math
import mmap
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from studio.core.problem import Problem, ProblemError
from studio.core.words import mark, tr

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
REMEDY = mark("Download the file again, or choose another language model's GGUF file.")
NO_LANGUAGE_MODELS = {
    "clip": mark("the vision or audio part of one"), "mmproj": mark("the vision or audio part of one"),
    "bert": mark("an encoder"),
    "nomic-bert": mark("an encoder"), "jina-bert-v2": mark("an encoder"), "modern-bert": mark("an encoder"),
    "t5": mark("an encoder-decoder"), "t5encoder": mark("an encoder"), "whisper": mark("a speech recogniser"),
}  # fmt: skip
_NO_ID = 2**32 - 1  # an id that stands for none
_LAYER = re.compile(r"blk\.(\d+)\.")
# ggml's types: elements of a block, and its bytes. Of one that is missing here, only the start is checked.
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip
_MANY = 4096  # an array of more strings is a vocabulary: it is stepped over, not read


def read_gguf_config(path: Path) -> dict[str, Any]:
    """Return the config.json that belongs to a GGUF file of a llama, mistral, qwen, gemma or phi3 model.

    Raises ProblemError for what is not a GGUF file, or of an architecture that is not known here.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            fields, vocabulary, end = _fields(data)
            tensors, taken, begin = _tensors(data, end)
            held = max(0, len(data) - begin)
        config = _config(fields, vocabulary, set(tensors), path)
        # Without a vocabulary it is only a header; unpacking it reports what it lacks.
        if vocabulary:
            if taken > held:
                raise ValueError(
                    tr(
                        "it was cut short: its tensors take {taken:,} bytes, but it holds {held:,}",
                        taken=taken,
                        held=held,
                    )
                )
            misfits = _misfits(str(path), fields, vocabulary, tensors, int(config["num_hidden_layers"]))
            ProblemError.raise_any(misfits)
        return config
    except (OSError, ValueError, OverflowError, struct.error) as error:
        # A length beyond the file's end is a struct.error, one beyond any file's end an OverflowError.
        why = str(error) if isinstance(error, OSError | ValueError) else tr("it ends within its header")
        what = tr("this GGUF file cannot be read ({why}).", why=why)
        raise ProblemError.at(str(path), what, tr("Choose a language model's GGUF file.")) from None


def is_gguf(path: Path) -> bool:
    """Whether a file begins as GGUF files do, whatever it is called."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"GGUF"
    except OSError:
        return False


def gguf_licence(path: Path) -> str:
    """The licence that a GGUF file states of its model; "" where it states none, or cannot be read."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = _fields(data)[0].get("general.license")
    except (OSError, ValueError, OverflowError, struct.error):
        return ""
    return found.lower() if isinstance(found, str) and re.fullmatch(r"[\w.+-]{1,60}", found) else ""


def _fields(data: mmap.mmap) -> tuple[dict[str, Any], int, int]:
    """All metadata in front of the vocabulary's end, the vocabulary's size, and where reading stopped."""
    magic, version, _, count = struct.unpack_from("<4sIQQ", data, 0)
    if magic != b"GGUF" or version not in (2, 3):
        raise ValueError(tr("its first bytes are not GGUF version 2 or 3"))
    place, fields, vocabulary = 24, {}, 0
    for _ in range(count):
        key, place = _string(data, place)
        (kind,) = struct.unpack_from("<I", data, place)
        value, place = _value(data, place + 4, kind)
        if key == "tokenizer.ggml.tokens":
            vocabulary = len(value) if isinstance(value, list) else _whole(value, key)
        fields[key] = value
    return fields, vocabulary, place


def _value(data: mmap.mmap, place: int, kind: int) -> tuple[Any, int]:
    if kind == _STRING:
        return _string(data, place)
    if kind != _ARRAY:
        code = "<" + _SCALARS[kind] if kind in _SCALARS else ""
        if not code:
            raise ValueError(tr("a field of the unknown type {kind}", kind=kind))
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
        raise ValueError(tr("an array of the unknown type {inner}", inner=inner))
    form = f"<{count}{_SCALARS[inner]}"
    size = struct.calcsize(form)
    return (count if count > _MANY else list(struct.unpack_from(form, data, place))), place + size


def _whole(value: Any, key: str) -> int:
    if not isinstance(value, int):
        raise ValueError(tr("{key} is not a whole number", key=key))
    return value


def _string(data: mmap.mmap, place: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<Q", data, place)
    if length > len(data) - place:
        raise ValueError(tr("it ends in the middle of a string"))
    return data[place + 8 : place + 8 + length].decode("utf-8", "replace"), place + 8 + length


def _tensors(data: mmap.mmap, place: int) -> tuple[dict[str, tuple[int, ...]], int, int]:
    """Each tensor's dimensions, the fastest first; the bytes that all of them take, and where the header ends."""
    (count,) = struct.unpack_from("<Q", data, 8)
    tensors, taken = {}, 0
    for _ in range(count):
        name, place = _string(data, place)
        (dimensions,) = struct.unpack_from("<I", data, place)
        widths = struct.unpack_from(f"<{dimensions}Q", data, place + 4)
        kind, offset = struct.unpack_from("<IQ", data, place + 4 + 8 * dimensions)
        place += 4 + 8 * dimensions + 4 + 8
        elements, size = _BLOCKS.get(kind, (1, 0))
        taken = max(taken, offset + math.prod(widths) // elements * size)
        tensors[name] = widths
    return tensors, taken, place


def _misfits(
    where: str, fields: Mapping[str, Any], vocabulary: int, tensors: Mapping[str, tuple[int, ...]], layers: int
) -> Iterator[Problem]:
    """Where the header's parts do not match one another; an embedding may have more rows than there are words."""
    parts = fields.get("split.count")
    if isinstance(parts, int) and parts > 1:
        what = tr("it is one of the {parts} parts of a model, and only whole files can be read.", parts=parts)
        yield Problem(where, what, tr("Merge them with llama.cpp's `llama-gguf-split --merge`."))
        return
    widths = tensors.get("token_embd.weight", ())
    rows = widths[1] if len(widths) == 2 else 0
    if vocabulary > rows > 0:
        yield Problem(
            where,
            tr(
                "its tokenizer has {vocabulary:,} entries, but its embedding has {rows:,} rows.",
                vocabulary=vocabulary,
                rows=rows,
            ),
            tr(REMEDY),
        )
    for name in ("eos", "bos", "padding", "unknown"):
        id = fields.get(f"tokenizer.ggml.{name}_token_id")
        if isinstance(id, int) and 0 < rows <= id < _NO_ID:
            yield Problem(
                where,
                tr("its {name} token is {id:,}, but its embedding has {rows:,} rows.", name=name, id=id, rows=rows),
                tr(REMEDY),
            )
    if "tokenizer.ggml.eos_token_id" not in fields:
        what = tr("its tokenizer has no end token (eos_token_id), so the model would not learn to end an answer.")
        yield Problem(where, what, tr(REMEDY))
    held = {int(match[1]) for name in tensors if (match := _LAYER.match(name))}
    if len(held) != layers or held != set(range(layers)):
        yield Problem(
            where,
            tr("its header has {layers} layers, but the file holds tensors of {held}.", layers=layers, held=len(held)),
            tr(REMEDY),
        )


def _config(fields: Mapping[str, Any], vocabulary: int, names: set[str], path: Path) -> dict[str, Any]:
    architecture = str(fields.get("general.architecture", ""))
    model_type = {"gemma3": "gemma3_text"}.get(architecture, architecture)

    def field(name: str, default: int | None = None) -> int:
        key = f"{architecture}.{name}"
        value = fields.get(key, default)
        if value is None:
            raise ProblemError.at(str(path), tr("its header lacks {key}.", key=key), tr("Choose a complete GGUF file."))
        return _whole(value, key)

    if architecture in NO_LANGUAGE_MODELS:
        raise ProblemError.at(
            str(path),
            tr(
                "this is not a language model but {kind} ({architecture}).",
                kind=tr(NO_LANGUAGE_MODELS[architecture]),
                architecture=architecture,
            ),
            tr("Choose a language model's GGUF file."),
        )
    if not architecture:
        raise ProblemError.at(
            str(path), tr("its header names no architecture."), tr("Choose a language model's GGUF file.")
        )
    heads, hidden = field("attention.head_count"), field("embedding_length")
    if heads == 0:
        raise ValueError(f"{architecture}.attention.head_count is 0")
    return {
        "model_type": model_type,
        "hidden_size": hidden,
        "intermediate_size": field("feed_forward_length"),
        "num_hidden_layers": field("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": field("attention.head_count_kv", heads),
        "head_dim": field("attention.key_length", hidden // heads),
        "vocab_size": int(fields.get(f"{architecture}.vocab_size", 0) or vocabulary),
        "max_position_embeddings": field("context_length", 0),
        "tie_word_embeddings": "output.weight" not in names,
        "attention_bias": "blk.0.attn_q.bias" in names,
        "expert_count": fields.get(f"{architecture}.expert_count"),
    }
