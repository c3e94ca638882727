"""A base and its adapter as the tensors of a stock model, made one at a time: what folders and GGUF files are written
from."""
