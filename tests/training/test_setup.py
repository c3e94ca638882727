"""What a run refuses or warns of before its model is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.planner import auto_fields
from studio.training import setup
from tests.training.small_run import events, small_run, train


@pytest.mark.parametrize(("field", "value"), [("training__optimizer", "adamw-8bit"), ("model__precision", "nf4")])
def test_that_what_needs_a_package_that_is_missing_is_refused_before_anything_is_read(
    field: str, value: str, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auto_fields, "quantisation_installed", lambda: False)
    monkeypatch.setattr(setup, "find_base", lambda *_: pytest.fail("the model was looked for"))
    folder = small_run(tmp_path, tiny_model, **{field: value})
    assert train(folder) == 2
    (ended,) = events(folder, "RunEnded")
    (problem,) = ended.problems
    assert problem.where == field.replace("__", ".")
    assert "bitsandbytes, which is not installed" in problem.what
    assert "auto" in problem.remedy


def test_that_a_run_warns_of_settings_that_train_but_hardly_as_meant(tmp_path: Path, tiny_model: Path) -> None:
    folder = small_run(tmp_path, tiny_model, method__top_k=1, training__max_steps=1)
    assert train(folder) == 0
    said = [f"{event.where}: {event.what}" for event in events(folder, "WarningRaised")]
    assert any("method.top_k: the weight of a token's only expert is always 1" in each for each in said)
