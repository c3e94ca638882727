"""The first rows of a task as the model will see them, without reading, rendering or tokenizing the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import TaskTable, TrainingTable
from studio.core.token_view import SeenRow, SeenToken
from studio.data.chat_text import ChatText, RenderedText
from studio.data.conversation import Conversation, said
from studio.data.guess_mapping import guess_mapping
from studio.data.read_rows import RowsRead, conversations_of
from studio.data.row_maker import RowMaker
from studio.data.source_file import DataFile, ListedPart
from studio.data.source_row import SourceRow
from studio.data.task_report import TaskReport
from studio.data.tasks import open_task
from studio.data.token_view import see_row

RECORDS = 5  # shown as the file has them
MOST_LETTERS = 2000  # of one value of a record


@dataclass(slots=True)
class FirstLook:
    """How a task's rows are read, its first rows token by token, and the first records as the file has them.

    `packs` are these rows as training.packing lays them end to end, as an example: a run packs the rows of all tasks of
    a step. `rows` are without the first `after` ones; without `has_tokens` each is two texts. `found` is the number of
    rows where these are all. `problems` are why they cannot be trained on, `guesses` ways in which the columns may be
    meant, each with `why`.
    """

    read_as: str = ""
    format: str = ""
    rows: tuple[SeenRow, ...] = ()
    after: int = 0
    has_tokens: bool = True
    packs: tuple[SeenRow, ...] = ()
    columns: tuple[str, ...] = ()
    records: tuple[Mapping[str, str], ...] = ()
    guesses: tuple[Mapping[str, str], ...] = ()
    found: int | None = None
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Everything in values that JSON has."""
        return {
            "read_as": self.read_as,
            "format": self.format,
            "rows": [row.as_arrays() for row in self.rows],
            "after": self.after,
            "has_tokens": self.has_tokens,
            "packs": [pack.as_arrays() for pack in self.packs],
            "columns": list(self.columns),
            "records": [dict(record) for record in self.records],
            "guesses": [dict(guess) for guess in self.guesses],
            "found": self.found,
            "warnings": [warning.as_dict() for warning in self.warnings],
            "problems": [problem.as_dict() for problem in self.problems],
        }


def first_look(table: TaskTable, training: TrainingTable, chat: ChatText, count: int, after: int = 0) -> FirstLook:
    """The first `count` rows of a task, as far as they can be read; without the first `after` ones, and packs then."""

    def shown(look: FirstLook, found: Sequence[Conversation]) -> None:
        look.rows = tuple(see(found, training.max_length, chat)[after:count])
        look.packs = packs_of(look.rows, training.max_length) if training.packing and not after else ()

    return _looked(table, count, FirstLook(after=after), shown)


def first_words(table: TaskTable, count: int) -> FirstLook:
    """As `first_look` before there is a tokenizer: what is read and what is learned, as the file has it, in two parts.

    Neither torch nor transformers is imported.
    """

    def shown(look: FirstLook, found: Sequence[Conversation]) -> None:
        look.rows = tuple(map(_in_words, found))

    return _looked(table, count, FirstLook(has_tokens=False), shown)


def _in_words(conversation: Conversation) -> SeenRow:
    read, learned = "\n".join(map(said, conversation.prompt)), conversation.expected or conversation.text
    return SeenRow.of_tokens(conversation.line, [SeenToken(read, "read"), SeenToken(learned, "learned")])


def _looked(
    table: TaskTable, count: int, look: FirstLook, shown: Callable[[FirstLook, Sequence[Conversation]], None]
) -> FirstLook:
    """Fill `look` with what the first rows are read as, and have them `shown` there."""
    try:
        source = open_task(table, table.train, "train")
        first = _first(source, count, look)
        read = RowsRead(DataFile(source.name, [ListedPart(source.name, first, unit=source.unit)]))
        found: list[Conversation] = []
        try:
            found.extend(conversations_of(read, table.format, table.skip_faulty) if first else ())
        finally:
            shown(look, found)
    except ProblemError as error:
        look.problems += error.problems
    else:
        report = TaskReport(table.name, source.name)
        read.tell(report)
        look.read_as, look.format = report.read_as, read.format
        of_the_first = look.found is None
        look.warnings = (*report.sentences_left_out(of_the_first), *report.warnings)
    return look


def _first(source: DataFile, count: int, look: FirstLook) -> list[SourceRow]:
    """The first rows of a file, its columns and guesses at them; a broken row does not hide those before it."""
    first: list[SourceRow] = []
    try:
        with closing(source.rows) as rows:
            for row in islice(rows, count):
                first.append(row)
        look.found = len(first) if len(first) < count else None
    except ProblemError as error:
        look.problems += error.problems
    look.columns = tuple(dict.fromkeys(str(key) for row in first for key in row.values))
    look.records = tuple({str(key): _shown(value) for key, value in row.values.items()} for row in first[:RECORDS])
    guesses = guess_mapping([row.values for row in first])
    look.guesses = tuple(each.as_dict() | {"why": each.why} for each in guesses)
    return first


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


def packs_of(rows: Sequence[SeenRow], capacity: int) -> tuple[SeenRow, ...]:
    """Rows laid end to end in sequences of at most `capacity` tokens, without what is cut off them."""
    from studio.data.packing import first_fit

    used = [(row, [token for token in row if token.kind != "cut"]) for row in rows if not row.left_out]
    packs = []
    for chosen in first_fit([len(tokens) for _, tokens in used], capacity):
        tokens = [token for index in chosen for token in used[index][1]]
        seams = list(accumulate(len(used[index][1]) for index in chosen))[:-1]
        packs.append(SeenRow.of_tokens(used[chosen[0]][0].line, tokens, seams=seams))
    return tuple(packs)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text[:MOST_LETTERS]
