"""A part of a task as token rows that fit, with a report of what became of each of its conversations."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.core.problem import Problem, ProblemError
from studio.core.words import plural, tr
from studio.data.chat_text import ChatText
from studio.data.conversation import Conversation
from studio.data.made_rows import MadeRows
from studio.data.rare_collections import rare_collections
from studio.data.row_maker import Made, RowMaker
from studio.data.row_processes import make_all
from studio.data.row_store import RowStore
from studio.data.source_row import Faults
from studio.data.task_report import TaskReport, lengths_of
from studio.data.token_rows import TokenRows
from studio.data.written_form import Note


@dataclass(slots=True)
class RenderedRows:
    """One part of a task: its conversations, the token rows made of them, and what became of each.

    `sources` [rows] int32 is the index of each row's conversation; a conversation's rows stand together, in the order
    of its answers. `asked` [rows] int64 is the hash of what is asked in each: the same for the same question, in this
    process alone.
    """

    report: TaskReport
    conversations: Sequence[Conversation]
    rows: TokenRows = field(default_factory=TokenRows)
    sources: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    asked: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


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
    with RowStore() as store, rare_collections():
        count = _Count(report, store, skip_faulty)
        for part, made in make_all(maker, conversations):
            count.add(part, made)
        return count.finished(conversations)


class _Count:
    """Collects the rows and counts what became of each conversation."""

    def __init__(self, report: TaskReport, store: RowStore, skip_faulty: bool) -> None:
        self.report = report
        self.store = store
        self.skip_faulty = skip_faulty
        self.faults = Faults(report.file)
        self.conversations = 0
        self.counts: list[NDArray[np.int64]] = []  # rows of each conversation
        self.lengths: list[NDArray[np.int64]] = []
        self.asked, self.answered = array("q"), array("q")  # hashes, of each conversation that has rows
        self.noted: dict[Note, list[int]] = {}  # in how many conversations, and at which line the first is
        self.lost_answers = 0

    def add(self, part: Sequence[Conversation], made: MadeRows) -> None:
        """Count some more conversations."""
        self.store.add(made.ids, made.learned, made.lengths)
        self.counts.append(made.counts)
        self.conversations += len(part)
        self.report.used += len(part) - len(made.told)
        plain = np.ones(len(part), np.bool_)
        for place, one in made.told.items():
            plain[place] = False
            self._tell(part[place].line, one)
        self.lengths.append(made.lengths[np.repeat(plain, made.counts)])
        for conversation, rows in zip(part, made.counts.tolist(), strict=True):
            if rows:
                turns = conversation.turns
                last = conversation.answered if turns else 0
                self.asked.append(hash((turns[:last], conversation.text)))
                self.answered.append(hash(turns[last]) if turns else 0)

    def _tell(self, line: int, made: Made) -> None:
        """Count a conversation of which there is more to tell than its one row."""
        report = self.report
        if made.refused and self.skip_faulty:
            report.leave_out(made.refused[0].rstrip("."), made.refused[1], line)
            return
        if made.refused:
            self.faults.add(report.where(line), *made.refused)
            return
        self.lengths.append(np.asarray(made.lengths, np.int64))
        if made.left_out:
            report.leave_out(*made.left_out, line)
            return
        report.used += 1
        report.cut += made.lost > 0
        report.cut_tokens += made.lost
        self.lost_answers += made.lost_answer
        for note in made.notes:
            self.noted.setdefault(note, [0, line])[0] += 1

    def finished(self, conversations: Sequence[Conversation]) -> RenderedRows:
        """All rows made, and the report filled."""
        self.faults.raise_any()
        report = self.report
        rows = self.store.rows()
        if not len(rows):
            raise ProblemError(*_nothing(report))
        counts = np.concatenate(self.counts)
        sources = np.repeat(np.arange(self.conversations, dtype=np.int32), counts)
        asked, answered = (np.frombuffer(each, np.int64) for each in (self.asked, self.answered))
        report.made, report.tokens = len(rows), rows.tokens
        report.learned_tokens, report.lengths = rows.learned_tokens, lengths_of(np.concatenate(self.lengths))
        self._warn()
        _warn_of_repeats(report, asked, answered)
        return RenderedRows(report, conversations, rows, sources, np.repeat(asked, counts[counts > 0]))

    def _warn(self) -> None:
        report = self.report
        for note, (rows, line) in self.noted.items():
            what = tr(
                "in {count:,} of {rows:,} rows for {use}, {what} ({place} is the first).",
                count=rows,
                rows=report.rows,
                use=report.use_text,
                what=note.what,
                place=report.place(line),
            )
            report.warn(what, note.remedy)
        if report.cut:
            figures = {
                "cut": report.cut,
                "rows": report.rows,
                "use": report.use_text,
                "tokens": report.cut_tokens,
                "share": 100 * report.cut_share,
            }
            what = (
                tr(
                    "{cut:,} of {rows:,} rows for {use} are cut: {tokens:,} tokens ({share:.3g}% of all, {answers:,} of"
                    " them of answers) are lost.",
                    answers=self.lost_answers,
                    **figures,
                )
                if self.lost_answers
                else tr(
                    "{cut:,} of {rows:,} rows for {use} are cut: {tokens:,} tokens ({share:.3g}% of all) are lost.",
                    **figures,
                )
            )
            report.warn(what, tr("Raise training.max_length to keep them."))
        report.warnings = [*report.sentences_left_out(), *report.warnings]


def _warn_of_repeats(report: TaskReport, asked: NDArray[np.int64], answered: NDArray[np.int64]) -> None:
    """Count the rows that repeat an earlier row, and those whose question has another answer elsewhere; by hashes."""
    order = np.lexsort((answered, asked))
    asked, answered = asked[order], answered[order]
    other_question = np.diff(asked, prepend=~asked[:1]) != 0
    other_row = other_question | (np.diff(answered, prepend=0) != 0)
    groups = np.flatnonzero(other_question)
    answers, rows = np.add.reduceat(other_row, groups, dtype=np.int64), np.diff(groups, append=len(asked))
    report.duplicates = int(len(asked) - other_row.sum())
    report.conflicting = int(rows[answers > 1].sum())
    if report.duplicates:
        what = plural(
            "{n:,} of {rows:,} rows for {use} repeats an earlier row.",
            "{n:,} of {rows:,} rows for {use} repeat an earlier row.",
            report.duplicates,
            rows=report.rows,
            use=report.use_text,
        )
        one = report.duplicates == 1
        remedy = tr("Remove it unless it is meant.") if one else tr("Remove them unless they are meant.")
        report.warn(what, remedy)
    if report.conflicting:
        what = tr(
            "{n:,} of {rows:,} rows for {use} ask the same question as another row and have another answer.",
            n=report.conflicting,
            rows=report.rows,
            use=report.use_text,
        )
        report.warn(what, tr("Look at them, unless several answers are meant."))


def _nothing(report: TaskReport) -> list[Problem]:
    """Why a file has nothing to learn from: each cause by itself, since each has a cure of its own."""
    return [
        Problem(
            report.file,
            tr(
                "none of its {rows:,} rows can be used; in {count:,}, {reason} ({place} is the first).",
                rows=report.rows,
                count=found.count,
                reason=reason,
                place=report.place(found.lines[0]),
            ),
            found.remedy,
        )
        for reason, found in report.left_out.items()
    ]
