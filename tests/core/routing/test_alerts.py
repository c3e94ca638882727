from __future__ import annotations

import numpy as np

from studio.core.routing.alerts import ROUTER, RoutingAlerts
from studio.core.routing.routed import Routed
from studio.core.run.events import WarningRaised

EVEN = np.full((2, 8), 100.0, dtype=np.float32)
FEW = np.tile(np.array([700, 700, 0, 0, 0, 0, 0, 0], dtype=np.float32), (2, 1))
ROUTED = Routed(("layer 0", "layer 1"), top_k=2)


def told(loads: list[np.ndarray], alerts: RoutingAlerts | None = None, first: int = 1) -> list[WarningRaised]:
    """The warnings of a run whose steps have these loads."""
    alerts = alerts or RoutingAlerts(ROUTED, ("a",))
    found = []
    for step, counts in enumerate(loads, start=first):
        alerts.add(step, {"a": counts, "": counts})
        if (warning := alerts.look(step)) is not None:
            found.append(warning)
    return found


def test_that_an_even_run_is_warned_of_nothing() -> None:
    assert told([EVEN] * 200) == []


def test_that_a_collapse_that_stays_is_told_once_with_its_step_and_what_to_do() -> None:
    (warning,) = told([EVEN] * 60 + [FEW] * 100)
    assert warning.where == ROUTER
    assert 80 <= warning.step <= 120, "a few windows after it began, and well before the end"
    assert "“collapsing”" in warning.what
    assert "layer 0 has 2.0 of 8 experts in effect" in warning.what
    assert "a higher balance weight" in warning.remedy


def test_that_a_collapse_that_passes_is_not_told() -> None:
    assert told([EVEN] * 60 + [FEW] * 15 + [EVEN] * 60) == []


def test_that_a_resumed_run_tells_what_the_unbroken_one_tells() -> None:
    loads = [EVEN] * 40 + [FEW] * 80
    unbroken = told(loads)
    for cut in (30, 45, 70, 85, 110):
        alerts = RoutingAlerts(ROUTED, ("a",))
        earlier = told(loads[:cut])
        alerts.remember(earlier)
        for step in range(max(1, cut - RoutingAlerts.STEPS + 1), cut + 1):
            alerts.add(step, {"a": loads[step - 1], "": loads[step - 1]})
        assert earlier + told(loads[cut:], alerts, cut + 1) == unbroken, cut


def test_that_a_run_too_small_to_judge_is_warned_of_nothing() -> None:
    assert told([FEW / 700] * 200) == []


def test_that_a_collapse_after_dead_experts_is_told_by_a_resumed_run_too() -> None:
    dead = EVEN.copy()
    dead[:, 7] = 0
    (first, second) = told([dead] * 60 + [FEW] * 60)
    assert "“dead experts”" in first.what
    resumed = RoutingAlerts(ROUTED, ("a",))
    resumed.remember([first])
    (again,) = told([FEW] * 60, resumed, first=61)
    assert "“collapsing”" in again.what
    assert "“collapsing”" in second.what
