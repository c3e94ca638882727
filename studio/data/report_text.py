"""What became of a task's rows, in a sentence."""

from __future__ import annotations

from studio.core.words import in_a_row, plural, tr
from studio.data.task_report import TaskReport


def report_text(report: TaskReport) -> str:
    """How a task's rows were read and how much of them is used: "read as text: …; 3 of 4 rows used, …"."""
    rows = (
        tr("{used:,} of {rows:,} rows used", used=report.used, rows=report.rows)
        if report.used < report.rows
        else plural("{n:,} row used", "{n:,} rows used", report.used)
    )
    tokens = tr("{tokens:,} tokens, {learned:,} of them learned", tokens=report.tokens, learned=report.learned_tokens)
    cut = ""
    if report.cut_tokens:
        cut = tr(
            "{tokens:,} tokens ({share:.2g} %) cut off {rows:,} rows",
            tokens=report.cut_tokens,
            share=100 * report.cut_share,
            rows=report.cut,
        )
    form = tr("read as {format}", format=report.format)
    if report.read_as:
        form = tr("{where}: {what}", where=form, what=report.read_as)
    return tr("{sentence}.", sentence=tr("{first}; {next}", first=form, next=in_a_row(rows, tokens, cut)))
