from __future__ import annotations

import numpy as np

from studio.core.run.load_history import LoadHistory


def even(slots: float = 10, layers: int = 2, experts: int = 4) -> np.ndarray:
    return np.full((layers, experts), slots, dtype=np.float32)


def test_that_a_long_history_keeps_every_slot_in_bounded_memory() -> None:
    history = LoadHistory(most=8)
    for step in range(1, 101):
        history.add(step, even(step))
    assert len(history) <= 8
    assert sum(stretch.counts.sum() for stretch in history.stretches) == sum(range(1, 101)) * 8
    assert history.stretches[0].first == 1
    assert history.stretches[-1].last == 100
    for one, other in zip(history.stretches, history.stretches[1:], strict=False):
        assert one.last < other.first


def test_that_live_loads_are_those_of_the_last_twenty_steps() -> None:
    history = LoadHistory()
    for step in range(1, 31):
        history.add(step, even(step))
    recent = history.recent()
    assert recent is not None
    assert recent[0, 0] == sum(range(11, 31))


def test_that_a_resumed_run_replaces_the_steps_that_it_repeats() -> None:
    history = LoadHistory()
    for step in range(1, 11):
        history.add(step, even(1))
    for step in range(6, 11):
        history.add(step, even(100))
    assert [stretch.first for stretch in history.stretches] == list(range(1, 11))
    assert [stretch.counts[0, 0] for stretch in history.stretches] == [1.0] * 5 + [100.0] * 5
