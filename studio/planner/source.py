"""From a recipe's model source to its shape: the demo's file, a folder, a GGUF file, or a hub's metadata."""

from __future__ import annotations

from pathlib import Path

from studio.core import places
from studio.core.absolute_path import absolute_path, is_path
from studio.core.json_object import read_object
from studio.core.problem import ProblemError
from studio.core.recipe import ModelTable
from studio.core.tensor_header import read_header
from studio.planner.config_tensors import known
from studio.planner.gguf_header import read_gguf_config
from studio.planner.hub import hub_config, hub_tensors
from studio.planner.shape import ModelShape, shape_of_model, text_config

_shapes: dict[tuple[object, ...], ModelShape] = {}


def model_shape(model: ModelTable) -> ModelShape:
    """Tell the shape of a recipe's model from headers alone; kept in memory until the files change.

    Raises ProblemError where there is no such model, no weights, or the hub cannot be reached.
    """
    path = local_path(model)
    key = (model.source, model.revision) if path is None else (str(path), *_stamp(path))
    if key not in _shapes:
        _shapes[key] = _hub_shape(model) if path is None else _local_shape(path)
    return _shapes[key]


def forget_shapes() -> None:
    """Forget every shape read so far, so that the next is read from its files again."""
    _shapes.clear()


def local_path(model: ModelTable) -> Path | None:
    """The folder or GGUF file that a source names, or None for a hub id; ProblemError where it is not there."""
    if model.source == "demo":
        demo = places.demo_model()
        if demo is None:
            raise ProblemError.at(
                "model.source",
                "the demo model is not installed.",
                "Start once through packaging/launch.py, which fetches it, or choose another model.",
            )
        return demo
    if not is_path(model.source):
        if model.source.count("/") == 1:
            return None
    elif (path := absolute_path(model.source)).exists():
        return path
    raise ProblemError.at(
        "model.source",
        f"there is no {model.source}.",
        'Name "demo", a folder, a .gguf file or a hub id owner/name; a relative path is relative to the recipe.',
    )


def _stamp(path: Path) -> tuple[float, ...]:
    files = [path] if path.is_file() else [path / "config.json", path]
    return tuple(file.stat().st_mtime for file in files if file.exists())


def _local_shape(path: Path) -> ModelShape:
    if path.is_file():
        return shape_of_model(read_gguf_config(path), None, str(path))
    if not (path / "config.json").is_file():
        raise ProblemError.at(str(path), "there is no config.json in it.", "Choose a model's folder.")
    config = read_object(path / "config.json", "Fetch the model anew.")
    # As transformers names them: an adapter or a second copy of the weights beside them is none of the model.
    files = sorted(path.glob("model*.safetensors"))
    if not files:
        if any(path.glob("pytorch_model*.bin")):
            return shape_of_model(config, None, str(path))
        raise ProblemError.at(str(path), "there are no weights in it.", "Fetch the model's safetensors files too.")
    tensors: dict[str, tuple[int, ...]] = {}
    for file in files:
        tensors |= {name: entry.shape for name, entry in read_header(file, "Fetch the file anew.").items()}
    return shape_of_model(config, tensors, str(path))


def _hub_shape(model: ModelTable) -> ModelShape:
    where = f"model.source = {model.source!r}"
    config = hub_config(model.source, model.revision, where)
    if known(text_config(config)):
        return shape_of_model(config, None, where)
    # An architecture without a table here: its weights' headers tell the shapes as well.
    return shape_of_model(config, hub_tensors(model.source, model.revision, where), where)
