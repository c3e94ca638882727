"""The base model (folder, hub, GGUF, a model's own code) and adapter files, read and checked."""

import studio.methods  # noqa: F401 - before PEFT is imported
