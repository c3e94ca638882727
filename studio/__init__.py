"""MixLoRA Studio: fine-tune a language model with MixLoRA on one gaming GPU."""

__version__ = "0.1.0"
