"""Three recipes that fit a budget, and their trade-offs in words; the user's pinned fields never change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from math import log2
from typing import Any

from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import MethodTable, Recipe
from studio.core.units import memory
from studio.core.words import capitalised, enumerated, in_a_row, mark, plural, sentences, tr
from studio.hardware.machine import Device, Machine
from studio.planner.auto_fields import choices, has_room_in_ram, with_layers_in_ram
from studio.planner.methods.arithmetic import Scaled
from studio.planner.methods.registry import arithmetic_of
from studio.planner.model_source import model_shape
from studio.planner.past_speed import PastSpeed, past_speeds
from studio.planner.pins import checked_pins, value_of, with_value
from studio.planner.plan import Plan, plan_decided
from studio.planner.recipe_plan import budget_for, device_for
from studio.planner.row_count import epoch_rows, may_be_more
from studio.planner.run_time import PUBLISHED, UNMEASURED
from studio.planner.scaling import ALPHA, alpha_for, scaled_by_alpha, strength
from studio.planner.shape import ModelShape
from studio.planner.speed_estimate import is_published, run_seconds, tokens_per_second

# What a field is worth, in doublings of the rank; only used to compare recipes. Experts as they were measured on a
# small base (the table "worth" of tests/bench/learning), and no more of them than were; the rest is rough.
PRECISION_WORTH = {"fp32": 0.1, "bf16": 0.0, "fp16": 0.0, "int8": -0.5, "nf4": -1.0}
LENGTH_WORTH, RANK_WORTH, EXPERTS_WORTH, EIGHT_BIT_WORTH = 4.0, 1.0, 0.25, -0.1
MOST_RANK, MOST_EXPERTS = 64, 8
OPENED = (
    "model.precision",
    "training.micro_batch",
    "training.checkpointing",
    "training.optimizer",
    "machine.layers_in_ram",
)
"""What is decided by how much fits, where no person has pinned it."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A recipe that fits: what it is best at, why, and how fast it should be.

    `seconds` is None where the number of rows is not known and the recipe has no max_steps; `basis` is a sentence on
    where both come from. Both are None for a card elsewhere about which too little is known. With `at_least` there may
    be more rows than could be counted, and the time longer. `settings` and `price` are the two halves of `why`.
    """

    label: str
    why: str
    plan: Plan
    tokens_per_second: float | None
    seconds: float | None
    basis: str = ""
    at_least: bool = False
    settings: str = ""
    price: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The keys of one entry of `alternatives` in `plan --json` (studio/README.md)."""
        return {
            "label": self.label,
            "why": self.why,
            "peak_bytes": self.plan.peak_bytes,
            "tokens_per_second": self.tokens_per_second,
            "seconds": self.seconds,
            "at_least": self.at_least,
            "basis": self.basis,
            "recipe": self.plan.recipe.model_dump(mode="json"),
        }


@dataclass(frozen=True, slots=True)
class _Candidate:
    plan: Plan
    worth: float
    speed: float

    @property
    def rank(self) -> int:
        return self.plan.recipe.method.rank

    @property
    def experts(self) -> int:
        return self.plan.recipe.method.experts


@dataclass(frozen=True, slots=True)
class _Place:
    """Where recipes are tried: a model on a device within a budget, how long rows are, and what must stay."""

    shape: ModelShape
    device: Device
    budget: int
    longest: int | None
    typical: int | None
    pinned: frozenset[str]

    def fastest_that_fit(self, varied: Recipe) -> list[_Candidate]:
        """For each precision and optimiser, the fastest way to compute `varied` that fits."""
        best: dict[tuple[str, str], _Candidate] = {}
        settled: set[tuple[str, str, bool]] = set()
        for choice in choices(self._opened(varied), self.device, self.longest):
            key = (choice.model.precision, choice.training.optimizer)
            how = (*key, bool(choice.training.checkpointing))
            if how in settled:
                continue  # larger micro-batches come first and are never slower
            plan = plan_decided(choice, self.shape, self.device, self.budget, self.longest)
            if not (plan.fits and has_room_in_ram(choice, self.shape, self.device)):
                continue
            settled.add(how)
            candidate = self._candidate(plan)
            if key not in best or candidate.speed > best[key].speed:
                best[key] = candidate
        return list(best.values())

    def with_layers_in_ram(self, asked: Recipe) -> list[_Candidate]:
        """What was asked for, with layers in the machine's memory, where that makes it fit."""
        plan = with_layers_in_ram(self._opened(asked), self.shape, self.device, self.budget, self.longest)
        return [self._candidate(plan)] if plan is not None and plan.fits else []

    def _opened(self, recipe: Recipe) -> Recipe:
        for path in OPENED:
            if path not in self.pinned:
                recipe = with_value(recipe, path, "auto")
        return recipe

    def _candidate(self, plan: Plan) -> _Candidate:
        speed = tokens_per_second(plan.recipe, self.shape, self.device, self.typical)
        return _Candidate(plan, _worth(plan.recipe), speed)


def alternatives(
    recipe: Recipe,
    machine: Machine,
    budget_bytes: int | None = None,
    pins: Iterable[str] | None = None,
    rows: int | None = None,
    longest: int | None = None,
    at_least: bool = False,
    typical: int | None = None,
) -> list[Alternative]:
    """Return up to three recipes that fit: best quality, balanced, fastest; empty where nothing fits.

    `pins` are fields such as "method.rank" that must stay; None takes those that the recipe's file sets. `rows` are the
    training rows of an epoch, for the expected time, or with `at_least` the fewest that there can be; None counts them
    where the files can be counted. `longest` is the longest row in tokens, which decides the memory, and `typical` what
    nearly all rows stay within, which decides the time. Raises ProblemError as `plan_recipe` does.
    """
    typical = typical or longest
    if rows is None:
        rows, at_least = epoch_rows(recipe), may_be_more(recipe)
    at_least = at_least and recipe.training.max_steps is None
    pinned = checked_pins(pins, recipe)
    device = device_for(recipe, machine)
    shape = model_shape(recipe.model)
    budget, _ = budget_for(recipe, machine, device, budget_bytes)
    place = _Place(shape, device, budget, longest, typical, pinned)
    found: list[_Candidate] = []
    for length in _lengths(recipe, pinned):
        as_long = with_value(recipe, "training.max_length", length)
        for varied in _variants(as_long, pinned, shape):
            found += place.fastest_that_fit(varied)
        if not any((each.rank, each.experts) == (recipe.method.rank, recipe.method.experts) for each in found):
            found += place.with_layers_in_ram(as_long)
        if found:
            break  # shorter rows are cut rows: a last resort
    if not found:
        return []
    method = recipe.method
    past_of = past_speeds(device) if device.present else None
    if past_of is not None:  # what past runs of a precision took decides which is fastest, too
        found = [replace(each, speed=each.speed / _past(past_of, each).ratio) for each in found]
    no_less = [each for each in found if each.rank >= method.rank and each.experts >= method.experts] or found
    no_more = [each for each in found if each.rank <= method.rank and each.experts <= method.experts] or found
    as_asked = [each for each in no_more if each in no_less] or no_more
    picks = (
        (mark("best quality"), max(no_less, key=lambda each: (each.worth, each.speed))),
        (mark("balanced"), max(as_asked, key=lambda each: (each.worth + 2 * log2(each.speed), each.worth))),
        (mark("fastest"), max(no_more, key=lambda each: (log2(each.speed) + 0.02 * each.worth, each.worth))),
    )
    said = []
    for label, each in picks:
        why, settings, price = _why(label, each, recipe, shape)
        chosen = each.plan.recipe
        seconds = run_seconds(chosen, shape, device, rows, typical)
        if past_of is not None:
            past = _past(past_of, each)
            expected = None if seconds is None else seconds * past.ratio
            answer = Alternative(label, why, each.plan, each.speed, expected, past.sentence(), at_least)
        elif is_published(device, chosen.model.precision):
            answer = Alternative(label, why, each.plan, each.speed, seconds, tr(PUBLISHED), at_least)
        else:
            answer = Alternative(label, why, each.plan, None, None, tr(UNMEASURED))
        said.append(replace(answer, settings=settings, price=price))
    return said


def _past(past_of: Callable[[str, str, bool], PastSpeed], each: _Candidate) -> PastSpeed:
    chosen = each.plan.recipe
    return past_of(chosen.method.name, chosen.model.precision, chosen.training.packing)


def _variants(recipe: Recipe, pinned: frozenset[str], shape: ModelShape) -> Iterator[Recipe]:
    """Every rank and number of experts that the pins leave open.

    Alpha follows, so that updates keep their strength, unless it is pinned itself or scales none.
    """
    stays = ALPHA in pinned or scaled_by_alpha(shape, recipe.method) == "none"
    for rank in _ranks(recipe, pinned):
        for experts in _experts(recipe, pinned):
            varied = with_value(with_value(recipe, "method.rank", rank), "method.experts", experts)
            yield varied if stays else with_value(varied, ALPHA, alpha_for(recipe.method, varied.method))


def _worth(recipe: Recipe) -> float:
    """How capable a recipe is, in doublings of the rank."""
    method = recipe.method
    worth = RANK_WORTH * log2(min(method.rank, MOST_RANK)) + PRECISION_WORTH[recipe.model.precision]
    if METHODS[method.name].routed:
        worth += EXPERTS_WORTH * log2(min(method.experts, MOST_EXPERTS))
    if recipe.training.optimizer not in ("auto", "adamw"):
        worth += EIGHT_BIT_WORTH
    return worth + LENGTH_WORTH * log2(recipe.training.max_length)


def _ranks(recipe: Recipe, pinned: frozenset[str]) -> list[int]:
    asked = recipe.method.rank
    return [asked] if "method.rank" in pinned else arithmetic_of(recipe.method).ranks_to_try(asked)


def _experts(recipe: Recipe, pinned: frozenset[str]) -> list[int]:
    asked = recipe.method.experts
    return [asked] if "method.experts" in pinned else arithmetic_of(recipe.method).experts_to_try(recipe.method)


def _lengths(recipe: Recipe, pinned: frozenset[str]) -> list[int]:
    """The length asked for, and shorter ones, which cut rows: only where nothing else fits."""
    asked = recipe.training.max_length
    if "training.max_length" in pinned:
        return [asked]
    return [asked, *(length for length in (asked * 3 // 4, asked // 2, asked // 4) if length >= 64)]


def _why(label: str, each: _Candidate, asked: Recipe, shape: ModelShape) -> tuple[str, str, str]:
    """The trade-off of one answer in a sentence or two, and by itself what it sets and what that costs."""
    recipe = each.plan.recipe
    training, method = recipe.training, recipe.method
    of_alpha, weighs = _of_alpha(method, asked.method, scaled_by_alpha(shape, method, asked.method))
    rank = tr("rank {rank}", rank=method.rank)
    if of_alpha:
        rank = tr("rank {rank} with alpha {alpha:g}", rank=method.rank, alpha=method.alpha)
    parts = [tr("{precision} weights", precision=recipe.model.precision), rank]
    if METHODS[method.name].routed:
        parts.append(plural("{n} expert", "{n} experts", method.experts))
    rows = training.micro_batch
    assert isinstance(rows, int), "a plan's recipe has it decided"
    parts.append(plural("{n} row at once", "{n} rows at once", rows))
    cost = []
    if recipe.model.precision in ("int8", "nf4"):
        cost.append(tr("packed weights cost some quality"))
    if training.checkpointing:
        kept = each.plan.held_anyway_bytes
        cost.append(
            tr(
                "activations are computed twice, which takes longer, though 8-bit linears hold {size} of them anyway",
                size=memory(kept),
            )
            if kept
            else tr("activations are computed twice, which takes longer")
        )
    if layers := recipe.machine.layers_in_ram:
        cost.append(
            plural(
                "{n} layer comes from the machine's memory for each pass",
                "{n} layers come from the machine's memory for each pass",
                int(layers),
            )
        )
    if training.optimizer != "adamw":
        cost.append(tr("8-bit optimiser states round a little"))
    if training.max_length < asked.training.max_length:
        cost.append(
            tr(
                "rows are cut at {tokens} tokens instead of {asked}",
                tokens=training.max_length,
                asked=asked.training.max_length,
            )
        )
    if value_of(recipe, "method.rank") < value_of(asked, "method.rank"):
        cost.append(tr("a smaller rank learns less"))
    if value_of(recipe, "method.experts") < value_of(asked, "method.experts"):
        cost.append(tr("fewer experts may learn a little less"))
    settings = short = enumerated(parts)
    settings = tr("{settings}; {cost}", settings=settings, cost=in_a_row(*cost)) if cost else settings
    match label:
        case "best quality":
            said = tr("The most capable recipe that fits: {settings}.", settings=settings)
        case "balanced":
            said = tr("What was asked for at a good speed: {settings}.", settings=settings)
        case _:
            said = tr("The fastest that still learns: {settings}.", settings=settings)
    free = memory(each.plan.budget_bytes - each.plan.peak_bytes)
    left = tr("{size} of the budget stays free.", size=free)
    price = sentences(tr("{sentence}.", sentence=capitalised(in_a_row(*cost))), left) if cost else left
    return sentences(said, left, of_alpha), short, sentences(of_alpha if weighs else "", price)


def _of_alpha(method: MethodTable, asked: MethodTable, scaled: Scaled) -> tuple[str, bool]:
    """What becomes of alpha, as a sentence, "" where nothing does; and whether it is a part of an offer's price."""
    if method.alpha != asked.alpha:
        if scaled == "attention":
            follows = tr(
                "Alpha follows the rank, so that the attention's updates keep their strength; the experts' do not"
                " depend on it."
            )
            return follows, False
        return tr("Alpha follows the rank, so that updates keep their strength."), False
    factor, wanted = (float(f"{strength(each):.3g}") for each in (method, asked))
    if factor == wanted or scaled == "none":
        return "", False
    figures = {"factor": factor, "asked": wanted}
    if scaled == "attention":
        stays = tr(
            "Alpha stays as it was set, so the attention's updates are scaled by {factor:g} instead of {asked:g}; the"
            " experts' do not depend on it.",
            **figures,
        )
        return stays, True
    said = tr("Alpha stays as it was set, so updates are scaled by {factor:g} instead of {asked:g}.", **figures)
    return said, True
