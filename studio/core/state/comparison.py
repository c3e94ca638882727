"""Methods compared: the results of several runs of one recipe, by method, with the mean and spread over their seeds."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import MethodTable
from studio.core.run.curve_names import MEMORY
from studio.core.run.events import EvaluationEnded, ModelReady, PlanMeasured, StepEnded, TaskScore
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import State, read_state

_NAME = re.compile(rf"(?P<group>.+) (?:{'|'.join(METHODS)}) seed \d+")


def name_of_run(group: str, method: str, seed: int) -> str:
    """The name of one run of a comparison; `group_of` takes it apart."""
    return f"{group[:50]} {method} seed {seed}"


def group_of(name: str) -> str | None:
    """The comparison to which a run of this name belongs; None for a run on its own."""
    found = _NAME.fullmatch(name)
    return found["group"] if found else None


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run's results; `scores` are of its last evaluation, `before` of the one before training, if any.

    seconds: of its training steps, without evaluations. peak_bytes: measured. shared_bytes: the most
    after a step, of all runs that one worker trains together, where this one was not measured by itself.
    """

    id: str
    seed: int
    method: MethodTable
    state: State
    scores: dict[str, TaskScore]
    before: dict[str, TaskScore]
    parameters: int | None
    seconds: float
    peak_bytes: int | None
    shared_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Values of several seeds: their mean, and their standard deviation (n - 1), None of a single one."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return statistics.fmean(self.values)

    @property
    def deviation(self) -> float | None:
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    @property
    def error(self) -> float | None:
        """The standard error of the mean, None of a single value."""
        return None if self.deviation is None else self.deviation / math.sqrt(len(self.values))

    def as_dict(self) -> dict[str, Any]:
        return {"mean": self.mean, "spread": self.deviation, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One method's line of the table, over its finished runs; None or empty where there are none.

    tasks: each task's score. right: the mean over those tasks that are scored by right answers. metrics, rows: of each.
    """

    method: MethodTable
    runs: tuple[RunResult, ...]
    tasks: dict[str, Spread]
    metrics: dict[str, str]
    rows: dict[str, int]
    right: Spread | None
    seconds: Spread | None
    parameters: int | None
    peak_bytes: int | None
    shared_bytes: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for `compare --json`."""
        return {
            "method": self.method.name,
            "rank": self.method.rank,
            "alpha": self.method.alpha,
            "parameters": self.parameters,
            "runs": [{"id": run.id, "seed": run.seed, "state": run.state} for run in self.runs],
            "tasks": {
                name: {"metric": self.metrics[name], "rows": self.rows[name], **spread.as_dict()}
                for name, spread in self.tasks.items()
            },
            "mean": self.right.mean if self.right else None,
            "spread": self.right.deviation if self.right else None,
            "seconds": self.seconds.mean if self.seconds else None,
            "peak_bytes": self.peak_bytes,
        }


def read_result(folder: RunFolder) -> RunResult:
    """Read a run's results so far from its folder; raises ProblemError when the folder is damaged."""
    recipe, state = folder.recipe(), read_state(folder)
    with folder.reader() as reader:
        events = [stored.event for stored in reader.events(kinds=("ModelReady", "EvaluationEnded", "PlanMeasured"))]
        # A step that was repeated after a resume is stored once.
        most = reader.largest(MEMORY)
        seconds = sum(s.event.seconds for s in reader.events(kinds=("StepEnded",)) if isinstance(s.event, StepEnded))
    evaluations = [event for event in events if isinstance(event, EvaluationEnded)]
    ready = [event.trainable_parameters for event in events if isinstance(event, ModelReady)]
    peaks = [event.measured_peak_bytes for event in events if isinstance(event, PlanMeasured)]
    return RunResult(
        id=folder.id,
        seed=recipe.seed,
        method=recipe.method,
        state=state.state,
        scores=next((dict(each.tasks) for each in reversed(evaluations) if each.when != "before"), {}),
        before=next((dict(each.tasks) for each in evaluations if each.when == "before"), {}),
        parameters=ready[-1] if ready else None,
        seconds=seconds,
        peak_bytes=max(peaks, default=None),
        # A run by itself is measured before its first step, and later against its plan.
        shared_bytes=int(most) if most is not None and not peaks else None,
    )


def by_method(results: Iterable[RunResult]) -> list[MethodResult]:
    """Gather results by method, in the order in which the methods first come; only finished runs are averaged."""
    gathered: dict[str, list[RunResult]] = {}
    for result in results:
        gathered.setdefault(result.method.name, []).append(result)
    return [summary_of(runs) for runs in gathered.values()]


def summary_of(runs: Sequence[RunResult]) -> MethodResult:
    """One line of a table from the runs that differ only in their seeds; the method is the first one's."""
    done = [run for run in runs if run.state == "finished"]
    scored = [run for run in done if run.scores]
    first = scored[0].scores if scored else {}
    names = [name for name in first if all(name in run.scores for run in scored)]
    counted = [name for name in names if first[name].metric != "loss"]
    right = [statistics.fmean(run.scores[name].value for name in counted) for run in scored] if counted else []
    return MethodResult(
        method=runs[0].method,
        runs=tuple(runs),
        tasks={name: Spread(tuple(run.scores[name].value for run in scored)) for name in names},
        metrics={name: first[name].metric for name in names},
        rows={name: first[name].rows for name in names},
        right=Spread(tuple(right)) if right else None,
        seconds=Spread(tuple(run.seconds for run in done)) if done else None,
        parameters=next((run.parameters for run in runs if run.parameters is not None), None),
        peak_bytes=max((run.peak_bytes for run in runs if run.peak_bytes is not None), default=None),
        shared_bytes=max((run.shared_bytes for run in runs if run.shared_bytes is not None), default=None),
    )
