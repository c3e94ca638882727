"""The adapter on disk in PEFT's format, proved after writing: every trained weight is read back and compared."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import studio.methods  # noqa: F401 - before PEFT, so that the compiler is not imported with it

# isort: split
from peft import get_peft_model_state_dict
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from studio.core.atomic_file import flush_folder, put_in_place
from studio.core.foreign.safetensors_header import read_header
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.methods.protocols import routed_method
from studio.models.disk_faults import disk_faults
from studio.models.manifest import write_manifest

WEIGHTS = "adapter_model.safetensors"


@dataclass(frozen=True, slots=True)
class AdapterCount:
    """What was found in an adapter's file: tensors, weights, routed layers and experts; bytes of the folder."""

    tensors: int
    weights: int
    routed_layers: int
    experts: int
    bytes: int


class AdapterIncompleteError(RuntimeError):
    """The written adapter lacks something that was trained: our fault, and the run must not count as finished."""


def write_adapter(model: Any, folder: Path) -> None:
    """Write the adapter into `folder` in PEFT's format, without any request to a hub."""
    with disk_faults():
        _write_adapter(model, folder)


def _write_adapter(model: Any, folder: Path) -> None:
    # PEFT's model card would contain the folder's path and empty sections; it also takes time.
    model.create_or_update_model_card = lambda where: None
    try:
        model.save_pretrained(folder, safe_serialization=True, save_embedding_layers=False)
    finally:
        del model.create_or_update_model_card


def save_adapter(model: Any, folder: Path) -> AdapterCount:
    """Write the adapter beside `folder`, verify it, flush it, and move it into place; returns what was counted.

    Raises OSError when it cannot be written and AdapterIncompleteError when a trained weight is missing; what was
    in `folder` is then untouched.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        write_adapter(model, partial)
        count = count_adapter(model, partial)
        write_manifest(partial, ("adapter_config.json", WEIGHTS))
        flush_folder(partial)
        put_in_place(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return count


def read_tensors(file: Path) -> dict[str, torch.Tensor]:
    """Every tensor of a safetensors file on the CPU; raises ProblemError for a broken file, NaN or infinity in it."""
    read_header(file)
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise ProblemError.at(
            str(file), tr("it cannot be read ({error}).", error=error), tr("Get the file again.")
        ) from None
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ProblemError.at(
                str(file),
                tr("{name} contains NaN or infinity, which would spoil every answer.", name=f"{name!r:.100}"),
                tr("Get another adapter."),
            )
    return tensors


def count_adapter(model: Any, folder: Path) -> AdapterCount:
    """Compare the adapter in `folder` with the model in memory, weight by weight."""
    expected = get_peft_model_state_dict(model)
    kept = {tensor.data_ptr() for tensor in expected.values()}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and parameter.data_ptr() not in kept:
            raise AdapterIncompleteError(f"{name} is trained, but PEFT does not save it")
    weights = 0
    with safe_open(folder / WEIGHTS, framework="pt") as file:
        names = set(file.keys())
        for name, tensor in expected.items():
            if name not in names:
                raise AdapterIncompleteError(f"{name} is not in {WEIGHTS}")
            if not torch.equal(file.get_tensor(name), tensor.detach().cpu()):
                raise AdapterIncompleteError(f"{name} in {WEIGHTS} is not what was trained")
            weights += tensor.numel()
    routed = routed_method(model)
    layers = routed.routed_layers() if routed else []
    experts = sum(routed.experts_per_layer()) if routed else 0
    for layer in layers:
        # A layer's name as the tuner gives it, found inside the saved names, whatever precedes it.
        own = layer.removeprefix("base_model.model.").removeprefix("model.")
        if not any(f"{own}." in name for name in names):
            raise AdapterIncompleteError(f"nothing of the routed layer {layer} is in {WEIGHTS}")
    size = sum(file.stat().st_size for file in folder.iterdir())
    return AdapterCount(len(expected), weights, len(layers), experts, size)
