"""A stock model as a GGUF file: planned, sized, written layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from studio.core.problem import ProblemError
from studio.export.gguf.architecture import Architecture, architecture_of
from studio.export.gguf.metadata import add_metadata
from studio.export.gguf.quantisation import Quantisation
from studio.export.gguf.rope import Rope, rope_of
from studio.export.gguf.stock_model import StockModel
from studio.export.gguf.tensor_names import TensorNames
from studio.export.gguf.vocabulary import Vocabulary
from studio.export.gguf.writer import Place, open_gguf, places_of, total_bytes


@dataclass(frozen=True, slots=True)
class FilePlan:
    """Everything about a file but its numbers: what it is called inside, where its tensors lie, how large it is."""

    architecture: Architecture
    rope: Rope
    choice: Quantisation
    names: TensorNames
    places: dict[str, Place]

    @property
    def bytes(self) -> int:
        """The tensors' bytes; the header adds the vocabulary."""
        return total_bytes(self.places)

    @property
    def half(self) -> int:
        """Large tensors that stay in float16 because the format's blocks do not divide their rows."""
        if self.choice.name in ("f16", "bf16"):
            return 0
        return sum(place.type.name == "F16" for place in self.places.values())


def plan_file(config: dict[str, Any], shapes: dict[str, tuple[int, ...]], choice: Quantisation) -> FilePlan:
    """Plan the file of a stock model; raises ProblemError for what llama.cpp would compute differently."""
    architecture = architecture_of(config)
    rope = rope_of(config, architecture)
    names = TensorNames(config, architecture)
    if config.get("tie_word_embeddings"):
        shapes = {name: shape for name, shape in shapes.items() if name != "lm_head.weight"}
    return FilePlan(architecture, rope, choice, names, places_of(shapes, names, choice, rope.tensors))


def write_model(
    model: StockModel,
    plan: FilePlan,
    vocabulary: Vocabulary,
    file: Path,
    add_general: Callable[[Any], None],
    wrote: Callable[[str], None] = lambda name: None,
) -> None:
    """Write the model to `file`; `add_general` adds name, licence and such, `wrote` hears each tensor's stock name.

    Raises ProblemError where a format cannot hold the values; IncompleteFileError where a tensor is missing.
    """

    def add_header(writer: Any) -> None:
        add_general(writer)
        add_metadata(writer, model.config, plan.architecture, plan.rope, plan.choice)
        vocabulary.add_to(writer)

    with open_gguf(file, plan.architecture, plan.places, plan.names, add_header) as opened:
        for name, tensor in plan.rope.tensors.items():
            opened.put_extra(name, tensor)
        for name, tensor in model.tensors():
            if is_left_out(name, tensor, model.config):
                continue
            opened.put(name, tensor)
            wrote(name)


def is_left_out(name: str, tensor: Tensor, config: dict[str, Any]) -> bool:
    """Whether llama.cpp needs no such tensor: a tied output, or a shared expert that adds nothing."""
    if name == "lm_head.weight":
        return bool(config.get("tie_word_embeddings"))
    if ".mlp.shared_expert" not in name:
        return False
    if name.endswith(".shared_expert.down_proj.weight") and bool(tensor.any()):
        raise ProblemError.at(
            "--to gguf", f"{name} is not zero, and llama.cpp has no place for it.", "Export a folder."
        )
    return True
