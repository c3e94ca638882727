"""Token rows while they are made: collected in memory, and from a certain size on in files that nobody sees."""

from __future__ import annotations

import tempfile
from typing import IO

import numpy as np
from numpy.typing import NDArray

from studio.core import places
from studio.data.token_rows import TokenRows

MOST_HELD = 8_000_000
"""Tokens that are held in memory, at five bytes each; more go to the disk."""


class RowStore:
    """Takes rows piece by piece and gives them back as TokenRows, which read the disk where they are many."""

    def __init__(self) -> None:
        self._ids: list[NDArray[np.int32]] = []
        self._learned: list[NDArray[np.bool_]] = []
        self._lengths: list[NDArray[np.int64]] = []
        self._held = 0
        self._spilled = 0
        self._files: tuple[IO[bytes], IO[bytes]] | None = None
        self._has_room = True

    def add(self, ids: NDArray[np.int32], learned: NDArray[np.bool_], lengths: NDArray[np.int64]) -> None:
        """Take rows that lie end to end: ids and learned [tokens], lengths [rows]."""
        self._ids.append(ids)
        self._learned.append(learned)
        self._lengths.append(lengths)
        self._held += len(ids)
        if self._held > MOST_HELD and self._has_room:
            self._spill()

    def __enter__(self) -> RowStore:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()  # what `rows` has mapped stays

    def rows(self) -> TokenRows:
        """All rows that were added; nothing can be added afterwards."""
        ends = np.cumsum(np.concatenate(self._lengths) if self._lengths else np.zeros(0, np.int64))
        if self._files and self._ids:
            self._spill()
        if self._files:
            ids, learned = self._files
            shape = (self._spilled,)
            return TokenRows.of_flat(
                np.memmap(ids, np.int32, "r", shape=shape).view(np.ndarray),
                np.memmap(learned, np.bool_, "r", shape=shape).view(np.ndarray),
                ends,
            )
        whole = np.concatenate(self._ids) if self._ids else np.zeros(0, np.int32)
        taught = np.concatenate(self._learned) if self._learned else np.zeros(0, np.bool_)
        return TokenRows.of_flat(whole, taught, ends)

    def _spill(self) -> None:
        """Move what is held to the disk; without room there it stays in memory, with what was moved before."""
        try:
            if self._files is None:
                self._files = (nameless_file(), nameless_file())
            ids, learned = self._files
            for piece in self._ids:
                write_all(ids, piece.data)
            for mask in self._learned:
                write_all(learned, mask.data)
        except OSError:
            self._take_back()
            return
        self._spilled += self._held
        self._ids, self._learned, self._held = [], [], 0

    def _take_back(self) -> None:
        self._has_room = False
        if self._files is None:
            return
        ids, learned = self._files
        self._ids.insert(0, np.frombuffer(read_all(ids, 0, self._spilled * 4), np.int32))
        self._learned.insert(0, np.frombuffer(read_all(learned, 0, self._spilled), np.bool_))
        self._close()

    def _close(self) -> None:
        for file in self._files or ():
            file.close()
        self._files = None


def nameless_file() -> IO[bytes]:
    """A file that is gone once nothing has it open, however this process ends. Raises OSError.

    It is in the studio's home, which is on a disk; a system's folder for such files may be in memory. It has no buffer:
    one that a full disk did not take would be tried again, in vain, by everything that is done with the file. So it is
    written by `write_all` and read by `read_all`.
    """
    places.rows().mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=places.rows(), prefix=".rows-", suffix=".partial", buffering=0)


def write_all(file: IO[bytes], content: bytes | memoryview) -> None:
    """Write all bytes of `content` to a file without a buffer, which may take less at a time. Raises OSError."""
    left = memoryview(content)
    left = left.cast("B") if left.nbytes else left
    while left:
        left = left[file.write(left) :]


def read_all(file: IO[bytes], start: int, size: int) -> bytearray:
    """Read `size` bytes from `start` on of such a file. Raises OSError, also where it has fewer."""
    found = bytearray(size)
    left = memoryview(found)
    file.seek(start)
    while left:
        count = file.readinto(left)  # type: ignore[attr-defined]
        if not count:
            raise OSError("the file ends early")
        left = left[count:]
    return found
