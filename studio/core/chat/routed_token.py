"""A token of a prompt or an answer, and the experts that it was sent to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

DIGITS = 4  # of a weight


@dataclass(frozen=True, slots=True)
class RoutedToken:
    """Its text, and for each routed layer the experts it was sent to with their weights, heaviest first.

    Both are empty where nothing routes. A layer whose experts all refused the token (switch overflow) is empty too.
    """

    text: str
    experts: tuple[tuple[int, ...], ...] = ()
    weights: tuple[tuple[float, ...], ...] = ()

    def at(self, layer: int | None) -> dict[int, float]:
        """Experts and their share of the token's weight, heaviest first: in one layer, or over all of them."""
        total: Counter[int] = Counter()
        layers = range(len(self.experts)) if layer is None else [layer]
        for place in layers:
            if place < len(self.experts):
                for expert, weight in zip(self.experts[place], self.weights[place], strict=True):
                    total[expert] += weight  # type: ignore[assignment]  # a Counter adds up any numbers
        whole = sum(total.values())
        return {expert: weight / whole for expert, weight in total.most_common()} if whole else {}

    @property
    def shares(self) -> dict[int, float]:
        """Every expert's share over all layers, heaviest first."""
        return self.at(None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, which `read_token` reads."""
        return {"text": self.text, "experts": list(map(list, self.experts)), "weights": list(map(list, self.weights))}


def read_token(values: Mapping[str, Any]) -> RoutedToken:
    """A token from `RoutedToken.as_dict`; raises ValueError, TypeError or KeyError for anything else."""
    experts = tuple(tuple(int(expert) for expert in layer) for layer in values["experts"])
    weights = tuple(tuple(float(weight) for weight in layer) for layer in values["weights"])
    if [*map(len, experts)] != [*map(len, weights)]:
        raise ValueError("each expert needs one weight")
    return RoutedToken(str(values["text"]), experts, weights)


def mean_shares(tokens: Iterable[RoutedToken], layer: int | None) -> dict[int, float]:
    """What each expert did of these tokens on average, by expert; of one layer, or of all."""
    total: Counter[int] = Counter()
    count = 0
    for token in tokens:
        shares = token.at(layer)
        count += bool(shares)
        for expert, share in shares.items():
            total[expert] += share  # type: ignore[assignment]
    return {expert: total[expert] / count for expert in sorted(total)} if count else {}
