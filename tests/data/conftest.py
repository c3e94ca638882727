"""A tiny tokenizer and files with given content, for every test of the data room."""

from __future__ import annotations

import json
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
