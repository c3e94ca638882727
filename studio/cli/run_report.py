"""One run in plain values: what `show` prints and other programs rely on (studio/README.md)."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from typing import Any, TypeVar

from pydantic import ValidationError

from studio.core.methods.registry import floored_losses
from studio.core.problem import ProblemError
from studio.core.routing.alerts import ROUTER
from studio.core.routing.read_verdicts import read_verdicts
from studio.core.run import load_stats
from studio.core.run.best_step import best_step
from studio.core.run.curve_names import LOSS, held_out_loss, training_loss
from studio.core.run.events import EvaluationEnded, ModelReady, RunEnded, TaskScore, WarningRaised
from studio.core.run.router_groups import router_groups
from studio.core.run.run_db import RunReader
from studio.core.run.run_folder import RunFolder, list_checkpoints, step_of
from studio.core.run.run_label import read_label, run_name
from studio.core.state.run_state import read_state
from studio.core.units import number_text, percent_text
from studio.report.memory import peaks

Kind = TypeVar("Kind")
RECENT_STEPS = 20  # logged steps over which loads are summed: one step of few tokens says little


def describe_run(folder: RunFolder) -> dict[str, Any]:
    """The keys of `show`: state, the curves' last values, router loads, memory, and where the adapter is."""
    state = read_state(folder)
    with folder.reader() as reader:
        # Points ahead of a run that was resumed from an earlier step are an earlier worker's.
        points = {name: point.value for name, point in reader.last_scalars(up_to=state.step).items()}
        predicted, measured = peaks(reader)
        ended = _last(reader, RunEnded)
        scores = _last(reader, EvaluationEnded)
        return {
            "id": folder.id,
            "name": run_name(folder),
            "note": read_label(folder).note,
            "state": state.state,
            "reason": state.reason,
            "stalled": state.stalled,
            "step": state.step,
            "total_steps": state.total_steps,
            "loss": points.get(LOSS),
            "tasks": {
                task: {
                    "train_loss": points.get(training_loss(task)),
                    "eval_loss": points.get(held_out_loss(task)),
                    "accuracy": _accuracy(scores.tasks.get(task) if scores else None),
                }
                for task in _task_names(folder, reader)
            },
            "method": folder.recipe().method.name,
            "router": _router(folder, reader, state.step),
            **{each.name: each.of(points) for each in floored_losses()},
            "predicted_peak_bytes": predicted,
            "measured_peak_bytes": measured,
            "adapter": str(folder.adapter) if folder.adapter.is_dir() else None,
            "checkpoints": _checkpoints(folder, reader),
            "folder": str(folder.path),
            "phase": state.phase,
            "problems": [problem.as_dict() for problem in ended.problems] if ended and state.state == "failed" else [],
        }


def describe_briefly(folder: RunFolder) -> dict[str, Any]:
    """One line of `runs`: which run, how far, how it ended; a damaged one says what is wrong with it."""
    line: dict[str, Any] = {"id": folder.id, "name": run_name(folder), "folder": str(folder.path)}
    try:
        state = read_state(folder)
        with folder.reader() as reader:
            loss = reader.last_scalars(up_to=state.step).get(LOSS)
    except (ProblemError, sqlite3.DatabaseError, ValidationError) as error:
        # One damaged run must not hide the others; `show` says more about it.
        return line | {
            "state": "unreadable",
            "reason": str(error),
            "stalled": False,
            "step": None,
            "total_steps": None,
            "loss": None,
            "adapter": None,
        }
    return line | {
        "state": state.state,
        "reason": state.reason,
        "stalled": state.stalled,
        "step": state.step,
        "total_steps": state.total_steps,
        "loss": loss.value if loss else None,
        "adapter": str(folder.adapter) if folder.adapter.is_dir() else None,
    }


def method_lines(report: dict[str, Any]) -> list[list[str]]:
    """The lines of `show` about the run's method: routers, by projection where there are several, and losses."""
    lines = []
    for name, group in (report["router"] or {"groups": {}})["groups"].items():
        spread = f"loads vary by {percent_text(group['worst_cv'])} at most (cv of the most uneven layer)"
        experts = f"{group['layers']} layers of {report['router']['experts']} experts, {group['dead']} dead"
        lines.append([f"router {name}".rstrip(), f"{experts}, {spread}"])
    for kind, verdict in (("", "verdict"), (" on answers", "answers_verdict")):
        if report["router"] and (said := report["router"][verdict]):
            lines.append([f"routing{kind}", f"{said['sentence']} {said['advice']}".rstrip()])
    for each in floored_losses():
        if figures := report[each.name]:
            floor = f"its floor {number_text(figures['floor'])}, {each.floor_is}"
            above = number_text(figures["above_floor"])
            lines.append([each.name, f"{number_text(figures['loss'])}, {above} above {floor}"])
    return lines


def _router(folder: RunFolder, reader: RunReader, step: int) -> dict[str, Any] | None:
    """Loads as shares [layers, experts] over the last steps; None for a method without a router.

    `groups` has the same by the routers' projection: `rows` of `load`, `dead`, `worst_cv`. `verdict` and
    `answers_verdict` say in words how the loads are, `alerts` what was warned of while the run trained.
    """
    counts = reader.recent_loads(RECENT_STEPS, up_to=step)
    if counts is None:
        return None
    cv, dead = load_stats.coefficient_of_variation(counts), load_stats.dead_experts(counts).sum(axis=-1)
    ready = _last(reader, ModelReady)
    # Every run with loads has recorded its layers; a row too many or too few would mix routers up.
    names = ready.layers if ready and len(ready.layers) == len(counts) else ("",) * len(counts)
    groups = {}
    for group in router_groups(names):
        rows = list(group.rows)
        known = [float(value) for value in cv[rows] if value == value]
        groups[group.name] = {
            "rows": rows,
            "layers": len(rows),
            "dead": int(dead[rows].sum()),
            "worst_cv": max(known, default=None),
        }
    return {
        "layers": counts.shape[0],
        "experts": counts.shape[1],
        "load": load_stats.shares(counts).tolist(),
        "cv": cv.tolist(),
        "dead": int(dead.sum()),
        "groups": groups,
        **_verdicts(folder, ready, step),
    }


def _verdicts(folder: RunFolder, ready: ModelReady | None, step: int) -> dict[str, Any]:
    """The verdicts on the last steps, of all tokens and of answers, and what was warned of while the run trained."""
    found = read_verdicts(folder.db, ready, step)
    with folder.reader() as reader:
        raised = [stored.event for stored in reader.events(kinds=["WarningRaised"])]
    alerts = [event for event in raised if isinstance(event, WarningRaised) and event.where == ROUTER]
    return {
        "verdict": found[0] and asdict(found[0]),
        "answers_verdict": found[1] and asdict(found[1]),
        "alerts": [event.model_dump(include={"step", "what", "remedy"}) for event in alerts],
    }


def _checkpoints(folder: RunFolder, reader: RunReader) -> dict[str, Any]:
    """Steps that a run can resume from, the best of them (None where none was scored), and the rule that decides."""
    steps = [step for path in list_checkpoints(folder.checkpoints) if (step := step_of(path)) is not None]
    try:
        rule = folder.recipe().training.keep_best
    except ProblemError:
        return {"steps": steps, "best": None, "best_by": None}  # damaged by hand: the state's reason says so
    ended = [stored.event for stored in reader.events(kinds=["EvaluationEnded"])]
    best = best_step((event for event in ended if isinstance(event, EvaluationEnded)), rule, among=steps)
    return {"steps": steps, "best": best, "best_by": rule}


def _task_names(folder: RunFolder, reader: RunReader) -> tuple[str, ...]:
    ready = _last(reader, ModelReady)
    return ready.tasks if ready else tuple(task.name for task in folder.recipe().tasks)


def _accuracy(score: TaskScore | None) -> float | None:
    """A score that is a share of right answers; None for a task that is scored by its loss."""
    return score.value if score and score.metric != "loss" else None


def _last(reader: RunReader, kind: type[Kind]) -> Kind | None:
    stored = reader.last_event(kind.__name__)
    return stored.event if stored and isinstance(stored.event, kind) else None
