"""A tokenizer's chat template, and what it is found to do: which parts of a message it writes, and how."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from studio.core.words import tr
from studio.data.conversation import ToolCall, Turn

_TOOL = '{"type": "function", "function": {"name": "known_tool", "description": "d", "parameters": {"type": "object"}}}'
_CALL = ToolCall("known_name", '{"known_key": "known_value"}', "call00000")


class TemplateRefusedError(ValueError):
    """The chat template rejects this conversation; the message is a whole sentence."""


class Template:
    """One tokenizer's chat template as text, with what it was seen to write when it was tried."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    def apply(self, turns: Sequence[Turn], tools: Sequence[str] = (), opening: bool = False) -> str:
        """`turns` as text, with the opening of the assistant's turn behind them if asked.

        Raises TemplateRefusedError.
        """
        return self._apply(self._written(turns), tools, opening)

    def apply_all(self, many: Sequence[tuple[Sequence[Turn], Sequence[str]]]) -> list[str] | None:
        """As `apply` for each (turns, tools) that is without tools, in one call, else ""; None where it refuses any."""
        plain = [number for number, (_, tools) in enumerate(many) if not tools]
        written = [self._written(many[number][0]) for number in plain]
        texts = [""] * len(many)
        try:
            found = self.tokenizer.apply_chat_template(written, tokenize=False) if written else []
        except Exception:  # noqa: BLE001 - as in _apply
            return None
        for number, text in zip(plain, found, strict=True):
            texts[number] = str(text)
        return texts

    def _written(self, turns: Sequence[Turn]) -> list[dict[str, Any]]:
        """Turns as the messages that the template is given."""
        if turns and turns[0].role == "system" and not self.takes_system:
            turns = _folded(turns)
        form = self.arguments if any(turn.calls for turn in turns) else ""
        return _messages(turns, form)

    def _apply(self, messages: list[dict[str, Any]], tools: Sequence[str], opening: bool) -> str:
        options: dict[str, Any] = {"tools": [json.loads(tool) for tool in tools]} if tools else {}
        try:
            return str(
                self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=opening, **options)
            )
        except Exception as error:  # noqa: BLE001
            # Jinja's own errors, the sandbox's, and whatever a stranger's program raises: 1 / 0, an endless range.
            raise TemplateRefusedError(
                tr("the model's chat template rejects this conversation: {error}.", error=error)
            ) from None

    @cached_property
    def takes_system(self) -> bool:
        """Whether a system turn's text is written."""
        said = "known only here"
        return said in self._tried(Turn("system", said), Turn("user", "u"), Turn("assistant", "a"))

    @cached_property
    def writes_reasoning(self) -> bool:
        """Whether the reasoning of the last answer is written where it comes apart from its content."""
        said = "known thought"
        return said in self._tried(Turn("user", "u"), Turn("assistant", "a", reasoning=said))

    @cached_property
    def writes_tools(self) -> bool:
        """Whether the schemas of the tools that may be called are written."""
        return "known_tool" in self._tried(Turn("user", "u"), Turn("assistant", "a"), tools=(_TOOL,))

    @cached_property
    def arguments(self) -> str:
        """How a call's arguments must be given: as an "object", as "text", or "" where no call can be written.

        A template writes an object with quotes of Python's where it expects text, and text twice quoted where it
        expects an object. One that has no place for a tool's answer is given no calls either.
        """
        for form in ("object", "text"):
            asked = (Turn("user", "u"), Turn("assistant", "", calls=(_CALL,)))
            written = self._tried(*asked, form=form)
            told = (*asked, Turn("tool", "known result", call_id=_CALL.id), Turn("assistant", "done"))
            whole = all(part in written for part in (_CALL.name, "known_key", "known_value"))
            misquoted = "'known_key'" in written or '\\"known_key' in written
            if whole and not misquoted and "known result" in self._tried(*told, form=form):
                return form
        return ""

    def _tried(self, *turns: Turn, tools: Sequence[str] = (), form: str = "") -> str:
        try:
            return self._apply(_messages(turns, form), tools, False)
        except TemplateRefusedError:
            return ""


def _folded(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The system's text before the first message of the user's."""
    if len(turns) > 1 and turns[1].role == "user":
        return (replace(turns[1], content=f"{turns[0].content}\n\n{turns[1].content}"), *turns[2:])
    return (replace(turns[0], role="user"), *turns[1:])


def _messages(turns: Sequence[Turn], form: str) -> list[dict[str, Any]]:
    """Messages as templates know them; calls and their answers get ids, which some templates ask for."""
    made: list[dict[str, Any]] = []
    waiting: list[ToolCall] = []
    for number, turn in enumerate(turns):
        message: dict[str, Any] = {"role": turn.role, "content": turn.content}
        if turn.name:
            message["name"] = turn.name
        if turn.reasoning:
            message["reasoning_content"] = turn.reasoning
        if turn.calls:
            # Nine letters and digits, which is what Mistral's templates insist on.
            waiting = [
                call if call.id else ToolCall(call.name, call.arguments, f"call{number:03d}{place:02d}")
                for place, call in enumerate(turn.calls)
            ]
            message["tool_calls"] = [_call(call, form) for call in waiting]
        if turn.role == "tool" and waiting:
            call = next((call for call in waiting if call.id == turn.call_id), waiting[0])
            waiting = [other for other in waiting if other is not call]
            message = {"name": call.name, "tool_call_id": turn.call_id or call.id} | message
        made.append(message)
    return made


def _call(call: ToolCall, form: str) -> dict[str, Any]:
    arguments: Any = call.arguments
    if form == "object":
        try:
            arguments = json.loads(call.arguments)
        except (ValueError, RecursionError):
            arguments = call.arguments
    return {"type": "function", "id": call.id, "function": {"name": call.name, "arguments": arguments}}
