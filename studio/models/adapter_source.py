"""What is exported, evaluated or tried: a run's adapter, an adapter's folder, or the base model alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio.core.absolute_path import absolute_path
from studio.core.error_text import first_line
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable, ModelTable
from studio.core.run.run_folder import RunFolder, find_run
from studio.models.adapter_check import CONFIG, WEIGHTS, checked_config

__all__ = ["CONFIG", "WEIGHTS", "AdapterSource", "adapter_of", "find_adapter"]


@dataclass(frozen=True, slots=True)
class AdapterSource:
    """An adapter in PEFT's format: its folder, its config, and the base model that it was trained on.

    `method` is what the run that made it was trained with; None for a folder from elsewhere.
    """

    folder: Path
    name: str
    config: dict[str, Any]
    model: ModelTable
    method: MethodTable | None = None


def find_adapter(name: str, runs: Path) -> AdapterSource:
    """The adapter that `name` means: an adapter's folder, or a run by folder, id, part of its id, or "last".

    Raises ProblemError when there is none, or none yet.
    """
    path = absolute_path(name)
    if (path / CONFIG).is_file():
        inside = RunFolder(path.resolve().parent)
        return adapter_of(inside) if inside.db.is_file() and inside.adapter == path.resolve() else _alone(path)
    if path.is_dir() and not RunFolder(path).db.is_file():
        raise ProblemError.at(
            str(path), "this is neither a run nor an adapter.", f"Name a run, or a folder with {CONFIG}."
        )
    return adapter_of(find_run(name, runs))


def adapter_of(run: RunFolder) -> AdapterSource:
    """The adapter that a run has produced; raises ProblemError when it has none yet."""
    if not run.adapter.is_dir():
        raise ProblemError.at(
            f"run {run.id}",
            "it has no adapter yet.",
            "Let it finish, or stop it: `mixlora-studio stop` writes the adapter of the steps so far.",
        )
    # What was trained is in the provenance; recipe.toml may have been edited since.
    provenance = run.provenance()
    trained = provenance.get("recipe")
    if isinstance(trained, dict):
        decided = provenance.get("decided")
        model, method = _trained(run, trained, decided if isinstance(decided, dict) else {})
    else:
        recipe = run.recipe()
        model, method = recipe.model, recipe.method
    return AdapterSource(run.adapter, run.id, checked_config(run.adapter), model, method)


def _trained(run: RunFolder, recipe: dict[str, Any], decided: dict[str, Any]) -> tuple[ModelTable, MethodTable]:
    """What the provenance says that was trained; raises ProblemError where it is not a recipe."""
    try:
        model, method = ModelTable.model_validate(recipe["model"]), MethodTable.model_validate(recipe["method"])
        if model.precision == "auto":
            model = ModelTable.model_validate(model.model_dump() | {"precision": decided.get("precision", "auto")})
    except (KeyError, ValidationError) as error:
        first = first_line(error)
        raise ProblemError.at(
            str(run.provenance_file), f"its recipe is invalid ({first}).", "Restore the run's file."
        ) from None
    return model, method


def _alone(folder: Path) -> AdapterSource:
    config = checked_config(folder)
    base = config.get("base_model_name_or_path")
    if not isinstance(base, str) or not base:
        raise ProblemError.at(
            str(folder / CONFIG),
            "it does not say which base model the adapter belongs to.",
            "Add the model's folder or hub id as base_model_name_or_path.",
        )
    # PEFT takes a relative folder relative to the process's working directory.
    source = str(absolute_path(base)) if absolute_path(base).exists() else base
    model = ModelTable(source=source, revision=str(config.get("revision") or "main"))
    return AdapterSource(folder, folder.resolve().name, config, model)
