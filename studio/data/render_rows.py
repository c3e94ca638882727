"""A part of a task as token rows that fit, with a report of what became of each of its conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.core.problem import Problem, ProblemError
from studio.data.chat_text import ChatText
from studio.data.conversation import Conversation
from studio.data.row_maker import Made, RowMaker
from studio.data.row_processes import make_all
from studio.data.source_row import Faults
from studio.data.task_report import TaskReport, lengths_of
from studio.data.token_rows import TokenRow, TokenRows
from studio.data.written_form import Note

_AT_ONCE = 1000  # conversations rendered and tokenized together


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
    conversations: Sequence[Conversation],
    report: TaskReport,
    max_length: int,
    chat: ChatText,
    skip_faulty: bool = False,
) -> RenderedRows:
    """Render, tokenize and fit every conversation; fills `report`.

    Of a conversation that is scored, the row of its last answer alone is made. Raises ProblemError for rows that the
    template refuses, which are left out with `skip_faulty`, and when no row is left.
    """
    report.rows += len(conversations)
    maker = RowMaker(chat, max_length, report.use == "scoring")
    count = _Count(conversations, report, skip_faulty)
    for number, made in enumerate(make_all(maker, conversations, _AT_ONCE)):
        count.add(number, made)
    return count.finished()


class _Count:
    """Collects the rows and counts what became of each conversation."""

    def __init__(self, conversations: Sequence[Conversation], report: TaskReport, skip_faulty: bool) -> None:
        self.conversations = conversations
        self.report = report
        self.skip_faulty = skip_faulty
        self.faults = Faults(report.file)
        self.rows: list[TokenRow] = []
        self.sources: list[int] = []
        self.lengths: list[int] = []
        self.noted: dict[Note, list[int]] = {}  # in how many conversations, and which is the first
        self.lost_answers = 0

    def add(self, number: int, made: Made) -> None:
        """Count one conversation."""
        report, line = self.report, self.conversations[number].line
        if made.refused and self.skip_faulty:
            report.leave_out(made.refused[0].rstrip("."), made.refused[1], line)
            return
        if made.refused:
            self.faults.add(report.where(line), *made.refused)
            return
        self.lengths += made.lengths
        if made.left_out:
            report.leave_out(*made.left_out, line)
            return
        self.rows += made.rows
        self.sources += [number] * len(made.rows)
        report.used += 1
        report.cut += made.lost > 0
        report.cut_tokens += made.lost
        self.lost_answers += made.lost_answer
        for note in made.notes:
            self.noted.setdefault(note, [0, number])[0] += 1

    def finished(self) -> RenderedRows:
        """All rows made, and the report filled."""
        self.faults.raise_any()
        report = self.report
        if not self.rows:
            raise ProblemError(*_nothing(report))
        found = RenderedRows(report, self.conversations, TokenRows(self.rows), np.asarray(self.sources, np.int32))
        report.made, report.tokens = len(found.rows), found.rows.tokens
        report.learned_tokens, report.lengths = found.rows.learned_tokens, lengths_of(self.lengths)
        self._warn()
        _warn_of_repeats(found)
        return found

    def _warn(self) -> None:
        report = self.report
        for note, (rows, first) in self.noted.items():
            line = self.conversations[first].line
            place = f"({report.place(line)} is the first)"
            report.warn(f"in {rows:,} of {report.rows:,} rows for {report.use}, {note.what} {place}.", note.remedy)
        if report.cut:
            answers = f", {self.lost_answers:,} of them of answers" if self.lost_answers else ""
            report.warn(
                f"{report.cut:,} of {report.rows:,} rows for {report.use} are cut: {report.cut_tokens:,} tokens"
                f" ({report.cut_share:.1%} of all{answers}) are lost.",
                "Raise training.max_length to keep them.",
            )
        report.warnings += report.sentences_left_out()


def _warn_of_repeats(found: RenderedRows) -> None:
    """Count the rows that repeat an earlier row, and those whose question has another answer elsewhere."""
    answers: dict[int, dict[int, int]] = {}
    for number in dict.fromkeys(found.sources.tolist()):
        row = found.conversations[number]
        last = row.answered if row.turns else 0
        asked = hash((row.turns[:last], row.text))
        answer = hash(row.turns[last]) if row.turns else 0
        known = answers.setdefault(asked, {})
        known[answer] = known.get(answer, 0) + 1
    report = found.report
    report.duplicates = sum(count - 1 for known in answers.values() for count in known.values())
    report.conflicting = sum(sum(known.values()) for known in answers.values() if len(known) > 1)
    share = f"of {report.rows:,} rows for {report.use}"
    if report.duplicates:
        report.warn(f"{report.duplicates:,} {share} repeat an earlier row.", "Remove them unless they are meant.")
    if report.conflicting:
        report.warn(
            f"{report.conflicting:,} {share} ask the same question as another row and have another answer.",
            "Look at them, unless several answers are meant.",
        )


def _nothing(report: TaskReport) -> list[Problem]:
    """Why a file has nothing to learn from: each cause by itself, since each has a cure of its own."""
    return [
        Problem(
            report.file,
            f"none of its {report.rows:,} rows can be used; in {found.count:,}, {reason}"
            f" ({report.place(found.lines[0])} is the first).",
            found.remedy,
        )
        for reason, found in report.left_out.items()
    ]
