"""What reads rows of one format: which column is which part, fixed by the first rows, and a row as a conversation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from studio.core.recipe.recipe import DataFormat
from studio.core.words import tr
from studio.data.conversation import Conversation, Turn
from studio.data.formats.known_names import MARKS, MEDIA, Columns, has_value, plain
from studio.data.formats.row_values import RowFaultError, text_of


class LeftOutError(Exception):
    """A row from which nothing can or should be learned; the message is the reason, without a full stop."""

    def __init__(self, reason: str, remedy: str = tr("Nothing to do if that is meant.")) -> None:
        super().__init__(reason)
        self.remedy = remedy


def asked_nothing(*columns: str) -> LeftOutError:
    """The error to raise for a row that asks nothing; one or two columns are where it should."""
    match columns:
        case (name,):
            what = tr("{name!r} is empty", name=name)
        case (name, other):
            what = tr("{name!r} and {other!r} are both empty", name=name, other=other)
        case _:
            what = tr("the prompt is empty")
    return LeftOutError(what, tr("Fill in what is asked."))


class RowReader(ABC):
    """Reads the rows of one file, whose columns for each part are known.

    `parts` maps a part ("prompt") to the file's column; `optional` names parts that any row may have beside them.
    `said` counts sentences about rows that were read otherwise than they look.
    """

    format: ClassVar[DataFormat]
    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __init__(self, parts: Mapping[str, str]) -> None:
        self.parts = dict(parts)
        self.said: Counter[str] = Counter()
        self._layout = lru_cache(maxsize=1024)(self._layout_of)
        self._last: tuple[Mapping[str, Any], dict[str, str]] = ({}, {})  # the row that is read, and its layout

    @abstractmethod
    def read(self, line: int, values: Mapping[str, Any]) -> Conversation:
        """One row; raises RowFaultError for one that is wrong, LeftOutError for one that is not to be learned."""

    @property
    @abstractmethod
    def read_as(self) -> str:
        """Which column is what, in a sentence without a full stop."""

    def used(self, names: tuple[str, ...]) -> frozenset[str]:
        """The columns that are used in a row with these."""
        return frozenset(self._layout(names).values())

    def _layout_of(self, names: tuple[str, ...]) -> dict[str, str]:
        columns = Columns(name for name in names if name not in self.parts.values())
        found = {part: columns.one_of(known) for part, known in self.optional.items() if part not in self.parts}
        return {**self.parts, **{part: name for part, name in found.items() if name is not None}}

    def layout(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The column of each part that this row has, or must have."""
        if values is not self._last[0]:
            self._last = (values, self._layout(tuple(values)))
        return self._last[1]

    def text(self, values: Mapping[str, Any], part: str) -> str:
        """The text of a part; "" where the row has none, and RowFaultError where it must have one."""
        name = self.layout(values).get(part)
        if name is None:
            return ""
        if name not in values:
            raise RowFaultError(tr("the column {name!r} is missing.", name=name))
        return text_of(values[name], name)

    def value(self, values: Mapping[str, Any], part: str) -> Any:
        """The value of a part as it is, None where the row has none."""
        name = self.layout(values).get(part)
        return None if name is None else values.get(name)

    def system(self, values: Mapping[str, Any]) -> tuple[Turn, ...]:
        """The system text of a row as its first turn, or nothing."""
        text = self.text(values, "system")
        return (Turn("system", text),) if text else ()

    def quoted(self, part: str) -> str:
        return f"{self.parts[part]!r}" if part in self.parts else ""


def refuse_media(values: Mapping[str, Any]) -> None:
    """Raise RowFaultError for a row with images, video or sound, which would be dropped."""
    name = _media(tuple(values))
    if name and has_value(values, name):
        raise RowFaultError(tr("it has {name!r}, which is not text; only text can be learned here.", name=name))


@lru_cache(maxsize=256)
def _media(names: tuple[str, ...]) -> str | None:
    return Columns(names).one_of(MEDIA)


def refuse_marked_as_bad(values: Mapping[str, Any], used: frozenset[str], said: Counter[str]) -> None:
    """Raise LeftOutError for a row that is marked as a bad example (KTO's `label: false`).

    A `label` that says false beside an answer that says the same is the answer's class, which `said` receives.
    """
    name = _mark(tuple(values))
    if not name or name in used or str(values[name]).strip().lower() != "false":
        return
    if plain(name) == "label" and any(_says_no(values.get(column)) for column in used):
        what = tr("{name!r} is false like the answer, so it is not taken for the mark of a bad example", name=name)
        said[what] += 1
        return
    raise LeftOutError(tr("{name!r} marks them as bad examples", name=name))


def _says_no(value: Any) -> bool:
    if isinstance(value, list) and value and isinstance(value[-1], dict):
        value = value[-1].get("content", value[-1].get("value"))
    return isinstance(value, (str, bool)) and str(value).strip(" .\n").lower() in ("false", "no")


def marks(name: str, values: Mapping[str, Any]) -> bool:
    """Whether a column says of its row, by true or false, whether it is a good example."""
    return name == _mark(tuple(values)) and str(values[name]).strip().lower() in ("true", "false")


@lru_cache(maxsize=256)
def _mark(names: tuple[str, ...]) -> str | None:
    return Columns(names).one_of(MARKS)
