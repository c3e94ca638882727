"""What a recipe cannot ask for: how MixLoRA's parts begin, what its experts have in common, what its routers read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from studio.core.recipe.recipe import MethodTable
from studio.data.batch import Batch
from studio.methods.mixlora.layer import MixLoraFeedForward
from studio.methods.mixlora.router import Routing, Sequences
from tests.bench.learning.base import ARROW_ID

COLLAPSED = 5.0
"""How much more likely, as a logit, the experts begin that a collapse sends all tokens to."""


Seen = dict[str, Tensor]
"""What the model is reading: "ids" [rows, tokens]."""


def feed_forwards(model: Any) -> Iterator[MixLoraFeedForward]:
    return (each for each in model.modules() if isinstance(each, MixLoraFeedForward))


def see_all(model: Any, method: MethodTable, every: bool) -> None:
    """Let every token go to every expert, or to as many as the method says."""
    model.peft_config[model.active_adapter].top_k = method.experts if every else method.top_k


def forget_loads(model: Any) -> None:
    """Without the last step's loads a balance loss takes each forward's own."""
    for name, buffer in model.named_buffers():
        if name.endswith("last_loads"):
            buffer.zero_()


def set_apart(optimizer: torch.optim.Optimizer, model: Any, factor: float) -> None:
    """Give the routers a learning rate of their own: so many times that of all else."""
    routers = [each for name, each in model.named_parameters() if "lora_router" in name]
    own = {id(each) for each in routers}
    first = optimizer.param_groups[0]
    first["params"] = [each for each in first["params"] if id(each) not in own]
    optimizer.add_param_group({"params": routers, "lr": first["lr"] * factor})


def make_alike(model: Any, ranks: int) -> None:
    """Let the first `ranks` of every expert's ranks begin as those of its layer's first expert."""
    with torch.no_grad():
        for _, part in _common(model, ranks):
            part.copy_(part[:1].expand_as(part).clone())


def keep_alike(model: Any, ranks: int) -> None:
    """Give those ranks one gradient in all experts, their mean; alike before a step, they are so after it.

    Since an expert's whole update is W + B A, a part that all experts have is one that every token gets: what is called
    a shared expert, inside the activation.
    """
    for parameter, part in _common(model, ranks):
        assert parameter.grad is not None
        own = _part(parameter.grad, part.shape)
        own.copy_(own.mean(dim=0, keepdim=True).expand_as(own))


def saved_by_sharing(model: Any, ranks: int) -> int:
    """How many of the model's trained weights are copies, where so many ranks are the same in all experts."""
    return sum(part.numel() - part[0].numel() for _, part in _common(model, ranks))


def _common(model: Any, ranks: int) -> Iterator[tuple[torch.nn.Parameter, Tensor]]:
    """Each bank's parameter, and its first ranks: [experts, ranks, in] of an A, [experts, out, ranks] of a B."""
    for layer in feed_forwards(model):
        for name, parameter in layer.bank(model.active_adapter).named_parameters():
            if name.endswith("_A"):
                yield parameter, parameter[:, :ranks]
            elif name.endswith("_B"):
                yield parameter, parameter[:, :, :ranks]


def _part(whole: Tensor, shape: torch.Size) -> Tensor:
    return whole[:, : shape[1], : shape[2]]


def _first(rows: Tensor, seen: Seen) -> Tensor:
    return rows[:, :1].expand_as(rows)


def _so_far(rows: Tensor, seen: Seen) -> Tensor:
    return rows.cumsum(dim=1) / torch.arange(1, rows.shape[1] + 1, dtype=rows.dtype)[:, None]


def _prompt(rows: Tensor, seen: Seen) -> Tensor:
    """The mean of a row's prompt, which ends with the arrow: known before the first sign of an answer is said."""
    ends = _ends(seen)
    within = (torch.arange(rows.shape[1]) <= ends[:, None]).to(rows.dtype)[..., None]
    return ((rows * within).sum(dim=1, keepdim=True) / (ends + 1)[:, None, None]).expand_as(rows)


def _prompt_end(rows: Tensor, seen: Seen) -> Tensor:
    """The prompt's last token, in which the attention has gathered what the prompt asks for."""
    return rows[torch.arange(len(rows)), _ends(seen)][:, None].expand_as(rows)


def _ends(seen: Seen) -> Tensor:
    return (seen["ids"] == ARROW_ID).int().argmax(dim=1)


READS: dict[str, Callable[[Tensor, Seen], Tensor]] = {
    "first": _first,
    "so far": _so_far,
    "prompt": _prompt,
    "prompt's end": _prompt_end,
}


def route_by(model: Any, reads: str) -> None:
    """Let each router read something else of a row [rows, tokens, hidden] than the token that it sends."""
    if reads == "token":
        return
    seen: Seen = {}
    model.get_input_embeddings().register_forward_pre_hook(lambda _, given: seen.update(ids=given[0]))
    for layer in feed_forwards(model):
        layer._route = _reading(READS[reads], layer._route, seen)  # type: ignore[method-assign]


def _reading(
    read: Callable[[Tensor, Seen], Tensor], route: Callable[..., Routing], seen: Seen
) -> Callable[..., Routing]:
    def routed(name: str, tokens: Tensor, mask: Tensor | None, sequences: Sequences) -> Routing:
        rows = tokens.view(sequences.count, -1, tokens.shape[-1])
        return route(name, read(rows, seen).reshape_as(tokens), mask, sequences)

    return routed


@torch.no_grad()
def collapse(model: Any, batch: Batch, top_k: int) -> None:
    """Let every layer's routers begin with nearly every token at their first `top_k` experts.

    These experts' logits are raised along the mean of what the router reads of the batch, by `COLLAPSED` at the mean.
    """
    layers, means = list(feed_forwards(model)), {}

    def look(layer: MixLoraFeedForward, given: tuple[Tensor, ...]) -> None:
        means[layer.depth] = given[0][batch.attention_mask.bool()].mean(dim=0)

    hooks = [layer.register_forward_pre_hook(look) for layer in layers]
    training = model.training
    model.eval()
    model(input_ids=batch.input_ids, attention_mask=batch.attention_mask, use_cache=False)
    model.train(training)
    for hook in hooks:
        hook.remove()
    for layer in layers:
        mean = means[layer.depth]
        layer.router(model.active_adapter).weight[:top_k] += COLLAPSED * mean / mean.square().sum()
