"""How long the window's thread is held by long rows token by token; off the screen, with made-up rows.

    python -m tests.bench.bench_token_look [--rows 25] [--tokens 2048] [--where 0.04]

The desk's answer is read as the window reads it, shown in the dialog of a task's rows, a row after another is chosen,
and a hundred thousand more tokens come. The aim is under 50 ms at any moment; on a machine that does other work too,
the thread's own CPU time of what is done at once says more.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import studio.core.recipe.recipe  # noqa: F401  pydantic comes before PySide6
from studio.core.token_view import SeenRow, SeenToken
from studio.ui.app import make_application
from studio.ui.new_run.rows_dialog import MOST_TOKENS, RowsDialog
from studio.ui.new_run.task_facts import TaskFacts
from tests.bench.holds import Holds, wait

WORDS = ("the", " capital", " of", " this", " country", " is", " large", " and", " old", ".\n")


def made(line: int, tokens: int) -> SeenRow:
    """A row of which the second half is learned, with a template's tokens at its ends."""
    drawn = random.Random(line)
    half = tokens // 2
    return SeenRow.of_tokens(
        line,
        [
            SeenToken("<|im_start|>", "read", True, True),
            *(SeenToken(drawn.choice(WORDS), "read") for _ in range(half)),
            *(SeenToken(drawn.choice(WORDS), "learned") for _ in range(tokens - half - 2)),
            SeenToken("<|im_end|>", "learned", True, True),
        ],
    )


def answer(rows: range, tokens: int) -> bytes:
    """The desk's line about these rows."""
    task = {"read_as": "made up", "format": "text", "rows": [made(row, tokens).as_arrays() for row in rows]}
    return json.dumps({"id": 1, "done": {"tasks": {"long": task | {"after": rows.start}}}}).encode()


def facts_of(line: bytes) -> TaskFacts:
    """What the window makes of the desk's line."""
    return TaskFacts.of(json.loads(line.decode("utf-8", "replace"))["done"]["tasks"]["long"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=25)
    parser.add_argument("--tokens", type=int, default=2048)
    parser.add_argument("--where", type=float, help="print the stack of holds that last longer, in seconds")
    args = parser.parse_args()
    make_application()
    dialog = RowsDialog()
    dialog.resize(1100, 760)
    more = range(args.rows, args.rows + max(1, min(100, MOST_TOKENS // args.tokens)))
    first, second = answer(range(args.rows), args.tokens), answer(more, args.tokens)
    with Holds(args.where) as holds:

        def told(what: str, does: Callable[[], None]) -> None:
            wait(0.2)
            holds.begin()
            began = time.thread_time()
            does()
            at_once = time.thread_time() - began
            wait(0.5)
            print(f"{what}: {holds.worst()}; {at_once * 1000:.1f} ms of CPU at once", flush=True)

        facts: list[TaskFacts] = []
        told(f"read {len(first) / 1e6:.2f} MB of the desk", lambda: facts.append(facts_of(first)))
        told("open the dialog", lambda: (dialog.show_task("long", facts[0]), dialog.show()))
        for number in (1, 2):
            told(f"choose row {number + 1}", partial(dialog.list.setCurrentRow, number))
        told(f"read {len(second) / 1e6:.2f} MB of more rows", lambda: facts.append(facts_of(second)))
        told(f"show {len(more)} more rows", lambda: dialog.show_more(facts[1]))
    dialog.close()


if __name__ == "__main__":
    main()
