"""A model's folder read by its headers: the config, and the names and shapes of its tensors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.foreign.model_config import check_config
from studio.core.foreign.safe_path import inside
from studio.core.foreign.safetensors_header import read_header
from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import Problem, ProblemError
from studio.core.words import mark, plural, tr
from studio.planner.config_tensors import Shapes
from studio.planner.model_kind import kind_problems
from studio.planner.shape import VISION, text_config

INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
AGAIN = mark("Download or copy the model again; a folder written by save_pretrained is complete.")
_EMBEDDINGS = ("embed_tokens.weight", "wte.weight", "word_embeddings.weight", "embed_in.weight")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model's folder by its headers: its config and its tensors' shapes, None where only pickles hold them."""

    config: dict[str, Any]
    tensors: Shapes | None

    @property
    def rows(self) -> int:
        """The embedding's rows, one for each token id that the model knows; 0 where it is unknown."""
        size = text_config(self.config).get("vocab_size")
        return embedding_rows(self.tensors or {}) or (size if isinstance(size, int) else 0)


def embedding_rows(tensors: Shapes) -> int:
    """The rows of the language model's embedding among the tensors; 0 where none has a known name."""
    named = (shape for name, shape in tensors.items() if name.endswith(_EMBEDDINGS) and not VISION.search(name))
    return next((shape[0] for shape in named if len(shape) == 2), 0)


def read_headers(folder: Path) -> ModelFiles:
    """A language model's config and its weights' headers; raises ProblemError where one is missing or broken."""
    refuse_adapter(folder)
    if not (folder / "config.json").is_file():
        raise ProblemError.at(str(folder), tr("this model folder has no config.json."), tr(AGAIN))
    config = check_config(folder)
    ProblemError.raise_any(kind_problems(str(folder / "config.json"), config))
    return ModelFiles(config, _tensors(folder))


def refuse_adapter(folder: Path) -> None:
    """Raise ProblemError for a folder with an adapter in it, whether there is a model too or not."""
    if not (folder / "adapter_config.json").is_file():
        return
    if not (folder / "config.json").is_file():
        raise ProblemError.at(
            str(folder), tr("this is an adapter, not a base model."), tr("Choose the model it was made for.")
        )
    # transformers would follow adapter_config.json to another base model and load that.
    raise ProblemError.at(
        str(folder),
        tr("it holds both a model and an adapter."),
        tr("Move adapter_config.json and its weights elsewhere."),
    )


def _tensors(folder: Path) -> Shapes | None:
    """Every tensor of the model's safetensors files; raises ProblemError for files that are missing or broken."""
    problems: list[Problem] = []
    placed: dict[Path, set[str]] = {}
    for index in INDEXES:
        for shard, names in shards_of(folder, folder / index).items():
            if shard.is_file():
                placed[shard] = names
            else:
                problems.append(
                    Problem(str(folder / index), tr("it lists {name}, which is missing.", name=shard.name), tr(AGAIN))
                )
    # As transformers names them: an adapter or a second copy of the weights beside them is not part of the model.
    files = sorted({*folder.glob("model*.safetensors"), *(each for each in placed if each.suffix == ".safetensors")})
    if not files and not any(folder.glob("pytorch_model*.bin")) and not problems:
        what = tr("this model folder has no weights (*.safetensors or *.bin).")
        problems.append(Problem(str(folder), what, tr(AGAIN)))
    tensors: Shapes = {}
    for file in files:
        try:
            found = {name: entry.shape for name, entry in read_header(file).items()}
        except ProblemError as error:
            problems += error.problems
            continue
        if absent := sorted(placed.get(file, set()) - found.keys()):
            what = plural(
                "the index lists {n} tensor that it does not hold, such as {tensor}.",
                "the index lists {n} tensors that it does not hold, such as {tensor}.",
                len(absent),
                tensor=absent[0],
            )
            problems.append(Problem(str(file), what, tr(AGAIN)))
        tensors |= found
    ProblemError.raise_any(problems)
    return tensors if files else None


def shards_of(folder: Path, index: Path) -> dict[Path, set[str]]:
    """The weight files that an index names, each with its tensors; empty where there is no index."""
    if not index.is_file():
        return {}
    named = read_object(index, tr("Download the model again.")).get("weight_map")
    if not isinstance(named, dict) or not all(isinstance(name, str) for name in named.values()):
        raise ProblemError.at(str(index), tr("this index of weight files is broken."), tr("Download the model again."))
    found: dict[str, set[str]] = {}
    for tensor, name in named.items():
        found.setdefault(name, set()).add(tensor)
    # In the hub's cache a model's files are links into the store beside its snapshots.
    inner = folder.resolve()
    stores = [inner.parent.parent / "blobs"] if inner.parent.name == "snapshots" else []
    return {inside(folder, name, *stores): tensors for name, tensors in found.items()}
