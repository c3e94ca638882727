"""An adapter turned into what another program reads; every export proves itself."""

from __future__ import annotations

from pathlib import Path

from studio.core.export_formats import EXPORT_FORMATS, PLANNED_FORMATS
from studio.core.problem import ProblemError
from studio.core.progress import Progress, untold
from studio.export.export_folder import Exported


def export_adapter(name: str, to: str, out: Path, runs: Path, progress: Progress = untold) -> Exported:
    """Export the adapter that `name` means (a run, or an adapter's folder) in the format `to` into `out`.

    Raises ProblemError for what the user can fix: an unknown format, no adapter yet, a folder that is not empty.
    """
    choose = f"Choose {' or '.join(EXPORT_FORMATS)}."
    if to in PLANNED_FORMATS:
        raise ProblemError.at(f"--to {to}", f"{PLANNED_FORMATS[to]} cannot be written yet.", choose)
    if to not in EXPORT_FORMATS:
        raise ProblemError.at(f"--to {to}", "this format is unknown.", choose)
    from studio.export.offers import refuse_without_room
    from studio.hardware import detect
    from studio.models.adapter_source import find_adapter

    source = find_adapter(name, runs)
    refuse_without_room(source, to, "", out, detect())
    from studio.export.formats import FORMATS  # torch, from here on

    return FORMATS[to].write(source, out, progress)
