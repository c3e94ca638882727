"""The comparison's table: the base model's line and one for each variant, on the screen, as Markdown and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from studio.core.foreign.visible_text import unmarked
from studio.core.run.events import TaskScore
from studio.core.state.comparison import MethodResult, Spread
from studio.core.state.state_text import state_text
from studio.core.units import count_text, number_text
from studio.core.words import in_a_row, mark, tr
from studio.ui.comparison.variants import Variant
from studio.ui.units import bytes_text, percent_text, score_text, time_text

COLOUR = Qt.ItemDataRole.UserRole
BELOW = Qt.ItemDataRole.UserRole + 1
BASE = mark("base model")
_Index = QModelIndex | QPersistentModelIndex
NONE = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text, its second line, and its tooltip."""

    text: str
    below: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `colour` is the index of its curve's colour, None where it has no curve."""

    colour: int | None
    cells: tuple[Cell, ...]


def columns_of(variants: Sequence[Variant]) -> list[str]:
    """The table's headings for these variants; every task that was scored has one."""
    return [tr("Method"), tr("Rank"), tr("Trained"), tr("Runs"), tr("Mean"), *_tasks(variants), tr("Time"), tr("Peak")]


def lines_of(variants: Sequence[Variant]) -> list[Line]:
    """The base model's line where a run was scored before training, and one for each variant."""
    tasks = _tasks(variants)
    before = next((run.result.before for each in variants for run in each.runs if run.result.before), {})
    lines = []
    if before:
        right = [score.value for score in before.values() if score.metric != "loss"]
        mean = Cell(percent_text(fmean(right))) if right else Cell(NONE)
        cells = [Cell(tr(BASE)), Cell(""), Cell(""), Cell(""), mean]
        cells += [_scored(before.get(task)) for task in tasks]
        lines.append(Line(None, (*cells, Cell(""), Cell(""))))
    return lines + [Line(each.colour, tuple(_cells(each, tasks))) for each in variants]


def as_markdown(variants: Sequence[Variant]) -> str:
    """The table as Markdown, with a line that explains ±."""
    rows = [columns_of(variants), ["---", *["---:"] * (len(columns_of(variants)) - 1)]]
    rows += [[_plain(f"{cell.text} {cell.below}") for cell in line.cells] for line in lines_of(variants)]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    return f"{table}\n\n{tr(EXPLAINED)}\n"


def as_csv(variants: Sequence[Variant]) -> str:
    """One row for each finished run and task, with raw numbers, for a spreadsheet or a script."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = ["variant", "method", "rank", "alpha", "run", "seed", "state", "parameters", "seconds", "peak_bytes"]
    writer.writerow([*head, "task", "metric", "value", "stderr", "rows", "loss"])
    for variant in variants:
        for run in variant.runs:
            found, method = run.result, run.result.method
            plain = [variant.label, method.name, method.rank, method.alpha, found.id, found.seed, found.state]
            plain += [found.parameters, round(found.seconds, 3), found.peak_bytes]
            scores: dict[str, TaskScore | None] = {**found.scores} or {"": None}
            for task, score in scores.items():
                what = [score.metric, score.value, score.stderr, score.rows, score.loss] if score else [""] * 5
                writer.writerow([*plain, task, *what])
    return out.getvalue()


EXPLAINED = mark(
    "± is the standard deviation over seeds; rows ± is the standard error over the scored rows, of one run."
)


class ComparisonModel(QAbstractTableModel):
    """Frozen lines; the second line of a cell is in the role BELOW, the colour of a line's curve in COLOUR."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: list[str] = []
        self._lines: list[Line] = []

    def show_variants(self, variants: Sequence[Variant]) -> None:
        columns, lines = columns_of(variants), lines_of(variants)
        if (columns, lines) != (self._columns, self._lines):
            self.beginResetModel()
            self._columns, self._lines = columns, lines
            self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return int(self._alignment(section))
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._lines):
            return None
        line = self._lines[index.row()]
        cell = line.cells[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == BELOW:
            return cell.below
        if role == COLOUR:
            return line.colour if index.column() == 0 else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return unmarked(cell.tip) or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._columns[index.column()]}: {cell.text} {cell.below}".strip()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(self._alignment(index.column()))
        return None

    @staticmethod
    def _alignment(column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter


def _tasks(variants: Sequence[Variant]) -> list[str]:
    scored = [task for each in variants for task in each.line.tasks]
    before = [task for each in variants for run in each.runs for task in run.result.before]
    return list(dict.fromkeys(scored + before))


def _cells(variant: Variant, tasks: Sequence[str]) -> list[Cell]:
    line = variant.line
    done = [run for run in line.runs if run.state == "finished"]
    states = in_a_row(*(tr("seed {seed} {state}", seed=run.seed, state=state_text(run.state)) for run in line.runs))
    parameters = line.parameters
    trained = Cell(NONE) if parameters is None else Cell(count_text(parameters), tip=f"{parameters:,}")
    seconds = line.seconds
    return [
        Cell(variant.label, tip=f"{variant.label}: {states}"),
        Cell(str(line.method.rank)),
        trained,
        Cell(tr("{rows} of {total}", rows=len(done), total=len(line.runs)), tip=states),
        _spread(line.right, "", tr("over tasks") if line.right else ""),
        *(_task(variant, task) for task in tasks),
        Cell(time_text(seconds.mean), tip=tr("of the training steps, without evaluations")) if seconds else Cell(NONE),
        _peak(line),
    ]


def _peak(line: MethodResult) -> Cell:
    if line.peak_bytes is not None:
        return Cell(bytes_text(line.peak_bytes), tip=tr("the highest measured"))
    if line.shared_bytes is None:
        return Cell(NONE)
    tip = tr("the most after a step, of all runs that were trained together: none was measured by itself")
    return Cell(bytes_text(line.shared_bytes), tr("all together"), tip)


def _task(variant: Variant, task: str) -> Cell:
    spread, metric = variant.line.tasks.get(task), variant.line.metrics.get(task, "")
    scores = [run.scores[task] for run in variant.line.runs if run.state == "finished" and task in run.scores]
    if spread is None or not scores:
        return Cell(NONE)
    each = in_a_row(*(score_text(metric, value) for value in spread.values))
    tip = tr(
        "{task}, {metric}, on {rows} rows; each run: {each}", task=task, metric=metric, rows=scores[0].rows, each=each
    )
    below = tr("rows ± {error}", error=_error(metric, fmean(score.stderr for score in scores)))
    return _spread(spread, metric, below, tip)


def _spread(spread: Spread | None, metric: str, below: str, tip: str = "") -> Cell:
    if spread is None:
        return Cell(NONE)
    value = score_text(metric, spread.mean)
    apart = "" if spread.deviation is None else f" ± {_error(metric, spread.deviation)}"
    return Cell(f"{value}{apart}", below, tip)


def _scored(score: TaskScore | None) -> Cell:
    if score is None:
        return Cell(NONE)
    value = score_text(score.metric, score.value)
    return Cell(value, tr("rows ± {error}", error=_error(score.metric, score.stderr)))


def _error(metric: str, value: float) -> str:
    return number_text(value) if metric == "loss" else f"{100 * value:.1f}"


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").strip()
