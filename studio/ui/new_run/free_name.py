"""A name for a run that no other run has."""

from __future__ import annotations

import re
from collections.abc import Collection

LONGEST = 80  # characters of a recipe's name
_COUNTED = re.compile(r" \((\d{1,4})\)$")


def free_name(name: str, taken: Collection[str]) -> str:
    """The name itself where it is free, else the first free one of "name (2)", "name (3)" and so on."""
    if name not in taken:
        return name
    stem, number = _COUNTED.sub("", name), 2
    while True:
        ending = f" ({number})"
        counted = stem[: LONGEST - len(ending)].rstrip() + ending
        if counted not in taken:
            return counted
        number += 1
