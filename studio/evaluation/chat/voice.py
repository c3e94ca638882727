"""One model that answers: its prompt read at once, then token by token, each with the experts it was sent to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from studio.core.chat.expert_switches import ExpertSwitches
from studio.core.chat.routed_token import DIGITS, RoutedToken
from studio.core.chat.sampling import Sampling
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.data.token_view import pieces_of
from studio.evaluation.chat.pieces import Pieces
from studio.evaluation.chat.sampler import Sampler
from studio.methods.protocols import RoutedMethod, routed_method
from studio.models.tokenizer_check import refuse_beyond

Places = list[tuple[tuple[int, ...], tuple[float, ...]]]  # of one token: each layer's experts and weights


@dataclass(slots=True)
class Voice:
    """A model ready to answer, in eval mode; `stop_ids` end an answer."""

    model: Any
    tokenizer: Any
    stop_ids: frozenset[int]
    routed: RoutedMethod | None = field(init=False)

    def __post_init__(self) -> None:
        self.routed = routed_method(self.model)

    @property
    def layers(self) -> list[str]:
        """The names of the layers that route, in the order of every token's experts."""
        return self.routed.routed_layers() if self.routed else []

    @property
    def experts(self) -> list[int]:
        """The number of experts of each of them."""
        return self.routed.experts_per_layer() if self.routed else []

    def answer(self, prompt: Sequence[int], sampling: Sampling, switches: ExpertSwitches) -> Answering:
        """Begin an answer to `prompt`; raises ProblemError where it cannot be given."""
        refuse_beyond(prompt, self.model, self.tokenizer)
        most = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        if most is not None and len(prompt) >= most:
            what = tr(
                "the conversation has {prompt:,} tokens, and the model reads {most:,} at most.",
                prompt=len(prompt),
                most=most,
            )
            raise ProblemError.at("chat", what, tr("Clear it, or ask something shorter."))
        room = sampling.max_new_tokens if most is None else min(sampling.max_new_tokens, most - len(prompt))
        with self.switched(switches):
            pass  # what cannot be switched is told before anything is read
        return Answering(self, list(prompt), Sampler(sampling), room, switches)

    @contextmanager
    def switched(self, switches: ExpertSwitches) -> Iterator[None]:
        """Experts are off or forced inside; nothing changes where nothing routes. Raises ProblemError."""
        if self.routed is None or not switches:
            yield
            return
        self.routed.bar_experts(switches.barred(self.experts))
        try:
            yield
        finally:
            self.routed.bar_experts({})


class Answering:
    """An answer under way; iterating gives its tokens. `prompt` is the prompt's, once the first was asked for.

    `ended` says that the model ended it itself. A token is given with the forward that reads it, which knows its
    experts.
    """

    def __init__(self, voice: Voice, prompt: list[int], sampler: Sampler, room: int, switches: ExpertSwitches) -> None:
        self.ended = False
        self.prompt: list[RoutedToken] = []
        self._voice = voice
        self._ids = prompt
        self._sampler = sampler
        self._room = room
        self._switches = switches

    def __iter__(self) -> Iterator[RoutedToken]:
        pieces, said = Pieces(self._voice.tokenizer), 0
        logits, cache, places = self._read(self._ids, None)
        texts = pieces_of(self._voice.tokenizer, self._ids)
        self.prompt = [_token(text, where) for text, where in zip(texts, places, strict=True)]
        while True:
            token = self._sampler.draw(logits)
            self.ended = token in self._voice.stop_ids
            if self.ended:
                break
            said += 1
            last = said == self._room
            where: Places = []
            if self._voice.routed is not None or not last:
                logits, cache, places = self._read([token], cache)
                where = places[0]
            text = pieces.add(token)
            yield _token(text + (pieces.rest() if last and not text else ""), where)
            if last:
                break
        if self.ended and (rest := pieces.rest()):
            yield RoutedToken(rest)

    @torch.no_grad()
    def _read(self, ids: list[int], cache: Any) -> tuple[Tensor, Any, list[Places]]:
        """One forward over `ids`: the last one's logits [vocabulary], the cache, and each token's experts."""
        voice, routed = self._voice, self._voice.routed
        if routed is not None:
            routed.trace_routing(True)
        try:
            with voice.switched(self._switches):
                output = voice.model(
                    input_ids=torch.tensor([ids], device=next(voice.model.parameters()).device),
                    past_key_values=cache,
                    use_cache=True,
                    logits_to_keep=1,
                )
            places = _places(routed, len(ids)) if routed is not None else [[] for _ in ids]
        finally:
            if routed is not None:
                routed.trace_routing(False)
        return output.logits[0, -1], output.past_key_values, places


def _places(routed: RoutedMethod, tokens: int) -> list[Places]:
    """Where each token of the last forward went; all layers come from the device in one copy."""
    layers = routed.take_routing()
    if not layers:
        return [[] for _ in range(tokens)]
    widths = [experts.shape[1] for experts, _ in layers]
    experts = torch.cat([each for each, _ in layers], dim=1).tolist()
    weights = torch.cat([each.float() for _, each in layers], dim=1).tolist()
    found: list[Places] = []
    for chosen, shares in zip(experts, weights, strict=True):
        places: Places = []
        start = 0
        for width in widths:
            slots = zip(shares[start : start + width], chosen[start : start + width], strict=True)
            used = sorted(((weight, expert) for weight, expert in slots if expert >= 0), reverse=True)
            places.append((tuple(e for _, e in used), tuple(round(weight, DIGITS) for weight, _ in used)))
            start += width
        found.append(places)
    return found


def _token(text: str, places: Places) -> RoutedToken:
    return RoutedToken(text, tuple(experts for experts, _ in places), tuple(weights for _, weights in places))
