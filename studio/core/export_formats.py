"""The formats that an adapter is exported in: their names and titles, which window and command line show.

How each is written and loaded is in `studio.export.formats`, which needs torch.
"""

from __future__ import annotations

from studio.core.words import mark

EXPORT_FORMATS: dict[str, str] = {
    "peft": mark("PEFT adapter: for Python programs, with peft and this package"),
    "reference": mark("Reference format: for the mixlora and moe-peft packages"),
    "moe": mark("Mixture of experts: a stock model for transformers and vLLM, without this package"),
    "merged": mark("Merged model: a base with its LoRA or DoRA added, for any program that runs the base"),
    "gguf": mark("GGUF: one file for llama.cpp, LM Studio and Ollama"),
}
PROGRAMS: dict[str, str] = {
    "peft": mark("Python with PEFT and this package"),
    "reference": mark("mixlora, moe-peft"),
    "moe": mark("transformers, vLLM"),
    "merged": mark("transformers, vLLM, and whatever runs the base"),
    "gguf": mark("llama.cpp, LM Studio, Ollama"),
}
"""What runs each format."""
