"""The verbs that start a worker: train, and resume."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from studio.cli import options, waiting_line
from studio.cli.job_files import Launcher, job_file
from studio.cli.output import print_json
from studio.cli.run_report import describe_run
from studio.core.problem import EXIT_DONE, EXIT_OUR_FAULT, ProblemError
from studio.core.process.start_worker import start_worker
from studio.core.process.verbs import order
from studio.core.queue.device_lock import DeviceBusyError
from studio.core.recipe.recipe_file import load_recipe, missing_data
from studio.core.run.commands import Resume
from studio.core.run.known_runs import ask_run, find_run
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder, create_run
from studio.core.state.run_state import RunState, read_state
from studio.core.state.worker_start import WORKER_START_PATIENCE
from studio.hardware.crew_devices import RunDevices
from studio.planner.model_source import refuse_misfit


def train(
    recipe: options.RecipeFile,
    runs: options.Runs = None,
    set_: options.Set = None,
    queue: options.Queue = False,
    launcher: Annotated[
        Launcher | None,
        typer.Option(
            "--launcher", help="An engine that runs it elsewhere: a job file for it is printed, with --print."
        ),
    ] = None,
    print_: Annotated[
        bool, typer.Option("--print", help="Print the job file of --launcher, and train nothing.")
    ] = False,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Make the run, print its folder, and train nothing.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Train a recipe in the foreground; the run is the same as the window's. Ctrl-C stops it at the end of the step.

    A device trains one run at a time: while another one is training, this is refused, or waits with --queue.
    """
    if launcher is not None or print_:
        _print_job(launcher, print_, recipe, options.runs_folder(runs), set_ or [])
        return
    wanted = load_recipe(recipe, set_ or ())
    # Before there is a run: a misspelt name, or half a model, must not leave a failed run behind.
    ProblemError.raise_any(missing_data(wanted))
    refuse_misfit(wanted.model)
    if prepare:
        print(create_run(wanted, options.folder_for_runs(runs)).path)
        return
    device = waiting_line.device_of(wanted)
    if not queue:
        waiting_line.refuse_if_busy(device)
    folder = create_run(wanted, options.folder_for_runs(runs))
    print(f"Run {folder.id} in {folder.path}", file=sys.stderr)
    code = 0
    if queue:
        waiting_line.join_queue(folder, device)
    else:
        code = _follow(folder)
    if json:
        print_json(describe_run(folder))
    elif folder.adapter.is_dir():
        print(folder.adapter)
    raise typer.Exit(code)


def _print_job(launcher: Launcher | None, shown: bool, recipe: Path, runs: Path, overrides: list[str]) -> None:
    if launcher is None or not shown:
        raise ProblemError.at(
            "--launcher",
            "a job file is only printed, to be looked at and submitted by you.",
            "Give both: --launcher slurm --print, or --launcher skypilot --print.",
        )
    # Where the machines of a cluster meet is known to the job alone.
    unmet = ["machine.rendezvous=first:29500"] if launcher == "slurm" else []
    wanted = load_recipe(recipe, [*unmet, *overrides])
    ProblemError.raise_any(missing_data(wanted))
    if unmet and wanted.machine.rendezvous == "first:29500":
        wanted = wanted.model_copy(update={"machine": wanted.machine.model_copy(update={"rendezvous": ""})})
    print(job_file(launcher, wanted, recipe, runs, overrides), end="")


def resume(
    run: options.Run,
    runs: options.Runs = None,
    follow: Annotated[bool, typer.Option("--follow", help="Stay in the foreground until the run ends.")] = False,
    queue: options.Queue = False,
    json: options.Json = False,
) -> None:
    """Continue a paused, stopped, failed or lost run from its newest checkpoint, or take back a pause or stop."""
    folder = find_run(run, options.runs_folder(runs))
    waited = ask_run(folder, read_state).state == "waiting"
    waiting_line.continue_queue()
    state = ask_run(folder, read_state)
    code = 0
    if waited and state.is_live:
        print(f"Its turn has come: {folder.id} starts.", file=sys.stderr)
    elif state.state in ("starting", "running"):
        raise ProblemError.at(f"run {folder.id}", f"it is {state.state}.", "There is nothing to resume.")
    elif ask_run(folder, _take_back):
        print(f"Taken back: {folder.id} continues.", file=sys.stderr)
    elif queue:
        waiting_line.join_queue(folder, waiting_line.device_of(ask_run(folder, RunFolder.recipe)))
    else:
        waiting_line.refuse_if_busy(waiting_line.device_of(ask_run(folder, RunFolder.recipe)))
        if follow:
            code = _follow(folder)
        else:
            start_worker(folder)
            code = _say_begun(folder)
    if json:
        print_json(ask_run(folder, describe_run))
    raise typer.Exit(code)


def _take_back(folder: RunFolder) -> bool:
    """Send the run's worker a Resume, where it has one."""
    command = order(folder, Resume()).command
    if command is not None:
        send_command(folder.db, command)
    return command is not None


def _say_begun(folder: RunFolder) -> int:
    """Wait until the worker that was just started holds the run or has died, and print which; returns the exit code."""
    until = time.monotonic() + WORKER_START_PATIENCE
    state, held = ask_run(folder, _begun)
    while state.state == "starting" and not held and time.monotonic() < until:
        time.sleep(0.05)
        state, held = ask_run(folder, _begun)
    if state.state == "lost":
        print(f"Lost: {state.reason}\nThe log: {folder.log}", file=sys.stderr)
        return EXIT_OUR_FAULT
    print(f"Resumed: {folder.id}. `mixlora-studio show {folder.id}` shows its progress.", file=sys.stderr)
    return EXIT_DONE


def _begun(folder: RunFolder) -> tuple[RunState, bool]:
    """A run's state, and whether a worker holds it."""
    return read_state(folder), folder.is_alive()


def run_to_its_end(folder: RunFolder) -> int:
    """Start a worker on a run, or wait in the queue while another run has the device, and follow it on stderr.

    Returns the exit code once the worker has left.
    """
    device = waiting_line.device_of(folder.recipe())
    try:
        waiting_line.refuse_if_busy(device)
    except DeviceBusyError:
        return _follow(folder, device)
    return _follow(folder)


def _follow(folder: RunFolder, waits_for: RunDevices | None = None) -> int:
    """Start a run's worker, or wait for its turn on the device `waits_for`, and follow it to its end."""
    from studio.cli.follow import EXIT_LEFT_RUNNING, Follower
    from studio.cli.interruptions import Interruptions

    with folder.reader() as reader:
        last = reader.last_event()
    # From before the worker starts: a Ctrl-C in between would leave it running without a word.
    with Interruptions() as interruptions:
        after = last.id if last else 0
        pid = waiting_line.wait_in_queue(folder, waits_for, interruptions, after) if waits_for else start_worker(folder)
        if pid is None:
            return EXIT_LEFT_RUNNING if interruptions.count else ProblemError.exit_code
        return Follower(folder, pid, interruptions, after).follow()
