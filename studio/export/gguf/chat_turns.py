"""A chat template taken apart into what stands before and behind each turn, where it is as simple as that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Message = dict[str, str]
_WORDS = ("one", "two", "three", "four", "five")


@dataclass(frozen=True, slots=True)
class ChatTurns:
    """What a template writes around each turn: (before, behind) for each role, and what opens an answer.

    first: before everything. standard_system: the text of the system turn that it writes where there is none.
    """

    first: str
    system: tuple[str, str]
    user: tuple[str, str]
    assistant: tuple[str, str]
    opening: str
    standard_system: str | None = None

    def render(self, messages: Sequence[Message], opening: bool) -> str:
        """The text of a conversation, as the template itself renders it."""
        if self.standard_system is not None and messages[0]["role"] != "system":
            messages = [{"role": "system", "content": self.standard_system}, *messages]
        around = {"system": self.system, "user": self.user, "assistant": self.assistant}
        turns = (around[each["role"]][0] + each["content"] + around[each["role"]][1] for each in messages)
        return self.first + "".join(turns) + (self.opening if opening else "")


def chat_turns(tokenizer: Any) -> ChatTurns | None:
    """The turns of the tokenizer's template; None where it does more than to stand around them."""
    try:
        found = _taken_apart(tokenizer)
        if found and all(found.render(*asked) == _rendered(tokenizer, *asked) for asked in _conversations()):
            return found
    except Exception:  # noqa: BLE001 - a template is a stranger's program, and may refuse any conversation
        return None
    return None


def _taken_apart(tokenizer: Any) -> ChatTurns | None:
    system, user, answer, again = (f"«{word}»" for word in _WORDS[:4])
    roles = ("system", "user", "assistant", "user")
    messages = [
        {"role": role, "content": text} for role, text in zip(roles, (system, user, answer, again), strict=True)
    ]
    whole = _rendered(tokenizer, messages, False)
    before_system, behind_system, behind_user, behind_answer, end = _between(whole, (system, user, answer, again))
    after_answer = _rendered(tokenizer, messages[:3], False).rpartition(answer)[2]
    before_user = behind_answer.removeprefix(after_answer)
    before_answer = behind_user.removeprefix(end)
    after_system = behind_system.removesuffix(before_user)
    opening = _rendered(tokenizer, messages, True).removeprefix(whole)
    first = _rendered(tokenizer, messages[1:2], False).partition(user)[0].removesuffix(before_user)
    standard = None
    if not before_system.startswith(first):
        # A system turn that nobody wrote stands there.
        alone, first = first, tokenizer.bos_token or ""
        if not before_system.startswith(first) or before_user.startswith(first):
            first = ""  # where every turn begins with it, it is a part of the turn
        standard = alone.removeprefix(before_system).removesuffix(after_system)
    before_system = before_system.removeprefix(first)
    return ChatTurns(
        first, (before_system, after_system), (before_user, end), (before_answer, after_answer), opening, standard
    )


def _between(text: str, marks: Sequence[str]) -> list[str]:
    places = [(text.index(mark), text.index(mark) + len(mark)) for mark in marks]
    inner = [text[left[1] : right[0]] for left, right in pairwise(places)]
    return [text[: places[0][0]], *inner, text[places[-1][1] :]]


def _conversations() -> list[tuple[list[Message], bool]]:
    """Conversations of every shape that is common, each with and without an opened answer."""
    found: list[tuple[list[Message], bool]] = []
    for system in (False, True):
        for turns in (1, 2, 3, 5):
            roles = [*(["system"] if system else []), *(("user", "assistant") * 3)[:turns]]
            messages = [{"role": role, "content": f"{_WORDS[n % 5]}, {n}?"} for n, role in enumerate(roles)]
            found.append((messages, roles[-1] == "user"))
            found.append((messages, False))
    return found


def _rendered(tokenizer: Any, messages: Sequence[Message], opening: bool) -> str:
    return str(tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=opening))
