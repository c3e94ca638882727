"""The formats that an adapter is exported in: their names and titles, which window and command line show.

How each is written and loaded is in `studio.export.formats`, which needs torch.
"""

from __future__ import annotations

EXPORT_FORMATS: dict[str, str] = {
    "peft": "PEFT adapter: for Python programs, with peft and this package",
    "reference": "Reference format: for the mixlora and moe-peft packages",
    "moe": "Mixture of experts: a stock model for transformers and vLLM, without this package",
    "merged": "Merged model: a base with its LoRA or DoRA added, for any program that runs the base",
    "gguf": "GGUF: one file for llama.cpp, LM Studio and Ollama",
}
PROGRAMS: dict[str, str] = {
    "peft": "Python with PEFT and this package",
    "reference": "mixlora, moe-peft",
    "moe": "transformers, vLLM",
    "merged": "transformers, vLLM, and whatever runs the base",
    "gguf": "llama.cpp, LM Studio, Ollama",
}
"""What runs each format."""
