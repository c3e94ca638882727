"""The verb that shows a recipe's data as the model will see it: data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli import options
from studio.cli.output import print_json, print_problems
from studio.core.problem import EXIT_DONE, EXIT_USER_CAN_FIX, Problem, ProblemError
from studio.core.recipe.recipe_file import load_recipe, missing_data

if TYPE_CHECKING:
    from rich.console import Console

    from studio.core.token_view import SeenRow
    from studio.data.data_check import CheckedData

Rows = Annotated[int, typer.Option("--rows", min=0, max=10_000, help="How many rows of each task are shown.")]
TaskName = Annotated[str | None, typer.Option("--task", metavar="NAME", help="Only this task of the recipe.")]


def data(
    recipe: options.RecipeFile,
    rows: Rows = 3,
    task: TaskName = None,
    set_: options.Set = None,
    json: options.Json = False,
) -> None:
    """Show each task's rows token by token, and count what is used, cut and left out; exit code 2 if data is refused.

    Tokens that are learned, read and cut off have colours of their own; with --json, a token is
    [text, "learned" | "read" | "cut", whether the template added it, whether it is special].
    """
    from studio.core.process.library_environment import quiet_libraries
    from studio.hardware import detect

    wanted = load_recipe(recipe, set_ or ())
    names = _chosen([each.name for each in wanted.tasks], task)
    ProblemError.raise_any(missing_data(wanted))
    quiet_libraries(detect().cores)
    from studio.data.chat_text import ChatText
    from studio.data.data_check import check_tasks
    from studio.data.first_look import first_look
    from studio.models.base_model import find_tokenizer

    tokenizer = find_tokenizer(wanted.model, _say)
    found = check_tasks(wanted, tokenizer, _say, names)
    chat, seen, packs = ChatText(tokenizer), {}, {}
    for table in wanted.tasks:
        if rows and table.name in names and not found.tasks[table.name]["problems"]:
            look = first_look(table, wanted.training, chat, rows)
            seen[table.name], packs[table.name] = look.rows, look.packs
    if json:
        for name, told in found.tasks.items():
            told["first_rows"] = [row.as_dict() for row in seen.get(name, ())]
            told["first_packs"] = [pack.as_dict() for pack in packs.get(name, ())]
        print_json({
            "tasks": found.tasks,
            "warnings": [warning.as_dict() for warning in found.warnings],
            "problems": [problem.as_dict() for problem in found.problems],
            "max_length": wanted.training.max_length,
        })  # fmt: skip
    else:
        shown = {name: (*rows, *(pack for pack in packs[name] if pack.seams)) for name, rows in seen.items()}
        _print(found, shown, wanted.training.max_length)
    print_problems(found.problems)
    raise typer.Exit(EXIT_USER_CAN_FIX if found.problems else EXIT_DONE)


def counts_of(told: dict[str, Any]) -> list[str]:
    """What was counted in one task, in sentences; those of its warnings are not among them."""
    lines = [f"Read as {told['format']}: {told['read_as']}."]
    counted = f"{told['used']:,} of {told['found']:,} rows used"
    if told.get("whole"):
        counted += f": {told['tokens']:,} tokens, {told['learned_tokens']:,} of them learned"
        if told["cut_tokens"]:
            cut = f"{told['cut_rows']:,} rows lose {told['cut_tokens']:,} tokens ({100 * told['cut_share']:.2g} %)"
            lines.append(f"Cut: {cut}.")
        if told["evaluate_rows"]:
            rows = f"{told['evaluate_rows']:,} row{'s' * (told['evaluate_rows'] != 1)}"
            lines.append(f"Held out: {rows}, scored by {told['scored_as']}.")
    lines.insert(1, f"{counted}.")
    if "share" in told:
        lines.append(f"Share of the mix: {100 * told['share']:.3g} %, {told['epoch_rows']:,} rows of an epoch.")
    return lines


def _print(found: CheckedData, seen: dict[str, tuple[SeenRow, ...]], limit: int) -> None:
    from rich.console import Console

    from studio.cli.token_text import histogram, legend, row_text

    # Colours need the terminal itself; what somebody else wrote was made visible before.
    console = Console(
        file=getattr(sys.stdout, "below", sys.stdout), highlight=False, markup=False, emoji=False, soft_wrap=True
    )
    for name, told in found.tasks.items():
        print(f"Task {name}")
        if told["problems"]:
            print("  It cannot be trained on; see below.\n")
            continue
        for line in [*counts_of(told), *histogram(told["lengths"], limit)]:
            print(f"  {line}")
        for warning in told["warnings"]:
            print(f"  Warning: {warning['what']} {warning['remedy']}")
        for row in seen.get(name, ()):
            what = f"{len(row.seams) + 1} rows packed into one sequence" if row.seams else f"Row {row.line}"
            print(f"  {what}: {row.counts_text}{f'; left out: {row.left_out}' if row.left_out else ''}")
            sys.stdout.flush()
            _print_row(console, row_text(row, console))
        print()
    if any(seen.values()):
        sys.stdout.flush()
        console.print(legend(console))
    others = [warning for told in found.tasks.values() for warning in told.get("warnings", ())]
    print_problems(warning for warning in found.warnings if warning.as_dict() not in others)


def _print_row(console: Console, text: Any) -> None:
    for line in text.split("\n", allow_blank=True):
        console.print("    ", line, sep="")


def _chosen(known: list[str], task: str | None) -> list[str]:
    if task is None:
        return known
    if task not in known:
        raise ProblemError(Problem(f"--task {task}", "the recipe has no such task.", f"Its tasks: {', '.join(known)}."))
    return [task]


def _say(sentence: str, share: float | None = None) -> None:
    print(sentence, file=sys.stderr)
