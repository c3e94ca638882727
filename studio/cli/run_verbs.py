"""The verbs on runs that exist: runs, show, pause, stop."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import Annotated, Any

import typer

from studio.cli import options
from studio.cli.output import columns, print_json, print_problems, within_terminal
from studio.cli.run_report import describe_briefly, describe_run, method_lines
from studio.core.process.verbs import kill, leave_queue, order
from studio.core.run.commands import Pause, Stop
from studio.core.run.known_runs import ask_each_run, ask_run, find_run
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state
from studio.core.units import memory, number_text, percent_text

Wait = Annotated[bool, typer.Option("--wait", help="Return only when the worker has ended.")]


def runs(runs: options.Runs = None, json: options.Json = False) -> None:
    """List all runs, newest first."""
    place = options.runs_folder(runs)
    found, silent = ask_each_run(place, describe_briefly)
    print_problems(silent.values())
    if json:
        print_json({"runs": found})
        return
    if not found and not silent:
        print(f"There are no runs in {place} yet.")
        return
    lines = [["RUN", "NAME", "STATE", "STEP", "LOSS", ""]]
    lines += [
        [run["id"], run["name"], run["state"], _steps(run), number_text(run["loss"]), run["reason"]] for run in found
    ]
    print(within_terminal(columns(lines)))


def show(run: options.Run, runs: options.Runs = None, json: options.Json = False) -> None:
    """Show one run: its state, the curves' last values, router loads and peak memory."""
    folder = find_run(run, options.runs_folder(runs))
    report = ask_run(folder, describe_run)
    if json:
        print_json(report)
        return
    print(f"{report['id']}: {report['state']}. {report['reason']}")
    noted = [["note", report["note"]]] if report["note"] else []
    lines = [["name", report["name"]], *noted]
    lines += [["method", report["method"]], ["step", _steps(report)], ["loss", number_text(report["loss"])]]
    for name, task in report["tasks"].items():
        held_out = f"held out {number_text(task['eval_loss'])}, right {percent_text(task['accuracy'])}"
        lines.append([f"task {name}", f"loss {number_text(task['train_loss'])}, {held_out}"])
    lines += method_lines(report)
    peaks = f"{memory(report['measured_peak_bytes'])} measured, {memory(report['predicted_peak_bytes'])} predicted"
    lines += [
        ["peak memory", peaks],
        ["checkpoints", _checkpoints(report["checkpoints"])],
        ["adapter", report["adapter"] or "none yet"],
        ["folder", report["folder"]],
    ]
    print(columns(lines))


def pause(run: options.Run, runs: options.Runs = None, wait: Wait = False, json: options.Json = False) -> None:
    """Save a checkpoint at the end of the step and free the GPU; `resume` continues from exactly there."""
    _ask(find_run(run, options.runs_folder(runs)), Pause(), wait, json)


def stop(
    run: options.Run,
    runs: options.Runs = None,
    wait: Wait = False,
    now: Annotated[bool, typer.Option("--now", help="Kill the worker now. Use it when stop has no effect.")] = False,
    json: options.Json = False,
) -> None:
    """End the run after this step with a checkpoint and an adapter; with --now, at once and without them."""
    folder = find_run(run, options.runs_folder(runs))
    if not now:
        _ask(folder, Stop(), wait, json)
        return
    reason = ask_run(folder, kill)
    if json:
        print_json(ask_run(folder, describe_run))
    else:
        print(reason)


def _ask(folder: RunFolder, command: Pause | Stop, wait: bool, json: bool) -> None:
    ask_run(folder, partial(_give, command=command))
    print(f"Asked to {command.kind.lower()}: {folder.id}", file=sys.stderr)
    while wait and ask_run(folder, _has_worker):
        time.sleep(0.1)
    if json:
        print_json(ask_run(folder, describe_run))
    elif wait:
        print(ask_run(folder, read_state).reason)


def _give(folder: RunFolder, command: Pause | Stop) -> None:
    given = order(folder, command)
    send_command(folder.db, command)
    leave_queue(given)


def _has_worker(folder: RunFolder) -> bool:
    return read_state(folder).is_live or folder.is_alive()


def _checkpoints(found: dict[str, Any]) -> str:
    if not found["steps"]:
        return "none yet"
    steps = "after step " + ", ".join(str(step) for step in found["steps"])
    by = {"loss": "lowest mean held-out loss", "score": "highest mean score"}.get(found["best_by"])
    return f"{steps}; best {found['best']} ({by})" if found["best"] is not None else steps


def _steps(report: dict[str, Any]) -> str:
    if report["step"] is None:
        return "–"
    return f"{report['step']}/{report['total_steps'] or '?'}"
