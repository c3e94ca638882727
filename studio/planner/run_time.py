"""How many steps a planned run has and how long it should take, and where that is known from."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from studio.core.recipe.mixing import steps_of
from studio.core.words import mark, tr
from studio.hardware.machine import Device
from studio.planner.model_source import model_shape
from studio.planner.past_speed import PastSpeed, past_speeds
from studio.planner.plan import Plan
from studio.planner.row_count import epoch_rows, may_be_more
from studio.planner.speed_estimate import is_published, run_seconds

PUBLISHED = mark(
    "A rough estimate from the card's published figures; not measured on one, and small models take longer."
)
UNMEASURED = mark("The time on this card has not been measured.")
FRESH = 30.0  # seconds for which the speed of past runs is not read again


@dataclass(frozen=True, slots=True)
class RunTime:
    """A run's optimiser steps and seconds of training, None where unknown; `basis` is a sentence on the seconds.

    With `at_least` there may be more rows than could be counted.
    """

    steps: int | None
    seconds: float | None
    basis: str = ""
    at_least: bool = False


UNKNOWN_TIME = RunTime(None, None)


class RunTimes:
    """Times of recipes on devices; what past runs teach is kept for a moment, since sliders ask many times."""

    def __init__(self) -> None:
        self._past: dict[str, tuple[float, Callable[[str, str, bool], PastSpeed]]] = {}

    def of(self, plan: Plan, rows: int | None = None, longest: int | None = None) -> RunTime:
        """The time of a plan's run; `rows` of an epoch where they were counted, `longest` in tokens where known.

        Without `rows`, they are counted where the files can be counted without being parsed.
        """
        recipe, device = plan.recipe, plan.device
        training = recipe.training
        at_least = rows is None and training.max_steps is None and may_be_more(recipe)
        rows = epoch_rows(recipe) if rows is None else rows
        steps = training.max_steps if rows is None else steps_of(training, rows)
        seconds = run_seconds(recipe, model_shape(recipe.model), device, rows, longest)
        if device.present:
            past = self._past_of(device)(recipe.method.name, recipe.model.precision, training.packing)
            return RunTime(steps, None if seconds is None else seconds * past.ratio, past.sentence(), at_least)
        if is_published(device, recipe.model.precision):
            return RunTime(steps, seconds, tr(PUBLISHED), at_least)
        return RunTime(steps, None, tr(UNMEASURED), at_least)

    def _past_of(self, device: Device) -> Callable[[str, str, bool], PastSpeed]:
        now = time.monotonic()
        when, known = self._past.get(device.name, (-FRESH, None))
        if known is None or now - when > FRESH:
            known = past_speeds(device)
            self._past[device.name] = (now, known)
        return known
