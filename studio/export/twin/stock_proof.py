"""Proof of a stock model: transformers alone must compute, in a fresh process, what the run's own adapter does.

Below the tolerance or not handed out: logits, each expert by itself, a row beyond the original context, greedy text,
the chat's turn and its end, the tokenizer and the number of matrices.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from studio.core.problem import ProblemError
from studio.core.progress import Progress
from studio.core.recipe.recipe import Precision
from studio.core.units import memory
from studio.core.words import tr
from studio.export.proof import LOADING_FACTOR, Ground, UnprovenError, choose_ground, in_fresh_process
from studio.export.twin import stock_process
from studio.export.twin.live_answers import ask_live, rounding_to
from studio.export.twin.tensors import StockModel
from studio.hardware import Machine, detect
from studio.models.adapter_source import AdapterSource

# Allowed differences. Of what is written and computed in float32: at any place, as a share of the logits' scale. Of
# what is rounded: as a multiple of what rounding does to the run's own logits; where routers choose, in the median
# token alone, since one on the edge between two experts may choose the other. Bfloat16's sums take their own share.
PRECISE, ROUNDINGS, COARSE = 1e-4, 4.0, 2e-2
# Whatever the shares allow: an export that is this part of the way to the base has lost what was trained. Below
# EXACT, which is what sums in another order do in float32, nothing can be told.
UNTRAINED, EXACT = 0.5, 1e-5
MIXED_UP = 0.5  # an expert this much nearer to another of the run's than to its own is that other one


def prove_stock(
    source: AdapterSource, model: StockModel, folder: Path, dtype: torch.dtype, progress: Progress
) -> dict[str, Any]:
    """Load the written `folder` with transformers alone, ask it what the run's adapter was asked, and compare.

    Returns what was compared, with the keys of `verified` in `export --json`. Raises UnprovenError when it differs,
    ProblemError when this machine's memory holds neither.
    """
    ground, by_layers = where_to_prove(source, model, detect())
    with tempfile.TemporaryDirectory(prefix="mixlora-proof-", ignore_cleanup_errors=True) as name:
        work = Path(name)
        progress(tr("Asking the run's own adapter, in {precision}", precision=ground.precision))
        known = ask_live(source, model, ground, rounding_to(dtype), work)
        progress(tr("Asking the export, in a fresh process with transformers alone"))
        script = Path(stock_process.__file__)
        how = ["by-layers"] if by_layers else []
        found = in_fresh_process(script, [str(folder), ground.precision, str(work), *how], work)
    if faults := list(faults_in(found, known, model, PRECISE if ground.precision == "fp32" else COARSE)):
        raise UnprovenError("the export does not do what the run does: " + "; ".join(faults))
    return _verified(found, known, model, ground, by_layers)


def where_to_prove(source: AdapterSource, model: StockModel, machine: Machine) -> tuple[Ground, bool]:
    """On what ground a stock model is proven, and whether layer by layer, since memory does not hold it whole.

    Raises ProblemError where memory does not even hold the base, or the layers cannot be taken one at a time.
    """
    try:
        return choose_stock_ground(model, machine), False
    except ProblemError:
        ground = choose_ground(source, machine)
        if ground.precision not in ("fp32", "bf16") or model.config["model_type"] == "gemma4_text":
            raise
        return ground, True


def choose_stock_ground(model: StockModel, machine: Machine) -> Ground:
    """Float32 on the CPU where the whole model fits in memory, else bfloat16; ProblemError where neither does."""
    precisions: tuple[tuple[Precision, torch.dtype], ...] = (("fp32", torch.float32), ("bf16", torch.bfloat16))
    for precision, dtype in precisions:
        if LOADING_FACTOR * model.size(dtype) < machine.ram_available_bytes:
            return Ground("cpu", precision)
    raise ProblemError.at(
        "memory",
        tr(
            "the export takes {size}, and {ram_available_bytes} are free: it cannot be loaded here, "
            "so it cannot be proven.",
            size=memory(model.size(torch.bfloat16)),
            ram_available_bytes=memory(machine.ram_available_bytes),
        ),
        tr("Close other programs, export on a machine with more memory, or export to peft."),
    )


def faults_in(found: dict[str, Any], known: dict[str, Any], model: StockModel, share: float) -> Iterator[str]:
    """Everything in which the stock model's answers differ from the run's, each as a clause.

    `share` of the logits' scale is allowed in any case where the adapter itself does twice as much.
    """
    scale = max(1.0, found["logit_scale"])
    rounding = known["rounding"]

    def apart(difference: dict[str, float], done: str, *names: str, kind: str = "rms") -> bool:
        kind = kind if rounding else "max"
        least = ROUNDINGS * max(rounding[name][kind] for name in names or (done,)) if rounding else EXACT * scale
        return not difference[kind] <= max(least, min(share * scale, UNTRAINED * known["does"][done][kind]))

    if found["odd_keys"]:
        yield f"transformers finds tensors missing or left over, such as {found['odd_keys'][0]}"
    if found["foreign"]:
        yield f"the fresh process had {found['foreign'][0]} in it"
    kinds = ("rms", "max") if model.twin is None else ("typical",)
    rows = [name for name in rounding if name.startswith("row")]
    if any(apart(found["logits"], "rows", *rows, kind=kind) for kind in kinds):
        yield f"its logits differ by {found['logits']['max']:.3g} on a scale of {scale:.3g}"
    if apart(found["far"], "far0"):
        yield f"its logits beyond the original context differ by {found['far']['max']:.3g} on a scale of {scale:.3g}"
    if model.twin is not None:
        yield from _expert_faults(found, model, apart)
    # What rounding explains, and never what was found: a wrong model would excuse itself.
    lead = 2 * max(share * scale, *(each["max"] for name, each in rounding.items() if name.startswith("row")), 0.0)
    for number, (these, those) in enumerate(zip(found["answers"], known["answers"], strict=True)):
        yield from _answer_faults(number, these, those, known["ends"], lead)
    if found["ids"] != known["ids"]:
        yield "its tokenizer reads the same sentences as other tokens"
    if found["text"] != known["text"]:
        yield "its chat template writes another text"


def _expert_faults(found: dict[str, Any], model: StockModel, apart: Callable[..., bool]) -> Iterator[str]:
    expected = 3 * model.layers * model.experts
    if found["matrices"] != expected:
        yield f"{found['matrices']} matrices of experts were loaded, and {expected} belong to it"
    if found["routers"] != model.layers:
        yield f"{found['routers']} routers were found in {model.layers} layers"
    for expert, row in enumerate(found["experts"]):
        own = row[expert]
        if apart(own, f"expert{expert}row0"):
            yield f"expert {expert} by itself differs by {own['max']:.3g}"
        nearest = min(range(len(row)), key=lambda other: row[other]["rms"])
        if row[nearest]["rms"] < MIXED_UP * own["rms"]:
            yield f"expert {expert} is the run's expert {nearest}"


def _answer_faults(
    number: int, these: dict[str, Any], those: dict[str, Any], ends: list[int], lead: float
) -> Iterator[str]:
    """Where two greedy answers part, unless the run's own choice there hung by less than the logits differ."""
    found, own = these["tokens"], those["tokens"]
    place = next((at for at, (one, other) in enumerate(zip(found, own, strict=False)) if one != other), None)
    if place is not None:
        if those["leads"][place] > lead:
            yield f"answer {number + 1} differs from its token {place + 1} on"
    elif len(found) != len(own):  # never so layer by layer, where answers are read and not written
        yield f"answer {number + 1} ends after {len(found)} tokens, the run's after {len(own)}"
    elif (found[-1:] and found[-1] in ends) != (own[-1:] and own[-1] in ends):
        yield f"answer {number + 1} does not end as the run's does"


def _verified(
    found: dict[str, Any], known: dict[str, Any], model: StockModel, ground: Ground, by_layers: bool
) -> dict[str, Any]:
    experts = [row[expert]["max"] for expert, row in enumerate(found["experts"])]
    turn = known["answers"][-1]["tokens"]
    return {
        "max_logit_difference": found["logits"]["max"],
        "logit_scale": found["logit_scale"],
        "max_difference_beyond_context": found["far"]["max"],
        "max_difference_of_an_expert": max(experts, default=0.0),
        "same_answers": sum(
            one["tokens"] == other["tokens"] for one, other in zip(found["answers"], known["answers"], strict=True)
        ),
        "chat_turn_ended": bool(turn) and turn[-1] in known["ends"],
        "expert_matrices": found["matrices"],
        "routers": found["routers"],
        "experts": model.layers * model.experts,
        "tensors": len(model.tensors),
        "adapter_tensors": model.adapter_tensors,
        "weights": found["weights"],
        "precision": ground.precision,
        "device": ground.device,
        "base_seen_as": model.seen_as or "stored",
        "layer_by_layer": by_layers,
    }
