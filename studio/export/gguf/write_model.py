"""A stock model as a GGUF file: planned, sized, written layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.export.gguf.architecture import Architecture, architecture_of
from studio.export.gguf.metadata import add_metadata
from studio.export.gguf.quantisation import Quantisation
from studio.export.gguf.rope import Rope, rope_of
from studio.export.gguf.tensor_names import TensorNames
from studio.export.gguf.vocabulary import Vocabulary
from studio.export.gguf.writer import Place, open_gguf, places_of, total_bytes
from studio.export.twin.tensors import StockModel, StockTensor


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


def plan_file(model: StockModel, choice: Quantisation) -> FilePlan:
    """Plan the file of a stock model; raises ProblemError for what llama.cpp would compute differently."""
    architecture = architecture_of(model.config)
    rope = rope_of(model.config, architecture)
    names = TensorNames(model.config, architecture)
    shapes = {tensor.name: tensor.shape for tensor in held_tensors(model)}
    return FilePlan(architecture, rope, choice, names, places_of(shapes, names, choice, rope.tensors))


def write_model(
    model: StockModel,
    plan: FilePlan,
    vocabulary: Vocabulary,
    file: Path,
    add_general: Callable[[Any], None],
    wrote: Callable[[int], None] = lambda count: None,
) -> None:
    """Write the model to `file`; `add_general` adds name, licence and such, `wrote` hears of the bytes as they go.

    Raises ProblemError where a format cannot hold the values; IncompleteFileError where a tensor is missing.
    """

    def add_header(writer: Any) -> None:
        add_general(writer)
        add_metadata(writer, model.config, plan.architecture, plan.rope, plan.choice)
        vocabulary.add_to(writer)

    refuse_filled_rest(model)
    with open_gguf(file, plan.architecture, plan.places, plan.names, add_header, wrote) as opened:
        for name, factors in plan.rope.tensors.items():
            opened.put_extra(name, factors)
        for tensor in held_tensors(model):
            opened.put(tensor.name, tensor.make(opened.dtype_of(tensor.name, tensor.shape)))


def held_tensors(model: StockModel) -> Iterator[StockTensor]:
    """The tensors that the file holds: all but a tied output, and a shared expert, which adds nothing here."""
    for tensor in model.tensors:
        tied = tensor.name == "lm_head.weight" and model.config.get("tie_word_embeddings")
        if not tied and not _is_left_out(model, tensor):
            yield tensor


def refuse_filled_rest(model: StockModel) -> None:
    """Raise ProblemError where a part that the file leaves out would compute something."""
    for tensor in model.tensors:
        if _is_left_out(model, tensor) and tensor.name.endswith(".down_proj.weight") and bool(tensor.make().any()):
            raise ProblemError.at(
                "--to gguf",
                tr("{name} is not zero, and llama.cpp has no place for it.", name=tensor.name),
                tr("Export a folder instead."),
            )


def _is_left_out(model: StockModel, tensor: StockTensor) -> bool:
    """Whether it is of a shared expert for which llama.cpp's architecture has no place; Qwen 3.5's has one."""
    return ".mlp.shared_expert" in tensor.name and not str(model.config["model_type"]).startswith("qwen3_5")
