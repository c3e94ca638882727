"""What is exported, evaluated or tried: a run's adapter, an adapter's folder, or the base model alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from studio.core import places
from studio.core.absolute_path import absolute_path, is_path
from studio.core.error_text import first_line
from studio.core.foreign.safe_path import is_elsewhere, is_inside
from studio.core.problem import ProblemError
from studio.core.recipe.base_name import BaseName, base_name, read_base_name
from studio.core.recipe.recipe import MethodTable, ModelTable, Precision
from studio.core.run.known_runs import find_run, require_named
from studio.core.run.run_folder import RunFolder, list_checkpoints, step_of
from studio.core.words import tr
from studio.models.adapter_check import CONFIG, WEIGHTS, checked_config
from studio.models.base_lookup import located

__all__ = ["CONFIG", "WEIGHTS", "AdapterSource", "adapter_of", "find_adapter", "find_trained"]


@dataclass(frozen=True, slots=True)
class AdapterSource:
    """An adapter in PEFT's format: its folder, its config, and the base model that it was trained on.

    `base` is what every machine calls that model, `method` what the run that made it was trained with; None for a
    folder from elsewhere. `held_as` is the type from which the run's machine packed a base in nf4 or int8: float32 on a
    processor, else one of 16 bits.
    """

    folder: Path
    name: str
    config: dict[str, Any]
    model: ModelTable
    base: BaseName
    method: MethodTable | None = None
    held_as: Precision = "bf16"

    @property
    def run(self) -> RunFolder | None:
        """The run that made it, where its folder is still there."""
        run = RunFolder(self.folder.parent)
        return run if self.method is not None and run.db.is_file() else None


def find_adapter(name: str, runs: Path) -> AdapterSource:
    """The adapter that `name` means: an adapter's folder or imported name, or a run by folder, part of its id, "last".

    Raises ProblemError when there is none, or none yet, and where its drive does not answer.
    """
    require_named(name)
    path = absolute_path(name)
    if not path.exists() and is_inside(name) and (places.adapters() / name / CONFIG).is_file():
        path = places.adapters() / name
    if (path / CONFIG).is_file():
        inside = RunFolder(path.resolve().parent)
        is_run = inside.db.is_file() and inside.adapter == path.resolve()
        return adapter_of(inside, runs) if is_run else _alone(path, runs)
    if path.is_dir() and not RunFolder(path).db.is_file():
        raise ProblemError.at(
            str(path),
            tr("this is neither a run nor an adapter."),
            tr("Name a run, or a folder with {config}.", config=CONFIG),
        )
    return adapter_of(find_run(name, runs), runs)


def find_trained(name: str, runs: Path, step: int | None = None) -> AdapterSource:
    """As `find_adapter`, but a run that has no adapter yet gives its newest checkpoint's; `step` names a checkpoint.

    Raises ProblemError, also where its drive does not answer.
    """
    require_named(name)
    path = absolute_path(name)
    is_run = RunFolder(path).db.is_file() or not (
        path.exists() or (is_inside(name) and (places.adapters() / name / CONFIG).is_file())
    )
    if not is_run:
        if step is not None:
            raise ProblemError.at(name, tr("only a run has checkpoints."), tr("Name a run, or leave the step out."))
        return find_adapter(name, runs)
    run = find_run(name, runs)
    if step is None and run.adapter.is_dir():
        return adapter_of(run, runs)
    found = list_checkpoints(run.checkpoints)
    chosen = [path for path in found if step in (None, step_of(path))]
    if not chosen:
        there = ", ".join(str(step_of(path)) for path in found[-8:])
        what = (
            tr("it has neither an adapter nor a checkpoint yet.")
            if step is None
            else tr("it has no checkpoint {step}.", step=step)
        )
        remedy = tr("Choose one of {choices}.", choices=there) if there else tr("Let it train until it saves one.")
        raise ProblemError.at(f"run {run.id}", what, remedy)
    return _of_run(run, chosen[-1], tr("{run}, step {step}", run=run.id, step=step_of(chosen[-1])), runs)


def adapter_of(run: RunFolder, runs: Path | None = None) -> AdapterSource:
    """The adapter that a run has produced; raises ProblemError when it has none yet.

    Its base may have moved since, or the run may come from another machine: then it is looked for, in the models of
    other `runs` too.
    """
    if not run.adapter.is_dir():
        raise ProblemError.at(
            f"run {run.id}",
            tr("it has no adapter yet."),
            tr("Let it finish, or stop it: `mixlora-studio stop` writes the adapter of the steps so far."),
        )
    return _of_run(run, run.adapter, run.id, runs)


def _of_run(run: RunFolder, folder: Path, name: str, runs: Path | None) -> AdapterSource:
    # What was trained is in the provenance; recipe.toml may have been edited since.
    provenance = run.provenance()
    trained = provenance.get("recipe")
    if isinstance(trained, dict):
        decided = provenance.get("decided")
        model, method = _trained(run, trained, decided if isinstance(decided, dict) else {})
    else:
        recipe = run.recipe()
        model, method = recipe.model, recipe.method
    base = recorded_base(run, model)
    if model.source != "demo" and is_path(model.source) and not absolute_path(model.source).exists():
        found = located(base, run.path, runs or run.path.parent)
        model = model.model_copy(update={"source": found.source, "revision": found.revision})
    held_as = _held_as(provenance)
    return AdapterSource(folder, name, checked_config(folder), model, base, method, held_as)


def _held_as(provenance: dict[str, Any]) -> Precision:
    """The type from which the run's machine packed the base; where the run did not say, by where it was computed."""
    recorded, device = provenance.get("model"), provenance.get("device")
    told = recorded.get("held_as") if isinstance(recorded, dict) else None
    if told in ("fp32", "fp16", "bf16"):
        return cast("Precision", told)
    return "fp32" if isinstance(device, dict) and device.get("torch_name") == "cpu" else "bf16"


def recorded_base(run: RunFolder, model: ModelTable) -> BaseName:
    """What every machine calls a run's base, with what the run recorded of its weights."""
    recorded = run.provenance().get("model")
    revision = recorded.get("revision") if isinstance(recorded, dict) else None
    return base_name(model, revision if isinstance(revision, str) else "")


def _trained(run: RunFolder, recipe: dict[str, Any], decided: dict[str, Any]) -> tuple[ModelTable, MethodTable]:
    """What the provenance says that was trained; raises ProblemError where it is not a recipe."""
    try:
        model, method = ModelTable.model_validate(recipe["model"]), MethodTable.model_validate(recipe["method"])
        if model.precision == "auto":
            model = ModelTable.model_validate(model.model_dump() | {"precision": decided.get("precision", "auto")})
    except (KeyError, ValidationError) as error:
        first = first_line(error)
        raise ProblemError.at(
            str(run.provenance_file), tr("its recipe is invalid ({error}).", error=first), tr("Restore the run's file.")
        ) from None
    return model, method


def _alone(folder: Path, runs: Path) -> AdapterSource:
    config = checked_config(folder)
    base = config.get("base_model_name_or_path")
    if not isinstance(base, str) or not base:
        raise ProblemError.at(
            str(folder / CONFIG),
            tr("it does not say which base model the adapter belongs to."),
            tr("Add the model's folder or hub id as base_model_name_or_path."),
        )
    named = read_base_name(folder)
    if named is None:
        # PEFT takes a relative folder relative to the process's working directory.
        is_here = not is_elsewhere(base) and absolute_path(base).exists()
        source = str(absolute_path(base)) if is_here else base
        model = ModelTable(source=source, revision=str(config.get("revision") or "main"))
        named = base_name(model)
        if not is_here and ("\\" in base or is_path(base)):
            model = located(named, folder, runs)
    else:
        model = located(named, folder, runs)
    return AdapterSource(folder, folder.resolve().name, config, model, named)
