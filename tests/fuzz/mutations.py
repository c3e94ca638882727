"""Random damage and malice, drawn by hypothesis: to bytes, to text, to JSON, and values that we never write."""

from __future__ import annotations

import copy
import os
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

Item = TypeVar("Item")

IN_THE_SUITE = 50
A_ROUND = 100  # cases, for each of which the bench sees one dot

# The suite tries the same cases every time; `python -m tests.bench.fuzz` tries thousands of new ones.
WANTED = int(os.environ.get("STUDIO_FUZZ_CASES", "0"))
rounds = pytest.mark.parametrize("turn", range(max(1, WANTED // A_ROUND)))
fuzz = settings(
    max_examples=A_ROUND if WANTED else IN_THE_SUITE,
    derandomize=not WANTED,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)

STRINGS = (
    "", " ", "\x00", "\x1b[2J\x1b]0;owned\x07", "../../etc/passwd", "/etc/passwd", "C:\\Windows\\x", "\\\\a\\b",
    "a:b", "nul", "~", "~root/x", "é\u202egpj", "\ud800", "x" * 5000, "(a+)+$", "[", "<img src=x onerror=alert(1)>",
    "{{ 1 / 0 }}", "NaN", "none", "auto", "demo", "'; DROP TABLE events; --", "%s%n", "１２", "\u2028", "..", "0", "-1",
)  # fmt: skip
NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 2, 3, 7, 16, 255, 2**31, 2**53, 2**63, -(2**63), 2**64, 10**30, 10**400, 0.0, -0.0, 0.5, 1e-320, 1e308,
    float("nan"), float("inf"), float("-inf"), True, False,
)  # fmt: skip


def pick(random: Random, items: Any) -> Any:
    return items[random.randrange(len(items))]


def odd_value(random: Random, depth: int = 2) -> Any:
    """A value of any JSON type, mostly one that breaks something."""
    kind = random.randrange(8 if depth else 5)
    if kind < 2:
        return pick(random, STRINGS)
    if kind < 4:
        return pick(random, NUMBERS)
    if kind == 4:
        return None
    if kind == 5:
        return [odd_value(random, depth - 1) for _ in range(random.randrange(4))]
    if kind == 6:
        return {pick(random, STRINGS): odd_value(random, depth - 1) for _ in range(random.randrange(4))}
    deep: Any = 1
    for _ in range(pick(random, (5, 150, 400))):
        deep = [deep] if random.random() < 0.5 else {"a": deep}
    return deep


def mutated_json(random: Random, value: Any) -> Any:
    """A copy of a JSON value with one place in it changed, dropped, renamed, doubled or swapped with another."""
    changed = copy.deepcopy(value)
    parents = [place for place in _containers(changed) if place]
    if not parents:
        return odd_value(random)
    place = pick(random, parents)
    keys = list(place) if isinstance(place, dict) else list(range(len(place)))
    key = pick(random, keys)
    action = random.randrange(6)
    if action == 0:
        del place[key]
    elif action == 1 and isinstance(place, dict):
        place[str(key) + pick(random, ("z", "_", " ", "\u202e"))] = place.pop(key)
    elif action == 2:
        other = pick(random, keys)
        place[key], place[other] = place[other], place[key]
    elif action == 3 and isinstance(place[key], (int, float)):
        place[key] = place[key] * pick(random, (-1, 0, 2, 10**9)) + pick(random, (0, 1, -1))
    else:
        place[key] = odd_value(random)
    return changed


def mutated_bytes(random: Random, content: bytes) -> bytes:
    """Content cut short, with bits flipped, a stretch overwritten, doubled, or taken out."""
    changed = bytearray(content)
    if not changed:
        return b"\0" * random.randrange(1, 9)
    at = random.randrange(len(changed))
    length = min(len(changed) - at, 1 + random.randrange(64))
    action = random.randrange(6)
    if action == 0:
        return bytes(changed[:at])
    if action == 1:
        for _ in range(1 + random.randrange(4)):
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    elif action == 2:
        changed[at : at + length] = bytes(random.randrange(256) for _ in range(length))
    elif action == 3:
        changed[at:at] = changed[at : at + length]
    elif action == 4:
        del changed[at : at + length]
    else:
        changed += bytes(length)
    return bytes(changed)


def mutated_text(random: Random, text: str) -> str:
    """Text with a line dropped, doubled or moved, a word replaced, or its bytes damaged."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    action = random.randrange(7)
    if action == 0:
        del lines[at]
    elif action == 1:
        lines.insert(at, pick(random, lines))
    elif action == 2:
        lines.insert(at, pick(random, STRINGS))
    elif action == 3 and "=" in lines[at]:
        lines[at] = lines[at].partition("=")[0] + "= " + pick(random, TOML_VALUES)
    elif action == 4 and "=" in lines[at]:
        key, _, value = lines[at].partition("=")
        lines[at] = key.rstrip() + pick(random, ("x", ".a", "", " b", ".0")) + " =" + value
    elif action == 5:
        lines[at] = lines[at].replace(pick(random, ('"', "[", "]", "=", ".")), pick(random, ("", '"""', "[[", "'")), 1)
    else:
        return mutated_bytes(random, text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
    return "\n".join(lines)


TOML_VALUES = (
    '""', '"auto"', '"\\u0000"', '"\\u001b[2J"', "'../../x'", "0", "-1", "1e400", "nan", "inf", "-inf", "true", "0x10",
    "99999999999999999999", "1_000", "[]", "[1, 'a']", "{a = 1}", "{}", "1979-05-27T07:32:00Z", "07:32:00", "[[[[]]]]",
    "9" * 5000, "[" * 500 + "]" * 500, '"' + "x" * 5000 + '"', '"all"', '["q_proj"]', '"mixlora"', '"moelora"', "3",
)  # fmt: skip


def _containers(value: Any) -> list[Any]:
    found, level = [], [value]
    while level and len(found) < 500:
        inner = [each for each in level if isinstance(each, (dict, list))]
        found += inner
        level = [item for each in inner for item in (each.values() if isinstance(each, dict) else each)]
    return found
