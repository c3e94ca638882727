"""The first rows of a task as the model will see them, without reading, rendering or tokenizing the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.core.problem import Problem
from studio.core.recipe.recipe import TaskTable
from studio.core.token_view import SeenRow
from studio.data.chat_text import ChatText, RenderedText, TemplateRefusedError
from studio.data.conversation import Conversation
from studio.data.read_rows import RowsRead, conversations_of
from studio.data.source_file import DataFile, ListedPart
from studio.data.task_report import TaskReport
from studio.data.tasks import open_task
from studio.data.token_rows import fit, fit_text, tokenize
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
    seen = [see(each, max_length, chat) for each in conversations_of(read, table.format, table.skip_faulty)]
    report = TaskReport(table.name, source.name)
    read.tell(report)
    return FirstLook(
        read_as=report.read_as,
        format=read.format,
        rows=tuple(seen),
        columns=tuple(dict.fromkeys(str(key) for row in first for key in row.values)),
        records=tuple({str(key): _shown(value) for key, value in row.values.items()} for row in first[:RECORDS]),
        found=len(first) if len(first) < count else None,
        warnings=(*report.warnings, *report.sentences_left_out()),
    )


def see(conversation: Conversation, max_length: int, chat: ChatText) -> SeenRow:
    """One conversation as the model will see it, or why it is not used."""
    if not (conversation.expected or conversation.text).strip():
        whole = RenderedText(conversation.text or "\n".join(turn.content for turn in conversation.turns), ())
        return see_row(chat, conversation, whole, None, "the answer is empty")
    try:
        rendered = chat.render(conversation)
    except TemplateRefusedError as error:
        whole = RenderedText("\n".join(turn.content for turn in conversation.turns), ())
        return see_row(chat, conversation, whole, None, str(error))
    (row,) = tokenize([rendered], chat)
    if not conversation.turns:
        return see_row(chat, conversation, rendered, fit_text(row, max_length))
    fitted = fit(row, max_length, chat.tokenizer.bos_token_id)
    left_out = "" if fitted is not None else f"the answer alone is longer than {max_length} tokens"
    return see_row(chat, conversation, rendered, fitted, left_out)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:MOST_LETTERS]
