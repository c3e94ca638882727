"""Rows of running text, each a document of which every token is learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.core.words import tr
from studio.data.conversation import Conversation
from studio.data.formats.known_names import TEXT, Columns, is_metadata
from studio.data.formats.row_reader import RowReader
from studio.data.formats.row_values import RowFaultError
from studio.data.source_row import SourceRow, kind_of


class TextReader(RowReader):
    """One column is the document."""

    format = "text"

    @property
    def read_as(self) -> str:
        return tr("{column} is running text, of which every token is learned", column=self.quoted("text"))

    def read(self, line: int, values: Mapping[str, Any]) -> Conversation:
        value = values.get(self.parts["text"])
        if isinstance(value, (list, dict)):
            raise RowFaultError(
                tr("{name!r} must be text, not {kind_of}.", name=self.parts["text"], kind_of=kind_of(value))
            )
        return Conversation(line, text=self.text(values, "text"))


def recognise(rows: list[SourceRow], columns: Columns) -> RowReader | None:
    """A reader where a text stands alone, or beside columns that only say where it is from."""
    name = columns.one_of(TEXT)
    if name is None or any(_may_be_a_label(rows, other) for other in columns.names if other != name):
        return None
    return TextReader({"text": name})


def _may_be_a_label(rows: list[SourceRow], name: str) -> bool:
    """Whether a column beside a text could be what is to be learned of it: short texts that come again and again, or
    lists of them."""
    if is_metadata(name):
        return False
    values: list[Any] = [row.values.get(name) for row in rows if row.values.get(name) not in (None, "")]
    if values and all(isinstance(value, list) for value in values):
        inner = [each for value in values for each in value]
        return bool(inner) and all(isinstance(each, (str, int)) and len(str(each)) <= 60 for each in inner)
    if not all(isinstance(value, (str, bool, int)) for value in values) or not values:
        return False
    if any(len(str(value)) > 60 for value in values):
        return False
    return len(rows) < 10 or len(set(map(str, values))) * 2 <= len(values)
