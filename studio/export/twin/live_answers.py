"""What the run's own adapter answers to a proof's questions: logits, each expert by itself, greedy text, a chat's turn.

The same questions go to the stock model in a fresh process (`studio.export.twin.stock_process`).
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import save_file
from torch import Tensor, nn

from studio.export.logits import SENTENCES, probe_rows
from studio.export.proof import Ground
from studio.export.twin.stock_process import differences, generated, logits_of
from studio.export.twin.tensors import StockModel
from studio.methods.mixlora.frozen import dense_weight, features
from studio.methods.mixlora.router import Router
from studio.methods.routed_layer import RoutedLayer
from studio.models.adapter_source import AdapterSource
from studio.models.base_model import BaseModel, load_base
from studio.models.load_adapter import rebuild_adapter

MOST = 24  # tokens of an answer
TURN = 96  # tokens of a chat's turn, after which it counts as not ended
CHAT = [{"role": "user", "content": "What is the capital of France? Answer in one word."}]
SINGLES = 1  # rows that each expert sees alone: it is computed for every pair of experts
_NEVER = -1e4  # a logit that leaves no weight in float32

ErrorBound = Callable[[Tensor], Tensor]
"""How far each value of a matrix may lie from its own in a file."""


def ask_live(
    source: AdapterSource, model: StockModel, ground: Ground, error: ErrorBound | None, work: Path
) -> dict[str, Any]:
    """Write the questions (asked.json) and the adapter's own logits (own.safetensors) into `work`.

    Returns what only the judge needs: the answers in tokens, the ids of the sentences, the text of the chat, and under
    `rounding` by how much errors of up to `error` in every matrix, None where the file has none, move the adapter's own
    logits, and under `does` how far those are from the base's.
    """
    base = load_base(source.model, ground.device, precision=model.seen_as or ground.precision, held_as=source.held_as)
    if model.seen_as:
        unpack_linears(base.model, torch.float32 if ground.precision == "fp32" else torch.bfloat16)
    tokenizer, rows = base.tokenizer, probe_rows(base.tokenizer)
    text = tokenizer.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True)
    turn = tokenizer(text, add_special_tokens=False)["input_ids"]
    asked: dict[str, Any] = {
        "rows": rows,
        "far": far_positions(model.config, len(rows[0])),
        "experts": model.experts,
        "single_rows": SINGLES,
        "prompts": [*rows[:2], turn],
        "most": [*[MOST] * len(rows[:2]), TURN],
        "texts": list(SENTENCES),
        "chat": CHAT,
    }
    ends = _ends(base)
    adapted = rebuild_adapter(base.model, source)
    own = _logits(adapted, asked)
    does = _done_by_adapter(adapted, asked, own)
    if ground.precision == "bf16":
        error = _coarser(error, rounding_to(torch.bfloat16))  # of what is computed, whatever the file holds
    answers = [
        generated(adapted, row, most, eos_token_id=ends, pad_token_id=tokenizer.pad_token_id)
        for row, most in zip(asked["prompts"], asked["most"], strict=True)
    ]
    asked["said"] = [answer["tokens"] for answer in answers]
    save_file({name: logits.contiguous() for name, logits in own.items()}, work / "own.safetensors")
    (work / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    known = {
        "rounding": {} if error is None else _moved_by_rounding(adapted, asked, own, error),
        "does": does,
        "answers": answers,
        "ends": ends,
        "text": text,
        "ids": [tokenizer(sentence)["input_ids"] for sentence in SENTENCES],
    }
    del base, adapted
    gc.collect()
    return known


def _logits(adapted: Any, asked: dict[str, Any]) -> dict[str, Tensor]:
    """The adapter's logits for the rows, beyond the original context, and of each expert by itself."""
    rows = asked["rows"]
    own = {f"row{number}": logits for number, logits in enumerate(logits_of(adapted, rows))}
    with _forced(adapted, 0):
        own["far0"] = logits_of(adapted, rows[:1], asked["far"])[0]
    for expert in range(asked["experts"]):
        with _forced(adapted, expert):
            for number, logits in enumerate(logits_of(adapted, rows[:SINGLES])):
                own[f"expert{expert}row{number}"] = logits
    return own


def rounding_to(dtype: torch.dtype) -> ErrorBound | None:
    """Half of the last place of `dtype`; None for float32, in which the proof computes."""
    return None if dtype == torch.float32 else lambda values: values.abs() * (torch.finfo(dtype).eps / 2)


def _coarser(one: ErrorBound | None, other: ErrorBound | None) -> ErrorBound | None:
    if one is None or other is None:
        return one or other
    return lambda values: torch.maximum(one(values), other(values))


def _done_by_adapter(adapted: Any, asked: dict[str, Any], own: dict[str, Tensor]) -> dict[str, dict[str, float]]:
    """How far the adapter's logits are from the base's, and each expert's from those without any expert's deltas.

    An export that left out what was trained would differ by as much.
    """
    rows = asked["rows"]
    with _without(adapted, BaseTunerLayer):
        found = {"rows": differences(logits_of(adapted, rows), [own[f"row{number}"] for number in range(len(rows))])}
        found["far0"] = differences(logits_of(adapted, rows[:1], asked["far"]), [own["far0"]])
    with _without(adapted, RoutedLayer):
        frozen = logits_of(adapted, rows[:1]) if asked["experts"] else []
    for expert in range(asked["experts"]):
        found[f"expert{expert}row0"] = differences(frozen, [own[f"expert{expert}row0"]])
    return found


@torch.no_grad()
def _moved_by_rounding(
    adapted: Any, asked: dict[str, Any], own: dict[str, Tensor], error: ErrorBound
) -> dict[str, dict[str, float]]:
    """By how much the logits move when every matrix is as uncertain as after rounding.

    The frozen matrices are moved at random by up to `error`, which spoils the model for other use.
    """
    draw = torch.Generator().manual_seed(0)
    for module in adapted.modules():
        if isinstance(module, nn.Linear) and not module.weight.requires_grad:
            weight: Tensor = module.weight
            values = weight.float().cpu()
            noise = torch.rand(weight.shape, generator=draw).mul_(2).sub_(1).mul_(error(values))
            weight.copy_(values + noise)
    return {name: differences([logits], [own[name]]) for name, logits in _logits(adapted, asked).items()}


def unpack_linears(model: nn.Module, dtype: torch.dtype) -> None:
    """Put plain linears in the place of bitsandbytes' own: the weights as the run saw them, computed without rounding.

    Int8's products round their inputs too, which belongs to no weight and is in no export.
    """
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child).__name__ in ("Linear4bit", "Linear8bitLt"):
                inputs, outputs = features(child)
                bias: Any = child.bias
                plain = nn.Linear(inputs, outputs, bias=bias is not None, device="meta")
                plain.weight = nn.Parameter(dense_weight(child, dtype), requires_grad=False)
                if bias is not None:
                    plain.bias = nn.Parameter(bias.detach().to(dtype), requires_grad=False)
                setattr(parent, name, plain)
    for parameter in model.parameters():  # transformers refuses to cast what it knows as packed
        parameter.data = parameter.data.to(dtype)


def far_positions(config: dict[str, Any], count: int) -> list[int]:
    """Positions of `count` tokens, far enough apart to reach past the original context where positions are scaled.

    Rotary attention knows only distances: neighbours far out would show no scaling.
    """
    longest = int(config["max_position_embeddings"])
    named = config.get("rope_parameters") or {}
    reach = longest - 1
    for rope in (named, *(each for each in named.values() if isinstance(each, dict))):  # one, or one for each kind
        if rope.get("rope_type", "default") != "default":
            original = rope.get("original_max_position_embeddings") or longest / float(rope.get("factor") or 1)
            reach = max(int(original) + count, min(2 * int(original), longest - 1))
    stride = max(1, reach // max(1, count - 1))
    return [number * stride for number in range(count)]


def _ends(base: BaseModel) -> list[int]:
    named = getattr(base.model.generation_config, "eos_token_id", None)
    found = named if isinstance(named, list) else [] if named is None else [named]
    own = base.tokenizer.eos_token_id
    return list(dict.fromkeys([*found, *([] if own is None else [own])]))


@contextmanager
def _without(adapted: Any, kind: type) -> Iterator[None]:
    """Let the adapted layers of a kind compute what the base's own do."""
    layers: list[Any] = [module for module in adapted.modules() if isinstance(module, kind)]
    for layer in layers:
        layer._disable_adapters = True
    try:
        yield
    finally:
        for layer in layers:
            layer._disable_adapters = False


@contextmanager
def _forced(adapted: Any, expert: int) -> Iterator[None]:
    """Let every router choose one expert with weight 1."""

    def choose(module: Router, inputs: Any, logits: Tensor) -> Tensor:
        alone = torch.full_like(logits, _NEVER)
        alone[:, expert] = 0.0
        return alone

    hooks = [module.register_forward_hook(choose) for module in adapted.modules() if isinstance(module, Router)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
