"""Colours and dashes of the comparison's variants: each keeps its own, whatever is selected beside it."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import Recipe
from studio.ui.palette import Roles

DASHES = 4


@dataclass(frozen=True, slots=True)
class Look:
    """The index of a colour, and of a dash."""

    colour: int
    dash: int


class Looks:
    """Gives each recipe a look when it is first seen: its method's colour, or one that no method has for the next."""

    def __init__(self) -> None:
        self._given: dict[str, Look] = {}
        self._free = 1 + max(method.colour for method in METHODS.values())

    def of(self, kind: Recipe) -> Look:
        """The look of the runs of this recipe; its name and seed must not tell it from another."""
        key = kind.model_dump_json()
        if key not in self._given:
            wanted = Roles.method(kind.method.name)
            if any(look.colour == wanted for look in self._given.values()):
                wanted, self._free = self._free, self._free + 1
            # So curves that lie on one another can both be seen.
            self._given[key] = Look(wanted, len(self._given) % DASHES)
        return self._given[key]
