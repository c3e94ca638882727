"""Which form of the experts' arithmetic a run uses, and why not a faster one, stands in its events."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.methods.mixlora.forms import choice
from studio.methods.mixlora.forms.verdict import Verdict
from tests.training.small_run import events, small_run, train


def test_that_a_run_tells_its_form_and_that_a_card_without_kernels_takes_a_slower_one(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, slower = tmp_path / "usual", tmp_path / "slower"
    usual.mkdir()
    slower.mkdir()
    folder = small_run(usual, tiny_model, training__max_steps=2)
    assert train(folder) == 0
    assert [event.form for event in events(folder, "ModelReady")] == ["sorted"]
    assert not [event for event in events(folder, "WarningRaised") if event.where == "method"]

    monkeypatch.setattr(choice, "is_card", lambda device: True)
    monkeypatch.setattr(choice, "verdict", lambda *_: Verdict("The kernels are out of registers."))
    choice._say.cache_clear()
    folder = small_run(slower, tiny_model, training__max_steps=2)
    with pytest.warns(RuntimeWarning, match="out of registers"):
        assert train(folder) == 0
    choice._say.cache_clear()
    assert [event.form for event in events(folder, "ModelReady")] == ["masked"]
    said = [event for event in events(folder, "WarningRaised") if event.where == "method"]
    assert [event.what for event in said] == [
        "the experts are computed in a slower form. The kernels are out of registers."
    ]
