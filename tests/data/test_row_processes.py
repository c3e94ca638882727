"""Several processes make the same rows as one, and what a process cannot do is done here."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from studio.data import row_processes
from studio.data.chat_text import ChatText
from studio.data.conversation import Conversation, Turn
from studio.data.made_rows import MadeRows
from studio.data.row_maker import RowMaker
from studio.data.row_process import receive, send
from studio.data.row_processes import make_all

ROWS = [
    *(Conversation(n, (Turn("user", f"Say {n}"), Turn("assistant", "one " * (n % 50)))) for n in range(700)),
    Conversation(700, text="hello " * 200),
    Conversation(701, (Turn("user", "Say nothing"), Turn("assistant", ""))),
]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_processes, "LEAST_LETTERS", 100)
    monkeypatch.setattr(row_processes, "MOST_PROCESSES", 2)
    monkeypatch.setattr(row_processes, "LEAST_CORES", 1)
    monkeypatch.setattr(row_processes, "MOST_AT_ONCE", 150)
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def same(maker: RowMaker) -> bool:
    """Whether `make_all` gives what one call of the maker does, in order."""
    found = list(make_all(maker, ROWS))
    assert [row for part, _ in found for row in part] == ROWS
    whole = MadeRows.of(maker.make(ROWS))
    for name in ("ids", "learned", "lengths", "counts"):
        pieces = np.concatenate([getattr(made, name) for _, made in found])
        assert np.array_equal(pieces, getattr(whole, name))
        assert pieces.dtype == getattr(whole, name).dtype
    starts = np.cumsum([0, *(len(part) for part, _ in found)])
    told = {start + at: one for start, (_, made) in zip(starts, found, strict=False) for at, one in made.told.items()}
    assert told == whole.told
    assert 2 < len(told) < len(ROWS)
    return True


def test_that_several_processes_make_the_same_rows_as_one(tokenizer: Any) -> None:
    maker = RowMaker(ChatText(tokenizer), 48)
    assert same(maker)


@pytest.mark.parametrize("letters", [2_000_000, 300])
def test_that_one_process_makes_the_same_rows_whatever_the_parts(
    letters: int, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_processes, "MOST_PROCESSES", 1)
    monkeypatch.setattr(row_processes, "MOST_LETTERS", letters)
    assert same(RowMaker(ChatText(tokenizer), 48))


def test_that_rows_are_made_here_where_no_process_can_start(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("subprocess.Popen", refuse)
    maker = RowMaker(ChatText(tokenizer), 48)
    assert same(maker)


def test_that_rows_are_made_here_where_every_process_dies(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_processes, "MODULE", "studio.no_such_module")
    maker = RowMaker(ChatText(tokenizer), 48)
    assert same(maker)


def test_that_an_end_is_told_from_a_value() -> None:
    pipe = io.BytesIO()
    send(pipe, ("a", 1))
    whole = pipe.getvalue()
    assert receive(io.BytesIO(whole)) == ("a", 1)
    for stop in (0, 3, len(whole) - 1):
        with pytest.raises(EOFError):
            receive(io.BytesIO(whole[:stop]))
