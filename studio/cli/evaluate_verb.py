"""Score a run, an adapter or the base: our own scores, lm-eval's beside them, and the answers behind them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from studio.cli import options
from studio.cli.output import columns, print_json
from studio.core import places
from studio.core.absolute_path import absolute_path
from studio.core.foreign.safe_path import is_inside
from studio.core.foreign.visible_text import visible
from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.process.stdout_guard import answers_only
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.known_runs import find_run, require_named
from studio.core.units import UNKNOWN, difference_text, number_text, percent_text, score_text

ANSWERS_SHOWN = 20  # of each task, on a terminal
CHARACTERS_SHOWN = 300  # of each text of an answer, on a terminal

Tried = Annotated[
    str, typer.Argument(metavar="RUN|ADAPTER|base", help="A run, an adapter's folder, or the base alone.")
]


def evaluate(
    what: Tried,
    tasks: Annotated[
        Path | None,
        typer.Option(
            "--tasks",
            metavar="RECIPE",
            help="The recipe whose tasks are scored; a run's own if not given.",
            parser=options.path,
        ),
    ] = None,
    rows: Annotated[
        int | None, typer.Option("--rows", min=1, help="Score at most so many rows of each task, spread over all.")
    ] = None,
    base: Annotated[
        bool, typer.Option("--base/--no-base", help="Score the base model on the same rows too, for the difference.")
    ] = True,
    answers: Annotated[
        Literal["right", "wrong", "all"] | None,
        typer.Option("--answers", help="Show answers beside what was expected; with --json, every one of them."),
    ] = None,
    harness: Annotated[
        str | None,
        typer.Option(
            "--harness", metavar="TASKS", help="Score with lm-eval too: its tasks, or .yaml files, divided by commas."
        ),
    ] = None,
    chat_template: Annotated[
        bool, typer.Option("--chat-template", help="Let lm-eval ask through the model's chat template.")
    ] = False,
    runs: options.Runs = None,
    set_: options.Set = None,
    json: options.Json = False,
) -> None:
    """Score a run's adapter, any adapter or the base model on all held-out rows of a recipe's tasks."""
    place = options.runs_folder(runs)
    recipe = load_recipe(tasks or _own_recipe(what, place), set_ or ())
    quiet_libraries()
    options.settle_card(recipe.machine.device)
    with answers_only():
        from studio.evaluation.try_adapter import Bases, Wanted, score

        wanted = Wanted(rows=rows, base=base, harness=harness, chat_template=chat_template)
        scores = score(what, recipe, place, Bases(), _say, wanted)
    for warning in scores.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    chosen = {task: [each for each in found if _is(each, answers)] for task, found in scores.answers.items()}
    if json:
        print_json(scores.as_dict() | ({"answers": chosen} if answers else {}))
        return
    print(columns(score_table(scores.tasks)))
    if scores.harness is not None:
        print(f"\nlm-eval\n{columns(harness_table(scores.harness))}")
    if answers:
        for task, found in chosen.items():
            print(visible("\n".join(_answer_lines(task, found, answers))))


def _own_recipe(what: str, place: Path) -> Path:
    """The recipe of the run that `what` names; raises ProblemError for an adapter and the base, which have none."""
    require_named(what)
    imported = places.adapters() / what if is_inside(what) else absolute_path(what)
    if what == "base" or any((each / "adapter_config.json").is_file() for each in (absolute_path(what), imported)):
        raise ProblemError.at(
            "--tasks", "it is missing, so there are no tasks to score.", "Name a recipe: --tasks RECIPE."
        )
    return find_run(what, place).recipe_file


def score_table(tasks: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Scores as rows of cells, with a heading; further figures of a task stand below its score."""
    lines = [["TASK", "METRIC", "SCORE", "STANDARD ERROR", "ROWS", "MAJORITY", "BASE", "DIFFERENCE TO THE BASE"]]
    for name, each in tasks.items():
        metric, base = each["metric"], each.get("base")
        value, stderr = (score_text(metric, each[part]) for part in ("value", "stderr"))
        lines.append(
            [
                name,
                metric,
                value,
                stderr,
                str(each["rows"]),
                UNKNOWN if each.get("majority") is None else percent_text(each["majority"]),
                score_text(metric, base["value"]) if base else UNKNOWN,
                difference_text(metric, base["difference"], base["difference_stderr"]) if base else UNKNOWN,
            ]
        )
        for figure, found in each.get("also", {}).items():
            lines.append(["", figure, percent_text(found["value"]), percent_text(found["stderr"]), "", "", "", ""])
    return lines


def harness_table(tasks: dict[str, dict[str, dict[str, float | None]]]) -> list[list[str]]:
    """lm-eval's figures as rows of cells, with a heading."""
    lines = [["TASK", "METRIC", "SCORE", "STANDARD ERROR", "ROWS"]]
    for task, metrics in tasks.items():
        for metric, found in metrics.items():
            rows = found["rows"]
            told = [number_text(found[part]) for part in ("value", "stderr")]
            lines.append([task, metric, *told, UNKNOWN if rows is None else f"{rows:.0f}"])
    return lines


def _is(answer: dict[str, Any], wanted: str | None) -> bool:
    return (wanted != "right" and wanted != "wrong") or answer["right"] is (wanted == "right")


def _answer_lines(task: str, found: list[dict[str, Any]], kind: str) -> list[str]:
    shown = found[:ANSWERS_SHOWN]
    count = f"{len(shown)} of {len(found)}" if len(shown) < len(found) else str(len(found))
    lines = [f"\n{task}: {count} {'' if kind == 'all' else kind + ' '}answers"]
    for each in shown:
        verdict = {True: "right", False: "wrong", None: "not judged"}[each["right"]]
        lines += [f"\nrow at {each['line']}, {verdict}", f"  asked     {_line(each['prompt'])}"]
        lines += [f"  answered  {_line(each['answer'])}"] if each["right"] is not None else []
        lines += [f"  expected  {_line(each['expected'])}"]
    return lines


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CHARACTERS_SHOWN else line[: CHARACTERS_SHOWN - 1] + "…"


def _say(sentence: str) -> None:
    """Report progress on stderr."""
    print(sentence, file=sys.stderr, flush=True)
