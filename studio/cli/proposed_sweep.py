"""A sweep whose settings are proposed: some are asked for at once, trained, and told, until all tries are used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.cli.proposer import check_proposer, propose
from studio.core.problem import EXIT_DONE, ProblemError
from studio.core.recipe.sweep import Member, Sweep, once_each, words_of
from studio.core.recipe.sweep_space import ProposedSweep
from studio.core.run.run_group import Told, read_group
from studio.core.state.comparison import read_result
from studio.core.state.run_state import read_state
from studio.core.state.sweep_result import by_setting
from studio.core.state.sweep_runs import MemberRun, runs_of_sweep, told_before
from studio.core.units import number_text
from studio.core.words import tr

Trained = Callable[[Sweep, Sequence[MemberRun]], int]
"""Trains the runs of one round to their ends; returns the first exit code that is not 0."""


def first_round(wanted: ProposedSweep) -> Sweep:
    """What is asked for first, as an ordinary sweep; raises ProblemError where nothing can propose or be told."""
    check_proposer()
    asked = propose(wanted, (), min(wanted.asked_at_once, wanted.tries))
    members = [member for chosen in asked for member in _made(wanted, chosen, tell=False)]
    if not members:
        raise ProblemError.at("sweep.propose", tr("no proposed setting can be trained."), tr("Narrow its ranges."))
    if not any(task.evaluate for task in members[0].recipe.tasks):
        raise ProblemError.at(
            "sweep.propose",
            tr("a proposal follows from scores, and no task has held-out rows."),
            tr("Name held-out rows in tasks.evaluate."),
        )
    return wanted.sweep_of(once_each(members))


def train_proposed(wanted: ProposedSweep, runs: Path, train: Trained) -> tuple[Sweep, list[MemberRun], int]:
    """Ask, train and tell until all tries are used; returns all runs as one sweep, and the first exit code but 0.

    Runs that the same sweep has made before count as they are, and those that were stopped or lost are resumed. A run
    that failed is told as such, and made again by a command that finds every try made; what was proposed after it stays
    what it was. It returns early where a run was left unfinished.
    """
    told: list[Told] = []
    found: dict[Path, MemberRun] = {}
    code, trained = EXIT_DONE, False
    known: tuple[Told, ...] | None = None
    while len(told) < wanted.tries:
        count = min(wanted.asked_at_once, wanted.tries - len(told))
        basis = known if known is not None and len(known) == len(told) else tuple(told)
        asked = _asked_before(known or (), len(told), count) or propose(wanted, basis, count)
        made = [_made(wanted, chosen) for chosen in asked]
        part = wanted.sweep_of(once_each([member for each in made for member in each]))
        if known is None:
            before = told_before(part, runs)
            known = before if all(wanted.may_propose(setting) for setting, _ in before) else ()
        group = next((read_group(path) for path in found), None)
        beside = runs_of_sweep(part, runs, group, failed_again=False, told=basis)
        open_ = [each for each in beside if each.was not in ("finished", "failed")]
        if open_:
            trained = True
            ended = train(wanted.sweep_of([each.member for each in open_]), open_)
            code = code or ended
        found |= {each.folder.path: each for each in beside}
        if any(read_state(each.folder).state not in ("finished", "failed") for each in beside):
            print(f"{len(told)} of {wanted.tries} settings are tried. The same command continues.", file=sys.stderr)
            break
        told += [(chosen, _merit(each, beside)) for chosen, each in zip(asked, made, strict=True)]
        print(_said(told, wanted.tries), file=sys.stderr)
    everything = list(found.values())
    if failed := [each for each in everything if read_state(each.folder).state == "failed"]:
        if trained:
            said = "The same command makes them again."
            print(f"Failed, and counted as tried: {len(failed)} of the runs. {said}", file=sys.stderr)
        else:
            print(f"Made again, as they failed: {len(failed)} of the runs.", file=sys.stderr)
            again = [_made_again(wanted, each, runs) for each in failed]
            code = train(wanted.sweep_of([each.member for each in failed]), again) or code
            newer = {id(old): new for old, new in zip(failed, again, strict=True)}
            everything = [newer.get(id(each), each) for each in everything]
    return wanted.sweep_of([each.member for each in everything]), everything, code


def _made_again(wanted: ProposedSweep, failed: MemberRun, runs: Path) -> MemberRun:
    """A new run in the place of a failed one, which may then be deleted: it too says what it was proposed after."""
    group = read_group(failed.folder.path)
    (again,) = runs_of_sweep(wanted.sweep_of([failed.member]), runs, group, told=group.told if group else ())
    return again


def _asked_before(known: Sequence[Told], reached: int, count: int) -> list[Mapping[str, Any]]:
    return [setting for setting, _ in known[reached : reached + count]]


def _made(wanted: ProposedSweep, chosen: Mapping[str, Any], tell: bool = True) -> list[Member]:
    """The runs of a setting; none where its values do not go together, which counts as one that failed, and is told."""
    try:
        return wanted.made(chosen)
    except ProblemError as error:
        if tell:
            print(f"Not tried: {words_of(chosen)}: {error.problems[0].sentence}", file=sys.stderr)
        return []


def _merit(members: Sequence[Member], beside: Sequence[MemberRun]) -> float | None:
    """How good a setting is, over its seeds; None where one of its runs failed or has no score."""
    values = [dict(member.values) for member in members]
    own = [each for each in beside if dict(each.member.values) in values]
    if not own or any(read_state(each.folder).state == "failed" for each in own):
        return None
    (setting,) = by_setting((each.member.values, read_result(each.folder)) for each in own)
    return setting.merit.mean if setting.merit is not None else None


def _said(told: Sequence[Told], tries: int) -> str:
    best = max((each for each in told if each[1] is not None), key=lambda each: each[1] or 0.0, default=None)
    said = f"Tried {len(told)} of {tries} settings"
    if best is None or best[1] is None:
        return f"{said}; none has a score."
    return f"{said}; the best so far is {words_of(best[0])} ({number_text(best[1])})."
