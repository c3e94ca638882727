"""From a recipe's model source to its shape: the demo's file, a folder, a GGUF file, or a hub's metadata."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from studio.core import places
from studio.core.problem import ProblemError
from studio.core.recipe import ModelTable
from studio.planner.gguf_header import read_gguf_config
from studio.planner.shape import ModelShape, shape_of_model

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
    path = Path(model.source).expanduser()
    if path.exists():
        return path
    looks_like_hub = model.source.count("/") == 1 and not model.source.startswith((".", "~", "/", "\\"))
    if looks_like_hub and not model.source.endswith(".gguf"):
        return None
    raise ProblemError.at(
        "model.source", f"there is no {model.source}.", 'Name "demo", a folder, a .gguf file or a hub id owner/name.'
    )


def _stamp(path: Path) -> tuple[float, ...]:
    files = [path] if path.is_file() else [path / "config.json", path]
    return tuple(file.stat().st_mtime for file in files if file.exists())


def _local_shape(path: Path) -> ModelShape:
    if path.is_file():
        return shape_of_model(read_gguf_config(path), None, str(path))
    config_file = path / "config.json"
    try:
        config = json.loads(config_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProblemError.at(str(path), "there is no config.json in it.", "Choose a model's folder.") from None
    except (OSError, ValueError) as error:
        raise ProblemError.at(str(config_file), f"it cannot be read ({error}).", "Fetch the model anew.") from None
    files = sorted(path.glob("*.safetensors"))
    if not files:
        if any(path.glob("pytorch_model*.bin")):
            return shape_of_model(config, None, str(path))
        raise ProblemError.at(str(path), "there are no weights in it.", "Fetch the model's safetensors files too.")
    tensors: dict[str, tuple[int, ...]] = {}
    for file in files:
        tensors |= safetensors_shapes(file)
    return shape_of_model(config, tensors, str(path))


def safetensors_shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor in a safetensors file, from its header (8 bytes of length, then JSON)."""
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            if length > 100_000_000:
                raise ValueError("its header is longer than the format allows")
            header: dict[str, Any] = json.loads(opened.read(length))
        return {name: tuple(entry["shape"]) for name, entry in header.items() if name != "__metadata__"}
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise ProblemError.at(str(file), f"its header cannot be read ({error}).", "Fetch the file anew.") from None


def _hub_shape(model: ModelTable) -> ModelShape:
    """Ask the hub for the config, from its cache where it lies there, and for the weights' headers."""
    from huggingface_hub import get_safetensors_metadata, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, NotASafetensorsRepoError

    where = f"model.source = {model.source!r}"
    try:
        file = hf_hub_download(model.source, "config.json", revision=model.revision)
        config = json.loads(Path(file).read_text(encoding="utf-8"))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ProblemError.at(
            where,
            f"its config cannot be had from the hub ({type(error).__name__}).",
            "Check the name and the connection; a gated model needs `hf auth login`. Local folders work offline.",
        ) from None
    try:
        return shape_of_model(config, None, where)
    except ProblemError:
        pass  # an architecture without a table here: its weights' headers tell the shapes as well
    try:
        metadata = get_safetensors_metadata(model.source, revision=model.revision)
    except (HfHubHTTPError, LocalEntryNotFoundError, NotASafetensorsRepoError, OSError) as error:
        raise ProblemError.at(
            where, f"the heads of its weights cannot be had ({type(error).__name__}).", "Choose a safetensors model."
        ) from None
    shapes = {
        name: tuple(tensor.shape) for part in metadata.files_metadata.values() for name, tensor in part.tensors.items()
    }
    return shape_of_model(config, shapes, where)
