"""The recipe's fields, table by table, and what the form suggests for some of them."""

from __future__ import annotations

from collections.abc import Iterator

from studio.core.recipe.machine_table import MachineTable
from studio.core.recipe.recipe import MethodTable, ModelTable, Recipe, TrainingTable
from studio.ui.fields.field_spec import FieldSpec, fields_of

TABLES: dict[str, type[ModelTable] | type[MethodTable] | type[TrainingTable] | type[MachineTable]] = {
    "model": ModelTable,
    "method": MethodTable,
    "training": TrainingTable,
    "machine": MachineTable,
}
SUGGESTIONS = {
    "machine.device": ("auto", "cpu"),
    "machine.memory_budget": ("auto", "8GiB", "12GiB", "16GiB", "24GiB"),
}

SEVERAL_CARDS = ("machine.processes", "machine.nodes", "machine.rendezvous", "machine.shard")
"""Fields that mean nothing where there is one card."""


def table_fields(table: str) -> Iterator[FieldSpec]:
    """The fields of one of the recipe's tables, in its own order."""
    return fields_of(TABLES[table], f"{table}.")


def plain_fields() -> Iterator[FieldSpec]:
    """The recipe's fields outside of any table: name and seed."""
    return (spec for spec in fields_of(Recipe) if spec.name not in TABLES and spec.name != "tasks")
