"""The first rows of a task as the model will see them, without reading, rendering or tokenizing the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.core.problem import Problem
from studio.core.recipe.recipe import TaskTable
from studio.core.token_view import SeenRow
from studio.data.chat_text import ChatText, RenderedText
from studio.data.conversation import Conversation, said
from studio.data.read_rows import RowsRead, conversations_of
from studio.data.row_maker import RowMaker
from studio.data.source_file import DataFile, ListedPart
from studio.data.task_report import TaskReport
from studio.data.tasks import open_task
from studio.data.token_view import see_row

RECORDS = 5  # shown as the file has them
MOST_LETTERS = 2000  # of one value of a record


@dataclass(frozen=True, slots=True)
class FirstLook:
    """How a task's rows are read, its first rows token by token, and the first records as the file has them."""

    read_as: str
    format: str
    rows: tuple[SeenRow, ...]
    columns: tuple[str, ...]
    records: tuple[Mapping[str, str], ...]
    found: int | None
    warnings: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything in values that JSON has."""
        return {
            "read_as": self.read_as,
            "format": self.format,
            "rows": [row.as_dict() for row in self.rows],
            "columns": list(self.columns),
            "records": [dict(record) for record in self.records],
            "found": self.found,
            "warnings": [warning.as_dict() for warning in self.warnings],
        }


def first_look(table: TaskTable, max_length: int, chat: ChatText, count: int) -> FirstLook:
    """The first `count` rows of a task; raises ProblemError where they cannot be read."""
    source = open_task(table, table.train, "train")
    first = source.first(count)
    read = RowsRead(DataFile(source.name, [ListedPart(source.name, first, unit=source.unit)]))
    seen = see(list(conversations_of(read, table.format, table.skip_faulty)), max_length, chat)
    report = TaskReport(table.name, source.name)
    read.tell(report)
    return FirstLook(
        read_as=report.read_as,
        format=read.format,
        rows=tuple(seen[:count]),
        columns=tuple(dict.fromkeys(str(key) for row in first for key in row.values)),
        records=tuple({str(key): _shown(value) for key, value in row.values.items()} for row in first[:RECORDS]),
        found=len(first) if len(first) < count else None,
        warnings=(*report.warnings, *report.sentences_left_out()),
    )


def see(conversations: Sequence[Conversation], max_length: int, chat: ChatText) -> list[SeenRow]:
    """The rows that conversations become as the model will see them, or why one is not used."""
    seen: list[SeenRow] = []
    for conversation, made in zip(conversations, RowMaker(chat, max_length).make(conversations), strict=True):
        for text, row in zip(made.texts, made.rows, strict=True):
            seen.append(see_row(chat.tokenizer, conversation, text, row))
        if why := made.refused or made.left_out:
            words = conversation.text or "\n".join(said(turn) for turn in conversation.turns)
            seen.append(see_row(chat.tokenizer, conversation, RenderedText(words, ()), None, why[0]))
    return seen


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:MOST_LETTERS]
