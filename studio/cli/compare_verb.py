"""The verb that compares methods: one recipe, several methods and seeds, each an ordinary run, one after another."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from studio.cli import options
from studio.cli.output import columns, print_json
from studio.cli.train_verbs import run_to_its_end
from studio.core.methods.registry import METHODS, MethodName, baselines_first
from studio.core.problem import EXIT_DONE, ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import load_recipe, missing_data
from studio.core.run.known_runs import ask_each_run
from studio.core.run.run_folder import RunFolder, create_run
from studio.core.silent_drive import SilentDriveError
from studio.core.state.comparison import MethodResult, RunResult, Spread, by_method, read_result
from studio.core.state.run_state import RESUMABLE, RunState, read_state
from studio.core.units import duration, memory, number_text, percent_text, score_text


def compare(
    recipe: options.RecipeFile,
    methods: Annotated[
        str, typer.Option("--methods", metavar="A,B", help="Methods to compare, in the order in which they run.")
    ] = ",".join(baselines_first()),
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=100, help="Runs of each method, one for each seed.")] = 3,
    same_rank: Annotated[
        bool,
        typer.Option(
            "--same-rank", help="Keep the recipe's rank instead of giving every method as many trainable parameters."
        ),
    ] = False,
    runs: options.Runs = None,
    set_: options.Set = None,
    json: options.Json = False,
) -> None:
    """Train a recipe with several methods and seeds, one run after another, and print them side by side.

    Finished runs of the same recipe are not repeated; stopped and lost ones are resumed.
    """
    from studio.planner.compared_recipes import recipes_to_compare

    wanted, place = load_recipe(recipe, set_ or ()), options.folder_for_runs(runs)
    ProblemError.raise_any(missing_data(wanted))
    # All recipes first: what the last method cannot do is reported before the first has trained for an hour.
    planned = recipes_to_compare(wanted, chosen_methods(methods), seeds, same_rank)
    results: list[RunResult] = []
    code = EXIT_DONE
    for index, each in enumerate(planned, start=1):
        folder, is_done = _run_for(each, place)
        done = " is done already" if is_done else ""
        print(f"{index} of {len(planned)}: {each.method.name}, seed {each.seed}: {folder.id}{done}", file=sys.stderr)
        ended = EXIT_DONE if is_done else run_to_its_end(folder)
        results.append(read_result(folder))
        code = code or ended
        if results[-1].state not in ("finished", "failed"):
            print(f"It is {results[-1].state}. The same command continues from here.", file=sys.stderr)
            break
    lines = by_method(results)
    if json:
        print_json(
            {"name": wanted.name, "equal_parameters": not same_rank, "before": _before(results)}
            | {"methods": [line.as_dict() for line in lines], "runs": f"{len(results)} of {len(planned)}"}
        )
    else:
        print(table(lines, results))
    raise typer.Exit(code)


def chosen_methods(text: str, option: str = "--methods", most: int | None = None) -> list[MethodName]:
    """The methods in a list such as "lora,mixlora", each once; raises ProblemError for an unknown one."""
    known = tuple(METHODS)
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown or not names or (most is not None and len(names) > most):
        what = f"unknown method: {', '.join(map(repr, unknown))}." if unknown else f"{len(names)} methods are named."
        raise ProblemError.at(f"{option} {text}", what, f"Choose among {', '.join(known)}.")
    return [known[known.index(name)] for name in dict.fromkeys(names)]


def _run_for(recipe: Recipe, place: Path) -> tuple[RunFolder, bool]:
    """The run of exactly this recipe, and whether it is finished; a new run if there is none.

    Raises ProblemError when a worker is training it now.
    """
    there, silent = ask_each_run(place, partial(_perhaps_of, recipe))
    # One of them may be the run that is looked for, which would be trained a second time.
    SilentDriveError.raise_any(silent.values())
    for folder, state in filter(None, there):
        if state.state == "failed":
            continue
        if state.is_live:
            raise ProblemError.at(f"run {folder.id}", "it is being trained.", "Wait until it ends, or stop it first.")
        if state.state == "finished" or state.state in RESUMABLE | {"waiting"}:
            return folder, state.state == "finished"
    return create_run(recipe, place), False


def _perhaps_of(recipe: Recipe, folder: RunFolder) -> tuple[RunFolder, RunState] | None:
    """A run of exactly this recipe and its state; None for any other run."""
    try:
        return (folder, read_state(folder)) if folder.recipe() == recipe else None
    except ProblemError:
        return None  # a damaged run cannot be reused; `runs` shows what is wrong with it


def _before(results: Sequence[RunResult]) -> dict[str, object]:
    """The base model's scores, the same for all runs of one recipe."""
    scores = next((result.before for result in results if result.before), {})
    return {name: score.model_dump() for name, score in scores.items()}


def table(lines: Sequence[MethodResult], results: Sequence[RunResult]) -> str:
    """The comparison as text: a line for the base model and one for each method; ± is the spread over seeds."""
    tasks = list(dict.fromkeys(name for line in lines for name in line.tasks))
    head = ["METHOD", "RANK", "PARAMETERS", "RUNS", "MEAN", *(task.upper() for task in tasks), "TIME", "PEAK"]
    before = next((result.before for result in results if result.before), {})
    rows = [head]
    if before:
        scores = [score_text(before[task].metric, before[task].value) if task in before else "–" for task in tasks]
        right = [before[task].value for task in tasks if task in before and before[task].metric != "loss"]
        rows.append(["(base)", "", "", "", percent_text(sum(right) / len(right)) if right else "–", *scores, "", ""])
    for line in lines:
        done = sum(run.state == "finished" for run in line.runs)
        rows.append(
            [
                line.method.name,
                str(line.method.rank),
                f"{line.parameters:,}" if line.parameters is not None else "–",
                f"{done} of {len(line.runs)}",
                _spread("", line.right),
                *(_spread(line.metrics.get(task, ""), line.tasks.get(task)) for task in tasks),
                duration(line.seconds.mean, short=True) if line.seconds else "–",
                memory(line.peak_bytes),
            ]
        )
    rows_each = {task: line.rows[task] for line in lines for task in line.tasks}
    counted = ", ".join(f"{task} {count}" for task, count in rows_each.items())
    note = f"± is the standard deviation over seeds. Rows scored: {counted}." if counted else _unscored(results)
    return f"{columns(rows)}\n{note}"


def _unscored(results: Sequence[RunResult]) -> str:
    """Why no task has a score."""
    states = [result.state for result in results]
    if "finished" in states:
        return "No finished run has a score. Name held-out rows in tasks.evaluate to have the runs scored."
    ended = {state: states.count(state) for state in ("failed", "stopped", "lost") if state in states}
    if ended:
        return f"No run has finished: {', '.join(f'{count} {state}' for state, count in ended.items())}."
    return "No run has ended yet."


def _spread(metric: str, spread: Spread | None) -> str:
    if spread is None:
        return "–"
    deviation = spread.deviation
    if metric == "loss":
        return number_text(spread.mean) + ("" if deviation is None else f" ± {number_text(deviation)}")
    return percent_text(spread.mean, deviation)
