"""A tiny tokenizer and files with given content, for every test of the data room."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.tiny import make_tiny_tokenizer

WriteLines = Callable[..., Path]


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    return make_tiny_tokenizer()


@pytest.fixture
def write_lines(tmp_path: Path) -> WriteLines:
    """Write rows as JSON lines (text is taken as it stands) and return the file."""

    def write(rows: Iterable[Any], name: str = "rows.jsonl") -> Path:
        file = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        return file

    return write


class _Small(io.FileIO):
    """A file on a disk that has room for no more than `room` bytes of it."""

    room = 0

    def write(self, content: Any) -> int:
        taken = memoryview(content)[: self.room]
        if not taken:
            raise OSError(28, "no space left on device")
        self.room -= len(taken)
        return super().write(taken)


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[int], None]:
    """Have every nameless file that is made from now on take so many bytes."""

    def fill(room: int) -> None:
        def opened(*_: Any, buffering: int = -1, **__: Any) -> Any:
            file = _Small(tmp_path / f"nameless-{len([*tmp_path.iterdir()])}", "w+")
            file.room = room
            return file if buffering == 0 else io.BufferedRandom(file)

        monkeypatch.setattr(tempfile, "TemporaryFile", opened)

    return fill
