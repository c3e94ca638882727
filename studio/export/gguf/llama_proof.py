"""Proof in llama.cpp itself, where its package is installed: tokens, logits, greedy text and the end of a turn."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from studio.core.words import mark, tr
from studio.export.gguf import llama_process
from studio.export.gguf.one_expert import write_one_expert
from studio.export.gguf.quantisation import Quantisation
from studio.export.gguf.read_back import GgufContents
from studio.export.proof import Ground, UnprovenError, in_fresh_process
from studio.export.twin.stock_proof import COARSE, MIXED_UP, ROUNDINGS, UNTRAINED

ABSENT = mark(
    "The file was not tried in llama.cpp itself, since its package is not installed"
    ' (pip install "mixlora-studio[llama]" compiles it).'
)

READ_BACK = "read-back.safetensors"  # what transformers computes from the file's own tensors

# Typical difference of a position's logits from what transformers computes with the file's own tensors, as a share of
# their scale: llama.cpp rounds what goes into a matrix to the matrix's type, or to eight bits where that has fewer. A
# position on the edge between two experts may go to the other, so the largest says nothing. MEASURED: the largest in
# models of two layers and in the trained demo's thirty (tests/bench/README.md; the formats under eight bits round what
# goes in as q8_0 does, and have its figure). Four times that is allowed. An expert by itself differed in the demo by up
# to 3.3 times as much as the whole model did.
MEASURED = {
    "f16": 1.6e-4,
    "bf16": 1.0e-3,
    "q8_0": 4.8e-3,
    "q5_1": 4.8e-3,
    "q5_0": 4.8e-3,
    "q4_1": 4.8e-3,
    "q4_0": 4.8e-3,
}
TYPICAL = {name: 4 * largest for name, largest in MEASURED.items()}
ALONE = 3.3
# Up to here a different choice of the next word is a fault, unless the two best were nearly equal.
SAME_WORDS = ("f16", "bf16")


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two models' logits are apart: the largest, the typical of a position as a share of `scale`, and the share
    of positions with the same best token."""

    largest: float
    typical: float
    same_choice: float
    scale: float


def llama_cpp_is_here() -> bool:
    """Whether llama.cpp's package for Python is installed."""
    return importlib.util.find_spec("llama_cpp") is not None


def prove_in_llama_cpp(
    file: Path, tokenizer: Any, known: dict[str, Any], choice: Quantisation, ground: Ground, work: Path
) -> dict[str, Any] | str:
    """Load `file` in llama.cpp in a fresh process, and compare its logits with what transformers computes from the
    file's own tensors, and its text with what the run's adapter answered.

    `work` holds asked.json and read-back.safetensors, `known` what `ask_live` gave, all computed on `ground`.
    Returns what was compared, or in a sentence why nothing was. Raises UnprovenError where it differs.
    """
    asked = json.loads((work / "asked.json").read_text(encoding="utf-8"))
    asked["chat_text"] = without_first(tokenizer, known["text"])
    (work / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    script = Path(llama_process.__file__)
    found = in_fresh_process(script, [str(file), str(work)], work)
    if "broken" in found:
        return tr(
            "The file was not tried in llama.cpp itself, whose package cannot be imported: {error}",
            error=found["broken"],
        )
    logits = load_file(work / "llama.safetensors")
    read = load_file(work / READ_BACK)
    rows = [f"row{number}" for number in range(len(asked["rows"]))]
    apart = difference([logits[row] for row in rows], [read[row] for row in rows])
    limit = allowed(choice, ground, known, apart.scale)
    if faults := list(_faults(found, known, asked, tokenizer, apart, limit, choice)):
        raise UnprovenError("llama.cpp does not do what the run does: " + "; ".join(faults))
    same = sum(one["tokens"] == other["tokens"] for one, other in zip(found["answers"], known["answers"], strict=True))
    return {
        "max_logit_difference": apart.largest,
        "typical_difference": apart.typical,
        "same_choice": apart.same_choice,
        "logit_scale": apart.scale,
        "same_answers": same,
        "answers": len(found["answers"]),
        "chat_turn_ended": found["answers"][-1]["ended"],
    }


def prove_experts_in_llama_cpp(
    contents: GgufContents, experts: int, known: dict[str, Any], choice: Quantisation, ground: Ground, work: Path
) -> dict[str, Any]:
    """Ask llama.cpp for each of the file's experts by itself, in a file of that one alone that is deleted again, and
    compare with what transformers computes with the same expert of the file.

    Arguments as those of `prove_in_llama_cpp`, after which it is called. Returns the largest of the typical
    differences. Raises UnprovenError where an expert computes something else, or is another; OSError.
    """
    read, script, file = load_file(work / READ_BACK), Path(llama_process.__file__), work / "one expert.gguf"
    worst = 0.0
    faults: list[str] = []
    for expert in range(experts):
        write_one_expert(contents, expert, file)
        in_fresh_process(script, [str(file), str(work), "alone"], work)
        logits = load_file(work / "llama.safetensors")
        apart = [
            difference(list(logits.values()), [read[f"expert{other}{row}"] for row in logits])
            for other in range(experts)
        ]
        limit = allowed(choice, ground, known, apart[expert].scale, f"expert{expert}row0")
        faults += expert_faults(expert, [each.typical for each in apart], limit)
        worst = max(worst, apart[expert].typical)
    file.unlink()
    if faults:
        raise UnprovenError("llama.cpp does not do what the run does: " + "; ".join(faults))
    return {"experts_by_themselves": experts, "typical_difference_of_an_expert": worst}


def expert_faults(expert: int, apart: list[float], limit: float) -> Iterator[str]:
    """What is wrong with an expert whose logits differ from those of each of the run's experts by `apart`."""
    if not apart[expert] <= limit:
        yield f"expert {expert} by itself differs typically by {apart[expert]:.2g} of the logits' scale"
    nearest = min(range(len(apart)), key=apart.__getitem__)
    if apart[nearest] < MIXED_UP * apart[expert]:
        yield f"expert {expert} is the run's expert {nearest}"


def difference(these: list[Tensor], those: list[Tensor]) -> Difference:
    """Compare two lists of logits [tokens, vocabulary]; NaN anywhere is infinitely different."""
    one, other = torch.cat(these).float(), torch.cat(those).float()
    scale = max(1e-9, float(other.abs().max()))
    if not bool(torch.isfinite(one).all()):
        return Difference(float("inf"), float("inf"), 0.0, scale)
    apart = one - other
    typical = float(apart.square().mean(dim=-1).sqrt().median())
    same = float((one.argmax(dim=-1) == other.argmax(dim=-1)).float().mean())
    return Difference(float(apart.abs().max()), typical / scale, same, scale)


def allowed(choice: Quantisation, ground: Ground, known: dict[str, Any], scale: float, what: str = "rows") -> float:
    """The typical difference that llama.cpp may show, as a share of `scale`: well below what the adapter does, where
    that is more than rounding does. `what` names an expert by itself, as `known` does.
    """
    most = max(TYPICAL[choice.name], COARSE if ground.precision == "bf16" else 0.0)
    most *= 1.0 if what == "rows" else ALONE
    start = "row" if what == "rows" else what
    rounding = max((each["typical"] for name, each in known["rounding"].items() if name.startswith(start)), default=0.0)
    return min(most, max(ROUNDINGS * rounding, UNTRAINED * known["does"][what]["typical"]) / scale)


def without_first(tokenizer: Any, text: str) -> str:
    """A rendered chat as llama.cpp's programs tokenize it: the first token is not written where they add it."""
    if tokenizer.bos_token and tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id]:
        return text.removeprefix(tokenizer.bos_token)
    return text


def _faults(
    found: dict[str, Any],
    known: dict[str, Any],
    asked: dict[str, Any],
    tokenizer: Any,
    apart: Difference,
    limit: float,
    choice: Quantisation,
) -> Iterator[str]:
    if not apart.typical <= limit:
        yield f"its logits differ typically by {apart.typical:.2g} of their scale"
    for text, ids in zip(asked["texts"], found["ids"], strict=True):
        if ids != tokenizer(text, add_special_tokens=False)["input_ids"]:
            yield f"it reads {text!r} as other tokens"
    if found["chat_ids"] != asked["prompts"][-1]:
        yield "it reads a chat as other tokens"
    if found["template"] != tokenizer.chat_template:
        yield "its chat template is another"
    if choice.name in SAME_WORDS:
        lead = 2 * TYPICAL[choice.name] * apart.scale
        for number, (these, those) in enumerate(zip(found["answers"], known["answers"], strict=True)):
            yield from _answer_faults(number, these, those, lead)
    ended = known["answers"][-1]["tokens"][-1:]
    same_turn = found["answers"][-1]["tokens"] == known["answers"][-1]["tokens"]
    if same_turn and bool(ended and ended[0] in known["ends"]) != found["answers"][-1]["ended"]:
        yield "a turn of chat does not end where the run's does"


def _answer_faults(number: int, these: dict[str, Any], those: dict[str, Any], lead: float) -> Iterator[str]:
    """Where two greedy answers part, unless the run's own choice there hung by less than what rounding explains."""
    found, own = these["tokens"], those["tokens"]
    for place, (one, other) in enumerate(zip(found, own, strict=False)):
        if one != other:
            if those["leads"][place] > lead:
                yield f"answer {number + 1} differs from its token {place + 1} on"
            return
    # llama.cpp knows more ends than the run: a token that it took for one, and the run did not, is no difference.
    if len(found) != len(own) and not (these["ended"] and len(found) < len(own)):
        yield f"answer {number + 1} ends after {len(found)} tokens, the run's after {len(own)}"
