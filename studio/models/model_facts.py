"""What can be told of a model before anything is loaded: its size and kind, its licence, its exports, and its fit."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from studio.core.model_facts import ModelFacts
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import ModelTable, Recipe
from studio.core.words import mark, tr
from studio.hardware.machine import Machine
from studio.models.find_models import FoundModel, model_bytes
from studio.planner.exports import recipe_exports
from studio.planner.model_licence import licence_of_path, model_licence
from studio.planner.model_source import local_path, model_shape
from studio.planner.recipe_plan import plan_recipe

KINDS = {
    "gated": mark("gated feed-forward"),
    "fused": mark("gated feed-forward, fused"),
    "plain": mark("plain feed-forward"),
}


def facts_of(found: FoundModel, recipe: Recipe, machine: Machine) -> ModelFacts:
    """The facts of a model that is here, trained as `recipe` trains its own. Raises nothing: a fault is its problem."""
    told: dict[str, Any] = {"title": found.title, "place": found.place, "source": found.source, "size": found.size}
    told |= {"revision": found.revision, "path": str(found.path), "licence": licence_of_path(found.path)}
    try:
        # By its folder: a name on the hub would be asked for there.
        model = ModelTable(source=str(found.path))
    except ValidationError:  # a name in bytes that are no text, which Linux allows
        shown: dict[str, Any] = {
            key: _as_text(value) if isinstance(value, str) else value for key, value in told.items()
        }
        return ModelFacts(**shown, problem=tr("Its path is not UTF-8, so no recipe can name it. Rename it."))
    return _read(told, model, recipe, machine)


def facts_of_source(model: ModelTable, title: str, place: str, recipe: Recipe, machine: Machine) -> ModelFacts:
    """The facts of the model that a recipe names, which may be on the hub alone. Raises nothing."""
    told: dict[str, Any] = {"title": title, "place": place, "source": model.source, "revision": model.revision}
    try:
        path = local_path(model)
    except ProblemError as error:
        return ModelFacts(**told, problem=_said(error))
    told |= {"path": str(path or ""), "licence": model_licence(model)}
    if path is not None:
        told["size"] = model_bytes(path)
    return _read(told, model, recipe, machine)


def _read(told: dict[str, Any], model: ModelTable, recipe: Recipe, machine: Machine) -> ModelFacts:
    # Its precision is chosen here: what fits, the best first.
    asked = recipe.model_copy(update={"model": model})
    try:
        shape = model_shape(model)
        told |= {
            "parameters": shape.parameters,
            "kind": tr(KINDS[shape.kind]) if shape.kind in KINDS else "",
            "model_type": shape.model_type,
        }
        told["exports"] = tuple(choice.title for choice in recipe_exports(asked) if choice.possible)
        plan = plan_recipe(asked, machine)
    except ProblemError as error:
        return ModelFacts(**told, problem=_said(error))
    return ModelFacts(
        **told,
        fits=plan.fits,
        precision=plan.recipe.model.precision,
        peak=plan.peak_bytes,
        budget=plan.budget_bytes,
        device=plan.device.name,
    )


def _as_text(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _said(error: ProblemError) -> str:
    what = error.problems[0].what
    return f"{what[:1].upper()}{what[1:]}"
