"""The fresh process of a stock model's proof: transformers alone, without a line of this package but this file.

It is run by its path, `python stock_process.py FOLDER PRECISION WORK [by-layers] [keep-logits]`, reads asked.json and
own.safetensors in the folder WORK, and writes found.json there, and with keep-logits its logits to
read-back.safetensors. Whoever asked imports `logits_of` and `generated` from here, so that
both sides compute in the same way.
"""

from __future__ import annotations

import copy
import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Answer = dict[str, Any]


@torch.no_grad()
def logits_of(model: Any, rows: list[list[int]], at: list[int] | None = None) -> list[Tensor]:
    """Each row's logits [tokens, vocabulary] in float32 on the CPU, at the positions `at`, else from 0 on."""
    device = next(model.parameters()).device
    found = []
    for row in rows:
        ids = torch.tensor([row], device=device)
        places = torch.tensor([list(range(len(row))) if at is None else at], device=device)
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
    folder, precision, work = Path(arguments[0]), arguments[1], Path(arguments[2])
    from safetensors.torch import load_file, save_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    asked = json.loads((work / "asked.json").read_text(encoding="utf-8"))
    if "by-layers" in arguments:
        logits, facts = asked_by_layers(folder, asked, dtype)
    else:
        model, info = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True, output_loading_info=True
        )
        logits, facts = asked_whole(model.eval(), asked)
        facts["odd_keys"] = _odd(info)
    if "keep-logits" in arguments:
        kept = {name: each.contiguous() for name, each in logits.items()}
        save_file(kept, work / "read-back.safetensors")
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    found = judged(facts, logits, load_file(work / "own.safetensors"), asked, tokenizer)
    (work / "found.json").write_text(json.dumps(found), encoding="utf-8")


def judged(facts: Answer, logits: dict[str, Tensor], own: dict[str, Tensor], asked: Answer, tokenizer: Any) -> Answer:
    """All that the judge needs: what was counted, the differences from the run's `own` logits, and the texts."""
    foreign = sorted(name for name in sys.modules if name.partition(".")[0] in ("studio", "peft"))
    return facts | compared(logits, own, asked) | _texts(tokenizer, asked) | {"foreign": foreign}


def asked_whole(model: Any, asked: Answer) -> tuple[dict[str, Tensor], Answer]:
    """A whole model's logits by the names that the run's own have, its greedy answers, and what was counted in it."""
    rows, experts = asked["rows"], asked["experts"]
    logits = {f"row{number}": found for number, found in enumerate(logits_of(model, rows))}
    # Without the routers, which would turn a last digit into another expert.
    with forced(model, 0, experts) if experts else nullcontext():
        logits["far0"] = logits_of(model, rows[:1], asked["far"])[0]
    routers = 0
    for expert in range(experts):
        with forced(model, expert, experts) as hooked:
            routers = hooked
            for number, found in enumerate(logits_of(model, rows[: asked["single_rows"]])):
                logits[f"expert{expert}row{number}"] = found
    return logits, {
        "answers": [generated(model, row, most) for row, most in zip(asked["prompts"], asked["most"], strict=True)],
        "routers": routers,
        "matrices": _expert_matrices(model),
        "weights": sum(parameter.numel() for parameter in model.parameters()),
    }


@torch.no_grad()
def asked_by_layers(folder: Path, asked: Answer, dtype: torch.dtype) -> tuple[dict[str, Tensor], Answer]:
    """The same of a model that memory does not hold: all questions go through one layer after the other.

    A layer is a model of its own class with that one layer in it. The greedy answers are the run's own, read again:
    the first token that this model would have said differently ends an answer.
    """
    from safetensors import safe_open
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    places: dict[str, Path] = {}
    weights = 0
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118 - not a mapping
                places[name] = file
                weights += math.prod(opened.get_slice(name).get_shape())

    def read(name: str) -> Tensor:
        with safe_open(places[name], framework="pt") as opened:
            return opened.get_tensor(name)

    questions = _questions(asked)
    embedding = read("model.embed_tokens.weight").to(dtype) * getattr(config, "embedding_multiplier", 1.0)
    hidden = {name: F.embedding(torch.tensor([ids]), embedding) for name, (ids, _, _) in questions.items()}
    odd: set[str] = set()
    routers = matrices = 0
    for layer in range(config.num_hidden_layers):
        start = f"model.layers.{layer}."
        state = {f"model.layers.0.{name[len(start) :]}": read(name) for name in places if name.startswith(start)}
        model, info = _one_layer(config, layer, state | {"model.norm.weight": read("model.norm.weight")}, dtype)
        odd.update(_odd(info))
        for name, (_, at, expert) in questions.items():
            with nullcontext() if expert is None else forced(model, expert, asked["experts"]):
                hidden[name] = _through(model, hidden[name], at)
        with forced(model, 0, max(1, asked["experts"])) as count:
            routers += count
        matrices += _expert_matrices(model)
    head = embedding if config.tie_word_embeddings else read("lm_head.weight").to(dtype)
    if config.tie_word_embeddings:
        head = head / getattr(config, "embedding_multiplier", 1.0)
    scaling = getattr(config, "logits_scaling", 1.0)
    logits = {name: F.linear(model.model.norm(each), head)[0].float() / scaling for name, each in hidden.items()}
    answers = [
        {"tokens": _until_different(logits.pop(f"answer{number}"), len(prompt), said)}
        for number, (prompt, said) in enumerate(zip(asked["prompts"], asked["said"], strict=True))
    ]
    facts = {"answers": answers, "routers": routers, "matrices": matrices, "weights": weights, "odd_keys": sorted(odd)}
    return logits, facts


def _questions(asked: Answer) -> dict[str, tuple[list[int], list[int] | None, int | None]]:
    """Every row that is asked for by its name: its tokens, their positions (None: from 0 on), and the expert that alone
    computes."""
    rows, experts = asked["rows"], asked["experts"]
    found: dict[str, tuple[list[int], list[int] | None, int | None]] = {
        f"row{n}": (row, None, None) for n, row in enumerate(rows)
    }
    found["far0"] = (rows[0], asked["far"], 0 if experts else None)
    for expert in range(experts):
        for number, row in enumerate(rows[: asked["single_rows"]]):
            found[f"expert{expert}row{number}"] = (row, None, expert)
    for number, (prompt, said) in enumerate(zip(asked["prompts"], asked["said"], strict=True)):
        found[f"answer{number}"] = ([*prompt, *said], None, None)
    return found


def _one_layer(config: Any, layer: int, state: dict[str, Tensor], dtype: torch.dtype) -> tuple[Any, Any]:
    """A model of the same class that is one layer and the last norm, with an embedding that nothing uses."""
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

    own = copy.deepcopy(config)
    own.num_hidden_layers, own.vocab_size, own.tie_word_embeddings, own.pad_token_id = 1, 1, True, None
    if getattr(own, "layer_types", None):
        own.layer_types = [own.layer_types[layer]]
    if hasattr(own, "embedding_multiplier"):
        own.embedding_multiplier = 1.0  # the embedding has it already
    state["model.embed_tokens.weight"] = torch.zeros(1, own.hidden_size)
    kind = MODEL_FOR_CAUSAL_LM_MAPPING[type(own)]
    model, info = kind.from_pretrained(None, config=own, state_dict=state, dtype=dtype, output_loading_info=True)
    return model.eval(), info


def _through(model: Any, hidden: Tensor, at: list[int] | None) -> Tensor:
    """What the model's only layer makes of hidden states [1, tokens, hidden]."""
    kept: list[Tensor] = []

    def keep(module: Any, inputs: Any, output: Any) -> None:
        kept.append(output[0] if isinstance(output, tuple) else output)

    hook = model.model.layers[0].register_forward_hook(keep)
    places = torch.tensor([list(range(hidden.shape[1])) if at is None else at])
    mask = torch.ones(1, hidden.shape[1], dtype=torch.long)
    model.model(inputs_embeds=hidden, position_ids=places, attention_mask=mask, use_cache=False)
    hook.remove()
    return kept[0]


def _until_different(logits: Tensor, prompt: int, said: list[int]) -> list[int]:
    """The greedy choices after the prompt, up to the first that is not what was said."""
    chosen = logits[prompt - 1 : prompt - 1 + len(said)].argmax(dim=-1).tolist()
    first = next((at for at, (one, other) in enumerate(zip(chosen, said, strict=True)) if one != other), len(said))
    return chosen[: first + 1]


def compared(logits: dict[str, Tensor], own: dict[str, Tensor], asked: Answer) -> Answer:
    """The logits beside the run's own: all rows, beyond the original context, each expert beside every expert."""
    rows, singles = range(len(asked["rows"])), range(asked["single_rows"])
    return {
        "logit_scale": max(float(logits[f"row{number}"].abs().max()) for number in rows),
        "logits": differences([logits[f"row{n}"] for n in rows], [own[f"row{n}"] for n in rows]),
        "far": differences([logits["far0"]], [own["far0"]]),
        "experts": [
            [
                differences(
                    [logits[f"expert{expert}row{n}"] for n in singles], [own[f"expert{other}row{n}"] for n in singles]
                )
                for other in range(asked["experts"])
            ]
            for expert in range(asked["experts"])
        ],
    }


def _texts(tokenizer: Any, asked: Answer) -> Answer:
    return {
        "ids": [tokenizer(text)["input_ids"] for text in asked["texts"]],
        "text": tokenizer.apply_chat_template(asked["chat"], tokenize=False, add_generation_prompt=True),
    }


def _odd(info: dict[str, Any]) -> list[str]:
    """The tensors that transformers found missing, left over or of another shape."""
    return sorted({str(key) for keys in info.values() for key in keys})


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


if __name__ == "__main__":
    main(sys.argv[1:])
