"""Several processes make the same rows as one, and what a process cannot do is done here."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from studio.data import row_processes
from studio.data.chat_text import ChatText
from studio.data.conversation import Conversation, Turn
from studio.data.row_maker import Made, RowMaker
from studio.data.row_process import receive, send
from studio.data.row_processes import make_all

ROWS = [
    *(Conversation(n, (Turn("user", f"Say {n}"), Turn("assistant", "one " * (n % 50)))) for n in range(700)),
    Conversation(700, text="hello " * 200),
]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_processes, "LEAST_ROWS", 100)
    monkeypatch.setattr(row_processes, "MOST_PROCESSES", 2)
    monkeypatch.setattr(row_processes, "LEAST_CORES", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def same(left: list[Made], right: list[Made]) -> bool:
    for one, other in zip(left, right, strict=True):
        assert (one.lost, one.lost_answer, one.lengths) == (other.lost, other.lost_answer, other.lengths)
        assert (one.left_out, one.refused, one.notes) == (other.left_out, other.refused, other.notes)
        for row, again in zip(one.rows, other.rows, strict=True):
            assert np.array_equal(row.input_ids, again.input_ids)
            assert np.array_equal(row.learned, again.learned)
    return True


def test_that_several_processes_make_the_same_rows_as_one(tokenizer: Any) -> None:
    maker = RowMaker(ChatText(tokenizer), 48)
    assert same(list(make_all(maker, ROWS, 1000)), maker.make(ROWS))


def test_that_rows_are_made_here_where_no_process_can_start(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("subprocess.Popen", refuse)
    maker = RowMaker(ChatText(tokenizer), 48)
    assert same(list(make_all(maker, ROWS, 1000)), maker.make(ROWS))


def test_that_rows_are_made_here_where_every_process_dies(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_processes, "MODULE", "studio.no_such_module")
    maker = RowMaker(ChatText(tokenizer), 48)
    assert same(list(make_all(maker, ROWS, 1000)), maker.make(ROWS))


def test_that_an_end_is_told_from_a_value() -> None:
    pipe = io.BytesIO()
    send(pipe, ("a", 1))
    whole = pipe.getvalue()
    assert receive(io.BytesIO(whole)) == ("a", 1)
    for stop in (0, 3, len(whole) - 1):
        with pytest.raises(EOFError):
            receive(io.BytesIO(whole[:stop]))
