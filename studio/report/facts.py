"""Everything that the report of a run tells, read from its folder once and freed of this machine's paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.core.problem import Problem, ProblemError
from studio.core.recipe.base_name import BaseName, base_name
from studio.core.recipe.recipe import ModelTable, Recipe
from studio.core.routing.read_verdicts import read_verdicts
from studio.core.routing.verdict import Verdict
from studio.core.run.event_text import event_text
from studio.core.run.events import (
    EvaluationEnded,
    MemoryReduced,
    ModelReady,
    PlanMeasured,
    RunEnded,
    StepEnded,
    WarningRaised,
)
from studio.core.run.run_db import RunReader
from studio.core.run.run_folder import RunFolder, can_be_tried
from studio.core.run.run_label import run_name
from studio.core.run.run_rows import Stored
from studio.core.state.run_state import RunState, read_state
from studio.core.toml_text import to_toml
from studio.planner.model_licence import model_licence
from studio.report.memory import measurements
from studio.report.pictures import Curve
from studio.report.portable import portable_recipe, without_paths
from studio.report.scores import began_with, curves_of, evaluations

T = TypeVar("T")
Words = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds and tokens of the run's steps, and seconds of its evaluations."""

    training: float
    tokens: int
    scoring: float


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run as its folder has it now; what it never recorded is None or empty.

    missing: Problems of files that could not be read. started, ended: seconds since the epoch, of its first and newest
    event. warnings: (step, sentence). loads: routed slots [layers, experts] of the last steps. words: takes this
    machine's paths out of a sentence.
    """

    id: str
    name: str
    state: RunState
    missing: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    started: float | None
    ended: float | None
    recipe: Recipe | None
    toml: str
    provenance: dict[str, Any]
    base: BaseName | None
    licence: str
    began_with: str
    ready: ModelReady | None
    evaluations: tuple[EvaluationEnded, ...]
    curves: tuple[Curve, ...]
    loads: NDArray[np.float32] | None
    verdicts: tuple[Verdict, ...]
    memory: tuple[PlanMeasured, ...]
    warnings: tuple[tuple[int | None, str], ...]
    spent: Spent
    has_adapter: bool
    can_be_tried: bool
    words: Words


def read_facts(folder: RunFolder) -> RunFacts:
    """Read a run's folder; raises ProblemError where its database cannot be read."""
    state = read_state(folder)
    missing: list[Problem] = []
    recipe = _or_none(folder.recipe, missing)
    provenance = _or_none(folder.provenance, missing) or {}
    base = _base(recipe, provenance)
    words = partial(without_paths, known=_known_paths(folder, recipe))
    portable = portable_recipe(folder, base) if base is not None else None
    with folder.reader() as reader:
        first = reader.events(limit=1)
        newest = reader.last_event()
        ready, ended = reader.last_event("ModelReady"), reader.last_event("RunEnded")
        model = ready.event if ready is not None and isinstance(ready.event, ModelReady) else None
        scored = tuple(evaluations(reader))
        return RunFacts(
            id=folder.id,
            name=run_name(folder),
            state=state,
            missing=tuple(missing),
            problems=_problems(state, ended),
            started=first[0].time if first else None,
            ended=newest.time if newest else None,
            recipe=recipe,
            toml=to_toml(portable).strip() if portable else "",
            provenance=provenance,
            base=base,
            licence=model_licence(recipe.model) if recipe is not None else "",
            began_with=began_with(folder),
            ready=model,
            evaluations=scored,
            curves=tuple(curves_of(reader, state.step)),
            loads=reader.recent_loads(up_to=state.step),
            verdicts=tuple(each for each in read_verdicts(folder.db, model, state.step) if each is not None),
            memory=tuple(measurements(reader)),
            warnings=tuple(_warnings(reader)),
            spent=_spent(reader, scored),
            has_adapter=folder.adapter.is_dir(),
            can_be_tried=can_be_tried(folder),
            words=words,
        )


def _or_none(read: Callable[[], T], missing: list[Problem]) -> T | None:
    """What a file says; a page about a run is worth having without it, and then says what is missing."""
    try:
        return read()
    except ProblemError as error:
        missing.extend(error.problems)
        return None


def _base(recipe: Recipe | None, provenance: dict[str, Any]) -> BaseName | None:
    recorded = provenance.get("model")
    known = recorded if isinstance(recorded, dict) else {}
    revision, source = known.get("revision"), known.get("source")
    if recipe is not None:
        return base_name(recipe.model, revision if isinstance(revision, str) else "")
    if isinstance(source, str) and source:
        return base_name(ModelTable(source=source), revision if isinstance(revision, str) else "")
    return None


def _known_paths(folder: RunFolder, recipe: Recipe | None) -> list[str]:
    """The paths that a run's sentences may name, which can have spaces."""
    found = [str(folder.path)]
    for task in recipe.tasks if recipe is not None else ():
        for names in (task.train, task.evaluate):
            found += [names] if isinstance(names, str) else names if isinstance(names, list) else []
    if recipe is not None:
        found += [recipe.model.source, recipe.model.adapter or ""]
    return [each for each in found if "/" in each or "\\" in each]


def _problems(state: RunState, ended: Stored | None) -> tuple[Problem, ...]:
    return ended.event.problems if state.state == "failed" and ended and isinstance(ended.event, RunEnded) else ()


def _warnings(reader: RunReader) -> list[tuple[int | None, str]]:
    """Every warning and every fallback, once."""
    said: dict[str, int | None] = {}
    for stored in reader.events(kinds=["WarningRaised", "MemoryReduced"]):
        if isinstance(stored.event, WarningRaised | MemoryReduced):
            said.setdefault(event_text(stored.event).brief, stored.event.step)
    return [(step, sentence) for sentence, step in said.items()]


def _spent(reader: RunReader, scored: tuple[EvaluationEnded, ...]) -> Spent:
    steps = [stored.event for stored in reader.events(kinds=["StepEnded"])]
    ended = [event for event in steps if isinstance(event, StepEnded)]
    return Spent(
        training=sum(event.seconds for event in ended),
        tokens=sum(event.tokens for event in ended),
        scoring=sum(event.seconds for event in scored),
    )
