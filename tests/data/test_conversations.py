"""Many conversations lie on the disk while they are gone through, and everything comes out the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.core import places
from studio.core.recipe.recipe import Recipe, TaskTable, TrainingTable
from studio.data import conversations, row_store
from studio.data.conversation import Conversation, ToolCall, Turn
from studio.data.conversations import Changed, Chosen, Conversations
from studio.data.tasks import load_tasks
from tests.data.conftest import WriteLines
from tests.data.test_row_cache import same

ROWS = [
    Conversation(n, (Turn("user", f"q{n}", name="u"), Turn("assistant", "a", n % 2 > 0, "r", (ToolCall("f", "{}"),))))
    for n in range(95)
]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(places.HOME_VARIABLE, str(tmp_path / "home"))


@pytest.fixture(params=[0, 20_000, 10**9], ids=["disk", "from the middle on", "memory"])
def most(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(conversations, "MOST_HELD", request.param)
    monkeypatch.setattr(conversations, "PART", 10)
    return int(request.param)


def test_that_conversations_are_the_same_in_memory_and_on_the_disk(most: int) -> None:
    kept = Conversations(ROWS)
    assert places.rows().exists() == (most < 10**9)
    assert [*kept] == [*kept] == ROWS
    assert len(kept) == len(ROWS)
    places_of = list(range(-95, 95))
    random.Random(0).shuffle(places_of)
    assert [kept[place] for place in places_of] == [ROWS[place] for place in places_of]
    assert list(kept[3:40:7]) == ROWS[3:40:7]
    with pytest.raises(IndexError):
        kept[95]


LONG = [
    Conversation(1, text="x" * 9000),
    Conversation(2, (Turn("user", "q"), Turn("assistant", "a", reasoning="x" * 9000))),
    Conversation(3, (Turn("user", "q"), Turn("assistant", "", calls=(ToolCall("f", '"' + "x" * 9000 + '"'),)))),
    Conversation(4, (Turn("user", "q"), Turn("assistant", "a")), tools=('"' + "x" * 9000 + '"',)),
]


@pytest.mark.parametrize("row", LONG, ids=["text", "reasoning", "call", "tool"])
def test_that_few_long_ones_lie_on_the_disk_too_and_few_are_read_at_once(
    row: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "MOST_HELD", 100_000)
    monkeypatch.setattr(conversations, "PART_LETTERS", 30_000)
    rows = [replace(row, line=number) for number in range(50)]
    kept = Conversations(rows)
    assert [*kept] == rows
    assert [kept[place] for place in (49, 0, -2, 17)] == [rows[49], rows[0], rows[48], rows[17]]
    assert len(kept._held) < 5
    assert len(kept._part(0)) == 4


def test_that_some_of_them_and_changed_ones_are_found_by_place(most: int) -> None:
    kept = Conversations(ROWS)
    chosen = Chosen(kept, np.asarray([3, 90, 4]))
    assert [*chosen] == [chosen[0], chosen[1], chosen[2]] == [ROWS[3], ROWS[90], ROWS[4]]
    changed = Changed(chosen, lambda row: replace(row, line=row.line + 1))
    assert [row.line for row in changed] == [4, 91, 5]
    assert (changed[-1].line, len(changed), list(changed[:1])) == (5, 3, [replace(ROWS[3], line=4)])


@pytest.mark.parametrize("evaluate", [None, 0.2])
def test_that_a_task_that_does_not_fit_in_memory_is_the_same_task(
    evaluate: float | None, write_lines: WriteLines, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"prompt": f"Say {n % 40}, x/y?", "completion": f"it is {'xy'[n % 3 > 0]}", "answer": "xy"[n % 3 > 0]}
        for n in range(95)
    ]
    table = TaskTable(name="say", train=str(write_lines(rows)), evaluate=evaluate)
    recipe = Recipe(tasks=(table,), training=TrainingTable(max_length=20))
    plain = load_tasks(recipe, tokenizer)
    monkeypatch.setattr(conversations, "MOST_HELD", 0)
    monkeypatch.setattr(conversations, "PART", 10)
    monkeypatch.setattr(row_store, "MOST_HELD", 0)
    assert same(plain, load_tasks(recipe, tokenizer))
    assert plain["say"].train_report.duplicates
    assert plain["say"].train_report.conflicting


@pytest.mark.parametrize("room", [0, 2_000, 5_000])
def test_that_conversations_stay_in_memory_where_the_disk_is_full(
    room: int, small_disk: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "MOST_HELD", 0)
    monkeypatch.setattr(conversations, "PART", 10)
    small_disk(room)
    kept = Conversations(ROWS)
    assert [*kept] == ROWS
    assert [kept[place] for place in range(95)] == ROWS
