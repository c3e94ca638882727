"""What a stored value may be; a recipe field's own range is read from the field, so that it stands in one place."""

from __future__ import annotations

import math
import types
import typing
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Protocol

from pydantic.fields import FieldInfo

from studio.core.words import tr


class Allowed(Protocol):
    """What a value may be; as text it completes "Choose …"."""

    def allows(self, value: Any) -> bool: ...


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`, `whole` or not; `above` and `below` exclude the bound itself."""

    low: float
    high: float = math.inf
    whole: bool = False
    above: bool = False
    below: bool = False

    def allows(self, value: Any) -> bool:
        """Whether `value` is such a number; True, False, nan and infinity are not numbers here."""
        kinds: Any = Integral if self.whole else Real  # numpy's too; a file's whole number may be too large for a float
        if not isinstance(value, kinds) or isinstance(value, bool) or abs(value) == math.inf:
            return False
        if (self.above and value == self.low) or (self.below and value == self.high):
            return False
        return bool(self.low <= value <= self.high)

    def __str__(self) -> str:
        said = {
            "kind": tr("a whole number") if self.whole else tr("a number"),
            "low": f"{self.low:,.10g}",
            "high": f"{self.high:,.10g}",
        }
        if math.isinf(self.high):
            return tr("{kind} above {low}", **said) if self.above else tr("{kind}, {low} or more", **said)
        if self.above and self.below:
            return tr("{kind} above {low}, below {high}", **said)
        if self.above:
            return tr("{kind} above {low}, at most {high}", **said)
        return (
            tr("{kind} from {low}, below {high}", **said) if self.below else tr("{kind} from {low} to {high}", **said)
        )


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of at most `most` numbers, each as `each` allows."""

    each: Number
    most: int = 4096

    def allows(self, value: Any) -> bool:
        fits = isinstance(value, (list, tuple)) and 0 < len(value) <= self.most
        return fits and all(self.each.allows(one) for one in value)

    def __str__(self) -> str:
        return tr("a list, each entry {allowed}", allowed=self.each)


@dataclass(frozen=True, slots=True)
class Words:
    """One of a few words."""

    words: tuple[str, ...]

    def allows(self, value: Any) -> bool:
        return isinstance(value, str) and value in self.words

    def __str__(self) -> str:
        return tr("one of {choices}", choices=", ".join(self.words))


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def allows(self, value: Any) -> bool:
        return isinstance(value, bool)

    def __str__(self) -> str:
        return tr("true or false")


def allowed_by(field: FieldInfo) -> Allowed:
    """What a recipe's field allows, None aside; raises TypeError for a kind of field that no adapter stores."""
    plain = _without_none(field.annotation)
    if typing.get_origin(plain) is typing.Literal:
        return Words(tuple(str(word) for word in typing.get_args(plain)))
    if plain is bool:
        return Flag()
    if plain not in (int, float):
        raise TypeError(f"no rule for {field.annotation}")
    names = ("ge", "gt", "le", "lt")
    bounds = {name: getattr(each, name) for each in field.metadata for name in names if hasattr(each, name)}
    return Number(
        bounds.get("ge", bounds.get("gt", -math.inf)),
        bounds.get("le", bounds.get("lt", math.inf)),
        whole=plain is int,
        above="gt" in bounds,
        below="lt" in bounds,
    )


def _without_none(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(annotation) if part is not type(None)]
        return parts[0] if len(parts) == 1 else annotation
    return annotation
