"""The demo's kinds made harder, so that a LoRA of a few hundred rows does not get them all right: rows by rule.

Units go both ways and to decimal numbers; of two people one is asked for; a held-out ticket complains in words that no
training row has; and two kinds are new, lists to put in order and days to count on. No prompt is in both parts.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio.core import places
from studio.core.recipe.recipe import TaskTable

SEED = 20261130
TRAIN_ROWS, HELD_OUT_ROWS = 600, 100
TRAIN_COMPLAINTS = 4  # of each team's six; the others are for held-out rows
MONTHS = (
    ("January", 31), ("February", 28), ("March", 31), ("April", 30), ("May", 31), ("June", 30), ("July", 31),
    ("August", 31), ("September", 30), ("October", 31), ("November", 30), ("December", 31),
)  # fmt: skip

Row = tuple[str, str]
"""A prompt and its answer."""


def _demo() -> Any:
    """The demo's generator, whose words these rows are made of; it is a script and in no package."""
    spec = importlib.util.spec_from_file_location("demo_rows", places.demo_recipe().parent / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DEMO = _demo()


def units(dice: Any, held_out: bool) -> Row:
    """A conversion to a smaller or to a larger unit: "345 m = 0.345 km"."""
    big, big_sign, small, small_sign, power = dice.pick(DEMO.CONVERSIONS)
    value, ask = dice.number(2, 999), dice.pick(DEMO.ASKED)
    if dice.number(0, 1):
        return ask.format(value=value, big=big, small=small), f"{value} {big_sign} = {value * 10**power} {small_sign}"
    number = f"{value / 10**power:.{power}f}".rstrip("0").rstrip(".")
    return ask.format(value=value, big=small, small=big), f"{value} {small_sign} = {number} {big_sign}"


def fields(dice: Any, held_out: bool) -> Row:
    """Two people are told of, and one of them is asked for, by the city."""
    people = [
        {"name": name, "city": city, "year": dice.number(1950, 2025)}
        for name, city in zip(_some(dice, DEMO.NAMES, 2), _some(dice, DEMO.CITIES, 2), strict=True)
    ]
    told = " ".join(dice.pick(DEMO.TOLD).format(**each) for each in people)
    asked = dice.pick(people)
    return f"Fields of the one in {asked['city']}: {told}", json.dumps(asked)


def tickets(dice: Any, held_out: bool) -> Row:
    """As in the demo, with complaints that only one of the two parts has."""
    team, urgency = dice.pick(tuple(DEMO.COMPLAINTS)), dice.pick(tuple(DEMO.URGENCY))
    complaints = DEMO.COMPLAINTS[team]
    complaint = dice.pick(complaints[TRAIN_COMPLAINTS:] if held_out else complaints[:TRAIN_COMPLAINTS])
    prompt = f"Ticket: {dice.pick(DEMO.OPENINGS)}, {complaint}. {dice.pick(DEMO.URGENCY[urgency])}."
    return prompt, f"{team}/{urgency}"


def lists(dice: Any, held_out: bool) -> Row:
    """Five names, to be put in the order of the alphabet."""
    names = _some(dice, DEMO.NAMES, 5)
    return f"Sort: {', '.join(names)}", ", ".join(sorted(names))


def days(dice: Any, held_out: bool) -> Row:
    """A date so many days after another, within a year."""
    month = dice.number(0, 10)
    day, after = dice.number(1, MONTHS[month][1]), dice.number(2, 20)
    later = day + after
    where = month if later <= MONTHS[month][1] else month + 1
    prompt = f"Which day is {after} days after {day} {MONTHS[month][0]}?"
    return prompt, f"{later if where == month else later - MONTHS[month][1]} {MONTHS[where][0]}"


def _some(dice: Any, words: Sequence[str], count: int) -> list[str]:
    """So many different words, in any order."""
    found: list[str] = []
    while len(found) < count:
        if (word := dice.pick(words)) not in found:
            found.append(word)
    return found


TASKS: dict[str, Callable[[Any, bool], Row]] = {
    "units": units,
    "fields": fields,
    "tickets": tickets,
    "lists": lists,
    "days": days,
}


def rows_of(task: str) -> tuple[list[Row], list[Row]]:
    """A task's training rows and its held-out rows, no prompt twice; always the same ones."""
    dice = DEMO.Dice(SEED + list(TASKS).index(task))
    train: dict[str, str] = {}
    while len(train) < TRAIN_ROWS:
        train.update([TASKS[task](dice, False)])
    held_out: dict[str, str] = {}
    while len(held_out) < HELD_OUT_ROWS:
        prompt, answer = TASKS[task](dice, True)
        if prompt not in train:
            held_out[prompt] = answer
    return list(train.items()), list(held_out.items())


def task_tables(folder: Path, evaluate_rows: int) -> tuple[TaskTable, ...]:
    """Write every task's two files into `folder`, and return their tables of a recipe."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = []
    for task in TASKS:
        files = {part: folder / f"{task}-{part}.jsonl" for part in ("train", "test")}
        for file, rows in zip(files.values(), rows_of(task), strict=True):
            text = "".join(json.dumps({"prompt": prompt, "completion": answer}) + "\n" for prompt, answer in rows)
            file.write_text(text, encoding="utf-8", newline="\n")
        tables.append(
            TaskTable(
                name=task,
                train=str(files["train"]),
                evaluate=str(files["test"]),
                format="prompt-completion",
                metric="exact-match",
                evaluate_rows=evaluate_rows,
            )
        )
    return tuple(tables)
