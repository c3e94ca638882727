"""The verbs that start a worker: train, and resume."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from studio.cli import options
from studio.cli.output import print_json
from studio.cli.run_report import describe_run
from studio.core.commands import Resume
from studio.core.problem import ProblemError
from studio.core.recipe_file import load_recipe
from studio.core.run_db import send_command
from studio.core.run_folder import RunFolder, create_run, find_run
from studio.core.run_state import RESUMABLE, read_state
from studio.core.start import start_worker


def train(
    recipe: options.RecipeFile,
    runs: options.Runs = None,
    set_: options.Set = None,
    json: options.Json = False,
) -> None:
    """Train a recipe in the foreground; the run is the same as the window's. Ctrl-C stops it at the end of the step."""
    wanted = load_recipe(recipe, set_ or ())
    folder = create_run(wanted, options.runs_folder(runs))
    print(f"Run {folder.id} in {folder.path}", file=sys.stderr)
    code = run_to_its_end(folder)
    if json:
        print_json(describe_run(folder))
    elif folder.adapter.is_dir():
        print(folder.adapter)
    raise typer.Exit(code)


def resume(
    run: options.Run,
    runs: options.Runs = None,
    follow: Annotated[bool, typer.Option("--follow", help="Stay in the foreground until the run ends.")] = False,
    json: options.Json = False,
) -> None:
    """Go on with a paused, stopped, failed or lost run from its newest checkpoint, or take back a pause."""
    folder = find_run(run, options.runs_folder(runs))
    state = read_state(folder)
    code = 0
    if state.state in ("pausing", "stopping"):
        send_command(folder.db, Resume())
        print(f"Taken back: {folder.id} goes on.", file=sys.stderr)
    elif state.state not in RESUMABLE | {"waiting"}:
        remedy = (
            "Start a new run from its recipe to train more." if state.state == "finished" else "It needs no resuming."
        )
        raise ProblemError.at(f"run {folder.id}", f"it is {state.state}.", remedy)
    elif follow:
        code = run_to_its_end(folder)
    else:
        pid = start_worker(folder)
        print(
            f"Resumed: {folder.id} (process {pid}). `mixlora-studio show {folder.id}` tells how far.", file=sys.stderr
        )
    if json:
        print_json(describe_run(folder))
    raise typer.Exit(code)


def run_to_its_end(folder: RunFolder) -> int:
    """Start a worker on a run and follow it on stderr until it has left; returns the exit code."""
    from studio.cli.follow import Follower
    from studio.cli.interruptions import Interruptions

    with folder.reader() as reader:
        last = reader.last_event()
    # From before the worker starts: a Ctrl-C in between would leave it running unsaid.
    with Interruptions() as interruptions:
        pid = start_worker(folder)
        return Follower(folder, pid, interruptions, after=last.id if last else 0).follow()
