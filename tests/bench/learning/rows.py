"""The laboratory's rows on disk, as a recipe names them, and as tokens.

A task's file of training rows, and one of held-out rows: the first `VALIDATION` of these choose learning rates, the
others are for the tables.
"""

from __future__ import annotations

import json
import os
import random
from functools import lru_cache
from pathlib import Path

from studio.core.places import HOME_VARIABLE
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.data.tasks import LoadedTasks, load_tasks
from tests.bench.learning.base import make_tokenizer
from tests.bench.learning.texts import FAMILIES, FamilyName, rows

WORK = Path(__file__).parents[3] / "build" / "learning"
TRAINING, VALIDATION, TEST = 1000, 50, 100


def chosen_tasks(family: FamilyName, count: int, mix: int) -> tuple[str, ...]:
    """The names of `count` tasks of a family, drawn by `mix`, in the family's own order."""
    names = list(FAMILIES[family])
    drawn = random.Random(f"mix {mix}").sample(names, count)
    return tuple(sorted(drawn, key=names.index))


def task_tables(family: FamilyName, names: tuple[str, ...]) -> tuple[TaskTable, ...]:
    """The recipe's tables of these tasks, whose files are written first where they are missing."""
    return tuple(_task_table(family, name) for name in names)


@lru_cache(maxsize=64)
def _task_table(family: FamilyName, name: str) -> TaskTable:
    found = rows(family, name, TRAINING + VALIDATION + TEST)
    parts = {"train": found[:TRAINING], "test": found[TRAINING:]}
    files = {part: WORK / "rows" / f"{family}-{name}-{part}.jsonl" for part in parts}
    for part, file in files.items():
        text = "".join(json.dumps({"prompt": prompt, "completion": answer}) + "\n" for prompt, answer in parts[part])
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8", newline="\n")
    return TaskTable(
        name=name,
        train=str(files["train"]),
        evaluate=str(files["test"]),
        format="prompt-completion",
        metric="exact-match",
    )


def loaded(recipe: Recipe) -> LoadedTasks:
    """The recipe's rows as tokens, read by the studio; what it keeps for a next time stays in this folder."""
    before = os.environ.get(HOME_VARIABLE)
    os.environ[HOME_VARIABLE] = str(WORK / "home")
    try:
        return load_tasks(recipe, make_tokenizer())
    finally:
        os.environ.pop(HOME_VARIABLE) if before is None else os.environ.update({HOME_VARIABLE: before})
