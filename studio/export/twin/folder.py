"""A stock model as a folder that transformers, vLLM and others load: tensors, config, tokenizer, templates, ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from studio.core.foreign.untrusted_json import read_object
from studio.core.progress import ByteCount, Progress
from studio.core.words import tr
from studio.export.twin.shards import write_shards
from studio.export.twin.tensors import StockModel
from studio.models.base_model import load_tokenizer

WORDS = {torch.float32: "float32", torch.bfloat16: "bfloat16", torch.float16: "float16"}


def write_stock_folder(model: StockModel, folder: Path, dtype: torch.dtype, progress: Progress) -> list[str]:
    """Write a stock model into `folder`, its matrices in `dtype`; returns the names of the files with its tensors.

    Raises OSError where the disk fails, and ProblemError where the base's files do.
    """
    tokenizer, _ = load_tokenizer(model.folder)
    ends = _ends(model.config["eos_token_id"], tokenizer)
    config = model.config | {"dtype": WORDS[dtype], "torch_dtype": WORDS[dtype], "eos_token_id": ends}
    _write_json(folder / "config.json", config)
    _write_json(folder / "generation_config.json", _generation(model, ends))
    tokenizer.save_pretrained(folder)
    _make_portable(folder, tokenizer)
    return write_shards(model, folder, dtype, ByteCount(progress, tr("Writing the model"), model.size(dtype)))


def _ends(named: Any, tokenizer: Any) -> Any:
    """Every token that ends an answer, the one that the run was trained to end with among them."""
    found = named if isinstance(named, list) else [] if named is None else [named]
    if tokenizer.eos_token_id is not None and tokenizer.eos_token_id not in found:
        found = [*found, tokenizer.eos_token_id]
    return found[0] if len(found) == 1 else found or None


def _generation(model: StockModel, ends: Any) -> dict[str, Any]:
    file = model.folder / "generation_config.json"
    found = read_object(file, tr("Download the model again.")) if file.is_file() else {"_from_model_config": True}
    for name in ("bos_token_id", "pad_token_id"):
        if found.get(name) is None and model.config.get(name) is not None:
            found[name] = model.config[name]
    return {name: value for name, value in found.items() if name != "transformers_version"} | {"eos_token_id": ends}


def _make_portable(folder: Path, tokenizer: Any) -> None:
    """Write tokenizer_config.json for other readers: the chat template in it too, and a class that they all know."""
    file = folder / "tokenizer_config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    for name in ("is_local", "local_files_only", "backend"):
        config.pop(name, None)
    if config.get("tokenizer_class") == "TokenizersBackend":
        config["tokenizer_class"] = "PreTrainedTokenizerFast"  # its name before transformers 5
    if isinstance(tokenizer.chat_template, str):
        config["chat_template"] = tokenizer.chat_template
    _write_json(file, config)


def _write_json(file: Path, values: dict[str, Any]) -> None:
    file.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
