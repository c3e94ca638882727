"""The formats that an adapter is exported in: their names and titles, which window and command line show.

How each is written and loaded is in `studio.export.formats`, which needs torch.
"""

from __future__ import annotations

EXPORT_FORMATS: dict[str, str] = {
    "peft": "PEFT adapter: for Python programs, with peft and this package",
    "reference": "Reference format: for the mixlora and moe-peft packages",
}
PROGRAMS: dict[str, str] = {
    "peft": "Python with PEFT and this package",
    "reference": "mixlora, moe-peft",
    "moe": "transformers, vLLM",
    "merged": "transformers, vLLM, and whatever runs the base",
    "gguf": "llama.cpp, LM Studio, Ollama",
}
"""What runs each format."""
PLANNED_FORMATS: dict[str, str] = {
    "moe": "a Mixtral-like checkpoint for stock transformers",
    "gguf": "a file for llama.cpp",
}
"""Names that a person may try already, and what they will be."""
