"""One request to the desk, and what the desk keeps between requests."""

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
from studio.core.words import tr

if TYPE_CHECKING:
    from studio.evaluation.chat.session import ChatSession
    from studio.evaluation.try_adapter import Bases


@dataclass(frozen=True, slots=True)
class Asked:
    """One request's arguments, and where its progress and the pieces of its answer go."""

    arguments: dict[str, Any]
    progress: Progress
    part: Callable[[dict[str, Any]], None] = lambda part: None

    def text(self, name: str, default: str | None = None) -> str:
        """A text argument; raises ProblemError where it is missing or not text."""
        value = self.arguments.get(name, default)
        if not isinstance(value, str):
            raise ProblemError.at(f"request: {name}", f"it is {value!r}, not text.", f"Send {name} as text.")
        return value

    def whole(self, name: str, default: int) -> int:
        """A whole number from 0 up; raises ProblemError where it is something else."""
        value = self.arguments.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ProblemError.at(f"request: {name}", f"it is {value!r}, not a count.", f"Send {name} as a number.")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """True or false; raises ProblemError where it is something else."""
        value = self.arguments.get(name, default)
        if not isinstance(value, bool):
            raise ProblemError.at(f"request: {name}", f"it is {value!r}.", f"Send {name} as true or false.")
        return value

    def recipe(self) -> Recipe:
        """The recipe's TOML text as a Recipe, its paths relative to the argument `folder`."""
        return parse_recipe(self.text("recipe"), "recipe", absolute_path(self.text("folder", ".")))

    @property
    def runs(self) -> Path:
        """Where runs are looked for by id; a run named by its folder is found without it."""
        return absolute_path(self.text("runs", str(places.runs())))


class DeskRoom:
    """What is kept between requests: the last base model, the adapters that were asked, and tokenizers."""

    def __init__(self) -> None:
        self._bases: Bases | None = None
        self._chats: dict[Path, ChatSession] = {}  # by the folder in which they find runs
        self._tokenizers: dict[str, Any] = {}

    @property
    def bases(self) -> Bases:
        from studio.evaluation.try_adapter import Bases

        self._bases = self._bases or Bases()
        return self._bases

    def chat(self, runs: Path) -> ChatSession:
        """The models that answer questions; those of runs under another folder are forgotten."""
        from studio.evaluation.chat.session import ChatSession

        if runs not in self._chats:
            self.forget_chat()
            self._chats = {runs: ChatSession(runs, self.bases)}
        return self._chats[runs]

    def forget_chat(self) -> None:
        """Give the memory of the models that answer questions back."""
        for session in self._chats.values():
            session.release()
        self._chats = {}

    def makes_way(self) -> str:
        """Why the desk should leave, "" where it may stay: a run wants the card that its models are on.

        Only a process that ends gives all of a card's memory back.
        """
        devices = [session.device for session in self._chats.values() if session.device is not None]
        if not any(device.must_make_way() for device in devices):
            return ""
        return tr("A run began to train on the card, so the models were unloaded. Your next question loads them again.")

    def tokenizer(self, model: ModelTable, progress: Callable[[str], None]) -> Any:
        """The model's tokenizer; no weights are loaded for it."""
        key = f"{model.source} {model.revision}"
        if key not in self._tokenizers:
            from studio.models.base_model import find_tokenizer

            progress(tr("Loading the tokenizer of {model}", model=model.source))
            self._tokenizers[key] = find_tokenizer(model, progress)
        return self._tokenizers[key]


Handler = Callable[[Asked, DeskRoom], dict[str, Any]]
