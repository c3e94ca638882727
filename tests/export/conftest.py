"""A tiny base model, and finished runs with adapters for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.core.run_folder import RunFolder
from tests.adapted_run import make_adapted_run
from tests.tiny import make_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "kleines Modell")


@pytest.fixture
def make_run(tiny_model: Path) -> Callable[..., RunFolder]:
    """Make a finished run whose adapter is real: `make_run(runs, method, name)`."""
    return lambda runs, *arguments, **options: make_adapted_run(runs, tiny_model, *arguments, **options)
