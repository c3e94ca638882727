"""Several adapted models' forwards as one, over one frozen base: its products are computed once for all their rows.

Each model keeps its own tree of modules, whose frozen tensors are the others' too, and computes alone as ever. One more
such tree computes them together: the tokens of all lie end to end on one axis, model after model, so that
everything frozen sees them at once. Where some of the models have an adapted layer it hands each its own tokens in the
shape that they have alone, with the frozen product that is computed already: routers, dropout, ranks and methods are
each model's own, and so are the numbers but for the rounding of a product of more rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.causal import ChunkedHead
from studio.methods.protocols import routed_method
from studio.methods.random_stream import RandomStream
from studio.methods.recomputing import checkpoint_options


@dataclass(frozen=True, slots=True)
class Part:
    """One model's tokens among those of all: `rows` rows of `length` tokens; `member` is its place among the models."""

    member: int
    rows: int
    length: int

    @property
    def tokens(self) -> int:
        return self.rows * self.length


@dataclass(slots=True)
class _Present:
    """Whose tokens the modules see at this moment, in this order, and every model's random stream.

    keepers: the models whose layers keep their inputs as they come, since nothing of them is dropped.
    """

    streams: Sequence[RandomStream | None]
    keepers: frozenset[int] = frozenset()
    parts: Sequence[Part] = ()
    _divided: tuple[Tensor, Sequence[Tensor]] | None = None

    @contextmanager
    def only(self, parts: Sequence[Part]) -> Iterator[None]:
        before, self.parts, self._divided = self.parts, parts, None
        try:
            yield
        finally:
            self.parts, self._divided = before, None

    def pieces(self, x: Tensor, axis: int) -> Sequence[Tensor]:
        """Each part's piece of x, along `axis`; a view, unless that would keep more than the part's own tokens.

        A view that is kept for backward keeps all of x. So where others do not keep theirs, a model that does gets a
        copy: one for all layers that read x, such as queries, keys and values.
        """
        keeping = [part.member in self.keepers for part in self.parts]
        pieces = x.split([part.tokens for part in self.parts], dim=axis)
        if all(keeping) or not any(keeping):
            return pieces
        if self._divided is None or self._divided[0] is not x:
            own = [piece.clone() if keeps else piece for piece, keeps in zip(pieces, keeping, strict=True)]
            self._divided = x, own
        return self._divided[1]

    def turn_of(self, member: int) -> AbstractContextManager[None]:
        """Within, a model draws its own random numbers."""
        stream = self.streams[member]
        return nullcontext() if stream is None else stream.turn()

    def axis_of(self, x: Tensor) -> int:
        """The axis of x along which the tokens lie: [1, tokens, ...] or [tokens, ...]."""
        tokens = sum(part.tokens for part in self.parts)
        for axis in (1, 0):
            if x.dim() > axis and x.shape[axis] == tokens and (axis == 0 or x.shape[0] == 1):
                return axis
        raise ProblemError.at(
            "several adapters", tr("this model's layers see something else than its tokens."), tr("Train them in turn.")
        )


class TogetherLayer(nn.Module):
    """One place of the base, frozen, and the layers that some of the models have there, by the models' places."""

    def __init__(self, base: nn.Module, layers: Mapping[int, nn.Module], present: _Present) -> None:
        super().__init__()
        self.base = base
        # In a dictionary, and so not registered: they are their own models' modules.
        self._layers: dict[int, Any] = dict(layers)
        self._present = present

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """Return what each model's own layer gives for its tokens in x, or the base for those without one."""
        parts, layers = self._present.parts, self._layers
        adapted = [part.member in layers for part in parts]
        if not any(adapted):
            return cast(Tensor, self.base(x, *args, **kwargs))
        axis = self._present.axis_of(x)
        return self._of(x, self._present.pieces(x, axis), axis, args, kwargs)

    def of_pieces(self, x: Tensor, pieces: Sequence[Tensor]) -> Tensor:
        """Do what `forward` does for x [1, tokens, in], of which each part's piece is a tensor of its own.

        What a model's layer keeps for backward is then its piece alone, and not all that x is a view of.
        """
        return self._of(x, pieces, 1, (), {})

    def _of(self, x: Tensor, inputs: Sequence[Tensor], axis: int, args: Any, kwargs: Any) -> Tensor:
        parts, layers = self._present.parts, self._layers
        adapted = [part.member in layers for part in parts]
        if not any(adapted):
            return cast(Tensor, self.base(x, *args, **kwargs))
        frozen = self._frozen(x, inputs, axis, args, kwargs)
        found = [
            self._adapted(part, given, product, axis) if own else product
            for part, given, product, own in zip(parts, inputs, frozen, adapted, strict=True)
        ]
        return torch.cat(found, dim=axis)

    def leave(self, member: int) -> None:
        self._layers.pop(member, None)

    def _frozen(self, x: Tensor, inputs: Sequence[Tensor], axis: int, args: Any, kwargs: Any) -> Sequence[Any]:
        """Return the base's product for each part; None for those whose layers compute the frozen products too."""
        parts = self._present.parts
        beside = [not getattr(self._layers.get(part.member), "computes_frozen", False) for part in parts]
        if all(beside):
            return self.base(x, *args, **kwargs).split([part.tokens for part in parts], dim=axis)
        kept = [part for part, own in zip(parts, beside, strict=True) if own]
        if not kept:
            return [None] * len(parts)
        with self._present.only(kept):
            chosen = torch.cat([given for given, own in zip(inputs, beside, strict=True) if own], dim=axis)
            products = iter(self.base(chosen, *args, **kwargs).split([part.tokens for part in kept], dim=axis))
        return [next(products) if own else None for own in beside]

    def _adapted(self, part: Part, x: Tensor, product: Tensor | None, axis: int) -> Tensor:
        layer = self._layers[part.member]
        shape = (part.rows, part.length) if axis else (part.tokens,)
        given = None if product is None else product.reshape(*shape, *product.shape[axis + 1 :])
        with _computed_already(layer.base_layer, given):
            x = x.reshape(*shape, *x.shape[axis + 1 :])
            with self._present.turn_of(part.member):
                y = layer(x)
        return cast(Tensor, y.reshape(*((1, part.tokens) if axis else shape), *y.shape[len(shape) :]))


PLACES: dict[type[nn.Module], type[TogetherLayer]] = {}
"""How a place is computed where a layer of such a class is; `TogetherLayer` itself for all others."""


@contextmanager
def _computed_already(base: nn.Module, product: Tensor | None) -> Iterator[None]:
    """Let `base` answer with `product` instead of computing it; None lets it compute."""
    if product is None:
        yield
        return
    attributes = vars(base)
    own = attributes.get("forward")
    attributes["forward"] = lambda *args, **kwargs: product
    try:
        yield
    finally:
        del attributes["forward"]
        if own is not None:
            attributes["forward"] = own


@dataclass(slots=True)
class Together:
    """Computes training forwards of several PEFT models of one base at once; make it with `Together.of`.

    `tree` is the one more tree. A model that has no part in a forward is not touched by it.
    """

    tree: Any
    models: list[Any]
    layers: list[TogetherLayer]
    head: ChunkedHead
    present: _Present
    _recomputes: bool = field(default=False, init=False)

    @classmethod
    def of(cls, tree: Any, models: Sequence[Any], streams: Sequence[RandomStream | None] = ()) -> Together:
        """Return what computes `models` together with `tree`, which is changed: the base of all without an adapter.

        Each model and `tree` are modules of their own over the same tensors (`studio.models.shared_copy`). streams:
        what each model draws its randomness from; without one, all draw from torch's own generators in turn.
        Raises ProblemError where more is trained than layers beside frozen ones, or the base draws randomness itself.
        """
        _refuse_dropout(tree)
        places: dict[str, dict[int, nn.Module]] = {}
        dropping = set()
        for member, model in enumerate(models):
            for name, layer in _adapted_layers(model):
                places.setdefault(name, {})[member] = layer
                if any(isinstance(each, nn.Dropout) and each.p > 0 for each in layer.modules()):
                    dropping.add(member)
        present = _Present(streams or [None] * len(models), frozenset(range(len(models))) - dropping)
        made = []
        for name in sorted(places, key=lambda name: -name.count(".")):  # what lies inside another place comes first
            parent, _, child = name.rpartition(".")
            owner = tree.get_submodule(parent)
            kinds = [PLACES[type(layer)] for layer in places[name].values() if type(layer) in PLACES]
            made.append((kinds or [TogetherLayer])[0](getattr(owner, child), places[name], present))
            setattr(owner, child, made[-1])
        tree.requires_grad_(False)
        tree.train()
        return cls(tree, list(models), made, ChunkedHead(tree), present)

    def __call__(
        self, parts: Sequence[Part], input_ids: Tensor, *, whole_logits: bool = False, **given: Any
    ) -> list[Tensor]:
        """Return each part's last hidden states [rows, length, hidden], with gradient, for input_ids [1, tokens].

        given: what else the base's forward takes. Every routed model's `set_batch` is to be called before. With
        `whole_logits` it returns each part's logits [rows, length, vocabulary].
        """
        for part in parts:
            if (routed := routed_method(self.models[part.member])) is not None:
                routed.begin_forward()
        with self.present.only(parts):
            if whole_logits:
                states = self.tree(input_ids=input_ids, use_cache=False, **given).logits
            else:
                states = self._hidden(input_ids, given)
        pieces = states.split([part.tokens for part in parts], dim=1)
        return [
            piece.reshape(part.rows, part.length, piece.shape[-1]) for part, piece in zip(parts, pieces, strict=True)
        ]

    def leave(self, member: int) -> None:
        """Let go of a model that is trained no longer; the others' places stay as they are."""
        self.models[member] = None
        for layer in self.layers:
            layer.leave(member)

    def _hidden(self, input_ids: Tensor, given: dict[str, Any]) -> Tensor:
        self.head.expect()
        try:
            self.tree(input_ids=input_ids, use_cache=False, logits_to_keep=1, **given)
            return self.head.take()
        finally:
            self.head.expect(False)

    def recompute_activations(self) -> None:
        """Compute each decoder layer again in the backward pass, with the random numbers of its first time."""
        if not self._recomputes:
            self._recomputes = True
            options = checkpoint_options(self.models) | {"context_fn": self._same_randomness}
            self.tree.activation_checkpointing_enable(options)

    def _same_randomness(self) -> tuple[Any, Any]:
        """The contexts of a layer's first computation and of its second; the parts are those of the first."""
        noted: list[Any] = []
        streams = [stream for stream in self.present.streams if stream is not None]

        @contextmanager
        def first() -> Iterator[None]:
            noted.extend([self.present.parts, *(stream.state for stream in streams)])
            yield

        @contextmanager
        def again() -> Iterator[None]:
            parts, *states = noted
            reached = [stream.state for stream in streams]
            for stream, state in zip(streams, states, strict=True):
                stream.state = state
            try:
                with self.present.only(parts):
                    yield
            finally:
                for stream, state in zip(streams, reached, strict=True):
                    stream.state = state

        return first(), again()


def _adapted_layers(model: Any) -> list[tuple[str, nn.Module]]:
    """Return a model's adapted layers by their names in the base; raises ProblemError where more is trained."""
    found = [
        (name, module)
        for name, module in model.get_base_model().named_modules()
        if isinstance(module, BaseTunerLayer) and isinstance(module, nn.Module)
    ]
    inside = {id(parameter) for _, layer in found for parameter in layer.parameters()}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and id(parameter) not in inside:
            raise ProblemError.at(
                "several adapters",
                tr("{name} is trained itself, which they cannot share.", name=name),
                tr("Train them in turn."),
            )
    return found


def _refuse_dropout(tree: nn.Module) -> None:
    config = getattr(tree, "config", None)
    named = next((name for name, each in tree.named_modules() if isinstance(each, nn.Dropout) and each.p > 0), "")
    if named or getattr(config, "attention_dropout", 0.0):
        raise ProblemError.at(
            "several adapters",
            tr(
                "the base model has dropout of its own ({place}), which would be one for all.",
                place=named or tr("in its attention"),
            ),
            tr("Train them in turn."),
        )
