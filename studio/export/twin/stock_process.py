"""The fresh process of a stock model's proof: transformers alone, without a line of this package but this file.

It is run by its path, `python stock_process.py FOLDER PRECISION WORK`, reads asked.json and own.safetensors in the
folder WORK, and writes found.json there. Whoever asked imports `logits_of` and `generated` from here, so that both
sides compute in the same way.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

Answer = dict[str, Any]


@torch.no_grad()
def logits_of(model: Any, rows: list[list[int]], first: int = 0) -> list[Tensor]:
    """Each row's logits [tokens, vocabulary] in float32 on the CPU, its positions counted from `first`."""
    device = next(model.parameters()).device
    found = []
    for row in rows:
        ids = torch.tensor([row], device=device)
        places = torch.arange(first, first + len(row), device=device)[None]
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids), position_ids=places, use_cache=False).logits
        found.append(logits[0].float().cpu())
    return found


@torch.no_grad()
def generated(model: Any, row: list[int], most: int, **options: Any) -> Answer:
    """What follows a row, greedily: `tokens`, and by how much each one's logit leads the second's (`leads`)."""
    ids = torch.tensor([row], device=next(model.parameters()).device)
    done = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=most,
        do_sample=False,
        num_beams=1,
        temperature=None,
        top_p=None,
        top_k=None,
        repetition_penalty=1.0,
        return_dict_in_generate=True,
        output_logits=True,
        **options,
    )
    best = [step[0].float().topk(2).values.tolist() for step in done.logits]
    return {"tokens": done.sequences[0, len(row) :].tolist(), "leads": [first - second for first, second in best]}


@contextmanager
def forced(model: Any, expert: int, experts: int) -> Iterator[int]:
    """Send every token to one expert alone, in every layer; gives the number of routers that were found."""
    hooks = [
        module.register_forward_hook(lambda module, inputs, output: _forced(output, expert, experts))
        for module in model.modules()
        if type(module).__name__.endswith("Router")
    ]
    try:
        yield len(hooks)
    finally:
        for hook in hooks:
            hook.remove()


def _forced(output: tuple[Tensor, ...], expert: int, experts: int) -> tuple[Tensor, ...]:
    """A router's output with the expert in the first slot, of weight 1, and others of weight 0 behind it."""
    chosen = next(each for each in output if not each.is_floating_point())
    slots = torch.arange(chosen.shape[-1], device=chosen.device)
    choice = ((expert + slots) % experts).expand_as(chosen).to(chosen.dtype)
    weights = (slots == 0).float()
    return tuple(
        choice if each is chosen else weights.expand_as(each).to(each.dtype) if each.shape == chosen.shape else each
        for each in output
    )


def main(arguments: list[str]) -> None:
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    folder, precision, work = arguments[0], arguments[1], Path(arguments[2])
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    model, info = AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, local_files_only=True, output_loading_info=True
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    asked = json.loads((work / "asked.json").read_text(encoding="utf-8"))
    found = compare(model.eval(), tokenizer, asked, load_file(work / "own.safetensors"))
    found["odd_keys"] = sorted({str(key) for keys in info.values() for key in keys})
    found["foreign"] = sorted(name for name in sys.modules if name.partition(".")[0] in ("studio", "peft"))
    (work / "found.json").write_text(json.dumps(found), encoding="utf-8")


def compare(model: Any, tokenizer: Any, asked: Answer, own: dict[str, Tensor]) -> Answer:
    """Everything that was asked for, computed with the stock model and compared with the run's `own` logits."""
    rows = asked["rows"]
    logits = logits_of(model, rows)
    found: Answer = {
        "logit_scale": max(float(row.abs().max()) for row in logits),
        "logits": differences(logits, [own[f"row{number}"] for number in range(len(rows))]),
        "far": {},
        "experts": [],
        "routers": 0,
        "matrices": _expert_matrices(model),
        "weights": sum(parameter.numel() for parameter in model.parameters()),
        "ids": [tokenizer(text)["input_ids"] for text in asked["texts"]],
        "text": tokenizer.apply_chat_template(asked["chat"], tokenize=False, add_generation_prompt=True),
        "answers": [generated(model, row, most) for row, most in zip(asked["prompts"], asked["most"], strict=True)],
    }
    experts = asked["experts"]
    singles = rows[: asked["single_rows"]]
    # Without the routers, which would turn a last digit into another expert.
    with forced(model, 0, experts) if experts else nullcontext():
        found["far"] = differences(logits_of(model, rows[:1], asked["far"]), [own["far0"]])
    for expert in range(experts):
        with forced(model, expert, experts) as found["routers"]:
            alone = logits_of(model, singles)
        found["experts"].append(
            [
                differences(alone, [own[f"expert{other}row{number}"] for number in range(len(singles))])
                for other in range(experts)
            ]
        )
    return found


def differences(these: list[Tensor], those: list[Tensor]) -> Answer:
    """How far two lists of logits are apart: at most, in root mean square, in the median token; NaN is infinite."""
    apart = torch.cat([this - that for this, that in zip(these, those, strict=True)])
    if not bool(torch.isfinite(apart).all()):
        return {"max": float("inf"), "rms": float("inf"), "typical": float("inf")}
    squares = apart.square().mean(dim=1)
    rms, typical = squares.mean().sqrt(), squares.median().sqrt()
    return {"max": float(apart.abs().max()), "rms": float(rms), "typical": float(typical)}


def _expert_matrices(model: Any) -> int:
    """The experts' matrices that were loaded: gate, up and down of each expert of each layer."""
    stacked = {"gate_up_proj": 2, "down_proj": 1}
    return sum(
        stacked[name.rpartition(".")[2]] * parameter.shape[0]
        for name, parameter in model.named_parameters()
        if parameter.dim() == 3 and name.rpartition(".")[2] in stacked
    )


def _leave_with_parent() -> None:
    """End at once when standard input ends: whoever wanted the proof is gone."""
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
