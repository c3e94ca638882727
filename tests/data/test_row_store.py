"""Many rows lie on the disk while they are made, and are the same rows."""

from __future__ import annotations

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
    made = pieces()
    found = stored(made)
    assert same(found, made)
    mapped = isinstance(found.ids.base, np.memmap)
    assert mapped == (most < 10_000)
    assert places.rows().exists() == mapped


@pytest.mark.parametrize("writes", [0, 1, 7])
def test_that_rows_stay_in_memory_where_the_disk_is_full(writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_store, "MOST_HELD", 30)
    plain = row_store.nameless_file
    left = [writes]

    class Full:
        def __init__(self) -> None:
            self.file = plain()

        def write(self, content: Any) -> int:
            left[0] -= 1
            if left[0] < 0:
                raise OSError(28, "no space left on device")
            return self.file.write(content)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    monkeypatch.setattr(row_store, "nameless_file", Full)
    made = pieces()
    found = stored(made)
    assert same(found, made)
    assert not isinstance(found.ids.base, np.memmap)


def test_that_no_rows_are_none() -> None:
    assert len(RowStore().rows()) == 0
