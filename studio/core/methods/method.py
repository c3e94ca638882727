"""A method, as everything that needs no torch knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from studio.core.methods.allowed import Allowed, allowed_by
from studio.core.recipe_table import Table
from studio.core.words import mark


class Finding(NamedTuple):
    """What is wrong with the values of some fields: the field to change, what is wrong, and the remedy."""

    field: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FlooredLoss:
    """A loss of the method's own that cannot fall below a floor: both are curves of every step in run.db.

    name: of the loss in reports. title, hint: what the window calls it. floor_is: what its floor is made of.
    """

    name: str
    title: str
    hint: str
    floor_is: str

    @property
    def loss(self) -> str:
        """The curve of the loss without its weight."""
        return f"{self.name}_loss"

    @property
    def floor(self) -> str:
        """The curve of the floor."""
        return f"{self.name}_floor"

    def of(self, points: Mapping[str, float]) -> dict[str, float] | None:
        """One step's loss, its floor, and what training can still win; None where the step has no such loss."""
        if self.loss not in points or self.floor not in points:
            return None
        loss, floor = points[self.loss], points[self.floor]
        return {"loss": loss, "floor": floor, "above_floor": loss - floor}


@dataclass(frozen=True, slots=True)
class AdapterFile:
    """What a method's adapter_config.json must and may hold beside PEFT's own settings.

    kind: its `peft_type`. fields: the recipe's field that each key stores. required: keys that must be there, since a
    default would be a guess. allowed: what each key may hold. banks: its experts are tensors [experts, ...] of their
    own (`lora_experts`), rather than shares of one pair.
    """

    kind: str
    fields: Mapping[str, str]
    required: tuple[str, ...]
    allowed: Mapping[str, Allowed]
    banks: bool = False

    @property
    def keys(self) -> dict[str, str]:
        """The key that stores each of the recipe's fields."""
        return {name: key for key, name in self.fields.items()}


@dataclass(frozen=True, slots=True)
class Becomes:
    """What an adapter can become beside PEFT's format: "" where it can, else why it cannot, as a clause without an end.

    no_reference: for the mixlora and moe-peft packages. no_experts: a stock mixture of experts. no_merged: one dense
    model, the adapter added to its matrices.
    """

    no_reference: str
    no_experts: str
    no_merged: str


ONLY_PEFT = Becomes(*[mark("no program but this one computes its method")] * 3)


@dataclass(frozen=True, slots=True)
class Method:
    """One way to adapt a model.

    title: its name in a sentence. colour: its place among the window's series, the same in every comparison. tables:
    the parts of a recipe's [method] table that it uses. routed: it sends tokens to experts. impossible: finds, among
    the values of its fields by name, those that do not go together. cautions: finds those that train, but hardly as
    meant; plan and run warn of them. losses: the curves that it adds. becomes: what an adapter with these values of its
    fields can be exported as. measured: what was found where it was compared with LoRA, in a sentence with its source,
    for these values of its fields and so many tasks; empty where nothing was.
    """

    name: str
    title: str
    colour: int
    tables: tuple[type[Table], ...]
    adapter: AdapterFile
    routed: bool = False
    impossible: Callable[[Mapping[str, Any]], Iterator[Finding]] = field(default=lambda values: iter(()))
    cautions: Callable[[Mapping[str, Any]], Iterator[Finding]] = field(default=lambda values: iter(()))
    losses: tuple[FlooredLoss, ...] = ()
    becomes: Callable[[Mapping[str, Any]], Becomes] = field(default=lambda values: ONLY_PEFT)
    measured: Callable[[Mapping[str, Any], int], str] = field(default=lambda values, tasks: "")

    def uses(self, name: str) -> bool:
        """Whether the recipe's field `name` means anything to the method."""
        return any(name in table.model_fields for table in self.tables)


def allowed_in(
    tables: Iterable[type[Table]], fields: Mapping[str, str], own: Mapping[str, Allowed]
) -> dict[str, Allowed]:
    """What each key may hold: what the recipe's field that it stores allows, unless `own` says otherwise."""
    known = {name: info for table in tables for name, info in table.model_fields.items()}
    return {key: own.get(key) or allowed_by(known[name]) for key, name in fields.items()} | dict(own)
