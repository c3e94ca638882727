"""Tiny bases with a twin, random adapters on them, and both sides of a proof in one process."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from studio.core.progress import untold
from studio.core.recipe.recipe import MethodTable, Precision
from studio.export.proof import Ground
from studio.export.twin import stock_process
from studio.export.twin.build import merged_tensors, twin_tensors
from studio.export.twin.folder import write_stock_folder
from studio.export.twin.live_answers import ask_live, rounding_to
from studio.export.twin.stock_proof import PRECISE, faults_in
from studio.export.twin.tensors import StockModel
from studio.models.adapter_source import AdapterSource, find_adapter
from tests.adapted_run import write_adapter
from tests.tiny import make_tiny_model

LINEAR = {
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "layer_types": ["linear_attention", "full_attention"],
}
MIXED = {"hidden_size_per_layer_input": 8, "layer_types": ["sliding_attention", "full_attention"]}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 5e5,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 128,
}
YARN = {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 256}
LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 1e4,
    "short_factor": [1.0] * 4,
    "long_factor": [1.5, 2.0, 3.0, 4.0],
    "original_max_position_embeddings": 256,
}

BASES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", {}),
    "llama, tied": ("llama", {"tie_word_embeddings": True}),
    "llama, llama3 rope": ("llama", {"rope_parameters": LLAMA3}),
    "llama, linear rope": (
        "llama",
        {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}},
    ),
    "llama, yarn rope": ("llama", {"rope_parameters": YARN}),
    "llama, heads of 16": ("llama", {"head_dim": 16}),
    "llama, one head for keys": ("llama", {"num_key_value_heads": 1}),
    "llama, inner = hidden": ("llama", {"intermediate_size": 32}),
    "llama, inner < hidden": ("llama", {"intermediate_size": 24}),
    "mistral, window": ("mistral", {"sliding_window": 8}),
    "phi3": ("phi3", {"sliding_window": None}),
    "phi3, longrope": ("phi3", {"rope_parameters": LONGROPE, "original_max_position_embeddings": 256}),
    "qwen2": ("qwen2", {}),
    "qwen2, some windows": (
        "qwen2",
        {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1, "tie_word_embeddings": True},
    ),
    "qwen3": ("qwen3", {"head_dim": 16, "tie_word_embeddings": True}),
    "qwen3, biases": ("qwen3", {"attention_bias": True}),
    "granite": (
        "granite",
        {
            "embedding_multiplier": 6.0,
            "attention_multiplier": 0.2,
            "residual_multiplier": 0.3,
            "logits_scaling": 4.0,
            "tie_word_embeddings": True,
        },
    ),
    "granite, biases": ("granite", {"attention_bias": True}),
    "olmo2": ("olmo2", {}),
    "qwen3.5": ("qwen3_5_text", LINEAR),
    "gemma4": ("gemma4_text", MIXED),
}


@dataclass(frozen=True, slots=True)
class Written:
    """An adapter, the stock model made of it, and the folder that holds the model."""

    source: AdapterSource
    model: StockModel
    folder: Path
    dtype: torch.dtype = torch.float32


def write_twin(
    folder: Path,
    base: str,
    seed: int = 1,
    dtype: torch.dtype = torch.float32,
    precision: Precision = "auto",
    held_as: Precision = "fp32",
    **method: Any,
) -> Written:
    """A tiny base, a random adapter on it, trained in `precision` packed from `held_as`, and its twin in `dtype`."""
    from transformers import Qwen3_5Tokenizer

    architecture, config = BASES[base]
    table = MethodTable(**({"experts": 4, "top_k": 2, "rank": 4, "alpha": 8} | method))
    make_tiny_model(folder / "base", architecture, **config)
    if architecture == "qwen3_5_text":
        # transformers reads every tokenizer beside a Qwen3.5 mixture as Qwen's own.
        Qwen3_5Tokenizer.from_pretrained(folder / "base").save_pretrained(folder / "base")
    write_adapter(folder / "adapter", folder / "base", table, seed)
    source = find_adapter(str(folder / "adapter"), folder)
    source = replace(source, model=source.model.model_copy(update={"precision": precision}), held_as=held_as)
    model = twin_tensors(source) if table.name == "mixlora" else merged_tensors(source)
    (folder / "twin").mkdir()
    write_stock_folder(model, folder / "twin", dtype, untold)
    return Written(source, model, folder / "twin", dtype)


def compared(
    written: Written, work: Path, by_layers: bool = False, share: float = PRECISE
) -> tuple[dict[str, Any], list[str]]:
    """What a proof finds, in this process: the numbers, and the faults."""
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    work.mkdir(exist_ok=True)
    known = ask_live(written.source, written.model, Ground("cpu", "fp32"), rounding_to(written.dtype), work)
    asked = json.loads((work / "asked.json").read_text(encoding="utf-8"))
    if by_layers:
        logits, facts = stock_process.asked_by_layers(written.folder, asked, torch.float32)
    else:
        stock, info = AutoModelForCausalLM.from_pretrained(
            written.folder, dtype=torch.float32, output_loading_info=True
        )
        logits, facts = stock_process.asked_whole(stock.eval(), asked)
        facts["odd_keys"] = sorted({str(key) for keys in info.values() for key in keys})
    tokenizer = AutoTokenizer.from_pretrained(written.folder)
    found = stock_process.judged(facts, logits, load_file(work / "own.safetensors"), asked, tokenizer)
    found["foreign"] = []  # this process is full of what the fresh one must not have
    return found, list(faults_in(found, known, written.model, share))
