"""What became of a task's rows, in a sentence."""

from __future__ import annotations

from studio.data.task_report import TaskReport


def report_text(report: TaskReport) -> str:
    """How a task's rows were read and how much of them is used: "read as text: …; 3 of 4 rows used, …"."""
    rows = (
        f"{report.used:,} of {report.rows:,} rows used" if report.used < report.rows else f"{report.used:,} rows used"
    )
    parts = [f"{report.tokens:,} tokens, {report.learned_tokens:,} of them learned"]
    if report.cut_tokens:
        parts.append(f"{report.cut_tokens:,} tokens ({100 * report.cut_share:.2g} %) cut off {report.cut:,} rows")
    read_as = f"read as {report.format}: {report.read_as}" if report.read_as else f"read as {report.format}"
    return f"{read_as}; {rows}, {', '.join(parts)}."
