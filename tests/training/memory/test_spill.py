"""A card that spills while a run trains is recorded; the path to that needs no real card."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from studio.hardware import spill
from studio.training import step_record
from studio.training.memory import usage
from tests.training.small_run import events, small_run, train


def test_that_a_spilling_card_is_recorded_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_model: Path
) -> None:
    monkeypatch.setattr(step_record, "dedicated_memory", lambda device: (995, 1000))
    monkeypatch.setattr(spill, "JUMP", 0.0)  # after the calm steps every step counts as slow
    folder = small_run(tmp_path, tiny_model, training__max_steps=10)
    assert train(folder) == 0
    told = [event for event in events(folder, "WarningRaised") if "page the card's memory" in event.what]
    assert [event.step for event in told] == [spill.CALM_STEPS + spill.IN_A_ROW]
    assert "micro_batch" in told[0].remedy


def test_that_only_cards_of_windows_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (300, 1000))
    monkeypatch.setattr(usage, "may_spill", lambda: True)
    assert usage.dedicated_memory(torch.device("cuda:0")) == (700, 1000)
    assert usage.dedicated_memory(torch.device("cpu")) is None
    monkeypatch.setattr(usage, "may_spill", lambda: False)
    assert usage.dedicated_memory(torch.device("cuda:0")) is None
