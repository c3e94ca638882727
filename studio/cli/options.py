"""Options and arguments that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.output import print_problems
from studio.core.absolute_path import absolute_path
from studio.core.run.known_runs import require_named
from studio.core.settings import load_settings
from studio.core.silent_drive import require_answer
from studio.hardware import detect, see_only


def path(given: str) -> Path:
    """A path that a person has typed, as an absolute one; raises SilentDriveError where its drive does not answer."""
    require_named(given)
    return absolute_path(given)


Run = Annotated[str, typer.Argument(metavar="RUN", help='A run: its folder, its id, a part of its id, or "last".')]
RecipeFile = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe, a TOML file.", parser=path)]
Runs = Annotated[Path | None, typer.Option("--runs", metavar="DIR", help="Where runs are kept.", parser=path)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a field of the recipe, such as method.rank=8."),
]
Queue = Annotated[
    bool, typer.Option("--queue", help="Put the run in the queue and return; it starts when the device is free.")
]


def settle_card(wanted: str) -> None:
    """Let CUDA see only the card that `wanted` names as in a recipe; torch must not be imported yet."""
    if (device := detect().device(wanted)) is not None:
        see_only(device)


def runs_folder(given: Path | None) -> Path:
    """Where runs are kept: as given, or as the settings say; problems of the settings go to stderr."""
    if given is not None:
        return absolute_path(given)
    settings, problems = load_settings()
    print_problems(problems)
    return settings.runs_folder()


def folder_for_runs(given: Path | None) -> Path:
    """As `runs_folder`, for runs that are made there; raises SilentDriveError where its drive does not answer."""
    place = runs_folder(given)
    require_answer(place)
    return place
