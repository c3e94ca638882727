"""Tools and calls of tools, as OpenAI's files, their successors and ShareGPT's write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from studio.core.words import tr
from studio.data.conversation import ToolCall
from studio.data.formats.row_values import RowFaultError, from_json, is_missing, text_of
from studio.data.source_row import kind_of


def tools_of(value: Any, name: str) -> tuple[str, ...]:
    """The schema of each tool as JSON text, from a list, from one object, or from JSON in a text."""
    found = from_json(value)
    if is_missing(found) or found in ("", [], {}):
        return ()
    listed = [found] if isinstance(found, dict) else found
    if not isinstance(listed, list):
        raise RowFaultError(tr("{name!r} must be a list of tools, not {kind_of}.", name=name, kind_of=kind_of(found)))
    tools = [from_json(each) for each in listed]
    if not all(isinstance(each, dict) for each in tools):
        raise RowFaultError(tr("every entry of {name!r} must be an object.", name=name))
    return tuple(text_of(each, name) for each in tools)


def calls_of(message: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    """The calls of a message: `tool_calls`, or `function_call` in older files."""
    listed = from_json(message.get("tool_calls"))
    if is_missing(listed) or listed in ("", []):
        single = from_json(message.get("function_call"))
        listed = [] if is_missing(single) or single in ("", {}) else [single]
    if not isinstance(listed, list):
        raise RowFaultError(tr("'tool_calls' must be a list of calls, not {kind_of}.", kind_of=kind_of(listed)))
    return tuple(call_of(each) for each in listed)


def call_of(value: Any) -> ToolCall:
    """One call: {function: {name, arguments}} or {name, arguments}; the arguments are an object or its JSON."""
    call = from_json(value)
    if not isinstance(call, dict):
        raise RowFaultError(tr("a call of a tool must be an object, not {kind_of}.", kind_of=kind_of(call)))
    function = call.get("function", call)
    if isinstance(function, str):
        function = {"name": function, "arguments": call.get("arguments")}
    if not isinstance(function, dict):
        raise RowFaultError(tr("the function of a call must be an object, not {kind_of}.", kind_of=kind_of(function)))
    name = text_of(function.get("name"), "name")
    if not name:
        raise RowFaultError(tr("a call names no tool."))
    arguments = function.get("arguments", function.get("parameters"))
    text = arguments if isinstance(arguments, str) else "{}" if is_missing(arguments) else text_of(arguments, name)
    return ToolCall(name, text_of(text, "arguments"), text_of(call.get("id"), "id"))


def call_in_text(text: str) -> tuple[ToolCall, ...]:
    """The call, or the list of calls, that a `function_call` turn of ShareGPT's form holds as JSON; () where none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    listed = found if isinstance(found, list) else [found]
    if not listed or not all(isinstance(each, dict) and ("name" in each or "function" in each) for each in listed):
        return ()
    return tuple(call_of(each) for each in listed)
