"""A run's GGUF files in llama.cpp against the run itself, and what writing one costs; not part of the suite.

`python -m tests.bench.bench_gguf answers RUN FILE.gguf ... [--rows 30]` asks both the held-out rows of the run's tasks,
greedily, and prints how many answers are the same text, and each task's exact matches with their standard error. It
needs llama-cpp-python. `python -m tests.bench.bench_gguf memory [--layers 1 2 4]` writes layers of Llama-3.1-8B's shape
with random weights and eight experts, each in a process of its own, and prints the peak of its memory.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio.core.progress import untold
from studio.core.recipe.recipe_file import load_recipe
from studio.export.gguf.llama_process import generated
from studio.export.gguf.quantisation import QUANTISATIONS
from studio.export.gguf.vocabulary import vocabulary_of
from studio.export.gguf.write_model import plan_file, write_model
from studio.export.twin.stock_process import generated as generated_by_transformers
from studio.export.twin.tensors import StockModel, StockTensor
from studio.models.adapter_source import find_adapter
from studio.models.base_model import load_base
from studio.models.load_adapter import rebuild_adapter
from tests.tiny import make_tiny_tokenizer

MOST = 48  # tokens of an answer
HIDDEN, INNER, HEADS, KEYS, EXPERTS = 4096, 14336, 32, 8, 8


def answers(run: str, files: list[Path], rows: int) -> None:
    """Print what the run and each file answer to the same prompts."""
    source = find_adapter(run, Path(run).parent)
    base = load_base(source.model, "cpu", precision="fp32")
    model = rebuild_adapter(base.model, source)
    asked = list(_asked(Path(run), rows))
    prompts = [_prompt(base.tokenizer, question) for _, question, _ in asked]
    ends = [base.tokenizer.eos_token_id]
    own = [_text(base, generated_by_transformers(model, ids, MOST, eos_token_id=ends)["tokens"]) for ids in prompts]
    _print("the run", own, own, asked)
    for file in files:
        from llama_cpp import Llama

        llama = Llama(str(file), n_ctx=1024, logits_all=True, verbose=False)
        found = [_text(base, generated(llama, ids, MOST)["tokens"]) for ids in prompts]
        _print(file.name, found, own, asked)
        llama.close()


def _asked(run: Path, rows: int) -> Iterator[tuple[str, str, str]]:
    """Task, question and expected answer of the first rows of each task's held-out file."""
    recipe = load_recipe(run / "recipe.toml")
    for task in recipe.tasks:
        file = Path(str(task.evaluate or task.train).replace("-train", "-test"))
        for line in file.read_text(encoding="utf-8").splitlines()[:rows]:
            question, answer = json.loads(line)["messages"]
            yield task.name, question["content"], answer["content"]


def _prompt(tokenizer: Any, question: str) -> list[int]:
    turns = [{"role": "user", "content": question}]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def _text(base: Any, tokens: list[int]) -> str:
    return str(base.tokenizer.decode(tokens, skip_special_tokens=True)).strip()


def _print(name: str, found: list[str], own: list[str], asked: list[tuple[str, str, str]]) -> None:
    same = sum(one == other for one, other in zip(found, own, strict=True))
    print(f"{name}: {same} of {len(own)} answers are the run's own text", flush=True)
    for task in dict.fromkeys(task for task, _, _ in asked):
        right = [
            said == expected for said, (own_task, _, expected) in zip(found, asked, strict=True) if own_task == task
        ]
        share = sum(right) / len(right)
        error = math.sqrt(share * (1 - share) / len(right))
        print(f"  {task}: {share:.1%} ± {error:.1%} of {len(right)} exactly right", flush=True)


def memory(layers: list[int], quantisations: list[str]) -> None:
    """Print each file's peak memory, and its time beside that of a copy of the same bytes."""
    for name in quantisations:
        for count in layers:
            command = [sys.executable, "-m", "tests.bench.bench_gguf", "write", str(count), name]
            print(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip(), flush=True)


def write(layers: int, name: str) -> None:
    """Write a file of so many layers, and print what it cost."""
    import resource

    tokenizer = make_tiny_tokenizer()
    model = large_model(layers, len(tokenizer))
    plan = plan_file(model, QUANTISATIONS[name])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.gguf"
        before, cpu = _peak(resource), time.process_time()
        write_model(model, plan, vocabulary_of(tokenizer, len(tokenizer)), file, untold)
        cpu = time.process_time() - cpu
        begun = time.perf_counter()
        shutil.copyfile(file, Path(folder) / "copy.gguf")
        copied = time.perf_counter() - begun
        size = file.stat().st_size
    peak = _peak(resource)
    print(
        f"{name}, {layers} layers: {size / 1e9:.2f} GB, peak {peak / 1e9:.2f} GB ({before / 1e9:.2f} before),"
        f" {cpu:.0f} s of processor time, a copy of the file {copied:.0f} s"
    )


def _peak(resource: Any) -> int:
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024


def large_model(layers: int, tokens: int) -> StockModel:
    """Layers of Llama-3.1-8B's shape as a Mixtral with eight experts, of random weights."""
    config = {
        "model_type": "mixtral", "num_hidden_layers": layers, "hidden_size": HIDDEN, "intermediate_size": INNER,
        "num_attention_heads": HEADS, "num_key_value_heads": KEYS, "head_dim": HIDDEN // HEADS, "rms_norm_eps": 1e-5,
        "vocab_size": tokens, "max_position_embeddings": 8192, "num_local_experts": EXPERTS, "num_experts_per_tok": 2,
        "tie_word_embeddings": False, "rope_parameters": {"rope_type": "default", "rope_theta": 5e5},
    }  # fmt: skip
    return StockModel(config, tuple(_tensors(layers, tokens)), Path(), torch.bfloat16, "")


def _tensors(layers: int, tokens: int) -> Iterator[StockTensor]:
    def tensor(name: str, *shape: int) -> StockTensor:
        return StockTensor(f"{name}.weight", shape, partial(_random, shape))

    yield tensor("model.embed_tokens", tokens, HIDDEN)
    for number in range(layers):
        layer = f"model.layers.{number}"
        for norm in ("input_layernorm", "post_attention_layernorm"):
            yield tensor(f"{layer}.{norm}", HIDDEN)
        for word, outputs in (
            ("q", HIDDEN),
            ("k", HIDDEN * KEYS // HEADS),
            ("v", HIDDEN * KEYS // HEADS),
            ("o", HIDDEN),
        ):
            yield tensor(f"{layer}.self_attn.{word}_proj", outputs, HIDDEN)
        yield tensor(f"{layer}.block_sparse_moe.gate", EXPERTS, HIDDEN)
        for expert in range(EXPERTS):
            for word, shape in (("w1", (INNER, HIDDEN)), ("w3", (INNER, HIDDEN)), ("w2", (HIDDEN, INNER))):
                yield tensor(f"{layer}.block_sparse_moe.experts.{expert}.{word}", *shape)
    yield tensor("model.norm", HIDDEN)
    yield tensor("lm_head", tokens, HIDDEN)


def _random(shape: tuple[int, ...]) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1)) * 0.02


def main() -> None:
    parser = argparse.ArgumentParser()
    parts = parser.add_subparsers(dest="part", required=True)
    compared = parts.add_parser("answers")
    compared.add_argument("run")
    compared.add_argument("files", nargs="+", type=Path)
    compared.add_argument("--rows", type=int, default=30)
    measured = parts.add_parser("memory")
    measured.add_argument("--layers", nargs="+", type=int, default=[1, 2])
    measured.add_argument("--quantisations", nargs="+", default=["f16", "q8_0"])
    written = parts.add_parser("write")
    written.add_argument("layers", type=int)
    written.add_argument("quantisation")
    asked = parser.parse_args()
    match asked.part:
        case "answers":
            answers(asked.run, asked.files, asked.rows)
        case "memory":
            memory(asked.layers, asked.quantisations)
        case "write":
            write(asked.layers, asked.quantisation)


if __name__ == "__main__":
    main()
