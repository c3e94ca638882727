from __future__ import annotations

import numpy as np
import pytest

from studio.ui.run.load_history import LoadHistory, dead, effective_experts, utilisation, variation


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


def test_that_utilisation_is_load_over_fair_share_and_unknown_without_slots() -> None:
    counts = np.array([[30.0, 10.0], [0.0, 0.0]])
    used = utilisation(counts)
    assert used[0].tolist() == [1.5, 0.5]
    assert np.isnan(used[1]).all()


def test_that_an_expert_under_a_thousandth_of_its_layer_is_dead_but_an_idle_layer_has_no_dead() -> None:
    counts = np.array([[10_000.0, 5.0], [10_000.0, 50.0], [0.0, 0.0]])
    assert dead(counts).tolist() == [[False, True], [False, False], [False, False]]


@pytest.mark.parametrize(("counts", "experts"), [([[5.0, 5.0]], 2.0), ([[10.0, 0.0]], 1.0)])
def test_that_effective_experts_count_who_does_the_work(counts: list[list[float]], experts: float) -> None:
    assert effective_experts(np.array(counts)) == pytest.approx(experts)


def test_that_even_loads_have_no_variation() -> None:
    assert variation(even().astype(float)) == 0
