"""Whether runs can be kept in a folder that a person chose, asked before the choice is stored."""

from __future__ import annotations

import tempfile
from pathlib import Path

from studio.core.error_text import system_reason
from studio.core.problem import Problem, ProblemError
from studio.core.words import tr

MISSING = "missing-folder"
"""The kind of Problem of a folder that could be made, which nobody does unasked: its drive may only be absent."""


def place_problem(folder: Path) -> Problem | None:
    """Why no runs can be kept in `folder`; None where they can."""
    where = str(folder)
    if folder.is_dir():
        try:
            with tempfile.TemporaryFile(dir=folder):
                return None
        except OSError as error:
            what = tr("nothing can be written there ({reason}).", reason=system_reason(error))
            return Problem(where, what, tr("Choose a folder that is yours."))
    if folder.exists():
        return Problem(where, tr("that is a file, not a folder."), tr("Choose a folder."))
    above = next((each for each in folder.parents if each.exists()), None)
    if above is None:
        return Problem(where, tr("its drive is not there."), tr("Connect the drive, or choose another folder."))
    if not above.is_dir():
        return Problem(where, tr("{above} is a file, not a folder.", above=above), tr("Choose another folder."))
    return Problem(where, tr("there is no such folder."), tr("Connect its drive, or choose another folder."), MISSING)


def make_place(folder: Path) -> None:
    """Make the folder because a person asked for it; raises ProblemError where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = tr("the folder cannot be made ({reason}).", reason=system_reason(error))
        raise ProblemError.at(str(folder), what, tr("Choose another folder.")) from None
