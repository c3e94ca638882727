"""What the desk is asked about models: those on this machine place by place, one by its source, and the hub's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.core.absolute_path import absolute_path
from studio.core.model_places import PLACES
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import ModelTable, Recipe
from studio.core.words import tr
from studio.worker.asked import Asked, DeskRoom


def models(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """The models of one `place` (`studio.core.model_places.PLACES`), as the request's recipe would train them.

    `folders` are searched for the place "folders". Without a recipe the defaults are planned.
    """
    from studio.hardware import detect
    from studio.models.find_models import look
    from studio.models.model_facts import facts_of

    place = asked.text("place")
    if place not in PLACES:
        raise ProblemError.at(
            "request: place",
            tr("there is no place {place!r}.", place=place),
            tr("Name one of {places}.", places=", ".join(PLACES)),
        )
    seen = look(place, _folders(asked))
    machine, recipe = detect(), _recipe(asked)
    told = []
    for number, each in enumerate(seen.models):
        asked.progress(tr("Looking at {place}", place=each.title), number / len(seen.models))
        told.append(facts_of(each, recipe, machine).as_dict())
    return {"models": told, "looked_in": [str(folder) for folder in seen.folders], "note": seen.note}


def model(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """One model by its `source` and `revision`, which may be on the hub alone."""
    from studio.hardware import detect
    from studio.models.model_facts import facts_of_source

    table = ModelTable(source=asked.text("source"), revision=asked.text("revision", "main"))
    title, place = asked.text("title", table.source), asked.text("place", "")
    return facts_of_source(table, title, place, _recipe(asked), detect()).as_dict()


def search(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Models on the hub whose names have the request's `words`."""
    from studio.models.hub_search import search_hub

    asked.progress(tr("Asking the hub"))
    return {"models": [each.as_dict() for each in search_hub(asked.text("words"))]}


def _folders(asked: Asked) -> list[Path]:
    given = asked.arguments.get("folders", [])
    return [absolute_path(str(each)) for each in given] if isinstance(given, list) else []


def _recipe(asked: Asked) -> Recipe:
    """The request's recipe where it has a valid one: what is half made must not keep models from being listed."""
    if "recipe" in asked.arguments:
        try:
            return asked.recipe()
        except ProblemError:
            return _plain()
    return _plain()


def _plain() -> Recipe:
    return Recipe.model_validate({"tasks": [{"name": "task", "train": "train.jsonl"}]})
