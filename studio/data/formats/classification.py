"""Rows of a text, or two of them, and the class that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from studio.core.words import listed, plural
from studio.data.conversation import Conversation, Turn
from studio.data.formats.known_names import CLASSIFIED, LABELS, SYSTEM, Columns
from studio.data.formats.row_reader import RowReader, asked_nothing
from studio.data.source_row import SourceRow


class LabelReader(RowReader):
    """A text is read and its label is learned; the label is what decides."""

    format = "classification"
    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {"system": SYSTEM}

    @property
    def read_as(self) -> str:
        texts = [repr(name) for part, name in self.parts.items() if part.startswith("text")]
        return plural(
            "{texts} is the text, and its label {label} is learned",
            "{texts} are the text, and its label {label} is learned",
            len(texts),
            texts=listed(texts),
            label=self.quoted("label"),
        )

    def read(self, line: int, values: Mapping[str, Any]) -> Conversation:
        texts = [self.text(values, part) for part in self.parts if part.startswith("text")]
        asked = "\n\n".join(text for text in texts if text)
        if not asked:
            raise asked_nothing(self.parts["text"])
        label = self.text(values, "label").strip()
        return Conversation(line, (*self.system(values), Turn("user", asked), Turn("assistant", label)), answer=label)


def recognise(rows: list[SourceRow], columns: Columns) -> RowReader | None:
    """A reader where a text stands beside its label."""
    label = columns.one_of(LABELS)
    if label is None:
        return None
    rest = Columns(name for name in columns.names if name != label)
    for known in CLASSIFIED:
        if texts := rest.all_of(known):
            return LabelReader({**dict(zip(("text", "text 2"), texts, strict=False)), "label": label})
    return None
