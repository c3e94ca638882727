"""A row of any format, as one shape: a conversation whose last turn is the answer, or plain text."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message: who speaks, and what is said."""

    role: str
    content: str

    def as_dict(self) -> dict[str, str]:
        return {"role": self.role, "content": self.content}


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns that end with the assistant's answer; or `text` alone, of which every token is learned.

    `answer` is what decides within the last turn ("answer3" of "the correct answer is answer3"), empty when the
    whole turn does; `choices` are the answers allowed here, empty when any is. `line` is where the row stands.
    """

    line: int
    turns: tuple[Turn, ...] = ()
    text: str = ""
    answer: str = ""
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """The last assistant turn: what the model should say."""
        return self.turns[-1].content if self.turns else ""

    @property
    def prompt(self) -> tuple[Turn, ...]:
        """Everything before the answer."""
        return self.turns[:-1]

    def with_answer(self, choice: str) -> Conversation:
        """The same conversation, had `choice` been the answer in place of `answer`."""
        before, _, after = self.expected.rpartition(self.answer)
        turns = (*self.prompt, Turn("assistant", f"{before}{choice}{after}"))
        return Conversation(self.line, turns, "", choice, self.choices)
