"""Makes the demo's three tasks: the same bytes on every machine, every answer checkable by rule.

    python resources/demo/generate.py [FOLDER]

Writes units, fields and tickets, each as 600 training rows and 100 held-out rows in the `messages` format. A held-out
row shares its words with training rows but never its facts: no (quantity, value), no (name, city, year) and no
(complaint, urgency, opening) is in both.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import TypeVar

SEED = 20260912
TRAIN_ROWS = 600
HELD_OUT_ROWS = 100

T = TypeVar("T")
Row = tuple[Hashable, str, str]
"""What makes a row its own, its prompt, and its answer."""

CONVERSIONS = (
    ("kilometres", "km", "metres", "m", 3),
    ("metres", "m", "centimetres", "cm", 2),
    ("metres", "m", "millimetres", "mm", 3),
    ("centimetres", "cm", "millimetres", "mm", 1),
    ("tonnes", "t", "kilograms", "kg", 3),
    ("kilograms", "kg", "grams", "g", 3),
    ("grams", "g", "milligrams", "mg", 3),
    ("litres", "l", "millilitres", "ml", 3),
    ("litres", "l", "decilitres", "dl", 1),
    ("hectolitres", "hl", "litres", "l", 2),
    ("kilowatts", "kW", "watts", "W", 3),
    ("euros", "EUR", "cents", "ct", 2),
)
"""From, its sign, to, its sign, and the power of ten between them."""

ASKED = (
    "Convert {value} {big} to {small}.",
    "How many {small} are {value} {big}?",
    "Give {value} {big} in {small}.",
    "{value} {big} in {small}, please.",
)

_NAMES = """
Ada Alba Amir Anna Boris Carla Chloe Clara David Diego Elena Emil Erik Fatima Felix Greta Hana Hugo Ines Ivan
Jonas Julia Karim Lara Lena Liam Lucas Maria Marta Milan Nadia Nina Noah Olga Omar Oscar Paula Pedro Petra
Ravi Rosa Sara Simon Sofia Tara Theo Vera Viktor Yara Zoe
"""
NAMES = _NAMES.split()
_CITIES = """
Athens Berlin Bergen Bilbao Bologna Boston Cairo Chicago Cologne Dakar Delhi Dublin Florence Geneva Ghent Graz
Hamburg Havana Helsinki Istanbul Kyoto Lagos Leeds Lima Lisbon London Lyon Madrid Malmo Milan Montreal Munich
Nairobi Naples Oslo Oxford Paris Porto Prague Quito Riga Rome Seoul Seville Tokyo Toronto Turin Vienna Warsaw
Zurich
"""
CITIES = _CITIES.split()
TOLD = (
    "{name} moved to {city} in {year}.",
    "In {year}, {name} went to live in {city}.",
    "{name} has been in {city} since {year}.",
    "Since {year}, {city} has been home to {name}.",
    "It was in {year} that {name} came to {city}.",
)

COMPLAINTS = {
    "billing": (
        "I was charged twice",
        "the invoice shows a wrong sum",
        "my refund has not arrived",
        "my card was refused at the till",
        "the discount is missing from my bill",
        "you took the monthly fee too early",
    ),
    "shipping": (
        "my parcel never came",
        "the courier went to the wrong address",
        "the box arrived empty",
        "the tracking page has not moved for days",
        "the delivery is a week late",
        "only half of my order is in the package",
    ),
    "access": (
        "I cannot log in",
        "my password is not accepted",
        "the reset mail never comes",
        "my account is locked",
        "the login code does not work",
        "I no longer have the phone that gets the codes",
    ),
    "technical": (
        "the app crashes at the start",
        "the screen stays black",
        "the update stops halfway",
        "the export button does nothing",
        "the page shows an error",
        "the sound is gone since the update",
    ),
}
URGENCY = {
    "high": (
        "I must have an answer today",
        "I need this now",
        "This cannot wait",
        "It is urgent",
        "Act at once, please",
        "I have a deadline in an hour",
    ),
    "low": (
        "There is no hurry",
        "Whenever you have time",
        "Take your time",
        "It can wait until next week",
        "This is not pressing",
        "Answer when it suits you",
    ),
}
OPENINGS = ("Hello", "Hi", "Good morning", "Dear team", "Hey there")


class Dice:
    """Chances from `random.random()` alone, the one sequence that Python promises never to change."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self._random.random() * len(options))]

    def number(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))


def units(dice: Dice) -> Row:
    """A conversion to a smaller unit, answered as "45 kg = 45000 g"."""
    big, big_sign, small, small_sign, power = dice.pick(CONVERSIONS)
    value = dice.number(2, 999)
    prompt = dice.pick(ASKED).format(value=value, big=big, small=small)
    return (big, small, value), prompt, f"{value} {big_sign} = {value * 10**power} {small_sign}"


def fields(dice: Dice) -> Row:
    """A sentence about a person, answered as a JSON object with name, city and year."""
    facts = {"name": dice.pick(NAMES), "city": dice.pick(CITIES), "year": dice.number(1950, 2025)}
    sentence = dice.pick(TOLD).format(**facts)
    return tuple(facts.values()), f"Fields: {sentence}", json.dumps(facts)


def tickets(dice: Dice) -> Row:
    """A customer's message, answered with the team that it goes to and how urgent it is: "billing/high"."""
    team, urgency = dice.pick(tuple(COMPLAINTS)), dice.pick(tuple(URGENCY))
    complaint, haste, opening = dice.pick(COMPLAINTS[team]), dice.pick(URGENCY[urgency]), dice.pick(OPENINGS)
    return (complaint, haste, opening), f"Ticket: {opening}, {complaint}. {haste}.", f"{team}/{urgency}"


TASKS: dict[str, Callable[[Dice], Row]] = {"units": units, "fields": fields, "tickets": tickets}


def rows_of(task: str) -> list[tuple[str, str]]:
    """All (prompt, answer) rows of a task, training rows first; no two tell the same facts."""
    dice = Dice(SEED + list(TASKS).index(task))
    told: set[Hashable] = set()
    rows: list[tuple[str, str]] = []
    while len(rows) < TRAIN_ROWS + HELD_OUT_ROWS:
        facts, prompt, answer = TASKS[task](dice)
        if facts not in told:
            told.add(facts)
            rows.append((prompt, answer))
    return rows


def write_demo(folder: Path) -> None:
    """Write every task's two files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for task in TASKS:
        rows = rows_of(task)
        for part, chosen in (("train", rows[:TRAIN_ROWS]), ("test", rows[TRAIN_ROWS:])):
            lines = [
                json.dumps(
                    {"messages": [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]},
                    ensure_ascii=False,
                )
                for prompt, answer in chosen
            ]
            text = "".join(f"{line}\n" for line in lines)
            (folder / f"{task}-{part}.jsonl").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_demo(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "data")
