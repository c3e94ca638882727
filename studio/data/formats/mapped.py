"""Rows whose columns the recipe names itself, by name or in templates such as "{context}\\n\\n{question}"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from studio.core.problem import Problem
from studio.core.recipe.column_mapping import PLACE, ColumnMapping, columns_in
from studio.core.recipe.recipe import DataFormat
from studio.core.words import in_a_row, tr
from studio.data.conversation import Conversation, Turn
from studio.data.formats.choice_columns import options_of, right_index
from studio.data.formats.conversations import answered
from studio.data.formats.known_names import Columns
from studio.data.formats.message_list import turns_of
from studio.data.formats.multiple_choice import choice_row, first_index
from studio.data.formats.pairs import from_json_list
from studio.data.formats.row_reader import RowReader, asked_nothing
from studio.data.formats.row_values import RowFaultError, text_of
from studio.data.formats.tool_calls import tools_of
from studio.data.source_row import SourceRow

_NOTHING = object()


class MappedReader(RowReader):
    """Reads the columns that a mapping names, and no others."""

    def __init__(self, mapping: ColumnMapping, rows: Sequence[SourceRow] = ()) -> None:
        super().__init__({})
        self.mapping = mapping
        choices = [self._as_choice(row) for row in rows] if mapping.choices and not self.missing(rows) else []
        self._first = first_index(choices, "answer")

    @property
    def format(self) -> DataFormat:  # type: ignore[override]
        if self.mapping.messages:
            return "messages"
        if self.mapping.text:
            return "text"
        if self.mapping.choices:
            return "multiple-choice"
        return "classification" if self.mapping.label else "prompt-completion"

    @property
    def read_as(self) -> str:
        given = {name: value for name in type(self.mapping).model_fields if (value := getattr(self.mapping, name))}
        said = in_a_row(*(tr("{name} is {value!r}", name=name, value=value) for name, value in given.items()))
        return tr("as the recipe says, {parts}", parts=said)

    def used(self, names: tuple[str, ...]) -> frozenset[str]:
        found = (_column(names, name) for value in self._values() for name in columns_in(value))
        return frozenset(name for name in found if name is not None)

    def missing(self, rows: Sequence[SourceRow]) -> list[Problem]:
        """A Problem for each column that the mapping names and that none of the first rows has."""
        there = list(dict.fromkeys(name for row in rows for name in row.values))
        return [
            Problem(
                f"format: {part}",
                tr(
                    "there is no column {name!r}; the columns are {names}.",
                    name=name,
                    names=", ".join(map(repr, there[:12])),
                ),
                tr("Name one of them."),
            )
            for part in type(self.mapping).model_fields
            for name in columns_in(getattr(self.mapping, part) or "")
            if name and not any(_find(row.values, name) is not _NOTHING for row in rows)
        ]

    def read(self, line: int, values: Mapping[str, Any]) -> Conversation:
        mapping = self.mapping
        if mapping.text:
            return Conversation(line, text=self._text(values, mapping.text))
        system = self._text(values, mapping.system) if mapping.system else ""
        before: tuple[Turn, ...] = (Turn("system", system),) if system else ()
        tools = tools_of(_single(values, mapping.tools), mapping.tools) if mapping.tools else ()
        if mapping.messages:
            turns = turns_of(_single(values, mapping.messages), mapping.messages, self.said)
            return answered(line, before + turns, self, tools)
        asked = from_json_list(_find(values, mapping.prompt or ""))
        if isinstance(asked, list):
            before, prompt = before + turns_of(asked, mapping.prompt or "", self.said), ""
        else:
            prompt = self._text(values, mapping.prompt or "")
        if not prompt and not isinstance(asked, list):
            raise asked_nothing()
        if mapping.choices:
            row = self._as_choice(SourceRow(line, dict(values)))
            options = options_of(row.values, ["choices"])
            if row.values["answer"] is None:
                raise RowFaultError(tr("the column {name!r} is missing or empty.", name=mapping.answer))
            index = right_index(row.values["answer"], options, self._first)
            if index is None:
                raise RowFaultError(
                    tr(
                        "the answer {answer!r} is not one of its {n} choices.",
                        answer=row.values["answer"],
                        n=len(options.texts),
                    )
                )
            return choice_row(line, before, prompt, options, index)
        answer = self._text(values, mapping.answer) if mapping.answer else ""
        told = self._text(values, mapping.label or mapping.completion or "")
        if mapping.label:
            told = answer = told.strip()
        turns = (*before, Turn("user", prompt)) if prompt else before
        return Conversation(line, (*turns, Turn("assistant", told)), answer=answer, tools=tools)

    def _values(self) -> list[str]:
        return [value for name in type(self.mapping).model_fields if (value := getattr(self.mapping, name))]

    def _as_choice(self, row: SourceRow) -> SourceRow:
        """The row's options and its right one, under the names by which they are read."""
        if not self.mapping.choices:
            return SourceRow(row.line, {})
        names = columns_in(self.mapping.choices)
        found = [_find(row.values, name) for name in names]
        choices = found[0] if len(found) == 1 else [each for each in found if each not in (None, "", _NOTHING)]
        right = _find(row.values, self.mapping.answer or "")
        made = {"choices": choices, "answer": right}
        return SourceRow(row.line, {name: None if value is _NOTHING else value for name, value in made.items()})

    def _text(self, values: Mapping[str, Any], value: str) -> str:
        """The text of a column, or of a template with each column's text in its place; empty lines around it go."""
        if not re.search(r"[{}]", value):
            return text_of(_single(values, value), value)
        return PLACE.sub(lambda found: _filled(values, found), value).strip()


def _filled(values: Mapping[str, Any], found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0][0]
    value = _find(values, found[1])
    return "" if value is _NOTHING else text_of(value, found[1])


def _single(values: Mapping[str, Any], name: str) -> Any:
    value = _find(values, name)
    if value is _NOTHING:
        raise RowFaultError(tr("the column {name!r} is missing.", name=name))
    return value


def _column(names: Sequence[str], name: str) -> str | None:
    """The row's own column that `name` means; of "question.stem" it is "question"."""
    if name in names:
        return name
    return Columns(names).one_of((name,)) or Columns(names).one_of((name.partition(".")[0],))


def _find(values: Mapping[str, Any], name: str) -> Any:
    if name in values:
        return values[name]
    column = Columns(values).one_of((name,))
    if column is not None:
        return values[column]
    head, *path = name.split(".")
    found: Any = values.get(head, _NOTHING)
    for step in path:
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return _NOTHING
    return found
