"""A row of any format, as one shape: a conversation with the assistant's answers, or plain text."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from studio.data.answer_text import place_of

ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the assistant calls: its name, and its arguments as JSON text."""

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message: who speaks, and what is said.

    `learned` counts for the assistant alone: false where an answer is read and not learned. `reasoning` is what was
    thought before `content`, `calls` the tools called after it. `name` is the speaker's or the tool's; `call_id` the
    `ToolCall.id` that a tool's turn answers.
    """

    role: str
    content: str
    learned: bool = True
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()
    name: str = ""
    call_id: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        # By position: a quarter of the time that a dataclass takes by its fields' names; many go between processes.
        return Turn, (self.role, self.content, self.learned, self.reasoning, self.calls, self.name, self.call_id)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said, thought or called."""
        return not (self.content.strip() or self.reasoning.strip() or self.calls)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns, of which the assistant's are learned; or `text` alone, one document of which every token is learned.

    `answer` is what decides within the last answer ("answer3" of "the correct answer is answer3"), empty when the
    whole turn does; `choices` are the answers allowed here, empty when any is. `tools` are the schemas of the tools
    that may be called, each as JSON text. `line` is where the row stands.
    """

    line: int
    turns: tuple[Turn, ...] = ()
    text: str = ""
    answer: str = ""
    choices: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return Conversation, (self.line, self.turns, self.text, self.answer, self.choices, self.tools)

    @property
    def letters(self) -> int:
        """How many letters it has, about what it takes in memory: all that is said, thought and called, and tools."""
        called = sum(len(call.arguments) for turn in self.turns for call in turn.calls)
        said = sum(len(turn.content) + len(turn.reasoning) for turn in self.turns)
        return len(self.text) + said + called + sum(map(len, self.tools))

    @property
    def answered(self) -> int:
        """The index of the last turn that is learned and not empty, or -1: what follows it teaches nothing."""
        for index in range(len(self.turns) - 1, -1, -1):
            if is_answer(self.turns[index]):
                return index
        return -1

    @property
    def expected(self) -> str:
        """The last answer: what the model should say, calls as one line of JSON each."""
        return said(self.turns[self.answered]) if self.answered >= 0 else ""

    @property
    def prompt(self) -> tuple[Turn, ...]:
        """Everything before the last answer."""
        return self.turns[: self.answered] if self.answered >= 0 else self.turns

    def with_answer(self, choice: str) -> Conversation:
        """The same conversation up to its last answer, had `choice` been the answer in place of `answer`.

        Raises ValueError where the answer does not stand there as whole words.
        """
        place = place_of(self.answer, self.expected)
        if place is None:
            raise ValueError(f"{self.answer!r} does not stand in the last answer")
        before, after = self.expected[:place], self.expected[place + len(self.answer) :]
        turns = (*self.prompt, Turn("assistant", f"{before}{choice}{after}"))
        return replace(self, turns=turns, text="", answer=choice)


def is_answer(turn: Turn) -> bool:
    """Whether a turn is one to learn: the assistant's, marked as learned, and not empty."""
    return turn.role == "assistant" and turn.learned and not turn.is_empty


def said(turn: Turn) -> str:
    """What a turn says and calls, as text."""
    calls = (f'{{"name": {json.dumps(call.name)}, "arguments": {call.arguments or "{}"}}}' for call in turn.calls)
    return "\n".join([*([turn.content] if turn.content else []), *calls])
