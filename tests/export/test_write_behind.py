"""Bytes written while the next are made: whole, in order, two pieces in memory at most, and never failing silently."""

from __future__ import annotations

import errno
import gc
import io
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.export import write_behind
from studio.export.write_behind import written_behind


class Slow(io.BytesIO):
    """A file whose writes wait for leave, and may fail."""

    def __init__(self, error: OSError | None = None) -> None:
        super().__init__()
        self.leave, self.begun = threading.Event(), threading.Event()
        self.error = error

    def write(self, data: Any) -> int:
        self.begun.set()
        assert self.leave.wait(30)
        if self.error is not None:
            raise self.error
        return super().write(data)


def piece(number: int, size: int = 1000) -> memoryview:
    return np.full(size, number, dtype=np.uint8).data


def test_that_pieces_land_in_order_or_where_they_are_sent_and_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_behind, "PIECE", 300)
    monkeypatch.setattr(write_behind, "FLUSHED", 700)
    told: list[tuple[int, str]] = []
    with (
        (tmp_path / "file").open("wb") as file,
        written_behind(file, lambda count: told.append((count, threading.current_thread().name))) as behind,
    ):
        for number in (1, 2):
            behind.put(piece(number))
        behind.put(piece(4), 3000)
        behind.put(piece(3), 2000)
    assert (tmp_path / "file").read_bytes() == b"".join(bytes(piece(number)) for number in (1, 2, 3, 4))
    assert sum(count for count, _ in told) == 4000
    assert {name for _, name in told} == {threading.current_thread().name}


def test_that_the_next_is_made_while_one_is_written_and_no_third_waits() -> None:
    file, alive = Slow(), []
    with written_behind(file, lambda count: None) as behind:
        for number in range(4):
            if number == 1:
                assert file.begun.wait(30)  # this line runs while the first piece is still being written
                file.leave.set()
            made = np.full(1000, number, dtype=np.uint8)
            alive.append(weakref.ref(made))
            behind.put(made.data)
            del made
            gc.collect()
            assert sum(each() is not None for each in alive) <= 2
    assert len(file.getvalue()) == 4000


@pytest.mark.parametrize("pieces", [1, 2])
def test_that_a_full_disk_is_told_by_the_next_piece_or_at_the_end(pieces: int) -> None:
    file = Slow(OSError(errno.ENOSPC, "full"))
    file.leave.set()

    def write() -> None:
        with written_behind(file, lambda count: None) as behind:
            for number in range(pieces):
                behind.put(piece(number))

    with pytest.raises(OSError, match="full"):
        write()


def test_that_a_cancelled_export_leaves_no_thread_and_writes_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "PIECE", 100)
    file = Slow()

    def cancel() -> None:
        with written_behind(file, lambda count: None) as behind:
            behind.put(piece(1))
            assert file.begun.wait(30)
            threading.Timer(0.05, file.leave.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cancel()
    assert len(file.getvalue()) < 1000
    assert not [each for each in threading.enumerate() if each.name.startswith("write-behind")]
