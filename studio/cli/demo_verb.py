"""The demo without a window: train the shipped recipe, score base and adapter, export, and show where everything is."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli import options
from studio.cli.chat_verb import say
from studio.cli.output import columns, own_command, print_json, print_problems
from studio.cli.run_report import describe_run
from studio.cli.train_verbs import run_to_its_end
from studio.cli.waiting_line import device_of
from studio.core import places
from studio.core.error_text import first_line
from studio.core.problem import EXIT_DONE, Problem, ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.process.stdout_guard import answers_only
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.events import EvaluationEnded, TaskScore
from studio.core.run.run_folder import RunFolder, create_run
from studio.core.state.run_state import read_state
from studio.core.units import duration, number_text, score_text

if TYPE_CHECKING:
    from studio.cli.progress import Progress
    from studio.export.export_folder import Exported


def demo(
    runs: options.Runs = None,
    recipe: Annotated[
        Path | None,
        typer.Option("--recipe", metavar="RECIPE", help="A recipe instead of the demo's own.", parser=options.path),
    ] = None,
    set_: options.Set = None,
    json: options.Json = False,
) -> None:
    """Train the demo, score it before and after, export the adapter, and show where everything is."""
    file = recipe or places.demo_recipe()
    folder = create_run(load_recipe(file, set_ or ()), options.folder_for_runs(runs))
    say(f"The demo's run is in {folder.path}")
    if recipe is None and device_of(folder.recipe()).first.kind == "cpu":
        # Measured on two cores for the whole verb: 10 to 17 minutes.
        say("On a processor that takes about a quarter of an hour. Ctrl-C stops it, and `resume` continues it.")
    began = time.monotonic()
    code = run_to_its_end(folder)
    state = read_state(folder)
    if state.state != "finished":
        # Stopped or paused is a proper end of a run, but the demo is not done.
        if code == EXIT_DONE:
            unfinished = Problem(
                f"run {folder.id}", f"the demo is not done: {state.reason}", f"`mixlora-studio resume {folder.id}`."
            )
            print_problems([unfinished])
            code = ProblemError.exit_code
        raise typer.Exit(code)
    before, after = _scores(folder, "before"), _scores(folder, "after")
    quiet_libraries()
    out = _free(folder.path / "export-peft")
    from studio.cli.progress import Progress  # rich, which a quick verb does not wait for

    with answers_only(), Progress() as progress:
        from studio.export import export_adapter

        exported = export_adapter(str(folder.path), "peft", out, folder.path.parent, progress.tell)
        whole = _in_one_file(folder, progress)
    table = _compared(before, after)
    if json:
        scores = {"before": _plain(before), "after": _plain(after)}
        print_json({"run": describe_run(folder), "scores": scores, "export": exported.as_dict()} | _also(whole))
    else:
        print(columns(table))
        difference = number_text(exported.verified["max_logit_difference"])
        print(f"A fresh process loaded the export; its logits differ from the run's by {difference}.")
        places_of = [["run", str(folder.path)], ["adapter", str(folder.adapter)], ["export", str(exported.path)]]
        if whole is not None:
            places_of.append(["GGUF", str(whole.path / whole.verified["file"])])
        command = own_command()
        print(columns([*places_of, ["it took", duration(time.monotonic() - began)]]))
        named = f'"{folder.path}"' if runs else folder.id
        print(f"Ask it something: {command} chat {named}\nLook at it again:  {command} show {named}")
    raise typer.Exit(EXIT_DONE)


def _in_one_file(folder: RunFolder, progress: Progress) -> Exported | None:
    """The run as a GGUF file too, where llama.cpp's package is there to prove it; says why where there is none.

    The file is an extra: whatever is wrong with it, the scores and places that were computed before are still shown.
    """
    if importlib.util.find_spec("llama_cpp") is None:
        say('No GGUF file: pip install "mixlora-studio[llama]" compiles llama.cpp, which then proves it here.')
        return None
    from studio.export import export_adapter

    try:
        out = _free(folder.path / "export-gguf")
        return export_adapter(str(folder.path), "gguf", out, folder.path.parent, progress.tell)
    except ProblemError as error:
        say(f"No GGUF file: {error.problems[0].what}")
    except (RuntimeError, MemoryError) as error:  # UnprovenError and UnfaithfulFileError among them
        why = first_line(error, "memory ran out").rstrip(".")
        say(f"No GGUF file: {why}. What the demo trained and exported before is not touched by that.")
    return None


def _also(file: Exported | None) -> dict[str, Any]:
    return {} if file is None else {"gguf": file.as_dict()}


def _scores(folder: RunFolder, when: str) -> dict[str, TaskScore]:
    """The run's own evaluation before training (the base: B is zero then) or after it, as measured by the worker."""
    with folder.reader() as reader:
        ended = [stored.event for stored in reader.events(kinds=["EvaluationEnded"])]
    found = [event.tasks for event in ended if isinstance(event, EvaluationEnded) and event.when == when]
    return found[-1] if found else {}


def _compared(before: dict[str, TaskScore], after: dict[str, TaskScore]) -> list[list[str]]:
    lines = [["TASK", "METRIC", "BASE", "ADAPTER", "ROWS"]]
    for name, score in after.items():
        first = before.get(name)
        # The first evaluation may have had fewer rows: both models are shown on the same ones.
        base = score_text(score.metric, score.base.value if score.base else first.value if first else None)
        lines.append([name, score.metric, base, score_text(score.metric, score.value), str(score.rows)])
    return lines


def _plain(scores: dict[str, TaskScore]) -> dict[str, Any]:
    return {name: score.model_dump() for name, score in scores.items()}


def _free(path: Path) -> Path:
    """`path`, with a number appended if it exists already."""
    number, found = 2, path
    while found.exists():
        found, number = path.with_name(f"{path.name}-{number}"), number + 1
    return found
