"""The runs of a sweep on the disk: those that are there already, and the others made."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from studio.core.problem import ProblemError
from studio.core.recipe.sweep import Member, Sweep
from studio.core.run.known_runs import ask_each_run
from studio.core.run.run_folder import RunFolder, create_run, slug
from studio.core.run.run_group import RunGroup, Told, read_group
from studio.core.run.run_label import free_name
from studio.core.silent_drive import SilentDriveError
from studio.core.state.run_state import State, read_state


@dataclass(frozen=True, slots=True)
class MemberRun:
    """One run of a sweep and its folder; `was` is the state in which it was found, None for one that is new."""

    member: Member
    folder: RunFolder
    was: State | None


def runs_of_sweep(
    sweep: Sweep,
    runs: Path,
    group: RunGroup | None = None,
    failed_again: bool = True,
    told: Sequence[Told] = (),
) -> list[MemberRun]:
    """The sweep's runs in its order: those of the same recipes that it has made before, and the missing ones made.

    A run that failed is made again, unless `failed_again` is false. `group` is what new ones belong to, where that is
    known, and `told` what their values were proposed after. Raises ProblemError where a folder cannot be made.
    """
    there = _earlier(runs)
    known = {each.id: each.name for _, each in there}
    found = [_same(member, there, failed_again) for member in sweep.members]
    mine = group or next((each[1] for each in found if each is not None), None)
    if mine is None:
        made = f"{time.strftime('%Y%m%d-%H%M%S')}-{slug(sweep.name)}"
        mine = RunGroup(free_name(made, known), free_name(sweep.name, known.values()), {})
    made_here: list[MemberRun] = []
    for member, same in zip(sweep.members, found, strict=True):
        if same is not None:
            made_here.append(MemberRun(member, same[0], same[2]))
            continue
        own = replace(mine, values=member.values, told=tuple(told))
        made_here.append(MemberRun(member, create_run(member.recipe, runs, group=own), None))
    return made_here


def told_before(sweep: Sweep, runs: Path) -> tuple[Told, ...]:
    """What the last settings of a sweep were proposed after, whose first ones these are; empty for a new one."""
    there = _earlier(runs)
    found = next((same for member in sweep.members if (same := _same(member, there, False)) is not None), None)
    if found is None:
        return ()
    return max((group.told for _, group in there if group.id == found[1].id), key=len)


def runs_of_group(group: str, runs: Path) -> list[tuple[RunFolder, RunGroup]]:
    """The runs of one sweep by its id, in the order in which they were made."""
    return [(folder, found) for folder, found in reversed(_earlier(runs)) if found.id == group]


def _earlier(runs: Path) -> list[tuple[RunFolder, RunGroup]]:
    """Every run of a sweep, newest first; raises SilentDriveError where one may lie on a silent drive."""
    found, silent = ask_each_run(runs, lambda folder: (folder, read_group(folder.path)))
    SilentDriveError.raise_any(silent.values())
    return [(folder, group) for folder, group in found if group is not None]


def _same(
    member: Member, there: Sequence[tuple[RunFolder, RunGroup]], failed_again: bool
) -> tuple[RunFolder, RunGroup, State] | None:
    """The newest run of exactly this recipe that a sweep made; one that failed, only where it is not made again."""
    for folder, group in there:
        try:
            # The values first: most runs differ in them, and a recipe takes a millisecond to read.
            if dict(group.values) != dict(member.values) or folder.recipe() != member.recipe:
                continue
            if (state := read_state(folder).state) != "failed" or not failed_again:
                return folder, group, state
        except (ProblemError, ValidationError, sqlite3.Error, OSError):
            continue  # a damaged run cannot be used; `runs` shows what is wrong with it
    return None
