"""The verbs on what a run produced: evaluate and chat."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli import options
from studio.cli.output import columns, dumped, print_json
from studio.core.absolute_path import absolute_path
from studio.core.foreign.visible_text import visible
from studio.core.problem import ProblemError
from studio.core.process.library_environment import quiet_libraries
from studio.core.process.stdout_guard import answers_only
from studio.core.process.text_streams import read_utf8
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.run_folder import find_run
from studio.core.units import percent_text, score_text

if TYPE_CHECKING:
    from studio.evaluation.chat import Piece

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
            parser=absolute_path,
        ),
    ] = None,
    runs: options.Runs = None,
    set_: options.Set = None,
    json: options.Json = False,
) -> None:
    """Score a run's adapter, any adapter or the base model on all held-out rows of a recipe's tasks."""
    place = options.runs_folder(runs)
    recipe = load_recipe(tasks or _own_recipe(what, place), set_ or ())
    quiet_libraries()
    with answers_only():
        from studio.evaluation.try_adapter import Bases, score

        scores = score(what, recipe, place, Bases(), say)
    for warning in scores.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    if json:
        print_json(scores.as_dict())
    else:
        print(columns(score_table(scores.tasks)))


def _own_recipe(what: str, place: Path) -> Path:
    """The recipe of the run that `what` names; raises ProblemError for an adapter and the base, which have none."""
    if what == "base" or (absolute_path(what) / "adapter_config.json").is_file():
        raise ProblemError.at(
            "--tasks", "it is missing, so there are no tasks to score.", "Name a recipe: --tasks RECIPE."
        )
    return find_run(what, place).recipe_file


def chat(
    what: Annotated[str, typer.Argument(metavar="RUN|ADAPTER", help="A run, or an adapter's folder.")],
    prompt: Annotated[
        str | None, typer.Option("--prompt", metavar="TEXT", help="Ask only this; without it, ask line by line.")
    ] = None,
    runs: options.Runs = None,
    json: options.Json = False,
) -> None:
    """Try an adapter, and see the experts of every token of the answer; an empty line ends the chat."""
    place = options.runs_folder(runs)
    read_utf8()
    quiet_libraries()
    with answers_only() as answers:
        from studio.data.conversation import Turn
        from studio.evaluation.chat import reply
        from studio.evaluation.try_adapter import Bases, trial

        with trial(what, place, None, Bases(), say) as tried:
            turns: list[Turn] = []
            while asked := prompt or _asked():
                turns.append(Turn("user", asked))
                answer = reply(tried.model, tried.base.tokenizer, turns)
                turns.append(Turn("assistant", answer.text))
                text = dumped(answer.as_dict()) if json else f"{answer.text}\n\n{_expert_lines(answer.pieces)}"
                answers.write(visible(text) + "\n")
                answers.flush()
                if prompt or json:
                    break


def _asked() -> str:
    print("> ", end="", file=sys.stderr, flush=True)
    try:
        return sys.stdin.readline().strip()
    except UnicodeDecodeError:
        raise ProblemError.at(
            "standard input", "it is not UTF-8 text.", "Pipe UTF-8, or use --prompt instead."
        ) from None


def _expert_lines(pieces: Sequence[Piece]) -> str:
    """Each token with the three experts that carried most of it over all layers."""
    lines = [["TOKEN", "EXPERTS (share of the weight over all layers)"]]
    for piece in pieces:
        heaviest = [f"{expert}: {percent_text(share)}" for expert, share in list(piece.shares.items())[:3]]
        lines.append([repr(piece.text), "  ".join(heaviest) or "no router"])
    return columns(lines)


def say(sentence: str) -> None:
    """Report progress on stderr."""
    print(sentence, file=sys.stderr, flush=True)


def score_table(tasks: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Scores as rows of cells, with a heading."""
    lines = [["TASK", "METRIC", "SCORE", "STANDARD ERROR", "ROWS"]]
    for name, each in tasks.items():
        metric = each["metric"]
        value, stderr = (score_text(metric, each[part]) for part in ("value", "stderr"))
        lines.append([name, metric, value, stderr, str(each["rows"])])
    return lines
