"""One tiny model for all tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tiny import make_tiny_model
from tests.training.killing import Workers, kill_server


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """Real workers, forked from a process that has torch imported; not on Windows."""
    with kill_server() as server:
        yield server
