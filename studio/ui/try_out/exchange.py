"""One question and its answers, in plain values, as they grow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from studio.core.chat.routed_token import RoutedToken
from studio.core.words import tr

RUN, BASE, OTHER = "run", "base", "other"


@dataclass(slots=True)
class SpokenAnswer:
    """What one speaker says: `kind` is RUN, BASE or OTHER, `title` what it is called above its answer.

    `layers` and `experts` are its routed layers' names and their numbers of experts, empty until it begins.
    """

    kind: str
    title: str
    layers: tuple[str, ...] = ()
    experts: tuple[int, ...] = ()
    prompt: list[RoutedToken] = field(default_factory=list)
    tokens: list[RoutedToken] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)  # what the desk said at its end
    apart: str = ""  # how it differs from what was said before the experts were switched

    @property
    def text(self) -> str:
        return "".join(token.text for token in self.tokens)

    @property
    def has_ended(self) -> bool:
        return bool(self.facts)

    @property
    def verdict(self) -> dict[str, Any] | None:
        """How a held-out row was judged; None where none was asked."""
        found = self.facts.get("verdict")
        return found if isinstance(found, dict) else None


@dataclass(slots=True, eq=False)  # one that is asked twice is two
class Exchange:
    """A question, who was asked, and what was switched about the experts.

    `row` names a held-out row, and `asked_row` is it as the desk is asked. One that is `aside` asks an earlier question
    again with other experts, and is no part of the conversation that follows.
    """

    question: str
    answers: list[SpokenAnswer]
    switched: str = ""
    row: str = ""
    expected: str = ""
    asked_row: dict[str, Any] = field(default_factory=dict)
    aside: bool = False
    notes: list[str] = field(default_factory=list)

    def answer_of(self, kind: str) -> str | None:
        """What a speaker said here; None where it was not asked."""
        return next((answer.text for answer in self.answers if answer.kind == kind), None)

    def broken_off(self) -> tuple[dict[str, Any], ...]:
        """The answers' facts where the desk failed in their middle; none where nothing was said yet."""
        said = [len(answer.tokens) for answer in self.answers]
        return tuple({"broken": True, "tokens_said": tokens} for tokens in said) if any(said) else ()


def conversation(exchanges: list[Exchange], kind: str, system: str, question: str) -> list[dict[str, str]]:
    """The messages of a speaker: what it was asked and said itself, and the new question.

    Held-out rows stand alone, and questions that it was not asked are left out, since it has no answer to them.
    """
    messages = [{"role": "system", "content": system}] if system.strip() else []
    for exchange in exchanges:
        said = exchange.answer_of(kind)
        if not exchange.row and not exchange.aside and said:
            messages += [{"role": "user", "content": exchange.question}, {"role": "assistant", "content": said}]
    return [*messages, {"role": "user", "content": question}]


def difference(exchanges: list[Exchange], exchange: Exchange, answer: SpokenAnswer) -> str:
    """How an answer differs from the speaker's first one to the same question, in words; "" where there is none."""
    if not exchange.aside:
        return ""
    earlier = [each for each in exchanges if each is not exchange and each.question == exchange.question]
    before = next((other for each in earlier for other in each.answers if other.kind == answer.kind), None)
    if before is None or not answer.layers:
        return ""
    mine, theirs = [token.text for token in answer.tokens], [token.text for token in before.tokens]
    same = next((place for place, pair in enumerate(zip(mine, theirs, strict=False)) if pair[0] != pair[1]), None)
    if same is None and len(mine) == len(theirs):
        return tr("the same answer as before")
    return tr("differs from token {token} on", token=(min(len(mine), len(theirs)) if same is None else same) + 1)
