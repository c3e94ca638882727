"""The verbs on the list of runs: what a run is called, its note, and the trash."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from studio.cli import options
from studio.cli.output import columns, print_json
from studio.core.problem import ProblemError
from studio.core.process import verbs
from studio.core.run.known_runs import ask_run, find_run
from studio.core.run.run_folder import RunFolder
from studio.core.run.run_label import change_label, read_label, run_name
from studio.core.run.trash import DeletedRun, destroy, list_trash, put_back
from studio.core.silent_drive import answered_at_length
from studio.core.units import memory

trash = typer.Typer(invoke_without_command=True, rich_markup_mode=None, no_args_is_help=False)


def rename(
    run: options.Run,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name; empty for the one in its recipe.")],
    runs: options.Runs = None,
    json: options.Json = False,
) -> None:
    """Call a run by another name. Its id, its folder and its recipe stay as they are."""
    folder = find_run(run, options.runs_folder(runs))
    ask_run(folder, partial(change_label, name=name))
    _print_label(folder, json)


def note(
    run: options.Run,
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="The note; without it, show the note.")] = None,
    runs: options.Runs = None,
    json: options.Json = False,
) -> None:
    """Keep a note with a run, or show it; an empty one removes it."""
    folder = find_run(run, options.runs_folder(runs))
    if text is not None:
        ask_run(folder, partial(change_label, note=text))
    _print_label(folder, json)


def delete(run: options.Run, runs: options.Runs = None, json: options.Json = False) -> None:
    """Move a run to the trash, from which `trash restore` takes it back; one that trains is not deleted."""
    deleted = ask_run(find_run(run, options.runs_folder(runs)), verbs.delete)
    if json:
        print_json({"deleted": ask_run(deleted.folder, lambda _: _told(deleted))})
    else:
        print(
            f"In the trash now: {deleted.origin.name}. `mixlora-studio trash restore {deleted.folder.id}` restores it."
        )


@trash.callback()
def show_trash(context: typer.Context, runs: options.Runs = None, json: options.Json = False) -> None:
    """Show which deleted runs are still in the trash, and how much of the disk they take."""
    if context.invoked_subcommand is None:
        _print_trash(options.runs_folder(runs), json)


@trash.command()
def restore(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run in the trash: its id, a part of it, or last.")],
    runs: options.Runs = None,
    json: options.Json = False,
) -> None:
    """Put a deleted run back among the others."""
    place = options.runs_folder(runs)
    folder = answered_at_length(place, lambda: put_back(_find(run, place)))
    if json:
        name = ask_run(folder, run_name)
        print_json({"restored": {"id": folder.id, "name": name, "folder": str(folder.path)}})
    else:
        print(f"Restored: {folder.id}")


@trash.command()
def empty(runs: options.Runs = None, json: options.Json = False) -> None:
    """Delete everything in the trash for good."""
    place = options.runs_folder(runs)
    for deleted in answered_at_length(place, partial(list_trash, place)):
        freed = deleted.bytes
        destroy(deleted)
        print(f"Deleted for good: {deleted.folder.id}, {memory(freed)}", file=sys.stderr)
    _print_trash(place, json)


def _find(name: str, runs: Path) -> DeletedRun:
    there = list_trash(runs)
    if name == "last" and there:
        return there[0]
    found = [each for each in there if each.folder.id == name] or [each for each in there if name in each.folder.id]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} runs in the trash match it." if found else "there is no such run in the trash."
    raise ProblemError.at(f"run {name}", what, "`mixlora-studio trash` lists them; give the whole id.")


def _print_trash(runs: Path, json: bool) -> None:
    there = answered_at_length(runs, lambda: [_told(each) for each in list_trash(runs)])
    if json:
        print_json({"trash": there})
    elif there:
        print(
            columns([["RUN", "NAME", "SIZE"], *([each["id"], each["name"], memory(each["bytes"])] for each in there)])
        )
    else:
        print("The trash is empty.")


def _told(deleted: DeletedRun) -> dict[str, Any]:
    folder = deleted.folder
    return {"id": folder.id, "name": run_name(folder), "folder": str(folder.path), "bytes": deleted.bytes}


def _print_label(folder: RunFolder, json: bool) -> None:
    name, note = ask_run(folder, lambda folder: (run_name(folder), read_label(folder).note))
    if json:
        print_json({"id": folder.id, "name": name, "note": note})
    else:
        print(f"{folder.id}: {name}" + (f"\n{note}" if note else ""))
