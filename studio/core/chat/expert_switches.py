"""Experts that are switched off, or forced, while a model answers: to see what they do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.core.problem import ProblemError
from studio.core.words import mark, tr

ALL = "all"
_PLACE = re.compile(r"(?:(all|\d{1,6}):)?(\d{1,6})")
REMEDY = mark("Write LAYER:EXPERT, such as 3:1, or all:1 for every layer; both are counted from 0.")


@dataclass(frozen=True, slots=True)
class Place:
    """One expert of one routed layer, both from 0; of every layer where `layer` is None."""

    layer: int | None
    expert: int

    def __str__(self) -> str:
        return f"{ALL if self.layer is None else self.layer}:{self.expert}"


@dataclass(frozen=True, slots=True)
class ExpertSwitches:
    """`off` may not be chosen by the router; where some are `forced`, no others may be.

    What is off in every layer is off in each; a layer with forced experts of its own obeys these alone.
    """

    off: tuple[Place, ...] = ()
    forced: tuple[Place, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.off or self.forced)

    def barred(self, experts: Sequence[int]) -> dict[int, frozenset[int]]:
        """The experts that the routers may not choose, by layer; `experts` is each layer's number of them.

        Raises ProblemError for a place that is not there, and where nothing would be left of a layer.
        """
        if self and not experts:
            raise ProblemError.at(
                "experts", tr("this model has no routed experts."), tr("Choose an adapter that routes.")
            )
        for place in (*self.off, *self.forced):
            layers = range(len(experts)) if place.layer is None else [place.layer]
            if not any(layer < len(experts) and place.expert < experts[layer] for layer in layers):
                what = tr(
                    "there is no such expert: {number} layers route, to {max} experts at most.",
                    number=len(experts),
                    max=max(experts),
                )
                raise ProblemError.at(f"expert {place}", what, tr(REMEDY))
        found: dict[int, frozenset[int]] = {}
        for layer, count in enumerate(experts):
            off = _of(self.off, layer, count) | _of(self.off, None, count)
            forced = _of(self.forced, layer, count) or _of(self.forced, None, count)
            barred = off | (frozenset(range(count)) - forced if forced else frozenset())
            if barred and len(barred) == count:
                what = tr("every expert is switched off.") if not forced else tr("the forced expert is switched off.")
                raise ProblemError.at(f"layer {layer}", what, tr("Leave at least one on."))
            if barred:
                found[layer] = barred
        return found


def _of(places: Iterable[Place], layer: int | None, count: int) -> frozenset[int]:
    return frozenset(place.expert for place in places if place.layer == layer and place.expert < count)


def read_places(texts: Iterable[object]) -> tuple[Place, ...]:
    """Places from texts like "3:1", "all:1" and "1" (which is all:1); raises ProblemError for any other."""
    found = []
    for text in texts:
        match = _PLACE.fullmatch(str(text).strip())
        if match is None:
            raise ProblemError.at(f"expert {text}", tr("this names no expert."), tr(REMEDY))
        found.append(Place(None if match[1] in (None, ALL) else int(match[1]), int(match[2])))
    return tuple(dict.fromkeys(found))
