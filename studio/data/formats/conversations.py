"""Rows that are conversations: a list of messages, with tools and a system text beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from studio.core.recipe.recipe import DataFormat
from studio.core.words import tr
from studio.data.conversation import Conversation, Turn
from studio.data.formats.known_names import MESSAGES, SYSTEM, TOOLS, Columns, plain
from studio.data.formats.message_list import alone_as_text, turns_of
from studio.data.formats.row_reader import RowReader
from studio.data.formats.row_values import RowFaultError, from_json
from studio.data.formats.tool_calls import tools_of
from studio.data.source_row import SourceRow


class MessagesReader(RowReader):
    """`messages` of {role, content}, or any of its other names and spellings."""

    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {"system": SYSTEM, "tools": TOOLS}

    @property
    def format(self) -> DataFormat:  # type: ignore[override]
        return "messages" if plain(self.parts["messages"]) == "messages" else "sharegpt"

    @property
    def read_as(self) -> str:
        return tr("{column} are the messages, and the answers among them are learned", column=self.quoted("messages"))

    def read(self, line: int, values: Mapping[str, Any]) -> Conversation:
        name = self.parts["messages"]
        if name not in values:
            raise RowFaultError(tr("the column {name!r} is missing.", name=name))
        if text := alone_as_text(values[name]):
            return Conversation(line, text=text)
        turns = turns_of(values[name], name, self.said)
        system = self.system(values)
        if system and turns[0].role == "system":
            turns = (_joined(system[0], turns[0]), *turns[1:])
        else:
            turns = system + turns
        tools = tools_of(self.value(values, "tools"), self.layout(values).get("tools", "tools"))
        return answered(line, turns, self, tools)


def _joined(first: Turn, second: Turn) -> Turn:
    same = first.content.strip() == second.content.strip()
    return second if same else Turn("system", f"{first.content}\n\n{second.content}")


def answered(line: int, turns: tuple[Turn, ...], reader: RowReader, tools: tuple[str, ...] = ()) -> Conversation:
    """A conversation up to its last answer; what follows that has nothing to learn, and is told."""
    whole = len(turns)
    while turns and turns[-1].role != "assistant":
        turns = turns[:-1]
    if not turns:
        raise RowFaultError(tr("no message is by the assistant, so there is nothing to learn."))
    if len(turns) == 1:
        raise RowFaultError(tr("the answer has no message before it."))
    if len(turns) < whole:
        reader.said["the messages after the last answer are not used"] += 1
    return Conversation(line, turns, tools=tools)


def recognise(rows: list[SourceRow], columns: Columns) -> RowReader | None:
    """A reader where a known column holds a list of messages."""
    name = columns.one_of(MESSAGES[:1])
    if name:
        return MessagesReader({"messages": name})
    for known in MESSAGES[1:]:
        name = columns.one_of((known,))
        if name and any(isinstance(from_json(row.values.get(name)), (list, dict)) for row in rows):
            return MessagesReader({"messages": name})
    return None
