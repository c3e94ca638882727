"""All verbs in one typer application, and how each of them may end."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer

from studio.cli import (
    chat_verb,
    compare_verb,
    data_verb,
    demo_verb,
    evaluate_verb,
    export_verbs,
    machine_verbs,
    queue_verbs,
    report_verb,
    run_verbs,
    sweep_verb,
    train_verbs,
    trash_verbs,
    trust_verb,
)
from studio.cli.output import print_problems
from studio.core import places
from studio.core.foreign.visible_text import VisibleStream
from studio.core.out_of_memory import memory_problem
from studio.core.problem import EXIT_DOES_NOT_FIT, EXIT_OUR_FAULT, EXIT_USER_CAN_FIX, ProblemError
from studio.core.process.text_streams import write_utf8
from studio.core.redaction import redacted

VERBS: tuple[tuple[Callable[..., None], str], ...] = (
    (demo_verb.demo, "Train the demo, score it before and after, export it."),
    (machine_verbs.doctor, "What this machine has, what is wrong, how to fix it."),
    (machine_verbs.plan, "The memory a recipe needs, and what would fit."),
    (data_verb.data, "The rows as the model sees them, and their counts."),
    (train_verbs.train, "Train a recipe in the foreground, or queue it."),
    (run_verbs.pause, "Save a checkpoint and free the memory."),
    (train_verbs.resume, "Continue a paused, stopped, failed or lost run."),
    (run_verbs.stop, "End a run, with a checkpoint and an adapter."),
    (queue_verbs.game, "Leave the card to a game, and continue afterwards."),
    (run_verbs.runs, "List all runs, newest first."),
    (run_verbs.show, "One run's state, losses, loads and memory."),
    (report_verb.report, "One run on one page to send or print, as HTML."),
    (trash_verbs.rename, "Call a run by another name."),
    (trash_verbs.note, "Keep a note with a run, or show it."),
    (trash_verbs.delete, "Move a run to the trash."),
    (evaluate_verb.evaluate, "Score a run, an adapter or the base model."),
    (chat_verb.chat, "Try an adapter, with the experts of every token."),
    (export_verbs.export, "Write an adapter for other programs, and prove it."),
    (export_verbs.import_, "Take in an adapter or a run from elsewhere."),
    (compare_verb.compare, "Methods side by side, over several seeds."),
    (sweep_verb.sweep, "Every combination of a recipe's lists of values."),
    (trust_verb.trust, "Allow a model to run the code that comes with it."),
)
"""The verbs in the order in which `--help` lists them, each in the few words that fit on its line there."""

app = typer.Typer(
    name="mixlora-studio",
    help="Fine-tune a language model with MixLoRA on one GPU. Without a verb, the window opens.",
    epilog="VERB --help shows more. Exit codes: 0 done, 1 our fault, 2 you can fix it, 3 it does not fit in memory.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _verb, _words in VERBS:
    app.command(name=_verb.__name__.rstrip("_"), short_help=_words)(_verb)
app.add_typer(queue_verbs.queue, name="queue", short_help="Which runs wait for a device; add, move, remove.")
app.add_typer(trash_verbs.trash, name="trash", short_help="The deleted runs; restore one, or empty it.")


def _show_version(asked: bool) -> None:
    if asked:
        print(f"mixlora-studio {version('mixlora-studio')}")
        raise typer.Exit


@app.callback()
def _before_the_verb(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def run_verb(arguments: Sequence[str]) -> int:
    """Run the verb that `arguments` name and return its exit code; Problems and failures go to stderr."""
    streams: tuple[Any, Any] = sys.stdout, sys.stderr
    write_utf8(*streams)
    # A stranger's run may have a terminal's control sequences in its name: they are shown, not obeyed.
    sys.stdout, sys.stderr = map(VisibleStream, streams)
    try:
        return _run(arguments)
    finally:
        sys.stdout, sys.stderr = streams


def _run(arguments: Sequence[str]) -> int:
    try:
        app(args=list(arguments), prog_name="mixlora-studio")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else EXIT_USER_CAN_FIX if leaving.code else 0
    except ProblemError as error:
        print_problems(error.problems)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - the last resort: the user is shown where the log is
        if problem := memory_problem(error):
            print_problems([problem])
            return EXIT_DOES_NOT_FIT
        return _our_fault(error, arguments)
    return 0


def _our_fault(error: Exception, arguments: Sequence[str]) -> int:
    details = redacted(f"mixlora-studio {' '.join(arguments)}\n{''.join(traceback.format_exception(error))}")
    try:
        places.logs().mkdir(parents=True, exist_ok=True)
        log = places.logs() / "command-line.log"
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {details}\n")
    except OSError as unwritable:
        print(details, file=sys.stderr)
        print(f"(The log could not be written: {unwritable}.)", file=sys.stderr)
        return EXIT_OUR_FAULT
    print(f"This is our fault: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"  The log: {log}", file=sys.stderr)
    return EXIT_OUR_FAULT
