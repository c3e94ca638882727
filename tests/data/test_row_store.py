"""Many rows lie on the disk while they are made, and are the same rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from studio.core import places
from studio.data import row_store
from studio.data.row_store import RowStore
from studio.data.token_rows import TokenRows


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv(places.HOME_VARIABLE, str(tmp_path / "home"))


def pieces(count: int = 20, rows: int = 5) -> list[tuple[Any, Any, Any]]:
    drawn = np.random.default_rng(0)
    made = []
    for _ in range(count):
        lengths = drawn.integers(1, 9, rows)
        tokens = int(lengths.sum())
        made.append((drawn.integers(0, 2**31 - 1, tokens, np.int32), drawn.random(tokens) < 0.5, lengths))
    return made


def stored(made: list[tuple[Any, Any, Any]]) -> TokenRows:
    with RowStore() as store:
        for piece in made:
            store.add(*piece)
        return store.rows()


def same(found: TokenRows, made: list[tuple[Any, Any, Any]]) -> bool:
    ids, learned, lengths = (np.concatenate(parts) for parts in zip(*made, strict=True))
    assert np.array_equal(found.ids, ids)
    assert np.array_equal(found.learned, learned)
    assert np.array_equal(found.lengths, lengths)
    assert (found.ids.dtype, found.learned.dtype, found.ends.dtype) == (np.int32, np.bool_, np.int64)
    assert np.array_equal(found[7].input_ids, ids[found.ends[6] : found.ends[7]])
    return True


@pytest.mark.parametrize("most", [0, 50, 10_000])
def test_that_rows_are_the_same_in_memory_and_on_the_disk(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_store, "MOST_HELD", most)
    made = [*pieces(), (np.zeros(0, np.int32), np.zeros(0, np.bool_), np.zeros(0, np.int64))]
    found = stored(made)
    assert same(found, made)
    mapped = isinstance(found.ids.base, np.memmap)
    assert mapped == (most < 10_000)
    assert places.rows().exists() == mapped


@pytest.mark.parametrize("room", [0, 1, 130, 500, 900])
def test_that_rows_stay_in_memory_where_the_disk_is_full(
    room: int, small_disk: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_store, "MOST_HELD", 30)
    small_disk(room)
    made = [*pieces(), (np.zeros(0, np.int32), np.zeros(0, np.bool_), np.zeros(0, np.int64))]
    found = stored(made)
    assert same(found, made)
    assert not isinstance(found.ids.base, np.memmap)


def test_that_no_rows_are_none() -> None:
    assert len(RowStore().rows()) == 0
