"""Who answers: a run's adapter, one of its checkpoints, an adapter from elsewhere, or the base beneath one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import ModelTable
from studio.core.words import tr
from studio.data.chat_text import ChatText
from studio.data.conversation import Turn
from studio.data.template import TemplateRefusedError
from studio.data.tokenize import prompt_ids
from studio.models.adapter_source import AdapterSource, find_trained

ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Speaker:
    """`run` is a run or an adapter, `step` one of the run's checkpoints; `bare` is its base without any adapter.

    `turns` is the conversation as this speaker knows it, which ends with what is asked.
    """

    run: str
    step: int | None = None
    bare: bool = False
    turns: tuple[Turn, ...] = ()

    def found(self, runs: Path) -> Found:
        """Its files; raises ProblemError where there are none."""
        return Found(self, find_trained(self.run, runs, self.step))


@dataclass(frozen=True, slots=True)
class Found:
    """A speaker and its files; what is loaded is known by `key`: a folder that was written anew is another one."""

    speaker: Speaker
    source: AdapterSource
    key: tuple[Any, ...] = field(init=False)

    def __post_init__(self) -> None:
        folder = self.source.folder
        written = 0.0 if self.speaker.bare else max((each.stat().st_mtime for each in folder.iterdir()), default=0.0)
        object.__setattr__(self, "key", () if self.speaker.bare else (str(folder), written))

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return tr("the base, {source}", source=self.source.model.source) if self.speaker.bare else self.source.name

    @property
    def model(self) -> ModelTable:
        return self.source.model


def read_turns(messages: object) -> tuple[Turn, ...]:
    """A conversation from [{role, content}]; raises ProblemError for anything else."""
    remedy = tr("Send messages as [{role, content}], the last of them the user's.")
    if not isinstance(messages, list) or not messages:
        raise ProblemError.at("chat", tr("there is no conversation."), remedy)
    turns = []
    for message in messages:
        known = isinstance(message, dict) and isinstance(message.get("content"), str)
        if not known or message.get("role") not in ROLES:
            raise ProblemError.at("chat", tr("this is not a message: {message!r}.", message=str(message)[:80]), remedy)
        turns.append(Turn(message["role"], message["content"]))
    return tuple(turns)


def prompt_of(chat: ChatText, turns: Sequence[Turn]) -> list[int]:
    """What the model reads, with the template applied as in training; raises ProblemError where that is impossible."""
    try:
        return prompt_ids(turns, chat)
    except TemplateRefusedError as error:
        raise ProblemError.at("chat", str(error), tr("Write the message in another way.")) from None
