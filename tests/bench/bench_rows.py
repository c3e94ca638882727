"""How fast conversations become token rows: against a plain loop, long ones, from the cache, and the first ones.

    python -m tests.bench.bench_rows [--rows 20000] [--repeats 3] [--json PATH]
    python -m tests.bench.bench_rows --memory 1000000 [--json PATH]

The plain loop is one process that renders each row's prompt and the whole row with `apply_chat_template` and tokenizes
the row by itself, finding the answer by its characters. Times are interleaved; on a machine that does other work too,
the seconds of CPU (all threads and processes) say more than those of the clock. The tokenizer is the demo's, where its
package is installed, else the tests' tiny one.

`--memory` makes so many short rows, and prints the memory that this process holds (resident bytes; on Linux also those
that no file backs) before they are read, at most while they are, afterwards, and after an epoch in shuffled order.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from studio.core import places
from studio.core.recipe.recipe import Recipe, TaskTable, TrainingTable
from studio.data import row_processes
from studio.data.chat_text import ChatText
from studio.data.conversation import Conversation, Turn
from studio.data.first_look import first_look
from studio.data.order import RowOrder
from studio.data.render_rows import render_rows
from studio.data.task_report import TaskReport
from studio.data.tasks import load_tasks
from tests.bench.measure import machine, print_table, write_json
from tests.tiny import make_tiny_tokenizer

WORDS = (
    "what",
    "is",
    "the",
    "capital",
    "of",
    "this",
    "country",
    "people",
    "live",
    "there",
    "today",
    "in",
    "large",
    "old",
)


def conversations(rows: int, turns: int, words: int, seed: int = 0) -> list[Conversation]:
    """Made-up conversations of `turns` turns with about `words` words each."""
    drawn = random.Random(seed)
    return [
        Conversation(
            number,
            tuple(
                Turn(
                    ("user", "assistant")[turn % 2],
                    f"{number} " + " ".join(drawn.choices(WORDS, k=drawn.randint(words // 2, words * 3 // 2))),
                )
                for turn in range(turns)
            ),
        )
        for number in range(rows)
    ]


def plain_loop(rows: Sequence[Conversation], tokenizer: Any) -> int:
    """Tokens of all rows, rendered and tokenized one after another."""
    tokens = 0
    for row in rows:
        messages = [{"role": turn.role, "content": turn.content} for turn in row.turns]
        before = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
        text = tokenizer.apply_chat_template(messages, tokenize=False)
        found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        learned = [start >= len(before) for start, _ in found["offset_mapping"]]
        tokens += len(learned)
    return tokens


def ours(rows: Sequence[Conversation], tokenizer: Any, processes: int, max_length: int = 4096) -> int:
    """The same by the studio, with `processes` processes."""
    row_processes.MOST_PROCESSES = processes
    return render_rows(rows, TaskReport("bench", "bench"), max_length, ChatText(tokenizer)).rows.tokens


def timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of CPU here and (not on Windows) in the children that ended meanwhile."""

    def spent() -> float:
        return sum(os.times()[:4])

    clock, cpu = time.perf_counter(), spent()
    run()
    return time.perf_counter() - clock, spent() - cpu


def demo_tokenizer() -> Any:
    """The demo's tokenizer, or the tests' own where the demo's model was never unpacked."""
    from transformers import AutoTokenizer

    for folder in sorted(places.models().glob("*")):
        if (folder / "tokenizer.json").is_file():
            return AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return make_tiny_tokenizer()


def from_cache(rows: Sequence[Conversation], tokenizer: Any, folder: Path) -> dict[str, tuple[float, float]]:
    """A first start that writes the cache, a second one that reads it, and the first 25 rows with neither."""
    file = folder / "rows.jsonl"
    lines = ({"messages": [{"role": turn.role, "content": turn.content} for turn in row.turns]} for row in rows)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8", newline="\n")
    table = TaskTable(name="bench", train=str(file))
    recipe = Recipe(tasks=(table,), training=TrainingTable(max_length=4096))
    chat = ChatText(tokenizer)
    return {
        "first rows": timed(lambda: first_look(table, recipe.training, chat, 25)),
        "first start": timed(lambda: load_tasks(recipe, tokenizer)),
        "second start": timed(lambda: load_tasks(recipe, tokenizer)),
    }


def resident() -> dict[str, float]:
    """MiB that this process holds: now, at most until now, and now without what is only mapped from files."""
    now = psutil.Process().memory_info()
    status = Path("/proc/self/status")
    told = dict(line.split(":", 1) for line in status.read_text().splitlines()) if status.exists() else {}

    def of_linux(name: str) -> float:
        return int(told[name].split()[0]) / 1024 if name in told else float("nan")

    peak = getattr(now, "peak_wset", None)
    return {
        "MiB": now.rss / 2**20,
        "peak MiB": peak / 2**20 if peak else of_linux("VmHWM"),
        "MiB of no file": of_linux("RssAnon"),
    }


def memory(rows: int, tokenizer: Any, folder: Path) -> list[dict[str, Any]]:
    """What a first start with so many short rows holds, and an epoch of reading them in a run's order."""
    file = folder / "rows.jsonl"
    drawn = random.Random(0)
    with file.open("w", encoding="utf-8", newline="\n") as written:
        for number in range(rows):
            asked, told = (" ".join(drawn.choices(WORDS, k=12)) for _ in range(2))
            written.write(json.dumps({"prompt": f"{number} {asked}?", "completion": told}) + "\n")
    table = [{"when": "before", "MB of the file": file.stat().st_size / 1e6, **resident()}]
    recipe = Recipe(tasks=(TaskTable(name="bench", train=str(file)),), training=TrainingTable(max_length=512))
    found = load_tasks(recipe, tokenizer).tasks[0].train
    table.append({"when": "rows made", "tokens a row": found.tokens / rows, **resident()})
    order = RowOrder([rows], [1.0], 1000, seed=1)
    read = sum(len(found[int(row)].labels) for step in range(rows // 1000) for _, row in order.at(step))
    table.append({"when": "an epoch read", "tokens a row": read / rows, **resident()})
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000, help="rows of one question and answer")
    parser.add_argument("--long", type=int, default=200, help="conversations of 100 turns")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--memory", type=int, metavar="ROWS", help="measure memory instead, with so many short rows")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    tokenizer = demo_tokenizer()
    if args.memory:
        with tempfile.TemporaryDirectory() as folder:
            held = memory(args.memory, tokenizer, Path(folder))
        print_table(f"{args.memory:,} rows", [{"MB of the file": "", "tokens a row": "", **row} for row in held])
        write_json(args.json, {"machine": machine("cpu"), "rows": args.memory, "held": held})
        return
    rows, long = conversations(args.rows, 2, 30), conversations(args.long, 100, 8)
    runs: dict[str, Callable[[], Any]] = {
        "plain loop": lambda: plain_loop(rows, tokenizer),
        "studio, one process": lambda: ours(rows, tokenizer, 1),
        f"studio, {args.processes} processes": lambda: ours(rows, tokenizer, args.processes),
    }
    row_processes.LEAST_CORES = 1
    row_processes.LEAST_LETTERS = 0
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for _ in range(args.repeats):
        for name, run in runs.items():
            times[name].append(timed(run))
    table: list[dict[str, Any]] = []
    for name, found in times.items():
        ratio = statistics.median(base[0] / one[0] for base, one in zip(times["plain loop"], found, strict=True))
        table.append(
            {
                "what": name,
                "rows": args.rows,
                "seconds": statistics.median(one[0] for one in found),
                "CPU seconds": statistics.median(one[1] for one in found),
                "times as fast": ratio,
            }
        )
    for length in (4096, 256):
        wall, cpu = timed(partial(ours, long, tokenizer, 1, length))
        what = f"100 turns each, rows of at most {length:,} tokens, one process"
        table.append({"what": what, "rows": args.long, "seconds": wall, "CPU seconds": cpu})
    with tempfile.TemporaryDirectory() as folder:
        for name, (wall, cpu) in from_cache(rows, tokenizer, Path(folder)).items():
            table.append({"what": name, "rows": args.rows, "seconds": wall, "CPU seconds": cpu})
    print_table("Rows", [{"times as fast": "", **row} for row in table])
    write_json(args.json, {"machine": machine("cpu"), "tokenizer": len(tokenizer), "rows": table})


if __name__ == "__main__":
    main()
