"""All verbs in one typer application, and how each of them may end."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Sequence
from typing import Any

import typer

from studio.cli import (
    compare_verb,
    demo_verb,
    machine_verbs,
    queue_verbs,
    result_verbs,
    run_verbs,
    train_verbs,
    trust_verb,
)
from studio.cli.output import print_problems
from studio.core import places
from studio.core.problem import EXIT_DOES_NOT_FIT, EXIT_OUR_FAULT, EXIT_USER_CAN_FIX, ProblemError, memory_problem
from studio.core.redaction import redacted
from studio.core.visible_text import VisibleStream

app = typer.Typer(
    name="mixlora-studio",
    help="Fine-tune a language model with MixLoRA on one GPU. Without a verb, the window opens.",
    epilog="Exit codes: 0 done, 1 our fault, 2 you can fix it, 3 it does not fit in memory.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _verb in (
    train_verbs.train,
    train_verbs.resume,
    run_verbs.pause,
    run_verbs.stop,
    run_verbs.runs,
    run_verbs.show,
    result_verbs.evaluate,
    result_verbs.export,
    result_verbs.chat,
    demo_verb.demo,
    compare_verb.compare,
    machine_verbs.plan,
    machine_verbs.doctor,
    queue_verbs.game,
    trust_verb.trust,
):
    app.command()(_verb)
app.add_typer(queue_verbs.queue, name="queue")


def run_verb(arguments: Sequence[str]) -> int:
    """Run the verb that `arguments` name and return its exit code; Problems and failures are told on stderr."""
    streams: tuple[Any, Any] = sys.stdout, sys.stderr
    for stream in streams:
        # A console with an old code page must not turn an accent in a run's name into a failure.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    # A stranger's run may have a terminal's commands for its name: they are shown, not obeyed.
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
    except Exception as error:  # noqa: BLE001 - the last net: whatever it is, the user learns where its log lies
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
        print(f"(No log could be written: {unwritable}.)", file=sys.stderr)
        return EXIT_OUR_FAULT
    print(f"This is our fault: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"  The log: {log}", file=sys.stderr)
    return EXIT_OUR_FAULT
