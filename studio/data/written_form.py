"""Conversations put into what a model's chat template can write; what had to be changed is said in notes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from studio.core.words import tr
from studio.data.conversation import ToolCall, Turn
from studio.data.special_tokens import SpecialTokens
from studio.data.template import Template


@dataclass(frozen=True, slots=True)
class Note:
    """Something done to a row, as the end of a sentence ("in 3 of 8 rows, …"), and what may be done about it."""

    what: str
    remedy: str = ""


SYSTEM = Note(tr("the system text stands before the first message, since the chat template has no place for it"))
REASONING = Note(tr("the reasoning is written as <think>…</think>, since the chat template has no place for it"))
CALLS = Note(
    tr(
        'tool calls are written as <tool_call>{"name": …, "arguments": …}</tool_call> and their results as'
        " <tool_response>…</tool_response>, since the chat template has no place for them"
    ),
    tr("A program that runs this model must read and write them so."),
)
TOOLS = Note(
    tr("the tools are listed in the system text as <tools>…</tools>, since the chat template has no place for them"),
    tr("A program that runs this model must list them so."),
)
ENDS = Note(tr("a beginning or end token that stands in the data is left out, since the chat template writes it"))

_HOW_TO_CALL = '\nTo call one, answer with <tool_call>\n{"name": <its name>, "arguments": <an object>}\n</tool_call>'


@dataclass(frozen=True, slots=True)
class Written:
    """Turns that the template can write, the tools to hand to it, and what was changed."""

    turns: tuple[Turn, ...]
    tools: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


class WrittenForm:
    """Puts turns into the form that one template can write."""

    def __init__(self, template: Template, specials: SpecialTokens) -> None:
        self.template = template
        self.specials = specials

    def of(self, turns: Sequence[Turn], tools: Sequence[str] = (), plain: bool = False) -> Written:
        """`turns` without what the template has no place for: calls, tools, reasoning, a system turn, double ends.

        `plain` takes it to have no place for calls and tools, whatever it did when it was tried.
        """
        turns, kept, notes = tuple(turns), tuple(tools), []
        if kept and (plain or not self.template.writes_tools):
            listed = "\n".join(_in_one_line(tool) for tool in kept)
            how = _HOW_TO_CALL if plain or not self.template.arguments else ""
            text = f"These functions can be called:\n<tools>\n{listed}\n</tools>{how}"
            turns, kept = _with_system(turns, text), ()
            notes.append(TOOLS)
        called = any(turn.calls or turn.role == "tool" for turn in turns)
        if called and (plain or not self.template.arguments):
            turns = _without_calls(turns)
            notes.append(CALLS)
        if any(turn.reasoning for turn in turns) and not self.template.writes_reasoning:
            turns = tuple(_thinking_aloud(turn) for turn in turns)
            notes.append(REASONING)
        bare = tuple(self.specials.without_ends(turn) for turn in turns)
        if bare != turns:
            turns = bare
            notes.append(ENDS)
        if turns and turns[0].role == "system" and not self.template.takes_system:
            notes.append(SYSTEM)
        return Written(turns, kept, tuple(notes))


def call_text(call: ToolCall) -> str:
    """A call as the assistant's text, where no template writes it."""
    return f'<tool_call>\n{{"name": {_json(call.name)}, "arguments": {call.arguments or "{}"}}}\n</tool_call>'


def thinking(reasoning: str) -> str:
    """Reasoning as the assistant's text, where no template writes it."""
    return f"<think>\n{reasoning.strip()}\n</think>\n\n"


def _thinking_aloud(turn: Turn) -> Turn:
    if not turn.reasoning:
        return turn
    return replace(turn, content=thinking(turn.reasoning) + turn.content, reasoning="")


def _without_calls(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Calls in the assistant's text, results in the user's; neighbours that now speak in one role become one turn."""
    made: list[Turn] = []
    for turn in turns:
        if turn.calls:
            said = [turn.content.rstrip()] if turn.content.strip() else []
            turn = replace(turn, content="\n".join([*said, *map(call_text, turn.calls)]), calls=())
        elif turn.role == "tool":
            turn = Turn("user", f"<tool_response>\n{turn.content}\n</tool_response>")
            if made and made[-1].role == "user":
                turn = Turn("user", f"{made.pop().content}\n{turn.content}")
        elif turn.role == "user" and made and made[-1].role == "user":
            turn = Turn("user", f"{made.pop().content}\n\n{turn.content}")
        made.append(turn)
    return tuple(made)


def _with_system(turns: tuple[Turn, ...], text: str) -> tuple[Turn, ...]:
    if turns and turns[0].role == "system":
        return (replace(turns[0], content=f"{turns[0].content}\n\n{text}"), *turns[1:])
    return (Turn("system", text), *turns)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _in_one_line(schema: str) -> str:
    return re.sub(r"\s*\n\s*", " ", schema)
