"""How many bytes an export takes, counted from the model's shape before anything is written.

A folder's tensors are counted exactly, as are a GGUF file's; its vocabulary is estimated from the number of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.foreign.safetensors_header import BITS, read_header
from studio.core.recipe.recipe import ModelTable
from studio.core.twins.bases import Twin
from studio.planner.model_source import local_path
from studio.planner.shape import ModelShape

# In GGUF: weights of a block, its bytes, and the same of the embeddings beside it. Where a block does not divide a row,
# the tensor stays in float16.
QUANTISATIONS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "f16": ((1, 2), (1, 2)),
    "bf16": ((1, 2), (1, 2)),
    "q8_0": ((32, 34), (32, 34)),
    "q5_1": ((32, 24), (32, 34)),
    "q5_0": ((32, 22), (32, 34)),
    "q4_1": ((32, 20), (32, 34)),
    "q4_0": ((32, 18), (32, 34)),
}
UNPACKED_LARGE = 10**9  # from so many parameters on, an unpacked GGUF file is kept in two bytes
SHARED_WIDTH = 256  # of the zero part beside a twin's experts
VOCABULARY_BYTES = 38  # of a token in a GGUF file: its text, type, score and merge, with their lengths
PADDING = 32  # to which a GGUF file's tensors are aligned; half of it on average
RECORD_BYTES = 320  # of a tensor in a pickle of tensors, beside its values
_HALF_OF_PAIR = re.compile(r"\.lora_(?:experts\.\w+_)?(?P<half>[AB])(?:\.\w+)?(?:\.weight)?$")
_WORDS = {"float32": 4, "bfloat16": 2, "float16": 2}


@dataclass(frozen=True, slots=True)
class Matrix:
    """`count` matrices of `rows` times `columns`; `embedding` where they are the model's first or last."""

    count: int
    rows: int
    columns: int
    embedding: bool = False

    @property
    def elements(self) -> int:
        return self.count * self.rows * self.columns


def folder_bytes(shape: ModelShape, width: int, twin: Twin | None, experts: int) -> int:
    """Bytes of the tensors of a stock model's folder whose elements take `width` bytes; routers are float32."""
    if twin is None:
        return width * shape.parameters
    matrices = sum(each.elements for each in _matrices(shape, experts))
    small = shape.layers * (shape.layer_rest_elements + _beside_experts(shape, twin, experts)) + shape.final_norm
    if shape.head_bias:
        small += shape.vocabulary
    return width * (matrices + small) + 4 * shape.layers * experts * shape.hidden


def gguf_bytes(shape: ModelShape, quantisation: str, experts: int) -> int:
    """Bytes of a GGUF file, within a hundredth; `experts` is 0 for a dense model."""
    block, embeddings = QUANTISATIONS[quantisation]
    total = count = 0
    for matrix in _matrices(shape, experts):
        size, bytes_each = embeddings if matrix.embedding else block
        if matrix.columns % size:
            size, bytes_each = 1, 2
        total += matrix.elements // size * bytes_each
        count += matrix.count
    small = shape.layers * shape.layer_rest_elements + shape.final_norm + (shape.vocabulary if shape.head_bias else 0)
    routers = shape.layers * experts * shape.hidden
    return total + 4 * (small + routers) + PADDING // 2 * count + VOCABULARY_BYTES * shape.vocabulary


def reference_bytes(weights: Path) -> int:
    """Bytes of an adapter in the reference's format, within a hundredth: float32, every rank raised to the largest.

    Raises ProblemError for a file that cannot be trusted.
    """
    rank, count, elements = 0, 0, 0
    shapes = [(name, entry.shape) for name, entry in read_header(weights).items()]
    pairs = [(_HALF_OF_PAIR.search(name), shape) for name, shape in shapes]
    for match, shape in pairs:
        if match:
            rank = max(rank, shape[-2] if match["half"] == "A" else shape[-1])
    for match, shape in pairs:
        experts = shape[0] if len(shape) == 3 else 1
        if match:
            elements += experts * rank * (shape[-1] if match["half"] == "A" else shape[-2])
        else:
            elements += shape[0] * (shape[1] if len(shape) > 1 else 1)
        count += experts
    return 4 * elements + RECORD_BYTES * count


def stored_width(model: ModelTable, shape: ModelShape, config: Mapping[str, Any]) -> int:
    """Bytes of an element in a stock folder of this base: two where its own weights take two, else four.

    Raises ProblemError where the model is not here, or cannot be read.
    """
    path = local_path(model)
    if path is not None and path.is_file():
        return 2 if shape.parameters >= UNPACKED_LARGE else 4
    for file in sorted(path.glob("model*.safetensors")) if path is not None else []:
        for name, entry in read_header(file).items():
            if name.endswith("embed_tokens.weight"):
                return 2 if BITS[entry.dtype] == 16 else 4
    return _WORDS.get(str(config.get("dtype") or config.get("torch_dtype")), 4)


def _matrices(shape: ModelShape, experts: int) -> Iterator[Matrix]:
    """Every matrix of the model, its feed-forward `experts` times; gate and up singly, as stock formats hold them."""
    yield Matrix(1 if shape.tied else 2, shape.vocabulary, shape.hidden, embedding=True)
    for linear in shape.attention:
        yield Matrix(shape.layers, linear.outputs, linear.inputs)
    copies = shape.layers * max(1, experts)
    if not experts:
        for linear in shape.feed_forward:
            yield Matrix(copies, linear.outputs, linear.inputs)
        return
    yield Matrix(2 * copies, shape.inner, shape.hidden)
    yield Matrix(copies, shape.hidden, shape.inner)


def _beside_experts(shape: ModelShape, twin: Twin, experts: int) -> int:
    """Elements in a layer of a twin that the base has not, which add nothing to what it computes."""
    match twin.architecture:
        case "qwen2_moe" | "qwen3_5_moe_text":
            return 3 * SHARED_WIDTH * shape.hidden + shape.hidden
        case "gemma4_text":
            return 3 * SHARED_WIDTH * shape.hidden + 4 * shape.hidden + experts
    return 0
