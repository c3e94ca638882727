"""How many sentences of each room are still English alone: numbers that may only shrink.

They are shown as whole English sentences in a Chinese window. The command line, the report and what is printed into
logs stay English on purpose and are not counted.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.translations.spoken import ROOT, sources, unwrapped

STILL_ENGLISH: dict[str, int] = {
    "studio/core": 16,
    "studio/planner": 1,
    "studio/data": 66,
    "studio/models": 48,
    "studio/training": 6,
    "studio/worker": 24,
    "studio/evaluation": 21,
    "studio/export": 26,
    "studio/hardware": 0,
    "studio/methods": 118,
}
SENTENCE = re.compile(r"[a-z]{2,}[ ,;:]+[^ ]* ?[a-z]{2,}.*[.)?!]$", re.DOTALL)  # several words, and a full stop
SQL = re.compile(r"(SELECT|INSERT|DELETE|UPDATE|CREATE|DROP|PRAGMA)\b")
CURE = "say it through tr() of studio/core/words.py as a whole sentence, or lower the number where there are fewer"


def printed(tree: ast.AST) -> Iterator[int]:
    """The lines of what goes into a log or a terminal."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("print", "_log"):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if isinstance(node, ast.Assert):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def english_of(room: str) -> list[str]:
    """The sentences of a room's source that no call of core/words.py translates."""
    found = []
    for file in sources(room):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        logs = set(printed(tree))
        found += [
            f"{file.relative_to(ROOT).as_posix()}:{line}: {text}"
            for line, text in unwrapped(tree)
            if SENTENCE.search(text.strip()) and not SQL.match(text) and line not in logs
        ]
    return found


@pytest.mark.parametrize("room", STILL_ENGLISH)
def test_that_no_room_says_more_in_english_alone_than_before(room: str) -> None:
    found = english_of(room)
    assert len(found) <= STILL_ENGLISH[room], f"{CURE}:\n" + "\n".join(found)
    assert len(found) > STILL_ENGLISH[room] - 10, f"lower {room} to {len(found)}"


def test_that_an_english_sentence_is_counted() -> None:
    tree = ast.parse('raise ProblemError.at("a", f"it has {rows} rows.", tr("Add some."))\nprint("it is gone away.")')
    assert [text for _, text in unwrapped(tree) if SENTENCE.search(text)] == ["it has {} rows.", "it is gone away."]
    assert set(printed(tree)) == {2}
