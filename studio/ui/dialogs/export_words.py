"""A finished export in words: what was proved, what is there, and the lines that run it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.core.units import count_text, number_text
from studio.core.words import mark, sentences, tr
from studio.ui.units import bytes_text

# What was counted or compared, by its key in the answer; a key that is not here is shown as it is.
COUNTED = {
    "quantisation": mark("Quantisation"),
    "tensors": mark("Tensors"),
    "tokens": mark("Tokens"),
    "expert_matrices": mark("Expert matrices"),
    "experts_per_layer": mark("Experts per layer"),
    "max_weight_difference": mark("Max weight difference"),
    "mean_logit_difference": mark("Mean logit difference"),
    "max_difference_of_an_expert": mark("Max difference of an expert"),
    "typical_difference_of_an_expert": mark("Typical difference of an expert"),
    "experts_by_themselves": mark("Experts by themselves"),
    "quantisation_keeps_choices": mark("Quantisation keeps choices"),
    "quantisation_moves_logits": mark("Quantisation moves logits"),
    "chat_turn_ended": mark("Chat turn ended"),
    "same_choice": mark("Same choice"),
    "file": mark("File"),
}
_TOLD = ("max_logit_difference", "logit_scale", "max_change_from_base", "precision", "device")


def proof_text(done: dict[str, Any]) -> str:
    """What was verified, in sentences; "" where nothing was."""
    verified = done.get("verified")
    if not isinstance(verified, dict) or not verified:
        return ""
    said = []
    difference, scale = verified.get("max_logit_difference"), verified.get("logit_scale")
    if isinstance(difference, int | float):
        said.append(_in_a_fresh_process(difference, scale if isinstance(scale, int | float) else None))
    if isinstance(llama := verified.get("llama_cpp"), dict):
        said.append(_in_llama_cpp(llama))
    if isinstance(missing := verified.get("not_compared"), list):
        said += map(str, missing)
    change = verified.get("max_change_from_base")
    if isinstance(change, int | float):
        said.append(tr("What was trained changes the base's logits by up to {change}.", change=number_text(change)))
    return sentences(*said)


def _in_a_fresh_process(difference: float, scale: float | None) -> str:
    """What the fresh process computed, beside what the run does."""
    if not difference:
        return tr("A fresh process loaded it, and it computes exactly what the run computes.")
    if scale is None:
        return tr(
            "A fresh process loaded it, and it computes what the run computes: the largest difference between their"
            " logits is {difference}.",
            difference=number_text(difference),
        )
    return tr(
        "A fresh process loaded it, and it computes what the run computes: the largest difference between their"
        " logits is {difference}, on a scale of {scale}.",
        difference=number_text(difference),
        scale=number_text(scale),
    )


def _in_llama_cpp(found: dict[str, Any]) -> str:
    """What llama.cpp itself computed."""
    told = tr("llama.cpp itself loaded the file in a process of its own.")
    typical, same, asked = (found.get(name) for name in ("typical_difference", "same_answers", "answers"))
    if isinstance(same, int) and isinstance(asked, int):
        told = tr(
            "llama.cpp itself loaded the file in a process of its own, and gave {same} of {asked} answers in the run's"
            " own words.",
            same=same,
            asked=asked,
        )
    if isinstance(typical, int | float):
        differ = tr("Its logits typically differ by {share:.2g} % of their scale.", share=100 * typical)
        told = sentences(told, differ)
    return told


def export_facts(done: dict[str, Any]) -> dict[str, str]:
    """An export's answer as names and values: its folder, its size, and what else was counted and verified."""
    facts: dict[str, str] = {}
    if "path" in done:
        facts[tr("Folder")] = str(done["path"])
    if isinstance(pushed := done.get("pushed"), dict):
        facts[tr("On the hub")] = str(pushed.get("url"))
    if isinstance(done.get("bytes"), int | float):
        facts[tr("Size")] = bytes_text(done["bytes"])
    verified = done.get("verified")
    for key, value in verified.items() if isinstance(verified, dict) else ():
        name = tr(COUNTED[key]) if key in COUNTED else str(key).replace("_", " ").capitalize()
        if key in _TOLD or value is None:
            continue
        if isinstance(value, bool):
            facts[name] = tr("yes") if value else tr("no")
        elif isinstance(value, int):
            facts[name] = count_text(value)
        elif isinstance(value, float):
            facts[name] = number_text(value)
        elif isinstance(value, list) and len(value) > 1 and len(set(map(str, value))) == 1:
            facts[name] = tr("{number} in each", number=value[0])
        elif not isinstance(value, list | dict):
            facts[name] = str(value)
    return facts


def gguf_file(folder: Path) -> Path | None:
    """The model in an exported folder; asks its disk."""
    return next(iter(sorted(folder.glob("*.gguf"))), None)


def run_commands(format: str, folder: Path, file: Path | None = None) -> dict[str, str]:
    """Lines that run an export, by the program that they are for; `file` is a GGUF's own, where it is known."""
    place = f'"{folder}"'
    file = file or folder / "model.gguf"
    match format:
        case "moe" | "merged":
            python = f"from transformers import pipeline; print(pipeline('text-generation', r'{folder}')('Hello'))"
            return {"vLLM": f"vllm serve {place}", "Python": f'python -c "{python}"'}
        case "gguf":
            name = folder.parent.parent.name.lower() if folder.name.startswith("gguf") else folder.name.lower()
            model_file = f'"{folder / "Modelfile"}"'
            return {
                "llama.cpp": f'llama-cli -m "{file}" -cnv',
                "Ollama": f"ollama create {'-'.join(name.split())} -f {model_file}",
                "LM Studio": f'lms import "{file}"',
            }
        case "reference":
            python = f"from mixlora import MixLoraModelForCausalLM as M; M.from_pretrained(r'{folder}')"
            return {"Python": f'python -c "{python}"'}
    return {tr("this program"): f"mixlora-studio chat {place}"}
