"""The feed-forward of several models at once: its frozen products are computed once for the rows of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from studio.methods.mixlora.layer import MixLoraFeedForward
from studio.methods.together import PLACES, Part, TogetherLayer

Finish = Callable[[Tensor], Tensor]


class TogetherFeedForward(TogetherLayer):
    """A feed-forward's place, where some models route, and others may have adapted the projections inside or nothing.

    The first products of all rows come from the base's own modules, which adapt the rows of those who adapt them. What
    goes into the last product is each model's own: its experts' weighted sum, or the activation.
    """

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        parts = self._present.parts
        shared = [getattr(self._layers.get(part.member), "shares_products", False) for part in parts]
        if not any(shared) or self._present.axis_of(x) != 1:
            return super().forward(x, *args, **kwargs)
        apart = [self._is_apart(part) for part in parts]
        if not any(apart):
            return torch.cat(self._shared(x, parts, shared), dim=1)
        # Once in a while a model's layer can only be computed whole, frozen products and all.
        inputs = self._present.pieces(x, 1)
        places = [place for place, own in enumerate(apart) if not own]
        kept = [parts[place] for place in places]
        with self._present.only(kept):
            chosen = torch.cat([inputs[place] for place in places], dim=1)
            found = iter(self._shared(chosen, kept, [shared[place] for place in places]))
        outputs = [
            self._adapted(part, given, None, 1) if own else next(found)
            for part, given, own in zip(parts, inputs, apart, strict=True)
        ]
        return torch.cat(outputs, dim=1)

    def _is_apart(self, part: Part) -> bool:
        layer = self._layers.get(part.member)
        return layer is not None and not layer.shares_products

    def _shared(self, x: Tensor, parts: Sequence[Part], routes: Sequence[bool]) -> list[Tensor]:
        """Return each part's output [1, tokens, hidden]."""
        shape = next(iter(self._layers.values())).feed_forward
        first = self.base.get_submodule(shape.first)(x)
        up = None if shape.up is None else self.base.get_submodule(shape.up)(x)
        if shape.kind == "fused":
            first, up = first.chunk(2, dim=-1)
        sizes = [part.tokens for part in parts]
        ups: Sequence[Tensor | None] = [None] * len(parts) if up is None else up.split(sizes, dim=1)
        last = self.base.get_submodule(shape.last)
        bias = _bias(last)
        totals: list[Tensor] = []
        finishes: list[Finish | None] = []
        for part, own, mine, gate, other in zip(
            parts, routes, self._present.pieces(x, 1), first.split(sizes, dim=1), ups, strict=True
        ):
            if own:
                total, finish = self._begun(part, mine, gate, other, bias)
            else:
                total, finish = shape.activation(gate) if other is None else shape.activation(gate) * other, None
            totals.append(total)
            finishes.append(finish)
        products = self._last(last, totals).split(sizes, dim=1)
        return [
            product if finish is None else finish(product).view(product.shape)
            for product, finish in zip(products, finishes, strict=True)
        ]

    def _begun(
        self, part: Part, x: Tensor, gate: Tensor, up: Tensor | None, bias: Tensor | None
    ) -> tuple[Tensor, Finish]:
        def rows(each: Tensor) -> Tensor:
            return each.reshape(part.rows, part.length, each.shape[-1])

        layer = cast(MixLoraFeedForward, self._layers[part.member])
        with self._present.turn_of(part.member):
            total, finish = layer.begin_shared(rows(x), rows(gate), None if up is None else rows(up), bias)
        return total.reshape(1, part.tokens, -1), finish

    @staticmethod
    def _last(last: nn.Module, totals: list[Tensor]) -> Tensor:
        """Return the last product of all; inputs that a model's layer there keeps are that model's own and no view."""
        if isinstance(last, TogetherLayer):
            return last.of_pieces(torch.cat(totals, dim=1), totals)
        return cast(Tensor, last(torch.cat(totals, dim=1)))


def _bias(linear: nn.Module) -> Tensor | None:
    while isinstance(linear, TogetherLayer):
        linear = linear.base
    return getattr(linear, "bias", None)


PLACES[MixLoraFeedForward] = TogetherFeedForward
