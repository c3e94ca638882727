"""What is exported, evaluated or tried: a run's adapter, an adapter's folder, or the base model alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.problem import ProblemError
from studio.core.recipe import MethodTable, ModelTable
from studio.core.run_folder import RunFolder, find_run

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"


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
    path = Path(name).expanduser()
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
        model, method = ModelTable.model_validate(trained["model"]), MethodTable.model_validate(trained["method"])
        if model.precision == "auto":
            decided = provenance.get("decided", {}).get("precision", "auto")
            model = ModelTable.model_validate(model.model_dump() | {"precision": decided})
    else:
        recipe = run.recipe()
        model, method = recipe.model, recipe.method
    return AdapterSource(run.adapter, run.id, _config(run.adapter), model, method)


def _alone(folder: Path) -> AdapterSource:
    config = _config(folder)
    base = config.get("base_model_name_or_path")
    if not isinstance(base, str) or not base:
        raise ProblemError.at(
            str(folder / CONFIG),
            "it does not say which base model the adapter belongs to.",
            "Add the model's folder or hub id as base_model_name_or_path.",
        )
    model = ModelTable(source=base, revision=config.get("revision") or "main")
    return AdapterSource(folder, folder.resolve().name, config, model)


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProblemError.at(
            str(folder / CONFIG), f"it cannot be read ({error}).", "Restore the adapter's folder."
        ) from None
    if not isinstance(config, dict) or "peft_type" not in config:
        raise ProblemError.at(str(folder / CONFIG), "this is no adapter of PEFT's.", "Name another folder.")
    if not (folder / WEIGHTS).is_file():
        raise ProblemError.at(str(folder), f"{WEIGHTS} is missing.", "Restore the adapter's folder.")
    return config
