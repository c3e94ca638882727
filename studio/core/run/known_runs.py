"""The runs that are there, and the one that a person names; a drive that never answers keeps nobody waiting."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from studio.core.absolute_path import absolute_path
from studio.core.foreign.safe_path import is_link
from studio.core.problem import Problem, ProblemError
from studio.core.run.run_folder import RunFolder, is_run, open_run, without_links
from studio.core.silent_drive import (
    SilentDriveError,
    answered_at_length,
    ask_for_sign,
    refuse_silent,
    require_answer,
)
from studio.core.words import tr

Answer = TypeVar("Answer")


def find_run(name: str, runs: Path) -> RunFolder:
    """A run by its folder, its id, a unique part of its id, or "last".

    Raises ProblemError where there is no such run, and SilentDriveError where its drive does not answer.
    """
    if (folder := _at(name)) is not None:
        return folder
    answering, silent = ask_each_run(runs, lambda folder: folder)
    known = sorted([*answering, *map(RunFolder, silent)], key=lambda folder: folder.id, reverse=True)
    matching = [folder for folder in known if folder.id == name] or [folder for folder in known if name in folder.id]
    if name == "last":
        matching = known[:1]
    if len(matching) == 1:
        if (problem := silent.get(matching[0].path)) is not None:
            raise SilentDriveError(problem)
        return matching[0]
    if not known:
        remedy = tr(
            "Start one with `mixlora-studio train RECIPE`, give its folder, or name the runs' folder with --runs."
        )
        raise ProblemError.at(f"run {name}", tr("there is no such run; {runs} has no runs yet.", runs=runs), remedy)
    shown = ", ".join(folder.id for folder in matching[:5]) + (", …" if len(matching) > 5 else "")
    what = (
        tr("{n} runs match it: {shown}.", n=len(matching), shown=shown)
        if matching
        else tr("there is no such run in {runs}.", runs=runs)
    )
    raise ProblemError.at(f"run {name}", what, tr("`mixlora-studio runs` lists them; give the whole id or the folder."))


def ask_each_run(runs: Path, ask: Callable[[RunFolder], Answer]) -> tuple[list[Answer], dict[Path, Problem]]:
    """What `ask` says of each run under `runs`, newest first, and which of the folders lie on a drive that is silent.

    A folder of runs may have links to other drives. Raises SilentDriveError where its own drive does not answer.
    """
    runs = absolute_path(runs)
    require_answer(runs)
    answers: list[Answer] = []
    silent: dict[Path, Problem] = {}
    for path, beside in answered_at_length(runs, partial(_inside, runs)):
        try:
            if beside is not None:
                # Of many links to one silent drive only the first is waited for. Its answer is no sign of the run's: it
                # may lie on another drive, as what is beside a mounted one does.
                refuse_silent(beside)
                ask_for_sign(beside)
            answers += answered_at_length(path, partial(_of_run, RunFolder(path), ask))
        except SilentDriveError as error:
            require_answer(runs)
            silent[path] = replace(error.problems[0], where=str(path))
    return answers, silent


def ask_run(folder: RunFolder, ask: Callable[[RunFolder], Answer]) -> Answer:
    """What `ask` says of a run; raises SilentDriveError where the run's drive does not answer."""
    return answered_at_length(folder.path, partial(ask, folder))


def require_named(name: str) -> Path:
    """The place that a person has named; raises SilentDriveError where its drive does not answer."""
    place = Path(os.path.expanduser(name))  # noqa: PTH111  Path's own raises for an unknown user
    require_answer(place)
    return place


def _at(name: str) -> RunFolder | None:
    """The run in the folder `name`; None where there is no such folder."""

    def look() -> RunFolder | None:
        path = absolute_path(name)
        return open_run(path) if path.is_dir() else None

    return answered_at_length(require_named(name), look)


def _inside(runs: Path) -> list[tuple[Path, Path | None]]:
    """What lies in a folder of runs, the last name first; with a link, the folder of what it leads to."""
    if not runs.is_dir():
        return []
    return [
        (path, _beside_target(path))
        for path in sorted(without_links(runs).iterdir(), key=lambda path: path.name, reverse=True)
    ]


def _beside_target(path: Path) -> Path | None:
    try:
        return path.parent.joinpath(path.readlink()).parent if is_link(path) else None
    except OSError:
        return None  # it is gone by now


def _of_run(folder: RunFolder, ask: Callable[[RunFolder], Answer]) -> list[Answer]:
    return [ask(folder)] if folder.path.is_dir() and is_run(folder) else []
