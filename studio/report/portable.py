"""What a run says of itself without any path of this machine: its recipe, and its sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from studio.core.absolute_path import is_path
from studio.core.methods.registry import METHODS
from studio.core.problem import ProblemError
from studio.core.recipe.base_name import BaseName
from studio.core.redaction import redacted
from studio.core.run.run_folder import RunFolder

# Whole paths in a sentence: in quotes they may have any spaces. Elsewhere a folder's name may have them, but a file's
# name ends at one, and so does a path after an ending such as ".json". An address has a letter or a colon before its
# slashes and is left alone.
_START = r"(?:[A-Za-z]:[\\/]|~[\\/]|\\\\[^\\/\s'\"]+[\\/]|/(?=[^\s/'\"]+[\\/]))"
_IN_NAME = r"[^\\/'\"<>|*?;,()\[\]{}:\n]"
_FOLDER = rf"(?:(?!\.\w{{1,8}}\s){_IN_NAME})*(?!\s){_IN_NAME}[\\/]"
_QUOTED = re.compile(rf"(['\"])({_START}[^'\"\n]*)\1")
_BARE = re.compile(rf"(?<![\w:/\\.~-]){_START}(?:{_FOLDER})*(?:(?!\s){_IN_NAME})*")


def portable_recipe(run: RunFolder, base: BaseName) -> dict[str, Any] | None:
    """What was trained, with names in place of this machine's paths; None where the run's recipe cannot be read."""
    try:
        recorded = run.provenance().get("recipe")
        recipe = recorded if isinstance(recorded, dict) else run.recipe().model_dump(mode="json")
    except ProblemError:
        return None
    model, method = recipe.get("model"), recipe.get("method")
    if isinstance(model, dict):
        recipe = recipe | {"model": model | {"source": base.name}}
    if isinstance(method, dict) and (
        known := next((each for each in METHODS.values() if each.name == method.get("name")), None)
    ):
        used = {key: value for key, value in method.items() if key == "name" or known.uses(key)}
        recipe = recipe | {"method": used}
    portable: dict[str, Any] = _without_folders(recipe)
    return portable


def without_paths(text: str, known: Iterable[str] = ()) -> str:
    """`text` with the last part alone of every whole path in it, and `redacted`; `known` paths whatever their names.

    Cautious on purpose: where a path without quotes has spaces, words after it may go with it.
    """
    for path in sorted({each for each in known if len(each) > 3}, key=len, reverse=True):
        text = text.replace(path, last_part(path))
    text = redacted(text)  # before a home folder's last part, which is its user's name, is taken for a file's
    text = _QUOTED.sub(lambda found: f"{found[1]}{last_part(found[2])}{found[1]}", text)
    return _BARE.sub(_shortened, text)


def last_part(path: str) -> str:
    """The name of a file or folder, on any system's path."""
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1] or path


def _shortened(found: re.Match[str]) -> str:
    path = found[0].rstrip(".")  # the end of a sentence
    return last_part(path) + found[0][len(path) :]


def _without_folders(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_folders(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_folders(item) for item in value]
    if isinstance(value, str) and (is_path(value) or "\\" in value):
        return last_part(value)
    return value
