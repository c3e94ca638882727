"""Which format a file has: by its columns in the first rows, by the recipe's word, or by the recipe's mapping."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import islice

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.column_mapping import CHOOSE, ColumnMapping
from studio.core.recipe.recipe import DataFormat
from studio.core.words import tr
from studio.data.containers.table_rows import looks_like_data
from studio.data.formats import (
    classification,
    conversations,
    multiple_choice,
    pairs,
    preference,
    running_text,
)
from studio.data.formats.classification import LabelReader
from studio.data.formats.conversations import MessagesReader
from studio.data.formats.known_names import PAIRS, TEXT, TOKENS, Columns
from studio.data.formats.mapped import MappedReader
from studio.data.formats.multiple_choice import ChoiceReader
from studio.data.formats.pairs import INSTRUCTIONS, PairReader
from studio.data.formats.preference import ChosenReader
from studio.data.formats.row_reader import RowReader
from studio.data.formats.running_text import TextReader
from studio.data.source_file import DataFile, Part
from studio.data.source_row import SourceRow

FIRST_ROWS = 100
"""So many rows are looked at to tell a file's format."""

KNOWN: dict[str, str] = {
    "messages": "messages: [{role, content}, …]",
    "sharegpt": "conversations: [{from, value}, …]",
    "multiple-choice": "question, choices, answer",
    "alpaca": "instruction, output, [input, system]",
    "prompt-completion": "prompt, completion",
    "classification": "text, label",
    "preference": "prompt, chosen, rejected",
    "text": "text",
}
"""The columns by which each format is known, as remedies name them; most go by other names too."""

Recognise = Callable[[list[SourceRow], Columns], RowReader | None]
Example = Callable[[list[SourceRow]], Mapping[str, str]]
RECOGNISERS: tuple[Recognise, ...] = (
    preference.recognise,
    conversations.recognise,
    multiple_choice.recognise,
    pairs.recognise,
    classification.recognise,
    running_text.recognise,
)


def reader_of(
    file: DataFile, part: Part, format: DataFormat | ColumnMapping, example: Example | None = None
) -> RowReader:
    """What reads the rows of one part of `file`; raises ProblemError where its columns match no format.

    `example` gives the mapping that a remedy names for the first rows, or an empty one where none is likely.
    """
    with closing(part.rows()) as first:
        rows = list(islice(first, FIRST_ROWS))
    if not rows:
        raise ProblemError.at(part.name, tr("it has no rows."), tr("Name a file with at least one row."))
    if isinstance(format, ColumnMapping):
        reader = MappedReader(format, rows)
        ProblemError.raise_any(
            Problem(f"{part.name}, {problem.where}", problem.what, problem.remedy) for problem in reader.missing(rows)
        )
        return reader
    columns = Columns(dict.fromkeys(str(name) for row in rows for name in row.values))
    if format != "auto":
        return _named(format, rows, columns)
    found = recognised(rows, columns)
    if found is None:
        raise ProblemError(
            _unknown(f"{part.name}, {part.unit} {rows[0].line}", columns, example(rows) if example else {})
        )
    return found


def recognised(rows: list[SourceRow], columns: Columns) -> RowReader | None:
    """The reader of the first format that these columns show; None where they show none."""
    return next((found for recognise in RECOGNISERS if (found := recognise(rows, columns))), None)


def _named(format: DataFormat, rows: list[SourceRow], columns: Columns) -> RowReader:
    """The reader of the format that the recipe names, with this file's names for its columns where they are known."""
    match format:
        case "messages" | "sharegpt":
            known = "messages" if format == "messages" else "conversations"
            return conversations.recognise(rows, columns) or MessagesReader({"messages": known})
        case "alpaca":
            answers = next(names for prompt, names in PAIRS if prompt == "instruction")
            output = columns.one_of(answers) or "output"
            return PairReader({"prompt": columns.one_of(INSTRUCTIONS) or "instruction", "completion": output})
        case "multiple-choice":
            plain = ChoiceReader({"prompt": "question", "answer": "answer"}, ["choices"], rows)
            return multiple_choice.recognise(rows, columns) or plain
        case "classification":
            return classification.recognise(rows, columns) or LabelReader({"text": "text", "label": "label"})
        case "preference":
            plain_pair = {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"}
            return preference.recognise(rows, columns) or ChosenReader(plain_pair)
        case "text":
            return TextReader({"text": columns.one_of(TEXT) or "text"})
        case _:
            rest = Columns(name for name in columns.names if name not in (columns.one_of(INSTRUCTIONS),))
            found = pairs.recognise(rows, rest) or pairs.recognise(rows, columns)
            return found or PairReader({"prompt": "prompt", "completion": "completion"})


def _unknown(where: str, columns: Columns, example: Mapping[str, str]) -> Problem:
    names = columns.names
    short = [name if len(name) <= 40 else f"{name[:39]}…" for name in names]
    shown = ", ".join(short[:12])
    shown = tr("{shown} and {number} more", shown=shown, number=len(names) - 12) if len(names) > 12 else shown
    if looks_like_data(names):
        return Problem(
            where,
            tr("its first line ({shown}) looks like data rather than names.", shown=shown),
            tr("Put a line above it with a name for each column, such as question,choices,answer."),
        )
    if columns.one_of(TOKENS):
        what = tr("its rows are token ids, which mean something else to every tokenizer.")
        return Problem(where, what, tr("Give the text that they were made of."))
    if columns.one_of(TEXT):
        text = columns.one_of(TEXT)
        others = ", ".join(name for name in names if name != text)
        return Problem(
            where,
            tr(
                "{text!r} stands beside columns that may be what is to be learned of it: {others}.",
                text=text,
                others=others,
            ),
            tr(
                'Say so in the task: {format}; or format = "text", which learns every token of {text!r} and uses'
                " nothing else.",
                format=_format({"prompt": str(text), "label": "…"} | _with_text(example, str(text))),
                text=text,
            ),
            CHOOSE,
        )
    known = "; ".join(f"{name}: {needs}" for name, needs in KNOWN.items())
    return Problem(
        where,
        tr("its columns ({shown}) do not match any known format.", shown=shown or tr("none")),
        tr(
            "Say in the task which column is what, such as {example}. Known without that are {known}.",
            example=_format(example),
            known=known,
        )
        if example
        else tr("Say in the task which column is what. Known without that are {known}.", known=known),
        CHOOSE,
    )


def _format(mapping: Mapping[str, str]) -> str:
    parts = (f"{part} = {json.dumps(column, ensure_ascii=False)}" for part, column in mapping.items() if column)
    return f"format = {{ {', '.join(parts)} }}"


def _with_text(example: Mapping[str, str], text: str) -> dict[str, str]:
    """What is learned of a text by the likeliest mapping, in place of a label; nothing where it is not asked there."""
    return {"label": "", **example} if example.get("prompt") == text else {}
