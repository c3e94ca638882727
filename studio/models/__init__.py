"""The base model (folder, hub, GGUF, a model's own code) and adapter files, read and checked."""
