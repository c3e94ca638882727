"""Saves the experts' map: as a picture, or as a table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from studio.core.atomic_file import write_whole
from studio.core.error_text import system_reason
from studio.core.problem import Problem
from studio.core.words import mark, tr
from studio.ui.charts.expert_map import ExpertMap
from studio.ui.controls.file_dialog import SaveDialog
from studio.ui.off_thread import off_thread

PICTURE, TABLE = mark("Picture (*.png)"), mark("Table (*.csv)")


def offer_to_save(parent: QWidget, heatmap: ExpertMap, on_problem: Callable[[Problem], None]) -> None:
    """Ask where to, and save what the map shows then."""
    dialog = SaveDialog(parent, tr("Save the map"), "experts.png", tr(PICTURE), tr(TABLE))
    dialog.filterSelected.connect(partial(_end_as_chosen, dialog))
    dialog.chosen.connect(partial(save_map, parent, heatmap, on_problem))
    dialog.open()


def _end_as_chosen(dialog: SaveDialog, chosen: str) -> None:
    dialog.setDefaultSuffix("csv" if chosen == tr(TABLE) else "png")


def save_map(owner: QWidget, heatmap: ExpertMap, on_problem: Callable[[Problem], None], file: str) -> None:
    """Write what the map shows now into `file`, in a thread: a table where its name ends in .csv, else a picture."""
    work = (
        partial(_table_problem, heatmap.csv(), Path(file))
        if file.lower().endswith(".csv")
        else partial(_picture_problem, heatmap.grab().toImage(), file)
    )
    off_thread(owner, f"save:{file}", work, partial(_tell, on_problem), is_writing=True)


def _tell(on_problem: Callable[[Problem], None], problem: Problem | None) -> None:
    if problem is not None:
        on_problem(problem)


def _picture_problem(picture: QImage, file: str) -> Problem | None:
    if picture.save(file):
        return None
    return Problem(file, tr("the picture could not be written."), tr("Choose another folder, or a name in .png."))


def _table_problem(text: str, file: Path) -> Problem | None:
    try:
        write_whole(file, text)
    except OSError as error:
        what = tr("the table could not be written ({reason}).", reason=system_reason(error))
        return Problem(str(file), what, tr("Choose another folder."))
    return None
