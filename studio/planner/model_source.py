"""From a recipe's model source to its shape: the demo's file, a folder, a GGUF file, or a hub's metadata."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.core import places
from studio.core.absolute_path import absolute_path, is_path
from studio.core.error_text import system_reason
from studio.core.fault_text import value_text
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import ModelTable
from studio.core.words import tr
from studio.planner.config_tensors import known
from studio.planner.gguf_header import read_gguf_config
from studio.planner.hub import hub_config, hub_tensors
from studio.planner.model_check import read_model
from studio.planner.model_kind import kind_problems
from studio.planner.shape import ModelShape, shape_of_model, text_config

_shapes: dict[tuple[object, ...], tuple[ModelShape, Mapping[str, Any]]] = {}
_refused: dict[tuple[object, ...], tuple[Problem, ...]] = {}


def model_shape(model: ModelTable) -> ModelShape:
    """The shape of a recipe's model, read from headers alone and kept in memory until the files change.

    Raises ProblemError where the model or its weights are missing, or the hub cannot be reached.
    """
    return _read(model)[0]


def model_config(model: ModelTable) -> Mapping[str, Any]:
    """The config.json of a recipe's model, or what a GGUF file's header has of one; raises as `model_shape` does."""
    return _read(model)[1]


def _read(model: ModelTable) -> tuple[ModelShape, Mapping[str, Any]]:
    path = local_path(model)
    key = (model.source, model.revision) if path is None else (str(path), *_stamp(path))
    if key in _refused:
        raise ProblemError(*_refused[key])
    if key not in _shapes:
        try:
            _shapes[key] = _hub_shape(model) if path is None else _local_shape(path)
        except ProblemError as error:
            # A form that plans at every keystroke must not read a large tokenizer each time; a hub may come back.
            if path is not None:
                _refused[key] = error.problems
            raise
    return _shapes[key]


def refuse_misfit(model: ModelTable) -> None:
    """Raise ProblemError where a model's files on this machine do not match one another.

    A model that is not here is not checked: whoever downloads it does that.
    """
    try:
        is_here = local_path(model) is not None
    except ProblemError:
        return
    if is_here:
        model_shape(model)


def local_path(model: ModelTable) -> Path | None:
    """The folder or GGUF file that a source names, or None for a hub id; ProblemError where it is not there."""
    if model.source == "demo":
        demo = places.demo_model()
        if demo is None:
            raise ProblemError.at(
                "model.source",
                tr("the demo model is not installed."),
                tr("Start once through packaging/launch.py, which fetches it, or choose another model."),
            )
        return demo
    if not is_path(model.source):
        if model.source.count("/") == 1:
            return None
    else:
        path = absolute_path(model.source)
        try:
            if path.exists():
                return path
        except OSError as error:  # such as a name that is too long, or a drive that does not answer
            raise ProblemError.at(
                "model.source",
                tr(
                    "{source} cannot be looked at ({reason}).",
                    source=value_text(model.source),
                    reason=system_reason(error),
                ),
                tr("Check the path, and that its drive is connected and may be read."),
            ) from None
    raise ProblemError.at(
        "model.source",
        tr("{source} does not exist.", source=model.source),
        tr('Name "demo", a folder, a .gguf file or a hub id owner/name; a relative path is relative to the recipe.'),
    )


def _stamp(path: Path) -> tuple[float, ...]:
    """When the file, or the folder and the files in it, last changed."""
    try:
        if path.is_file():
            return (path.stat().st_mtime,)
        with os.scandir(path) as entries:
            return (path.stat().st_mtime, *sorted(entry.stat().st_mtime for entry in entries if entry.is_file()))
    except OSError as error:
        raise ProblemError.at(
            str(path),
            tr("it cannot be read ({reason}).", reason=system_reason(error)),
            tr("Name a folder that you may read."),
        ) from None


def _local_shape(path: Path) -> tuple[ModelShape, Mapping[str, Any]]:
    if path.is_file():
        config = read_gguf_config(path)
        return shape_of_model(config, None, str(path)), config
    files = read_model(path)
    return shape_of_model(files.config, files.tensors, str(path)), files.config


def _hub_shape(model: ModelTable) -> tuple[ModelShape, Mapping[str, Any]]:
    where = f"model.source = {model.source!r}"
    config = hub_config(model.source, model.revision, where)
    ProblemError.raise_any(kind_problems(where, config))
    if known(text_config(config)):
        return shape_of_model(config, None, where), config
    # An architecture without a table here: its shapes are in the headers of its weights.
    return shape_of_model(config, hub_tensors(model.source, model.revision, where), where), config
