"""The number formats that the gguf package can write, and which tensor gets which."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType, quants
from torch import Tensor

from studio.core.gguf_formats import GGUF_FORMATS
from studio.core.problem import ProblemError
from studio.core.words import tr


@dataclass(frozen=True, slots=True)
class Quantisation:
    """A choice of `--quantisation`: the type of the large matrices, and of the embeddings beside it."""

    name: str
    type: Any
    file_type: Any
    embeddings: Any


def _of(name: str) -> Quantisation:
    upper = name.upper()
    # Rough embeddings cost more answers than they save bytes, so the smallest formats keep them at eight bits.
    embeddings = upper if GGUF_FORMATS[name].bits >= 8 else "Q8_0"
    type = GGMLQuantizationType[upper]
    return Quantisation(name, type, LlamaFileType[f"MOSTLY_{upper}"], GGMLQuantizationType[embeddings])


QUANTISATIONS: dict[str, Quantisation] = {name: _of(name) for name in GGUF_FORMATS}
TORCH = {
    GGMLQuantizationType.F32: torch.float32,
    GGMLQuantizationType.F16: torch.float16,
    GGMLQuantizationType.BF16: torch.bfloat16,
}
"""The types of the file that torch has too, and so rounds to in the same way."""
_EMBEDDINGS = ("token_embd.weight", "output.weight")


def type_of(tensor: str, shape: Sequence[int], choice: Quantisation) -> Any:
    """The type of a tensor in the file: float32 for what is small and exact, float16 where blocks do not fit."""
    if len(shape) == 1 or "ffn_gate_inp" in tensor or "ssm_conv1d" in tensor:
        return GGMLQuantizationType.F32
    type = choice.embeddings if tensor in _EMBEDDINGS else choice.type
    return type if shape[-1] % GGML_QUANT_SIZES[type][0] == 0 else GGMLQuantizationType.F16


def byte_count(shape: Sequence[int], type: Any) -> int:
    """The bytes of a tensor of `shape` in `type`."""
    block, size = GGML_QUANT_SIZES[type]
    return math.prod(shape) // block * size


def encode(tensor: Tensor, type: Any, name: str) -> np.ndarray[Any, Any]:
    """The bytes of a tensor in `type`, as an array of them; its own memory where it has that type already.

    Raises ProblemError where float16 cannot hold its values; `name` is what they are called.
    """
    dtype = TORCH.get(type)
    if dtype is not None:
        held = tensor.detach().to(dtype).contiguous()
        if dtype == torch.float16 and not all(bool(torch.isfinite(end)) for end in torch.aminmax(held)):
            raise ProblemError.at(
                "--quantisation f16",
                tr("{name} holds values that float16 cannot.", name=name),
                tr("Choose bf16 instead."),
            )
        return held.reshape(-1).view(torch.uint8).numpy()
    encoded: np.ndarray[Any, Any] = quants.quantize(tensor.detach().float().contiguous().numpy(), type)
    return encoded.reshape(-1).view(np.uint8)


def decode(data: np.ndarray[Any, Any], type: Any) -> np.ndarray[Any, Any]:
    """The float32 values of an encoded tensor as a reader gives it, in the shape of its values."""
    values: np.ndarray[Any, Any] = quants.dequantize(data, type)
    return values


def allowed_error(values: np.ndarray[Any, Any], type: Any) -> np.ndarray[Any, Any] | float:
    """How far an encoded value may lie from its own, by the format's definition; float32 values [..., columns]."""
    magnitude = np.abs(values)
    if type == GGMLQuantizationType.F32:
        return 0.0
    if type == GGMLQuantizationType.F16:
        return magnitude * 2.0**-11 + 2.0**-25
    if type == GGMLQuantizationType.BF16:
        return magnitude * 2.0**-8 + 2.0**-133
    block = GGML_QUANT_SIZES[type][0]
    blocks = values.reshape(*values.shape[:-1], -1, block)
    largest = np.abs(blocks).max(axis=-1, keepdims=True)
    # A block's step is its range by the number of levels; the step itself is rounded to float16.
    span = blocks.max(axis=-1, keepdims=True) - blocks.min(axis=-1, keepdims=True)
    steps = {
        GGMLQuantizationType.Q8_0: largest / 127 * 0.5,
        GGMLQuantizationType.Q5_0: largest / 16,
        GGMLQuantizationType.Q4_0: largest / 8,
        GGMLQuantizationType.Q5_1: span / 31 * 0.5,
        GGMLQuantizationType.Q4_1: span / 15 * 0.5,
    }
    # 2^-25 is half of float16's smallest step, which a tiny block's scale may be off by at each of its 127 levels.
    error = steps[type] * 1.01 + largest * 2.0**-9 + 127 * 2.0**-25
    return np.broadcast_to(error, blocks.shape).reshape(values.shape)
