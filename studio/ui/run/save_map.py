"""Saves the experts' map: as a picture, or as a table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from studio.core.atomic_file import write_whole
from studio.core.error_text import system_reason
from studio.core.problem import Problem
from studio.core.words import mark, tr
from studio.ui.charts.expert_map import ExpertMap
from studio.ui.controls.file_dialog import FileDialog, Mode

PICTURE, TABLE = mark("Picture (*.png)"), mark("Table (*.csv)")


def offer_to_save(parent: QWidget, heatmap: ExpertMap, on_problem: Callable[[Problem], None]) -> None:
    """Ask where to, and save what the map shows then."""
    dialog = FileDialog(parent, tr("Save the map"), Mode.AnyFile, tr(PICTURE), tr(TABLE), save_as="experts.png")
    dialog.filterSelected.connect(partial(_end_as_chosen, dialog))
    dialog.chosen.connect(partial(_save, heatmap, on_problem))
    dialog.open()


def _end_as_chosen(dialog: FileDialog, chosen: str) -> None:
    dialog.setDefaultSuffix("csv" if chosen == tr(TABLE) else "png")


def _save(heatmap: ExpertMap, on_problem: Callable[[Problem], None], file: str) -> None:
    if (problem := save_map(heatmap, Path(file))) is not None:
        on_problem(problem)


def save_map(heatmap: ExpertMap, file: Path) -> Problem | None:
    """Write the map into `file`, as a table where its name ends in .csv; returns why that was not possible."""
    if file.suffix.lower() != ".csv":
        if heatmap.grab().save(str(file)):
            return None
        return Problem(
            str(file), tr("the picture could not be written."), tr("Choose another folder, or a name in .png.")
        )
    try:
        write_whole(file, heatmap.csv())
    except OSError as error:
        return Problem(
            str(file),
            tr("the table could not be written ({reason}).", reason=system_reason(error)),
            tr("Choose another folder."),
        )
    return None
