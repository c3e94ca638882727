"""Tensors of a file that a test is about to write over."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file


def copied_tensors(file: Path) -> dict[str, torch.Tensor]:
    """Every tensor of a safetensors file, copied: those of the file are mapped, and Windows keeps a mapped file."""
    return {name: tensor.clone() for name, tensor in load_file(file).items()}
