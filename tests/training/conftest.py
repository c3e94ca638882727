"""Workers that are killed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.forking import may_fork
from tests.training.killing import Workers, kill_server


@pytest.fixture(scope="session")
def workers(forked: type[subprocess.Popen[Any]]) -> Iterator[Workers]:
    """Real workers, forked from a process that has torch imported; not on Windows."""
    with kill_server(forked if may_fork() else subprocess.Popen) as server:
        yield server
