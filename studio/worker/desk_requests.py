"""What the desk can be asked: check, preview, evaluate, export, sizes, chat.

Torch and transformers are imported by the first request that needs them: the desk itself must start at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.core import places
from studio.core.absolute_path import absolute_path
from studio.core.problem import ProblemError
from studio.core.progress import Progress
from studio.core.recipe.recipe import ModelTable, Recipe
from studio.core.recipe.recipe_file import parse_recipe

if TYPE_CHECKING:
    from studio.evaluation.try_adapter import Bases


@dataclass(frozen=True, slots=True)
class Asked:
    """One request's arguments, and where its progress goes."""

    arguments: dict[str, Any]
    progress: Progress

    def text(self, name: str, default: str | None = None) -> str:
        """A text argument; raises ProblemError where it is missing or not text."""
        value = self.arguments.get(name, default)
        if not isinstance(value, str):
            raise ProblemError.at(f"request: {name}", f"it is {value!r}, not text.", f"Send {name} as text.")
        return value

    def recipe(self) -> Recipe:
        """The recipe's TOML text as a Recipe, its paths relative to the argument `folder`."""
        return parse_recipe(self.text("recipe"), "recipe", absolute_path(self.text("folder", ".")))

    @property
    def runs(self) -> Path:
        """Where runs are looked for by id; a run named by its folder is found without it."""
        return absolute_path(self.text("runs", str(places.runs())))


class DeskRoom:
    """What is kept between requests: the last base model, and tokenizers by their model."""

    def __init__(self) -> None:
        self._bases: Bases | None = None
        self._tokenizers: dict[str, Any] = {}

    @property
    def bases(self) -> Bases:
        from studio.evaluation.try_adapter import Bases

        self._bases = self._bases or Bases()
        return self._bases

    def tokenizer(self, model: ModelTable, progress: Callable[[str], None]) -> Any:
        """The model's tokenizer; no weights are loaded for it."""
        key = f"{model.source} {model.revision}"
        if key not in self._tokenizers:
            from studio.models.base_model import find_base, load_tokenizer

            progress(f"Loading the tokenizer of {model.source}")
            folder, _ = find_base(model, progress)
            self._tokenizers[key] = load_tokenizer(folder)[0]
        return self._tokenizers[key]


Handler = Callable[[Asked, DeskRoom], dict[str, Any]]


def check(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Read all data of a recipe: each task's rows, format, cut rows and lengths in tokens, and warnings."""
    import numpy as np

    from studio.data.tasks import load_tasks

    recipe = asked.recipe()
    loaded = load_tasks(recipe, room.tokenizer(recipe.model, asked.progress), progress=asked.progress)
    return {
        "tasks": {
            task.name: {
                "train_rows": len(task.train),
                "evaluate_rows": len(task.held_out),
                "format": task.format,
                "metric": task.metric,
                "cut_rows": task.train_report.cut,
                "left_out_rows": task.train_report.left_out_rows,
                "tokens": task.train.tokens,
                "tokens_p95": int(np.percentile(task.train.lengths, 95)),
                "tokens_longest": int(task.train.lengths.max()),
            }
            for task in loaded.tasks
        },
        "warnings": [warning.as_dict() for warning in loaded.warnings],
    }


def preview(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """One training row of a task as the model sees it: [[token text, learned], ...], and the number of rows."""
    from studio.data.tasks import load_tasks
    from studio.evaluation.chat import pieces_of

    recipe, name = asked.recipe(), asked.text("task")
    number = asked.arguments.get("row", 0)
    chosen = tuple(task for task in recipe.tasks if task.name == name)
    if not chosen:
        known = ", ".join(task.name for task in recipe.tasks)
        raise ProblemError.at("request: task", f"the recipe has no task {name!r}.", f"Its tasks: {known}.")
    tokenizer = room.tokenizer(recipe.model, asked.progress)
    only = recipe.model_copy(update={"tasks": chosen})
    rows = load_tasks(only, tokenizer, parts="train", progress=asked.progress).tasks[0].train
    if not isinstance(number, int) or not 0 <= number < len(rows):
        raise ProblemError.at("request: row", f"there is no row {number!r}.", f"Choose 0 to {len(rows) - 1}.")
    row = rows[number]
    pieces = pieces_of(tokenizer, row.input_ids.tolist())
    return {
        "tokens": [list(pair) for pair in zip(pieces, row.learned.tolist(), strict=True)],
        "rows": len(rows),
    }


def evaluate(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Score a run's adapter, an adapter's folder or "base" on a recipe's held-out rows; as `evaluate --json`."""
    from studio.evaluation.try_adapter import score

    return score(asked.text("run"), asked.recipe(), asked.runs, room.bases, asked.progress).as_dict()


def export(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Export an adapter; as `export --json`."""
    from studio.export import export_adapter

    out = absolute_path(asked.text("out"))
    return export_adapter(asked.text("run"), asked.text("to", "peft"), out, asked.runs, asked.progress).as_dict()


def sizes(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """What an adapter can be exported as, with each choice's size; as `export --sizes --json`. `out` is the target."""
    from studio.export.offers import offers_of
    from studio.hardware import detect
    from studio.models.adapter_source import find_adapter

    out = absolute_path(asked.text("out", str(asked.runs)))
    return offers_of(find_adapter(asked.text("run"), asked.runs), out, detect()).as_dict()


def chat(asked: Asked, room: DeskRoom) -> dict[str, Any]:
    """Answer `prompt`, or a conversation `messages` [{role, content}], with each token's experts; as `chat --json`.

    `run` is a run, an adapter's folder, or "base" with a recipe; progress is the answer so far.
    """
    from studio.data.conversation import Turn
    from studio.evaluation.chat import MOST_TOKENS, reply
    from studio.evaluation.try_adapter import BASE, trial

    name, most = asked.text("run"), asked.arguments.get("most_tokens", MOST_TOKENS)
    messages = asked.arguments.get("messages") or [{"role": "user", "content": asked.text("prompt")}]
    try:
        turns = [Turn(str(message["role"]), str(message["content"])) for message in messages]
        most = int(most)
    except (KeyError, TypeError, ValueError) as error:
        raise ProblemError.at(
            "request", f"the conversation cannot be read ({error!r}).", "Send messages as [{role, content}]."
        ) from None
    recipe = asked.recipe() if name == BASE else None
    with trial(name, asked.runs, recipe, room.bases, asked.progress) as tried:
        return reply(tried.model, tried.base.tokenizer, turns, most, asked.progress).as_dict()


REQUESTS: dict[str, Handler] = {
    "check": check,
    "preview": preview,
    "evaluate": evaluate,
    "export": export,
    "sizes": sizes,
    "chat": chat,
}
