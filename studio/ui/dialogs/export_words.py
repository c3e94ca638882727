"""A finished export in words: what was proved, what is there, and the lines that run it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.core.units import count_text, number_text
from studio.ui.units import bytes_text

_TOLD = ("max_logit_difference", "logit_scale", "max_change_from_base", "precision", "device")


def proof_text(done: dict[str, Any]) -> str:
    """What was verified, in sentences; "" where nothing was."""
    verified = done.get("verified")
    if not isinstance(verified, dict) or not verified:
        return ""
    said = []
    difference, scale = verified.get("max_logit_difference"), verified.get("logit_scale")
    if isinstance(difference, int | float):
        exactly = "exactly what the run computes" if difference == 0 else "what the run computes"
        told = f"A fresh process loaded it, and it computes {exactly}"
        if difference:
            of = f", on a scale of {number_text(scale)}" if isinstance(scale, int | float) else ""
            told += f": the largest difference between their logits is {number_text(difference)}{of}"
        said.append(f"{told}.")
    if isinstance(llama := verified.get("llama_cpp"), dict):
        said.append(_in_llama_cpp(llama))
    if isinstance(missing := verified.get("not_compared"), list):
        said += map(str, missing)
    change = verified.get("max_change_from_base")
    if isinstance(change, int | float):
        said.append(f"What was trained changes the base's logits by up to {number_text(change)}.")
    return " ".join(said)


def _in_llama_cpp(found: dict[str, Any]) -> str:
    """What llama.cpp itself computed."""
    told = "llama.cpp itself loaded the file in a process of its own"
    typical, same, asked = (found.get(name) for name in ("typical_difference", "same_answers", "answers"))
    if isinstance(same, int) and isinstance(asked, int):
        told += f", and gave {same} of {asked} answers in the run's own words"
    if isinstance(typical, int | float):
        told += f"; its logits typically differ by {100 * typical:.2g} % of their scale"
    return f"{told}."


def export_facts(done: dict[str, Any]) -> dict[str, str]:
    """An export's answer as names and values: its folder, its size, and what else was counted and verified."""
    facts: dict[str, str] = {}
    if "path" in done:
        facts["Folder"] = str(done["path"])
    if isinstance(pushed := done.get("pushed"), dict):
        facts["On the hub"] = str(pushed.get("url"))
    if isinstance(done.get("bytes"), int | float):
        facts["Size"] = bytes_text(done["bytes"])
    verified = done.get("verified")
    for key, value in verified.items() if isinstance(verified, dict) else ():
        name = str(key).replace("_", " ").capitalize()
        if key in _TOLD or value is None:
            continue
        if isinstance(value, bool):
            facts[name] = "yes" if value else "no"
        elif isinstance(value, int):
            facts[name] = count_text(value)
        elif isinstance(value, float):
            facts[name] = number_text(value)
        elif isinstance(value, list) and len(value) > 1 and len(set(map(str, value))) == 1:
            facts[name] = f"{value[0]} in each"
        elif not isinstance(value, list | dict):
            facts[name] = str(value)
    return facts


def run_commands(format: str, folder: Path) -> dict[str, str]:
    """Lines that run an export, by the program that they are for."""
    place = f'"{folder}"'
    file = next(iter(sorted(folder.glob("*.gguf"))), folder / "model.gguf") if format == "gguf" else folder
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
    return {"This program": f"mixlora-studio chat {place}"}
