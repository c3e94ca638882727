"""A conversation with a model, token by token, and the experts that each token was sent to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from studio.core.problem import ProblemError
from studio.data.chat_text import ChatText
from studio.data.conversation import Turn
from studio.data.template import TemplateRefusedError
from studio.data.token_view import pieces_of
from studio.data.tokenize import prompt_ids
from studio.methods.protocols import RoutedMethod, routed_method
from studio.models.tokenizer_check import refuse_beyond

MOST_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Piece:
    """One token of an answer: its text, and for each routed layer the experts it was sent to, heaviest first.

    `shares` maps experts to their share of the token's weight over all layers; empty where nothing routes.
    """

    text: str
    experts: tuple[tuple[int, ...], ...]
    shares: dict[int, float]

    def as_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "experts": [list(layer) for layer in self.experts],
            "shares": {str(expert): share for expert, share in self.shares.items()},
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as text and token by token; `ended` is False where it was cut off at `most_tokens`."""

    text: str
    pieces: tuple[Piece, ...]
    ended: bool

    def as_dict(self) -> dict[str, Any]:
        return {"text": self.text, "tokens": [piece.as_dict() for piece in self.pieces], "ended": self.ended}


@torch.no_grad()
def reply(
    model: Any,
    tokenizer: Any,
    turns: Sequence[Turn],
    most_tokens: int = MOST_TOKENS,
    on_text: Callable[[str], None] = lambda text: None,
) -> Reply:
    """The model's answer to a conversation, greedily; `on_text` receives the text so far as it grows.

    Raises ProblemError when the model's chat template rejects the conversation.
    """
    chat = ChatText(tokenizer)
    try:
        prompt = prompt_ids(turns, chat)
    except TemplateRefusedError as error:
        raise ProblemError.at("chat", str(error), "Write the message in another way.") from None
    refuse_beyond(prompt, model, tokenizer)
    device = next(model.parameters()).device
    routed = routed_method(model)
    said: list[int] = []
    routing: list[tuple[tuple[tuple[int, ...], ...], dict[int, float]]] = []
    ids, cache, ended = torch.tensor([prompt], device=device), None, False
    if routed:
        routed.trace_routing(True)
    try:
        while len(said) <= most_tokens:
            output = model(input_ids=ids, past_key_values=cache, use_cache=True)
            cache = output.past_key_values
            if said:
                # This forward read the token that was said last, so its routing is that token's.
                routing.append(_routing(routed))
            token = int(output.logits[0, -1].argmax())
            ended = token in chat.stop_ids
            if ended or len(said) == most_tokens:
                break
            said.append(token)
            on_text(tokenizer.decode(said))
            ids = torch.tensor([[token]], device=device)
    finally:
        if routed:
            routed.trace_routing(False)
    texts = pieces_of(tokenizer, said)
    pieces = tuple(Piece(text, *where) for text, where in zip(texts, routing, strict=True))
    return Reply("".join(texts), pieces, ended)


def _routing(routed: RoutedMethod | None) -> tuple[tuple[tuple[int, ...], ...], dict[int, float]]:
    """The last forward's only token: each layer's experts, heaviest first, and every expert's share over all layers."""
    if routed is None:
        return (), {}
    layers: list[tuple[int, ...]] = []
    weights: Counter[int] = Counter()
    for experts, weight in routed.take_routing():
        slots = sorted(zip(weight[-1].tolist(), experts[-1].tolist(), strict=True), reverse=True)
        used = [(share, expert) for share, expert in slots if expert >= 0]
        layers.append(tuple(expert for _, expert in used))
        for share, expert in used:
            weights[expert] += share
    total = sum(weights.values())
    return tuple(layers), {expert: weight / total for expert, weight in weights.most_common()} if total else {}
