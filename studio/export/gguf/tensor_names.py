"""Where each stock tensor lies in the file: its name there, which expert's part it is, and its rows' order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gguf
import torch
from torch import Tensor

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.export.gguf.architecture import Architecture, expert_count, head_size
from studio.export.gguf.qwen35 import NAMES as QWEN_35
from studio.export.gguf.qwen35 import Change, change_of, told_name

_EXPERT = re.compile(r"^(?P<bank>model\.layers\.\d+\.\w+\.experts)\.(?P<expert>\d+)\.(?P<matrix>\w+)\.weight$")
_FUSED = re.compile(r"^model\.layers\.(?P<layer>\d+)\.block_sparse_moe\.(?P<matrix>input|output)_linear\.weight$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stock tensor, or some of its rows, as (an expert's part of) a tensor of the file.

    expert: which slice of the file's tensor it is; None for all of it. rows: of the stock tensor's last but one
    dimension; None for all of them. heads: attention heads whose rows are interleaved; 0 leaves them as they are.
    change: what else is done to its values, None for nothing.
    """

    target: str
    expert: int | None = None
    rows: tuple[int, int] | None = None
    heads: int = 0
    change: Change | None = None

    def taken(self, tensor: Tensor) -> Tensor:
        """What the file holds of the stock tensor."""
        if self.rows is not None:
            tensor = tensor[..., slice(*self.rows), :]
        if self.change is not None:
            tensor = self.change.into(tensor)
        return interleaved(tensor, self.heads) if self.heads else tensor

    def given_back(self, tensor: Tensor) -> Tensor:
        """The stock tensor's values from what the file holds of it."""
        if self.change is not None:
            tensor = self.change.back(tensor)
        return halved(tensor, self.heads) if self.heads else tensor


class TensorNames:
    """From stock names to the file's, for one config."""

    def __init__(self, config: dict[str, Any], architecture: Architecture) -> None:
        self._config, self._architecture = config, architecture
        kinds = {name: kind for kind, name in gguf.MODEL_ARCH_NAMES.items()}
        self._names = gguf.get_tensor_name_map(kinds[architecture.name], config["num_hidden_layers"])

    def pieces(self, name: str, shape: tuple[int, ...]) -> Iterator[Piece]:
        """Where the stock tensor `name` lies; raises ProblemError for one that has no place: nothing is left out."""
        if name.endswith(("qkv_proj.weight", "gate_up_proj.weight")):
            yield from self._parts_of_phi(name)
        elif fused := _FUSED.match(name):
            layer = f"blk.{fused['layer']}"
            if fused["matrix"] == "output":
                yield Piece(f"{layer}.ffn_down_exps.weight")
            else:
                half = shape[-2] // 2
                yield Piece(f"{layer}.ffn_gate_exps.weight", rows=(0, half))
                yield Piece(f"{layer}.ffn_up_exps.weight", rows=(half, 2 * half))
        elif expert := _EXPERT.match(name):
            yield Piece(self._told(f"{expert['bank']}.{expert['matrix']}.weight", name), int(expert["expert"]))
        else:
            change = change_of(name, self._config) if self._architecture.name in QWEN_35 else None
            yield Piece(self._told(told_name(name), name), heads=self._heads(name), change=change)

    def stacked(self, piece: Piece, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the file's tensor that the piece belongs to; `shape` is the stock tensor's."""
        if piece.rows is not None:
            shape = (*shape[:-2], piece.rows[1] - piece.rows[0], shape[-1])
        if piece.change is not None:
            shape = tuple(size for place, size in enumerate(shape) if size != 1 or place == len(shape) - 1)
        return shape if piece.expert is None else (expert_count(self._config), *shape)

    def _parts_of_phi(self, name: str) -> Iterator[Piece]:
        """Phi-3's one matrix of query, key and value, or of gate and up, as the several that llama has."""
        config, begin = self._config, 0
        head, width = head_size(config), int(config["intermediate_size"])
        heads, keys = int(config["num_attention_heads"]), int(config["num_key_value_heads"])
        rows = (
            {"q_proj": heads * head, "k_proj": keys * head, "v_proj": keys * head}
            if "qkv_proj" in name
            else {"gate_proj": width, "up_proj": width}
        )
        for word, count in rows.items():
            part = name.replace("gate_up_proj", word).replace("qkv_proj", word)
            yield Piece(self._told(part, name), rows=(begin, begin + count), heads=self._heads(part))
            begin += count

    def _told(self, name: str, stock: str) -> str:
        told = self._names.get_name(name, try_suffixes=(".weight", ".bias"))
        if told is None:
            raise ProblemError.at(
                "--to gguf",
                tr("the tensor {stock} has no place in a GGUF file of this kind.", stock=stock),
                tr("Export a folder instead."),
            )
        return str(told)

    def _heads(self, name: str) -> int:
        if not self._architecture.interleaved:
            return 0
        if name.endswith(("q_proj.weight", "q_proj.bias")):
            return int(self._config["num_attention_heads"])
        if name.endswith(("k_proj.weight", "k_proj.bias")):
            return int(self._config.get("num_key_value_heads") or self._config["num_attention_heads"])
        return 0


def interleaved(tensor: Tensor, heads: int) -> Tensor:
    """The rows of each head reordered so that the two halves that rotate together are neighbours."""
    halves = tensor.reshape(heads, 2, tensor.shape[0] // heads // 2, *tensor.shape[1:])
    return torch.movedim(halves, 1, 2).reshape(tensor.shape)


def halved(tensor: Tensor, heads: int) -> Tensor:
    """The opposite of `interleaved`."""
    pairs = tensor.reshape(heads, tensor.shape[0] // heads // 2, 2, *tensor.shape[1:])
    return torch.movedim(pairs, 2, 1).reshape(tensor.shape)
