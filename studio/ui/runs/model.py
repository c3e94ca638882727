"""The runs list as Qt sees it: a model over frozen summaries, in which a person may look for some and rename one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from studio.core.foreign.visible_text import unmarked
from studio.core.state.state_text import state_text
from studio.ui.runs.days import day_text
from studio.ui.runs.summary import RunSummary

SUMMARY = Qt.ItemDataRole.UserRole + 1
DAY = Qt.ItemDataRole.UserRole + 2
"""The words above the first run of a day; empty for the others."""
_Index = QModelIndex | QPersistentModelIndex


class RunsModel(QAbstractListModel):
    """The runs that are looked for, newest first; all of them while nothing is.

    `rename_wanted` brings a run's folder and the name that a person typed for it.
    """

    rename_wanted = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[RunSummary, ...] = ()
        self._runs: list[RunSummary] = []
        self._words: tuple[str, ...] = ()

    def show_runs(self, runs: tuple[RunSummary, ...]) -> None:
        """Take a new list; rows that stay are kept, and with them the selection and the scroll position."""
        self._all = runs
        self._show([run for run in runs if all(word in run.sought for word in self._words)])

    def forget_typed(self) -> None:
        """Show again the names that the runs have: one that was typed was not taken."""
        self.show_runs(self._all)

    def look_for(self, text: str) -> None:
        """Show only the runs in which every word of `text` occurs: name, state, note, method, model, task, id."""
        self._words = tuple(text.casefold().split())
        self.show_runs(self._all)

    def _show(self, runs: Sequence[RunSummary]) -> None:
        # Neighbours go and come together: the view takes a millisecond for each time, and there may be hundreds.
        wanted = {each.folder.path for each in runs}
        end = len(self._runs)
        while end:
            begin = end
            while begin and self._runs[begin - 1].folder.path not in wanted:
                begin -= 1
            if begin < end:
                self.beginRemoveRows(QModelIndex(), begin, end - 1)
                del self._runs[begin:end]
                self.endRemoveRows()
            end = max(0, begin - 1)
        known = {each.folder.path for each in self._runs}
        row = 0
        while row < len(runs):
            here, summary, end = self._runs[row] if row < len(self._runs) else None, runs[row], row + 1
            if here is None or here.folder.path != summary.folder.path:
                while end < len(runs) and runs[end].folder.path not in known:
                    end += 1
                self.beginInsertRows(QModelIndex(), row, end - 1)
                self._runs[row:row] = runs[row:end]
                self.endInsertRows()
            elif not summary.same_as(here):
                self._runs[row] = summary
                self.dataChanged.emit(self.index(row), self.index(row))
            row = end

    def row_of(self, path: Path) -> int | None:
        return next((row for row, run in enumerate(self._runs) if run.folder.path == path), None)

    def run_at(self, row: int) -> RunSummary:
        return self._runs[row]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._runs)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.isValid() else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._runs):
            return None
        run = self._runs[index.row()]
        if role == SUMMARY:
            return run
        if role == DAY:
            first = index.row() == 0 or self._runs[index.row() - 1].created != run.created
            return day_text(run.created, date.today()) if first else ""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return run.name
        if role == Qt.ItemDataRole.ToolTipRole:
            # The name and the line below it are cut where they have no room.
            lines = [run.name, " · ".join(below(run)), *run.scores, run.id, run.reason, run.note]
            return unmarked("\n".join(line for line in lines if line))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            day = day_text(run.created, date.today())
            return ", ".join(part for part in (run.name, *below(run), day, run.note) if part)
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        run, name = self._runs[index.row()], str(value).strip()
        if name == run.name:
            return False
        # Shown at once; the next look at the folder says what it is called then.
        self._runs[index.row()] = replace(run, name=name or run.facts.name)
        self.dataChanged.emit(index, index)
        self.rename_wanted.emit(run.folder, name)
        return True


def below(run: RunSummary) -> list[str]:
    """The parts of the line below a run's name."""
    return [part for part in (state_text(run.shown_state), run.progress, run.score) if part]
