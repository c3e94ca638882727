"""Workers that are killed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.training.killing import Workers, kill_server


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """Real workers, forked from a process that has torch imported; not on Windows."""
    with kill_server() as server:
        yield server
