"""The laboratory's tasks: short strings and what becomes of them, some known to the base and some new to it.

A row reads `Kbadge>egdab`: the task's mark, letters, and the answer. The base is trained on `KNOWN` alone; the marks of
all other tasks stand among its letters now and then, so that it can tell them apart and knows nothing of what they ask.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from typing import Literal

LETTERS = "abcdefghijklmnop"
MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
ARROW = ">"
SHORTEST, LONGEST = 4, 7

Rule = Callable[[str], str]
FamilyName = Literal["mixed", "alike", "conflicting"]


def _moved(by: int) -> Rule:
    """Every letter so many places on in the alphabet, round and round."""
    return lambda text: "".join(LETTERS[(LETTERS.index(letter) + by) % len(LETTERS)] for letter in text)


def _mirrored(text: str) -> str:
    return "".join(LETTERS[-1 - LETTERS.index(letter)] for letter in text)


def _substituted(key: int) -> Rule:
    """A table of letters that has no rule: a permutation drawn from `key`."""
    table = dict(zip(LETTERS, random.Random(f"table {key}").sample(LETTERS, len(LETTERS)), strict=True))
    return lambda text: "".join(table[letter] for letter in text)


def _sorted(text: str) -> str:
    return "".join(sorted(text))


def _pairs_swapped(text: str) -> str:
    return "".join(text[place : place + 2][::-1] for place in range(0, len(text), 2))


def _by_turns(text: str) -> str:
    """One letter on, the next one back."""
    return "".join(_moved(-1 if place % 2 else 1)(letter) for place, letter in enumerate(text))


def _outside_in(text: str) -> str:
    half = (len(text) + 1) // 2
    return "".join(letter for pair in zip_longest(text[:half], text[half:][::-1], fillvalue="") for letter in pair)


KNOWN: Mapping[str, Rule] = {
    "copy": lambda text: text,
    "reverse": lambda text: text[::-1],
    "sort": _sorted,
    "first-to-end": lambda text: text[1:] + text[0],
    "next": _moved(1),
    "pairs-swapped": _pairs_swapped,
    "second-half-first": lambda text: text[len(text) // 2 :] + text[: len(text) // 2],
    "odd-places": lambda text: text[::2],
    "ends": lambda text: text[0] + text[-1],
    "without-repeats": lambda text: "".join(dict.fromkeys(text)),
}
"""What the base is trained on, by the marks from A on."""

_MIXED: Mapping[str, Rule] = {
    "last-to-front": lambda text: text[-1] + text[:-1],
    "two-to-end": lambda text: text[2:] + text[:2],
    "two-back": _moved(-2),
    "mirror": _mirrored,
    "five-on": _moved(5),
    "sort-down": lambda text: _sorted(text)[::-1],
    "even-places": lambda text: text[1::2],
    "reverse-and-next": lambda text: _moved(1)(text[::-1]),
    "ends-swapped": lambda text: text[-1] + text[1:-1] + text[0],
    "first-half-reversed": lambda text: text[: len(text) // 2][::-1] + text[len(text) // 2 :],
    "table-1": _substituted(1),
    "table-2": _substituted(2),
    "by-turns": _by_turns,
    "sort-and-next": lambda text: _moved(1)(_sorted(text)),
    "outside-in": _outside_in,
    "copy-and-mirror": lambda text: text[:3] + _mirrored(text[3:]),
}

FAMILIES: Mapping[FamilyName, Mapping[str, Rule]] = {
    "mixed": _MIXED,
    # Nearly the same rule: only how far the letters move differs.
    "alike": {f"{by}-on": _moved(by) for by in range(2, 16)}
    | {"mirror": _mirrored, "mirror-and-5-on": lambda text: _moved(5)(_mirrored(text))},
    # Each contradicts every other, and no rule is shared: sixteen letters to learn by heart for each.
    "conflicting": {f"table-{key}": _substituted(key) for key in range(1, 17)},
}
"""The tasks to be learned, sixteen in each family, by the marks after the known tasks'."""


def mark_of(family: FamilyName | None, task: str) -> str:
    """The mark of one task; without a family, of a known one."""
    if family is None:
        return MARKS[list(KNOWN).index(task)]
    return MARKS[len(KNOWN) + list(FAMILIES[family]).index(task)]


def rows(family: FamilyName, task: str, count: int) -> list[tuple[str, str]]:
    """The first `count` rows of one task as (prompt, answer), no prompt twice; always the same ones."""
    return list(dict(zip(range(count), _stream(family, task), strict=False)).values())


def _stream(family: FamilyName, task: str) -> Iterator[tuple[str, str]]:
    rule, mark, seen = FAMILIES[family][task], mark_of(family, task), set()
    draw = random.Random(f"rows of {family} {task}")
    while True:
        text = word(draw)
        if text not in seen:
            seen.add(text)
            yield mark + text, rule(text)


def word(draw: random.Random, letters: str = LETTERS) -> str:
    return "".join(draw.choice(letters) for _ in range(draw.randint(SHORTEST, LONGEST)))


def known_row(draw: random.Random) -> tuple[str, str]:
    """A row that the base learns from; where a rule asks for no alphabet, one in four is of all signs."""
    task = draw.choice(list(KNOWN))
    of_all = task not in ("sort", "next") and draw.random() < 0.25
    text = word(draw, LETTERS + MARKS if of_all else LETTERS)
    return mark_of(None, task) + text, KNOWN[task](text)
