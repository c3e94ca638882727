"""An adapter's folder, checked before torch or PEFT open it: its files are consistent, and none is a program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from studio.core.foreign.safe_path import refuse_links
from studio.core.foreign.safetensors_header import FLOATS, TensorEntry, read_header
from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.models.adapter_config import REMEDY, check_config
from studio.models.manifest import check_manifest

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PICKLE = "adapter_model.bin"

_A = re.compile(r"\.lora_A(\.\w+)?\.weight$")
_B = re.compile(r"\.lora_B(\.\w+)?\.weight$")
_ROUTER = re.compile(r"\.lora_router(\.\w+)?\.weight$")
_BANK = re.compile(r"\.lora_experts\.\w+_(?P<half>[AB])$")


def checked_config(folder: Path) -> dict[str, Any]:
    """The config of the adapter in `folder`; raises ProblemError for whatever is wrong with the folder.

    Only the config and the header of the weights are read, and the files of a manifest are hashed.
    """
    refuse_links(folder)
    where = folder / CONFIG
    config = read_object(where, tr("Restore the adapter's folder."), most_bytes=2**24)
    if "peft_type" not in config:
        raise ProblemError.at(str(where), tr("this is not a PEFT adapter."), tr("Name another folder."))
    weights = folder / WEIGHTS
    if not weights.is_file():
        pickled = (folder / PICKLE).is_file()
        raise ProblemError.at(
            str(folder),
            tr("it has only {file}, a pickle, which can run any program.", file=PICKLE)
            if pickled
            else tr("{name} is missing.", name=WEIGHTS),
            tr("Take a reference adapter in with `mixlora-studio import`; else ask its author for safetensors.")
            if pickled
            else tr("Restore the adapter's folder."),
        )
    check_config(str(where), config)
    check_manifest(folder)
    entries = read_header(weights, REMEDY)
    if fault := _odd_tensor(config, entries):
        raise ProblemError.at(str(weights), tr("{sentence}.", sentence=fault), REMEDY)
    return config


def _odd_tensor(config: dict[str, Any], entries: dict[str, TensorEntry]) -> str:
    """The first tensor that cannot belong to an adapter with this config, as a sentence; empty where all can."""
    ranks = {config["r"], config.get("attention_r"), *(config.get("layer_ranks") or ())}
    ranks |= set((config.get("rank_pattern") or {}).values())
    experts = {config.get("num_experts"), *(config.get("layer_experts") or ())}
    if not entries:
        return tr("it contains no tensors")
    for name, entry in entries.items():
        shape = entry.shape
        if entry.dtype not in FLOATS:
            known = ", ".join(FLOATS)
            return tr(
                "{name} has the type {type}, not one of {known}", name=f"{name!r:.100}", type=entry.dtype, known=known
            )
        rank, count = None, None
        if _A.search(name) and len(shape) == 2:
            rank = shape[0]
        elif _B.search(name) and len(shape) == 2:
            rank = shape[1]
        elif (bank := _BANK.search(name)) and len(shape) == 3:
            count, rank = shape[0], shape[1] if bank["half"] == "A" else shape[2]
        elif _ROUTER.search(name) and len(shape) == 2:
            count = shape[0]
        if rank is not None and rank not in ranks:
            return tr("{name} has rank {rank}, which the config does not name", name=f"{name!r:.100}", rank=rank)
        if count is not None and count not in experts:
            return tr("{name} has {count} experts, which the config does not name", name=f"{name!r:.100}", count=count)
    return ""
