"""One table of a recipe, and how the form shows its fields."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """One table of a recipe: frozen, and closed to keys that it does not declare and to values of another type."""

    # Strict: TOML has types of its own, so a number in quotes, or true for 1, is a slip and not a spelling.
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, strict=True)


def shown(unit: str = "", advanced: bool = False, found: str = "") -> dict[str, Any]:
    """How the form shows a field: its unit, and whether it is folded away under "advanced".

    found: what was measured of its values, in a sentence of its help; tests/bench/learning has the figures.
    """
    return {"unit": unit, "advanced": advanced, "found": found}
