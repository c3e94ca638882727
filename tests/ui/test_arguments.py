"""What the window is started with: paths from wherever it is started, for a desk and workers that stand elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from studio.ui.__main__ import _arguments


def test_that_recipe_and_runs_are_taken_from_where_the_window_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["window", "--recipe", "a recipe.toml", "--runs", "~/my runs", "--grab", "./picture.png"]
    monkeypatch.setattr(sys, "argv", words)
    chosen = _arguments()
    assert (chosen.recipe, chosen.runs) == (tmp_path / "a recipe.toml", Path.home() / "my runs")
    assert chosen.grab == tmp_path / "picture.png"
