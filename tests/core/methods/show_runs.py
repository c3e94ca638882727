"""Prints as JSON what the window shows of the runs in a folder, by whichever studio comes first on the path."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

import studio
from studio.core.methods.registry import METHODS
from studio.core.run.events import ModelReady
from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.run.run_record import RunRecord
from studio.core.state.comparison import group_of, read_result
from studio.ui.comparison.variants import ComparedRun, band_of, variants_of
from studio.ui.new_run.recipe_fields import table_fields
from studio.ui.run.experts_panel import ExpertsPanel
from studio.ui.theme import theme


def main(runs: str) -> None:
    app = QApplication([])
    folders = [folder for folder in list_runs(Path(runs)) if folder.recipe().method.name == "plainmoe"]
    (folder,) = folders
    record, compared = read(folder)
    (variant,) = variants_of([compared])
    band = band_of(variant, "loss", 0.0)
    panel = ExpertsPanel()
    panel.open(folder)
    panel.show_record(record)
    while panel.loads.is_reading:
        app.processEvents()
    panel.loads.close()
    assert band is not None
    found = {
        "studio": studio.__file__,
        "group": group_of(compared.recipe.name),
        "label": variant.label,
        "colour": theme.roles.series[variant.colour],
        "colours_of_others": [theme.roles.series[method.colour] for method in METHODS.values()][:-1],
        "points": len(band.mean),
        "map": panel.map.accessibleName(),
        "users": {spec.name: spec.methods for spec in table_fields("method")},
        "trainable": record.ready.trainable_parameters if record.ready else None,
        "curves": sorted(record.curves),
    }
    print(json.dumps(found))
    app.quit()


def read(folder: RunFolder) -> tuple[RunRecord, ComparedRun]:
    record = RunRecord()
    with folder.reader() as reader:
        points = reader.scalars()
        for stored in reader.events():
            if isinstance(stored.event, ModelReady):
                record.add_event(stored)
        record.add_scalars(points)
    names = {point.name for point in points}
    curves = {
        name: (
            np.array([point.step for point in points if point.name == name], dtype=float),
            np.array([point.value for point in points if point.name == name], dtype=float),
        )
        for name in names
    }
    return record, ComparedRun(folder.recipe(), read_result(folder), curves)


if __name__ == "__main__":
    main(*sys.argv[1:])
