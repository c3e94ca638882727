"""Which column could be what, where no name tells it: proposals for a person to look at, never applied unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.core.recipe.column_mapping import ColumnMapping
from studio.core.words import tr
from studio.data.containers.json_object import is_messages
from studio.data.containers.table_rows import looks_like_data
from studio.data.formats.choice_columns import Options, right_index
from studio.data.formats.known_names import LABELS, PAIRS, Columns, is_metadata, plain
from studio.data.formats.pairs import PairReader
from studio.data.formats.registry import recognised
from studio.data.formats.row_values import from_json
from studio.data.source_row import SourceRow

MOST_GUESSES = 4
_CALLED = ("tool", "tools", "function", "functions", "toolcalls")  # what describes functions is no text to learn
_ASKS = ("ask", "question", "prompt", "input", "instruction", "query", "user", "source", "request", "problem", "title",
         "frage", "eingabe", "aufgabe", "pregunta", "entrada", "question", "domanda", "vraag", "pergunta", "вопрос",
         "问题", "輸入", "输入", "質問", "질문")  # fmt: skip
_ANSWERS = ("answer", "reply", "response", "completion", "output", "target", "result", "solution", "assistant", "tell",
            "antwort", "ausgabe", "respuesta", "salida", "réponse", "reponse", "risposta", "antwoord", "resposta",
            "ответ", "答案", "回答", "输出", "답변")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """One proposal, and why it is made, in a clause."""

    mapping: ColumnMapping
    why: str

    def as_dict(self) -> dict[str, str]:
        """The fields that the mapping sets, as a recipe's `format` has them."""
        return self.mapping.model_dump(exclude_none=True)


@dataclass(frozen=True, slots=True)
class _Column:
    """What the first rows have in one column."""

    name: str
    values: tuple[Any, ...]

    @property
    def texts(self) -> list[str]:
        return [value for value in self.values if isinstance(value, str) and value.strip()]

    @property
    def is_text(self) -> bool:
        return bool(self.texts) and len(self.texts) * 2 > len(self.values)

    @property
    def length(self) -> float:
        return sum(map(len, self.texts)) / max(1, len(self.texts))

    @property
    def asks(self) -> float:
        """How much it looks like what is asked, by its name and by its question marks."""
        marks = sum(text.rstrip().endswith(("?", "？")) for text in self.texts) / max(1, len(self.texts))
        return 2.0 * any(word in plain(self.name) for word in _ASKS) + marks

    @property
    def answers(self) -> float:
        return 2.0 * any(word in plain(self.name) for word in _ANSWERS)

    @property
    def is_label(self) -> bool:
        """Whether it has few, short values that come again."""
        found = [str(value) for value in self.values if isinstance(value, (str, int, bool)) and value != ""]
        return len(found) >= 4 and len(set(found)) * 2 <= len(found) and max(map(len, found)) <= 40


def guess_mapping(rows: Sequence[Mapping[str, Any]]) -> list[Guess]:
    """What the columns of the first rows could be, likeliest first; at most four proposals, [] where none is likely."""
    names = [name for name in dict.fromkeys(str(name) for row in rows for name in row) if _can_be_named(name)]
    if looks_like_data(names):  # a mapping of them would pass over the first row
        return []
    whole = [_Column(name, tuple(from_json(row.get(name)) for row in rows)) for name in names if not is_metadata(name)]
    columns = [*whole, *(inner for column in whole for inner in _inside(column))]
    found: dict[ColumnMapping, str] = {}
    for guess in (*_by_names(rows, names), *_by_values(columns)):
        found.setdefault(guess.mapping, guess.why)
    return [Guess(mapping, why) for mapping, why in list(found.items())[:MOST_GUESSES]]


def _can_be_named(name: str) -> bool:
    """Whether a mapping can name a column; braces are those of a template."""
    return bool(name) and not {"{", "}"} & set(name)


def _inside(column: _Column) -> Iterator[_Column]:
    """What stands in objects, or in the first of several: "translation.en", "instances.0.output"."""
    there = [value for value in column.values if value not in (None, "", [], {})]
    if not there or any(map(is_messages, there)) or plain(column.name) in _CALLED:
        return
    if all(isinstance(value, list) and isinstance(value[0], dict) for value in there):
        prefix, objects = f"{column.name}.0.", [value[0] if value else {} for value in column.values]
    elif all(isinstance(value, dict) for value in there):
        prefix, objects = f"{column.name}.", list(column.values)
    else:
        return
    objects = [each if isinstance(each, dict) else {} for each in objects]
    for key in dict.fromkeys(str(key) for each in objects for key in each):
        if _can_be_named(key) and "." not in key and not is_metadata(key):
            yield _Column(prefix + key, tuple(each.get(key) for each in objects))


def _by_names(rows: Sequence[Mapping[str, Any]], names: list[str]) -> Iterator[Guess]:
    """What is read without a mapping, as a mapping that can be changed."""
    listed = [SourceRow(number, dict(row)) for number, row in enumerate(rows, start=1)]
    reader = recognised(listed, Columns(names))
    if not isinstance(reader, PairReader):
        return
    parts = reader.layout(dict.fromkeys(names))
    context = parts.get("context")
    prompt = f"{{{context}}}\n\n{{{parts['prompt']}}}" if context else parts["prompt"]
    yield Guess(
        ColumnMapping(prompt=prompt, completion=parts["completion"], system=parts.get("system")), tr("by its names")
    )


def _by_values(columns: list[_Column]) -> Iterator[Guess]:
    for column in columns:
        if column.values and all(is_messages(value) for value in column.values):
            yield Guess(ColumnMapping(messages=column.name), tr("{name!r} holds lists of messages", name=column.name))
    texts = [column for column in columns if column.is_text]
    if len(texts) == 1 and not texts[0].is_label:
        yield from _beside_lists(texts[0], columns)
    asking = sorted(texts, key=lambda each: (-each.asks, columns.index(each)))
    yield from _choices(columns, asking)
    yield from _pairs(texts, asking)
    longest = max(texts, key=lambda each: each.length, default=None)
    for label in columns:
        if label.is_label and longest and label is not longest:
            why = tr("{name!r} has few values that come again", name=label.name)
            yield Guess(ColumnMapping(prompt=longest.name, label=label.name), why)
    if longest and (longest.length > 200 or (len(texts) == 1 and not longest.is_label)):
        yield Guess(ColumnMapping(text=longest.name), tr("{name!r} holds the longest texts", name=longest.name))


def _beside_lists(text: _Column, columns: list[_Column]) -> Iterator[Guess]:
    """A text beside lists or objects: its labels, or what it says in words."""
    for other in columns:
        if not other.values or text.name.startswith(f"{other.name}."):
            continue
        if all(isinstance(value, (list, dict)) and value for value in other.values):
            if plain(other.name).removesuffix("s") in LABELS:
                yield Guess(
                    ColumnMapping(prompt=text.name, completion=other.name),
                    tr("{name!r} are its labels", name=other.name),
                )
            else:
                yield Guess(
                    ColumnMapping(prompt=other.name, completion=text.name),
                    tr("{name!r} is the only text", name=text.name),
                )


def _choices(columns: list[_Column], asking: list[_Column]) -> Iterator[Guess]:
    for options in columns:
        if not options.values or not all(_are_options(value) for value in options.values):
            continue
        for right in columns:
            pairs = list(zip(options.values, right.values, strict=True))
            fits = all(right_index(value, Options(tuple(map(str, listed)))) is not None for listed, value in pairs)
            question = next((each for each in asking if each not in (options, right)), None)
            if right is not options and fits and question:
                mapping = ColumnMapping(prompt=question.name, choices=options.name, answer=right.name)
                yield Guess(
                    mapping,
                    tr(
                        "{name!r} holds lists, and {name2!r} names one of their entries",
                        name=options.name,
                        name2=right.name,
                    ),
                )


def _are_options(value: Any) -> bool:
    return isinstance(value, list) and 2 <= len(value) <= 26 and all(isinstance(each, (str, int)) for each in value)


def _pairs(texts: list[_Column], asking: list[_Column]) -> Iterator[Guess]:
    if len(texts) < 2:
        return
    known = {name for _, answers in PAIRS for name in map(plain, answers)}
    prompt = next((each for each in texts if _last(each) == "instruction"), asking[0])
    rest = [each for each in texts if each is not prompt]
    # Without a telling name the last text that is no class is taken for the answer.
    answer = max(
        rest,
        key=lambda each: (each.answers + 2.0 * (plain(each.name) in known), not each.is_label, texts.index(each)),
    )
    others = [each for each in rest if each is not answer and each.length > prompt.length and not each.is_label]
    sure = prompt.asks > 0 or answer.answers > 0
    why = tr("{name!r} looks like what is asked", name=prompt.name) if sure else tr("by the order of the columns")
    first = tr("; of each list the first") if ".0." in prompt.name + answer.name else ""
    given = next((each for each in rest if _last(each) == "input" and each is not answer), None)
    if given and _last(prompt) == "instruction":
        template = f"{{{prompt.name}}}\n\n{{{given.name}}}"
        yield Guess(
            ColumnMapping(prompt=template, completion=answer.name),
            tr("with {name!r} as its input{first}", name=given.name, first=first),
        )
    yield Guess(ColumnMapping(prompt=prompt.name, completion=answer.name), f"{why}{first}")
    if others:
        template = f"{{{others[0].name}}}\n\n{{{prompt.name}}}"
        yield Guess(
            ColumnMapping(prompt=template, completion=answer.name),
            tr("with {name!r} as the text asked about", name=others[0].name),
        )


def _last(column: _Column) -> str:
    """The last part of a name: "input" of "instances.0.input"."""
    return plain(column.name.rpartition(".")[2])
