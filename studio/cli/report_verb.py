"""The verb `report`: a run on one page."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from studio.cli import options
from studio.cli.output import print_json
from studio.core.run.known_runs import ask_run, find_run
from studio.report.page import write_report

Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where; else report.html in the run's folder.", parser=options.path),
]


def report(run: options.Run, out: Out = None, runs: options.Runs = None, json: options.Json = False) -> None:
    """Write a run on one page to send or print: HTML that needs nothing else, without any path of this machine."""
    folder = find_run(run, options.runs_folder(runs))
    place = ask_run(folder, partial(write_report, out=out))
    if json:
        print_json({"id": folder.id, "path": str(place), "bytes": place.stat().st_size})
    else:
        print(f"Written: {place}")
