"""The verbs of the queue: who waits for a device, in which order; and gaming mode."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from studio.cli import options, waiting_line
from studio.cli.output import columns, print_json, print_problems
from studio.core.problem import ProblemError
from studio.core.process.dispatch import begin_game, end_game
from studio.core.queue.device_lock import held_devices
from studio.core.queue.queue import Entry, Queue, Where, move_in_queue, read_queue, take_out_of_queue
from studio.core.queue.queue_text import game_sentence, name_of, place_sentence, seconds_left
from studio.core.run.known_runs import ask_run, find_run
from studio.core.run.run_folder import RunFolder
from studio.core.silent_drive import SilentDriveError, answered
from studio.core.state.run_state import read_state
from studio.core.units import about

queue = typer.Typer(invoke_without_command=True, rich_markup_mode=None, no_args_is_help=False)


@queue.callback()
def show_queue(context: typer.Context, runs: options.Runs = None, json: options.Json = False) -> None:
    """Show which runs wait for a device, in order, and start those whose turn has come.

    A device trains one run at a time. When it ends, for whatever reason, the next one starts, with or without a window.
    """
    if context.invoked_subcommand is None:
        waiting_line.continue_queue()
        _print_queue(json)


@queue.command()
def add(run: options.Run, runs: options.Runs = None, json: options.Json = False) -> None:
    """Put a run in the queue that exists already: a paused, stopped, failed or lost one, or one that never began."""
    folder = find_run(run, options.runs_folder(runs))
    waiting_line.join_queue(folder, waiting_line.device_of(ask_run(folder, RunFolder.recipe)))
    _print_queue(json)


@queue.command()
def move(
    run: options.Run,
    to: Annotated[
        Where,
        typer.Argument(metavar="up|down|first|last", help="New position among the runs waiting for the same device."),
    ],
    runs: options.Runs = None,
    json: options.Json = False,
) -> None:
    """Move a waiting run among those that wait for the same device."""
    move_in_queue(_waiting(run, options.runs_folder(runs)), to)
    _print_queue(json)


@queue.command()
def remove(run: options.Run, runs: options.Runs = None, json: options.Json = False) -> None:
    """Remove a run from the queue; the run itself stays, and `resume` starts it."""
    take_out_of_queue(_waiting(run, options.runs_folder(runs)))
    _print_queue(json)


def game(
    turn_it: Annotated[
        Literal["on", "off"] | None, typer.Argument(metavar="on|off", help="Without it, show which it is.")
    ] = None,
    runs: options.Runs = None,
    json: options.Json = False,
) -> None:
    """Turn gaming mode on or off: the card is yours, and the run later continues from exactly where it was.

    On: each run that trains saves a checkpoint at the end of its step and leaves, and the queue waits. Off: it resumes.
    """
    if turn_it == "on":
        for folder in begin_game():
            print(f"'{name_of(folder)}' pauses at the end of its step.", file=sys.stderr)
    elif turn_it == "off":
        for folder in end_game().started:
            print(f"'{name_of(folder)}' continues.", file=sys.stderr)
    now = read_queue().game
    if json:
        print_json({"game": now.model_dump() if now else None})
    else:
        print(game_sentence(now) if now else "Gaming mode is off.")


def _waiting(name: str, runs: Path) -> RunFolder:
    """A run of the queue by its folder, its id, or a part of its id or name; runs in other folders count too."""
    queue = read_queue()
    known = [entry.folder for entry in queue.entries]
    found = [folder for folder in known if name in (folder.id, str(folder.path))]
    found = found or [folder for folder in known if name in folder.id or name == name_of(folder)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ProblemError.at(f"run {name}", f"{len(found)} waiting runs match it.", "Give the whole id or the folder.")
    entry = ask_run(find_run(name, runs), queue.entry)
    if entry is not None:
        return entry.folder
    raise ProblemError.at(f"run {name}", "it is not in the queue.", "`mixlora-studio queue` shows which runs are.")


def _print_queue(json: bool) -> None:
    queue = read_queue()
    training = [_training(holder.shown, folder) for _, holder in held_devices() for folder in holder.folders]
    waiting = [_line(place, entry, queue) for place, entry in enumerate(queue.entries, start=1)]
    if json:
        game = queue.game.model_dump() if queue.game else None
        print_json({"game": game, "training": training, "waiting": waiting})
        return
    if queue.game is not None:
        print(game_sentence(queue.game))
    for run in training:
        left = f", {about(run['seconds_left'])} left" if run["seconds_left"] is not None else ""
        step = f"step {run['step']} of {run['total_steps'] or '?'}" if run["step"] is not None else "at an unknown step"
        print(f"'{run['name']}' is training on {run['device']}, {step}{left}.")
    if waiting:
        lines = [["", "RUN", "NAME", "FOR", ""]]
        lines += [[str(run["place"]), run["id"], run["name"], run["device"], run["reason"]] for run in waiting]
        print(columns(lines))
    else:
        print("The queue is empty.")


def _training(device: str, folder: RunFolder) -> dict[str, Any]:
    try:
        state = answered(folder.path.parent, partial(read_state, folder))
    except SilentDriveError as error:
        print_problems(error.problems)
        state = None
    return {
        "device": device,
        "id": folder.id,
        "name": name_of(folder),
        "folder": str(folder.path),
        "step": state.step if state is not None else None,
        "total_steps": state.total_steps if state is not None else None,
        "seconds_left": seconds_left(folder),
    }


def _line(place: int, entry: Entry, queue: Queue) -> dict[str, Any]:
    return {
        "place": place,
        "id": entry.folder.id,
        "name": name_of(entry.folder),
        "folder": str(entry.run),
        "device": entry.shown,
        "reason": place_sentence(entry, queue),
    }
