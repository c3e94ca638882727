"""What torch may hold of a card."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from studio.hardware.machine import Device
from studio.models import memory_limit
from studio.models.memory_limit import keep_within, keep_within_free, memory_fraction

MIB, GIB = 2**20, 2**30
CPU = torch.device("cpu")


def test_that_a_budgets_share_of_a_card_leaves_room_for_the_context() -> None:
    assert memory_fraction(8 * GIB, GIB, 16 * GIB) == 7 / 16


@given(budget=st.integers(0, 2**42), context=st.integers(0, 2**30), total=st.integers(2**30, 2**42))
def test_that_the_share_is_always_one_that_torch_takes_and_never_beyond_the_budget(
    budget: int, context: int, total: int
) -> None:
    fraction = memory_fraction(budget, context, total)
    assert 0 < fraction <= 1
    assert fraction == 0.01 or fraction * total + context <= budget * (1 + 1e-12)


def test_that_a_run_on_a_card_is_held_to_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, torch.device]] = []
    card = torch.device("cuda", 1)
    properties = SimpleNamespace(total_memory=24 * GIB)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    monkeypatch.setattr(
        torch.cuda, "set_per_process_memory_fraction", lambda fraction, device: asked.append((fraction, device))
    )
    assert keep_within(card, 12 * GIB + 450 * MIB, 450 * MIB) == 0.5
    assert asked == [(0.5, card)]
    assert keep_within(CPU, 12 * GIB, 0) is None
    assert len(asked) == 1


def test_that_what_is_borrowed_leaves_other_programs_what_they_have_and_the_desktop_its_reserve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = Device("cuda", "A card", 1, 24 * GIB, 18 * GIB, vendor="nvidia", has_display=True, seen_as=0)
    other = Device("cuda", "Another", 0, 8 * GIB, 8 * GIB, vendor="nvidia", hidden=True)
    machine = SimpleNamespace(devices=(other, card), system="Linux")
    shares: list[float] = []
    monkeypatch.setattr(memory_limit, "detect", lambda: machine)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (16 * GIB, 24 * GIB))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 2 * GIB)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=24 * GIB))
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda share, device: shares.append(share))
    keep_within_free(torch.device("cuda:0"))
    # 16 GiB free and 2 of its own, less a tenth of the card for the desktop.
    assert shares == [pytest.approx((18 - 2.4) / 24, abs=1e-9)]
    assert keep_within_free(CPU) is None
