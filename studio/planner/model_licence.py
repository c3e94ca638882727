"""The licence of a base model, as far as its files state one."""

from __future__ import annotations

import re
from pathlib import Path

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import ModelTable
from studio.planner.gguf_header import gguf_licence
from studio.planner.model_source import local_path

_FRONT = re.compile(r"\A---\s*\n(.*?)\n---", re.DOTALL)
_LICENCE = re.compile(r"^license:\s*[\"']?([\w.+-]{1,60})[\"']?\s*$", re.MULTILINE)
MOST = 2**20  # bytes of a card that are looked at


def model_licence(model: ModelTable) -> str:
    """The licence's name in the hub's words ("apache-2.0"), from the model's card or a GGUF file's header; else ""."""
    try:
        path = local_path(model)
    except ProblemError:
        return ""
    return _of_cached(model) if path is None else licence_of_path(path)


def licence_of_path(path: Path) -> str:
    """The licence that a model's folder or GGUF file states; "" where it states none."""
    return gguf_licence(path) if path.is_file() else _of_card(path / "README.md")


def _of_cached(model: ModelTable) -> str:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        card = try_to_load_from_cache(model.source, "README.md", revision=model.revision)
    except HFValidationError:
        return ""
    return _of_card(Path(card)) if isinstance(card, str) else ""


def _of_card(card: Path) -> str:
    try:
        with card.open(encoding="utf-8", errors="replace") as file:
            front = _FRONT.search(file.read(MOST))
    except OSError:
        return ""
    found = _LICENCE.search(front[1]) if front else None
    return found[1].lower() if found else ""
