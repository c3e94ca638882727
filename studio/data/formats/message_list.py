"""Lists of messages as turns, in every spelling: role and content, from and value, pairs in one object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.core.said import words_of
from studio.core.words import tr
from studio.data.conversation import ROLES, ToolCall, Turn
from studio.data.formats.row_values import RowFaultError, from_json, is_missing, text_of
from studio.data.formats.tool_calls import call_in_text, call_of, calls_of
from studio.data.source_row import kind_of

SPEAKERS = {
    "human": "user",
    "user": "user",
    "prompter": "user",
    "customer": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "ai": "assistant",
    "chatbot": "assistant",
    "agent": "assistant",
    "function_call": "assistant",
    "tool_call": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "tool_response": "tool",
    "function": "tool",
    "function_response": "tool",
    "observation": "tool",
    "ipython": "tool",
}
"""What files call a speaker, and the role that it is."""
_CALLERS = ("function_call", "tool_call")
_WHO, _WHAT = ("role", "from", "speaker", "author"), ("content", "value", "text", "message")
_THOUGHT = ("reasoning_content", "reasoning", "thinking")
_LEARNED = ("weight", "loss", "train", "loss_weight")
_IN_ONE = {"system": "system", "human": "user", "user": "user", "input": "user", "question": "user", "prompt": "user",
           "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "output": "assistant",
           "answer": "assistant", "response": "assistant"}  # fmt: skip
"""Names under which one object holds a question and its answer."""
_USED = {*_WHO, *_WHAT, *_THOUGHT, *_LEARNED, "name", "tool_calls", "function_call", "tool_call_id", "type", "id",
         "refusal", "audio", "annotations"}  # fmt: skip


def alone_as_text(value: Any) -> str:
    """The text of a list whose one message is by "pretrain", which says that all of it is learned; "" of any other."""
    listed = from_json(value)
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        return ""
    return parts_of(listed[0].get("content"), "content").text if listed[0].get("role") == "pretrain" else ""


def is_message(value: Any) -> bool:
    """Whether a value is one message of a known speaker, rather than an object of any other meaning."""
    if not isinstance(value, dict):
        return False
    who = next((value[name] for name in ("role", "from") if name in value), None)
    return isinstance(who, str) and who.strip().lower() in SPEAKERS


def turns_of(value: Any, name: str, said: Counter[str]) -> tuple[Turn, ...]:
    """The turns of a list of messages; raises RowFaultError naming the message that is wrong.

    `said` counts what is told once for the whole file: keys that are not used, weights that are none or one.
    """
    listed = from_json(value)
    if isinstance(listed, dict):
        listed = listed.get("messages", listed)
    if not isinstance(listed, list) or not listed:
        what = tr("an empty one") if listed == [] else kind_of(listed)
        raise RowFaultError(tr("{name!r} must be a list of messages, not {what}.", name=name, what=what))
    turns: list[Turn] = []
    for number, message in enumerate(listed, start=1):
        message = from_json(message)
        if not isinstance(message, dict):
            raise RowFaultError(
                tr("message {number} must be an object, not {kind_of}.", number=number, kind_of=kind_of(message))
            )
        try:
            turns += _turns_in(message, said)
        except RowFaultError as fault:
            raise RowFaultError(tr("in message {number}, {fault}", number=number, fault=words_of(fault))) from None
    return tuple(turns)


def _turns_in(message: Mapping[str, Any], said: Counter[str]) -> list[Turn]:
    who = next((name for name in _WHO if name in message), "")
    if not who:
        pairs = [(role, name) for name, role in _IN_ONE.items() if name in message and not is_missing(message[name])]
        if not pairs or not any(role != "system" for role, _ in pairs):
            keys = ", ".join(map(str, message)) or tr("none")
            raise RowFaultError(tr("the column 'role' is missing; its keys are {keys}.", keys=keys))
        found = [Turn(role, text_of(message[name], name)) for role, name in pairs]
        return [turn for turn in found if turn.content or turn.role == "assistant"]
    for key in message:
        if key not in _USED and not is_missing(message[key]) and message[key] not in ("", [], {}):
            said[f"the key {key!r} of messages is not used"] += 1
    return [_turn(message, who, said)]


def _turn(message: Mapping[str, Any], who: str, said: Counter[str]) -> Turn:
    speaker = text_of(message[who], who)
    role = SPEAKERS.get(speaker.strip().lower(), "")
    if role not in ROLES:
        known = ", ".join(sorted(SPEAKERS))
        raise RowFaultError(tr("it is by {speaker!r}, which is none of {known}.", speaker=speaker, known=known))
    calls = calls_of(message)
    what = next((name for name in _WHAT if name in message), "")
    if not what and not calls:
        raise RowFaultError(tr("the column {name!r} is missing.", name="content" if who == "role" else "value"))
    said_in = parts_of(message.get(what), what or "content")
    content, thought, calls = said_in.text, said_in.thought, calls or said_in.calls
    if speaker.strip().lower() in _CALLERS and not calls:
        calls = call_in_text(content)
        content = "" if calls else content
    reasoning = next((text for name in _THOUGHT if (text := text_of(message.get(name), name))), "") or thought
    return Turn(
        role,
        content,
        learned=_is_learned(message, role, said),
        reasoning=reasoning,
        calls=calls,
        name=text_of(message.get("name"), "name"),
        call_id=text_of(message.get("tool_call_id"), "tool_call_id"),
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """What the parts of a message's content are together."""

    text: str = ""
    thought: str = ""
    calls: tuple[ToolCall, ...] = ()


def parts_of(value: Any, name: str) -> Parts:
    """A message's content, also where it comes in parts: [{"type": "text", "text": …}, …]."""
    if not isinstance(value, list):
        return Parts(text_of(value, name))
    texts, thoughts = [], []
    calls: list[ToolCall] = []
    for part in value:
        if isinstance(part, str):
            texts.append(text_of(part, name))
            continue
        if not isinstance(part, dict):
            raise RowFaultError(tr("a part of {name!r} is {kind_of}.", name=name, kind_of=kind_of(part)))
        kind = part.get("type", "text")
        key = next((each for each in ("text", "value", "content", "thinking", "reasoning") if part.get(each)), "text")
        if kind in ("text", "input_text", "output_text"):
            if key == "text" and is_missing(part.get("text")):
                raise RowFaultError(tr("a part of {name!r} has no text.", name=name))
            texts.append(text_of(part[key], key))
        elif kind in ("thinking", "reasoning"):
            thoughts.append(text_of(part.get(key), key))
        elif kind == "tool_use":
            calls.append(call_of({"name": part.get("name"), "arguments": part.get("input"), "id": part.get("id")}))
        elif kind in ("tool_call", "function_call"):
            calls.append(call_of(part.get("value", part.get(kind, part))))
        else:
            raise RowFaultError(tr("{name!r} has parts that are not text ({kind}).", name=name, kind=kind))
    return Parts("".join(texts), "".join(thoughts), tuple(calls))


def _is_learned(message: Mapping[str, Any], role: str, said: Counter[str]) -> bool:
    """Whether a message is to be learned: not where its weight is 0, or its `train` or `loss` false."""
    name = next((each for each in _LEARNED if not is_missing(message.get(each))), None)
    if name is None:
        return True
    value = message[name]
    if isinstance(value, str):
        value = {"true": True, "false": False, "0": 0, "1": 1}.get(value.strip().lower(), value)
    if not isinstance(value, (bool, int, float)):
        raise RowFaultError(
            tr("{name!r} must be true, false or a weight, not {kind_of}.", name=name, kind_of=kind_of(value))
        )
    if role == "assistant" and value not in (0, 1):
        said[f"the {name!r} of an answer is neither 0 nor 1; it is learned like the others"] += 1
    elif role != "assistant" and value and name == "train":
        said["a message that is not the assistant's is marked to be learned; it is only read"] += 1
    return bool(value)
