"""A file's conversations as token rows that fit, with a report of what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.core.problem import Problem, ProblemError
from studio.data.chat_text import ChatText, TemplateRefusedError
from studio.data.conversation import Conversation
from studio.data.source_row import Faults
from studio.data.task_report import TaskReport, lengths_of
from studio.data.token_rows import TokenRow, TokenRows, fit, fit_text, tokenize

_AT_ONCE = 1000  # rows rendered and tokenized together


@dataclass(slots=True)
class RenderedRows:
    """One part of a task: its conversations, the token rows made of them, and what became of each.

    `sources` [rows] int32 is the index of each row's conversation; a conversation's rows stand together, in the order
    of its answers.
    """

    report: TaskReport
    conversations: Sequence[Conversation]
    rows: TokenRows = field(default_factory=TokenRows)
    sources: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


def render_rows(
    conversations: Sequence[Conversation], report: TaskReport, max_length: int, chat: ChatText
) -> RenderedRows:
    """Render, tokenize and fit every conversation; fills `report`.

    Raises ProblemError for rows that the template refuses, and when no row is left.
    """
    faults = Faults(report.file)
    made: list[TokenRow] = []
    sources: list[int] = []
    lengths: list[int] = []
    report.rows += len(conversations)
    for start in range(0, len(conversations), _AT_ONCE):
        rendered, numbers = [], []
        for number, conversation in enumerate(conversations[start : start + _AT_ONCE], start):
            if not (conversation.expected or conversation.text).strip():
                report.leave_out("the answer is empty", "Fill in the answers.", conversation.line)
                continue
            try:
                rendered.append(chat.render(conversation))
                numbers.append(number)
            except TemplateRefusedError as error:
                where = f"{report.file}, {report.unit} {conversation.line}"
                faults.add(where, str(error), "Fix the order of its messages, or remove the row.")
        for number, row in zip(numbers, tokenize(rendered, chat), strict=True):
            conversation = conversations[number]
            lengths.append(len(row))
            fitted = (
                fit(row, max_length, chat.tokenizer.bos_token_id) if conversation.turns else fit_text(row, max_length)
            )
            if fitted is None:
                reason = f"the answer alone is longer than {max_length} tokens"
                report.leave_out(reason, "Raise training.max_length.", conversation.line)
                continue
            report.used += 1
            report.cut += len(fitted) < len(row)
            report.cut_tokens += len(row) - len(fitted)
            made.append(fitted)
            sources.append(number)
    faults.raise_any()
    if not made:
        raise ProblemError(*_nothing(report, len(conversations)))
    found = RenderedRows(report, conversations, TokenRows(made), np.asarray(sources, np.int32))
    report.made, report.tokens = len(found.rows), found.rows.tokens
    report.learned_tokens, report.lengths = found.rows.learned_tokens, lengths_of(lengths)
    _warn(report, max_length)
    return found


def _nothing(report: TaskReport, count: int) -> list[Problem]:
    """Why a file has nothing to learn from: each cause by itself, since each has a cure of its own."""
    return [
        Problem(
            report.file,
            f"none of its {count} rows can be used; in {found.count}, {reason}"
            f" ({report.unit} {found.lines[0]} is the first).",
            found.remedy,
        )
        for reason, found in report.left_out.items()
    ]


def _warn(report: TaskReport, max_length: int) -> None:
    if report.cut:
        report.warn(
            f"{report.cut} of {report.rows} rows for {report.use} are longer than {max_length} tokens; the start"
            " of their prompt (of plain text, the end) is cut off; answers stay whole.",
            "Raise training.max_length to keep them whole.",
        )
    report.warnings += report.sentences_left_out()
