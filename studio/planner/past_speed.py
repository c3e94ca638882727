"""How fast this machine's earlier runs were, against what the arithmetic expects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from pydantic import ValidationError

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.core.run.events import StepEnded
from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.settings import load_settings
from studio.core.silent_drive import SilentDriveError, answered
from studio.core.words import plural, tr
from studio.hardware.machine import Device
from studio.planner.auto_fields import decided
from studio.planner.model_source import model_shape
from studio.planner.speed_estimate import tokens_per_second

NEWEST, LAST_STEPS, LEAST_STEPS = 12, 50, 3


@dataclass(frozen=True, slots=True)
class PastSpeed:
    """The factor of an expected time, and how many of this machine's runs it is from; without any it is 1."""

    ratio: float = 1.0
    runs: int = 0

    def sentence(self) -> str:
        """Where an expected time comes from, for a person."""
        if not self.runs:
            return tr("A rough estimate: no run on this device has been timed yet.")
        return plural(
            "As fast as the last run on this device.", "As fast as the last {n} runs on this device.", self.runs
        )


def past_speeds(device: Device, runs: Path | None = None) -> Callable[[str, str, bool], PastSpeed]:
    """The factor for a (method, precision, packing), from the newest runs on a device of this name.

    It is the median over runs of the same method and precision that were packed or not as this one is, since padding
    takes time but is not among a step's tokens; or over all runs of the device where there are none.
    A run that cannot be read or planned is skipped, and one on a drive that does not answer, or whose model lies on
    one: no plan waits for other runs than its own.
    """
    found: list[tuple[float, Recipe]] = []
    place = runs or load_settings()[0].runs_folder()
    for run in _newest(place):
        try:
            measured = answered(place, partial(_measured, run, device))
            known = _ratio(*measured, device) if measured is not None else None
        except (ProblemError, ValidationError, LookupError, TypeError, ValueError, AttributeError):
            continue  # an old, broken or foreign run is of no use here
        if known is not None:
            found.append(known)

    def of(method: str, precision: str, packing: bool) -> PastSpeed:
        wanted = (method, precision, packing)
        same = [ratio for ratio, run in found if (run.method.name, run.model.precision, run.training.packing) == wanted]
        ratios = same or [ratio for ratio, _ in found]
        return PastSpeed(median(ratios), len(ratios)) if ratios else PastSpeed()

    return of


def _newest(place: Path) -> list[RunFolder]:
    try:
        return answered(place, partial(list_runs, place))[:NEWEST]
    except SilentDriveError:
        return []


def _measured(run: RunFolder, device: Device) -> tuple[float, Recipe] | None:
    """The seconds of a token in one run's last steps, and its recipe as it was run; None for another device."""
    provenance = run.provenance()
    if provenance.get("device", {}).get("name") != device.name:
        return None
    with run.reader() as reader:
        steps = [stored.event for stored in reader.last_events("StepEnded", LAST_STEPS)]
    timed = [step.seconds / step.tokens for step in steps if isinstance(step, StepEnded) and step.tokens]
    if len(timed) < LEAST_STEPS:
        return None
    chosen = provenance["decided"]
    recipe = decided(
        run.recipe(),
        device,
        chosen["precision"],
        chosen["optimizer"],
        chosen["checkpointing"],
        chosen["micro_batch"],
        chosen.get("layers_in_ram", 0),
    )
    return median(timed), recipe


def _ratio(pace: float, recipe: Recipe, device: Device) -> tuple[float, Recipe]:
    """Measured over expected time, and the recipe."""
    shape = answered(Path(recipe.model.source), partial(model_shape, recipe.model))
    return pace * tokens_per_second(recipe, shape, device), recipe
