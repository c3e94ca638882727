"""Rows with a question, its options, and which one is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from studio.core.words import tr
from studio.data.conversation import Conversation, Turn
from studio.data.formats.choice_columns import Options, option_columns, options_of, right_index
from studio.data.formats.known_names import CHOICES, CONTEXT, QUESTIONS, RIGHT, SYSTEM, Columns
from studio.data.formats.row_reader import RowReader
from studio.data.formats.row_values import RowFaultError, from_json, text_of
from studio.data.source_row import SourceRow, kind_of


class ChoiceReader(RowReader):
    """`columns` hold the options. What is learned is the letter of the right one."""

    format = "multiple-choice"
    optional: ClassVar[Mapping[str, tuple[str, ...]]] = {"system": SYSTEM, "context": (*CONTEXT, "article")}

    def __init__(self, parts: Mapping[str, str], columns: list[str], rows: list[SourceRow]) -> None:
        super().__init__(parts)
        self.columns = columns
        seen = _numbers_of(rows, parts.get("answer"), columns, parts["prompt"])
        self.first = _first_of(seen)
        self.from_zero = "zero" in seen  # so "1" is the second, though a column may be called option1

    @property
    def read_as(self) -> str:
        options = ", ".join(repr(name) for name in self.columns) or tr("those inside it")
        values = {"question": self.quoted("prompt"), "choices": options, "right": self.quoted("answer") or "'answer'"}
        if self.first:
            return tr(
                "{question} is the question, {choices} are the choices, {right} is the right one (counted from 1)",
                **values,
            )
        return tr("{question} is the question, {choices} are the choices, {right} is the right one", **values)

    def used(self, names: tuple[str, ...]) -> frozenset[str]:
        return super().used(names) | frozenset(self.columns)

    def read(self, line: int, values: Mapping[str, Any]) -> Conversation:
        name = self.parts["prompt"]
        question = from_json(values.get(name))
        if isinstance(question, dict):  # as CommonsenseQA's own files have it
            text = text_of(question.get("stem", question.get("text")), name)
            options = options_of(question, ["choices"]) if "choices" in question else None
        else:
            text, options = self.text(values, "prompt"), None
        if options is None and not self.columns:
            raise RowFaultError(tr("{name!r} has no choices in it.", name=name))
        options = options or options_of(values, self.columns)
        if self.from_zero:
            options = Options(options.texts)
        question_text = "\n\n".join(part for part in (self.text(values, "context"), text) if part)
        return choice_row(line, self.system(values), question_text, options, self._right(values, options))

    def _right(self, values: Mapping[str, Any], options: Options) -> int:
        name = self.parts.get("answer", "answer")
        right = values.get(name)
        if not isinstance(right, (str, int, float)) or isinstance(right, bool):
            raise RowFaultError(
                tr(
                    "{name!r} must be a letter, an index or an option's text, not {kind_of}.",
                    name=name,
                    kind_of=kind_of(right),
                )
            )
        index = right_index(right, options, self.first)
        if index is None:
            raise RowFaultError(
                tr("the answer {answer!r} is not one of its {n} choices.", answer=right, n=len(options.texts))
            )
        return index


def choice_row(line: int, before: tuple[Turn, ...], question: str, options: Options, right: int) -> Conversation:
    """A question with its options listed by letter; the letter of the right one is the answer."""
    letters = [chr(ord("A") + number) for number in range(len(options.texts))]
    listed = "\n".join(f"{letter}. {option}" for letter, option in zip(letters, options.texts, strict=True))
    asked = "\n\n".join(part for part in (question, listed, "Answer with the letter.") if part)
    turns = (*before, Turn("user", asked), Turn("assistant", letters[right]))
    return Conversation(line, turns, answer=letters[right], choices=tuple(letters))


def recognise(rows: list[SourceRow], columns: Columns) -> RowReader | None:
    """A reader where a question stands beside its options."""
    question = columns.one_of(QUESTIONS)
    if question is None:
        return None
    name = columns.one_of(CHOICES)
    inside = name is None and any(
        isinstance(found := from_json(row.values.get(question)), dict) and "choices" in found for row in rows
    )
    names = [name] if name else [] if inside else option_columns(columns)
    if not names and not inside:
        return None
    rest = Columns(each for each in columns.names if each not in (*names, question))
    right = rest.one_of(RIGHT)
    if right is None and len(names) > 1:
        return None
    parts = {"prompt": question, **({"answer": right} if right else {})}
    return ChoiceReader(parts, names, rows)


def first_index(rows: list[SourceRow], right: str) -> int:
    """1 where the numbers in the column `right` can only count the options in `choices` from 1, else 0."""
    return _first_of(_numbers_of(rows, right, ["choices"], ""))


def _first_of(seen: list[str]) -> int:
    return int(len(seen) > 2 and "last" in seen and "zero" not in seen)


def _numbers_of(rows: list[SourceRow], right: str | None, names: list[str], question: str) -> list[str]:
    """What number each of the first rows' answers is: "zero", "last" (as many as there are options), or "other"."""
    seen = []
    for row in rows:
        value, found = row.values.get(right or ""), from_json(row.values.get(question))
        try:
            inside = not names and isinstance(found, dict)
            options = options_of(found, ["choices"]) if inside else options_of(row.values, names)
        except (RowFaultError, IndexError):
            continue
        if isinstance(value, str) and value.strip().isdecimal():
            if value.strip() in options.texts:
                continue
            number = int(value) if value.strip() not in options.labels else -1
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        else:
            continue
        seen.append("zero" if number == 0 else "last" if number == len(options.texts) else "other")
    return seen
