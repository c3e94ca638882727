"""Rows of what is asked and what is answered, under any of their names, with what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from studio.core.recipe.recipe import DataFormat
from studio.core.words import listed, plural, tr
from studio.data.conversation import Conversation, Turn
from studio.data.formats.conversations import answered
from studio.data.formats.known_names import (
    CONTEXT,
    DECIDES,
    HISTORY,
    PAIRS,
    REASONING,
    SYSTEM,
    TOOLS,
    Columns,
    plain,
)
from studio.data.formats.message_list import is_message, turns_of
from studio.data.formats.row_reader import RowReader, asked_nothing
from studio.data.formats.row_values import RowFaultError, from_json, is_missing, text_of
from studio.data.formats.tool_calls import tools_of
from studio.data.source_row import SourceRow, kind_of

INSTRUCTIONS = ("instruction",)


class PairReader(RowReader):
    """A prompt and its completion: alpaca's instruction and output, question and answer, and so on."""

    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "system": SYSTEM,
        "input": ("input",),
        "context": CONTEXT,
        "history": HISTORY,
        "tools": TOOLS,
        "reasoning": REASONING,
        "decides": DECIDES,
    }

    def __init__(self, parts: Mapping[str, str], names: tuple[str, ...] = ()) -> None:
        super().__init__(parts)
        self._names = names  # of the file's columns, which say what belongs to the two

    @property
    def format(self) -> DataFormat:  # type: ignore[override]
        return "alpaca" if plain(self.parts["prompt"]) in INSTRUCTIONS else "prompt-completion"

    @property
    def read_as(self) -> str:
        there = self._layout_of(self._names)
        order = ("prompt", "input", "context") if self.format == "alpaca" else ("context", "prompt", "input")
        asked = [f"{there[part]!r}" for part in order if part in there]
        before = [f"{there[part]!r}" for part in ("system", "tools", "history") if part in there]
        values = {"asked": listed(asked), "before": listed(before), "learned": self.quoted("completion")}
        if not before:
            return plural(
                "{asked} is the prompt, and {learned} is learned",
                "{asked} are the prompt, and {learned} is learned",
                len(asked),
                **values,
            )
        return plural(
            "{asked} is the prompt, {before} before it, and {learned} is learned",
            "{asked} are the prompt, {before} before them, and {learned} is learned",
            len(asked),
            **values,
        )

    def read(self, line: int, values: Mapping[str, Any]) -> Conversation:
        tools = tools_of(self.value(values, "tools"), "tools")
        before = self.system(values) + self._history(values)
        asked = from_json_list(self.value(values, "prompt"))
        if isinstance(asked, list):
            prompt = turns_of(asked, self.parts["prompt"], self.said)
        else:
            prompt = (Turn("user", self._asked(values)),)
        told = from_json_list(self.value(values, "completion"))
        if isinstance(told, list) and any(map(is_message, told)):
            return answered(line, before + prompt + turns_of(told, self.parts["completion"], self.said), self, tools)
        output, answer = self._told(values), self.text(values, "decides")
        if not output and answer:
            column, decides = self.parts["completion"], self.layout(values)["decides"]
            self.said[tr("{column!r} is empty, so {other!r} is learned", column=column, other=decides)] += 1
            output = answer
        last = Turn("assistant", output, reasoning=self.text(values, "reasoning"))
        return Conversation(line, (*before, *prompt, last), answer=answer, tools=tools)

    def _asked(self, values: Mapping[str, Any]) -> str:
        """The prompt with the input or context that belongs to it: after an instruction, before a question."""
        prompt, context = self.text(values, "prompt"), self.text(values, "context")
        if self.format == "alpaca":
            texts = [prompt, self.text(values, "input"), context]
        else:
            texts = [context, prompt, self.text(values, "input")]
        asked = "\n\n".join(text for text in texts if text)
        if not asked:
            name = self.parts["prompt"]
            beside = self.layout(values).get("input")
            raise asked_nothing(name, *([beside] if beside else []))
        return asked

    def _told(self, values: Mapping[str, Any]) -> str:
        name = self.parts["completion"]
        if name not in values:
            raise RowFaultError(tr("the column {name!r} is missing.", name=name))
        value = values[name]
        texts = value.get("text") if isinstance(value, dict) and isinstance(value.get("text"), list) else None
        if texts is not None or (isinstance(value, list) and plain(name) == "answers"):
            listed = texts if texts is not None else value
            if len(listed) > 1:
                self.said[tr("of several {name!r} the first is learned", name=name)] += 1
            return text_of(listed[0], name) if listed else ""
        return text_of(value, name)

    def _history(self, values: Mapping[str, Any]) -> tuple[Turn, ...]:
        """Earlier questions and answers: [[question, answer], …], or a list of messages."""
        found = from_json(self.value(values, "history"))
        if is_missing(found) or found in ("", []):
            return ()
        if not isinstance(found, list):
            raise RowFaultError(
                tr("'history' must be a list of questions and answers, not {kind_of}.", kind_of=kind_of(found))
            )
        if all(isinstance(each, dict) for each in found):
            return turns_of(found, "history", self.said)
        turns: list[Turn] = []
        for each in found:
            if not isinstance(each, (list, tuple)) or len(each) != 2:
                raise RowFaultError(tr("every entry of 'history' must be a question and its answer."))
            turns += [Turn("user", text_of(each[0], "history")), Turn("assistant", text_of(each[1], "history"))]
        return tuple(turns)


def from_json_list(value: Any) -> Any:
    """A list of messages, also where a table's field holds it as JSON; any other value as it is, any other list None.

    JSON text may be what is asked or answered itself, so it is a list of messages only where each has a known speaker.
    """
    if isinstance(value, str):
        found = from_json(value) if value.lstrip().startswith("[") else None
        return found if isinstance(found, list) and found and all(map(is_message, found)) else value
    if isinstance(value, list):
        return value if value and all(isinstance(each, dict) for each in value) else None
    return value


def recognise(rows: list[SourceRow], columns: Columns) -> RowReader | None:
    """A reader where two columns are a known pair."""
    for asked, answers in PAIRS:
        prompt, completion = columns.one_of((asked,)), columns.one_of(answers)
        if prompt and completion:
            return PairReader({"prompt": prompt, "completion": completion}, columns.names)
    return None
