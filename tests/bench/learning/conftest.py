"""What the laboratory's tests share: rows of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.learning import rows as rows_module


@pytest.fixture(autouse=True)
def _own_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows, in a folder of the test's own: to tokenize them all would take longer than to train."""
    monkeypatch.setattr(rows_module, "WORK", tmp_path)
    monkeypatch.setattr(rows_module, "TRAINING", 20)
    monkeypatch.setattr(rows_module, "TEST", 10)
    rows_module._task_table.cache_clear()
