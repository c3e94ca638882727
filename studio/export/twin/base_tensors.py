"""A base model's tensors, read from its files one at a time and by the names that the loaded model gives them."""

from __future__ import annotations

import re
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from studio.core.foreign.safetensors_header import read_header
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Precision
from studio.core.words import tr
from studio.models.disk_faults import disk_faults
from studio.planner.model_files import INDEXES, shards_of
from studio.planner.shape import VISION

_KEPT = 3  # of the last matrices: those of a feed-forward, which every expert needs again
# What leads into towers, and layers that only speculative decoding uses, which nothing loads.
_OTHER_PARTS = re.compile(r"(^|\.)(mtp|nextn|embed_vision|embed_audio)\b")
# Buffers that files of older versions hold beside the weights: a model makes them itself.
_BUFFERS = re.compile(r"\b(rotary_emb\.(inv_freq|cos_cached|sin_cached)|masked_bias|position_ids)$")


class BaseTensors:
    """The tensors of the base model in `folder`, which nothing but the last few read holds in memory.

    `seen_as`: the precision in which the run held the base. With "nf4" or "int8" all is taken as `held_as`, from which
    the run packed it, and the matrices named in `packed` are packed and unpacked once, so that they are exactly those
    that the adapter was trained around. `dropped` names what
    belongs to no language model (vision towers). Buffers are not the model's weights, and are not here.
    Raises ProblemError for files that cannot be read, and for a base that is stored packed.
    """

    def __init__(self, folder: Path, seen_as: Precision, packed: frozenset[str], held_as: Precision) -> None:
        self.folder = folder
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.dtypes: dict[str, torch.dtype] = {}
        self.dropped: list[str] = []
        self._seen_as, self._packed = seen_as, packed
        self._held = {"fp32": torch.float32, "fp16": torch.float16}.get(held_as, torch.bfloat16)
        self._places: dict[str, tuple[Path, str]] = {}
        self._pickles: dict[Path, dict[str, Tensor]] = {}
        self._last: OrderedDict[str, Tensor] = OrderedDict()
        for file in _weight_files(folder):
            for name, (shape, dtype) in self._found_in(file).items():
                self._note(file, name, shape, dtype)

    def read(self, name: str) -> Tensor:
        """A tensor by its name in the model, in the type of the file, or float32 where it was packed and unpacked."""
        file, own = self._places[name]
        with disk_faults():
            if file in self._pickles:
                tensor = self._pickles[file][own]
            else:
                # A copy, and the file closed again: a mapped page would count as memory as long as anything is mapped.
                with safe_open(file, framework="pt") as opened:
                    tensor = opened.get_tensor(own).clone()
        if self._seen_as in ("nf4", "int8"):
            tensor = tensor.to(self._held)
            if name in self._packed:
                tensor = _packed_and_unpacked(tensor, self._seen_as)
        return tensor

    def read_again(self, name: str) -> Tensor:
        """A tensor that is asked for several times in a row, and must not be changed."""
        if name not in self._last:
            self._last[name] = self.read(name)
            while len(self._last) > _KEPT:
                self._last.popitem(last=False)
        self._last.move_to_end(name)
        return self._last[name]

    def _note(self, file: Path, own: str, shape: tuple[int, ...], dtype: torch.dtype) -> None:
        if VISION.search(own) or _OTHER_PARTS.search(own):
            self.dropped.append(own)
            return
        name = model_name(own)
        self._places[name] = (file, own)
        self.shapes[name], self.dtypes[name] = shape, dtype

    def _found_in(self, file: Path) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
        if file.suffix == ".safetensors":
            entries = read_header(file)
            return {
                name: (entry.shape, _dtype(file, name, entry.dtype))
                for name, entry in entries.items()
                if not _BUFFERS.search(name)
            }
        # The weights-only loader refuses anything but tensors.
        tensors: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
        self._pickles[file] = tensors
        return {
            name: (tuple(tensor.shape), tensor.dtype) for name, tensor in tensors.items() if not _BUFFERS.search(name)
        }


def model_name(own: str) -> str:
    """A tensor's name in transformers' language model, whatever a checkpoint with other parts puts before it."""
    name = own.replace("language_model.model.", "model.").replace("model.language_model.", "model.")
    name = name.removeprefix("language_model.")
    return name if name.startswith(("model.", "lm_head.")) else f"model.{name}"


def _weight_files(folder: Path) -> list[Path]:
    for index in INDEXES:
        if shards := shards_of(folder, folder / index):
            return sorted(shards)
    return sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))


def _dtype(file: Path, name: str, word: str) -> torch.dtype:
    known = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16, "F64": torch.float64}
    if word not in known:
        raise ProblemError.at(
            str(file),
            tr("{name} is stored as {word}, packed by another program.", name=name, word=word),
            tr("Train and export on the model's unpacked form, or export to peft."),
        )
    return known[word]


def _packed_and_unpacked(weight: Tensor, seen_as: str) -> Tensor:
    """The matrix as bitsandbytes gives it back after packing it as a run with this precision does."""
    try:
        from bitsandbytes.functional import dequantize_4bit, int8_vectorwise_quant, quantize_4bit
    except ImportError:
        raise ProblemError.at(
            "model.precision",
            tr(
                "the run saw its base in {seen_as}, and bitsandbytes, which packs it the same way, is not installed.",
                seen_as=seen_as,
            ),
            tr('Install it (pip install "mixlora-studio[quantised]").'),
        ) from None
    if seen_as == "nf4":
        packed, state = quantize_4bit(weight, quant_type="nf4", compress_statistics=True)
        return dequantize_4bit(packed, state).float()
    # Packed from float16, as bitsandbytes' own layer does.
    rows, scale, _ = int8_vectorwise_quant(weight.to(torch.float16))
    return rows.float() * (scale.float() / 127.0)[:, None]
