"""How another program loads an adapter in PEFT's format, in lines to copy: for the export's README and the report."""

from __future__ import annotations

import json
from dataclasses import dataclass

from studio.core.methods.method import Method
from studio.core.recipe.base_name import BaseName


@dataclass(frozen=True, slots=True)
class Use:
    """What is needed, in a sentence, and the Python lines that load base and adapter."""

    needs: str
    python: str


def peft_use(base: BaseName, kind: str, package: str | None) -> Use:
    """`kind` is the adapter's `peft_type`; `package` makes it known to PEFT, None for PEFT's own."""
    first = f"import {package}  # first: it makes {kind} known to PEFT\n" if package else ""
    needs = (
        f"Needs MixLoRA Studio in the same Python (`pip install .` in its clone): importing `{package}` makes {kind}"
        " known to PEFT, so it must come first."
        if package
        else "Needs only PEFT."
    )
    python = f"""{first}from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

{loading_lines(base)}
model = PeftModel.from_pretrained(model, "path/of/this/folder")"""
    return Use(needs, python)


def package_of(method: Method) -> str | None:
    """The package that registers a method with PEFT: methods that route are ours, the others PEFT's own."""
    return f"studio.methods.{method.name}" if method.routed else None


def licence_sentence(licence: str) -> str:
    """What the base's licence means for what was trained; "" is one that the base's files do not state."""
    if licence:
        return f"Its licence is {licence}, which this model is bound by too."
    return "Its files here do not state a licence; the base's own licence binds this model too."


def loading_lines(base: BaseName) -> str:
    """Python lines that load tokenizer and model of the base with transformers; a path is left to the reader."""
    if base.name.lower().endswith(".gguf"):
        place, more = '"path/of/the/folder/of/the/base"', f", gguf_file={_quoted(base.name)}"
    elif base.is_hub:
        place, more = _quoted(base.name), ""
    else:
        place, more = _quoted(f"path/of/{base.name}"), ""
    return f"""base = {place}
tokenizer = AutoTokenizer.from_pretrained(base{more})
model = AutoModelForCausalLM.from_pretrained(base{more})"""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
