"""Stock folders: how exact each base's twin is, what memory a large one takes, and how fast it is written.

python -m tests.bench.bench_export [--only exact memory speed] [--json PATH]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import psutil
import torch

from studio.core.progress import ByteCount, untold
from studio.core.recipe.recipe import MethodTable
from studio.core.units import memory
from studio.export.gguf.quantisation import QUANTISATIONS
from studio.export.gguf.vocabulary import vocabulary_of
from studio.export.gguf.write_model import plan_file, write_model
from studio.export.twin.build import twin_tensors
from studio.export.twin.shards import write_shards
from studio.export.twin.tensors import StockModel
from studio.models.adapter_source import find_adapter
from tests.bench.measure import interleaved, machine, median_ratio, print_table, write_json
from tests.export.twin.bases import BASES, compared, write_twin
from tests.tiny import make_tiny_tokenizer

LLAMA_8B: dict[str, Any] = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 32_000,
}
LAYERS = (1, 2, 3)


def exactness() -> list[dict[str, Any]]:
    """Each tiny base, a random adapter on it, and the largest difference from its twin as a share of the logits."""
    rows = []
    for base in BASES:
        with tempfile.TemporaryDirectory() as name:
            written = write_twin(Path(name), base)
            found, faults = compared(written, Path(name) / "work")
        assert not faults, (base, faults)
        scale = found["logit_scale"]
        assert written.model.twin is not None
        rows.append(
            {
                "base": base,
                "twin": written.model.twin.title,
                "logits": found["logits"]["max"] / scale,
                "beyond the context": found["far"]["max"] / scale,
                "worst expert": max(row[expert]["max"] for expert, row in enumerate(found["experts"])) / scale,
            }
        )
    return rows


def write_large(folder: Path, layers: int) -> None:
    """A base of Llama-3-8B's widths in bfloat16 with few layers, and a random adapter on it, both of random numbers."""
    from peft import get_peft_model, get_peft_model_state_dict
    from safetensors.torch import save_file
    from transformers import LlamaConfig, LlamaForCausalLM

    from studio.methods.registry import adapter_config

    config = LlamaConfig(**LLAMA_8B, num_hidden_layers=layers, dtype="bfloat16", eos_token_id=2)
    with torch.device("meta"):
        model = LlamaForCausalLM(config)
    base, adapter = folder / "base", folder / "adapter"
    base.mkdir()
    adapter.mkdir()
    config.architectures = ["LlamaForCausalLM"]
    config.save_pretrained(base)
    make_tiny_tokenizer().save_pretrained(base)
    block = torch.randn(2**20) * 0.02  # again and again: which numbers they are does not matter here

    def numbers(shape: torch.Size, dtype: torch.dtype) -> torch.Tensor:
        count = shape.numel()
        return block.to(dtype).repeat(-(-count // len(block)))[:count].view(shape).clone()

    save_file(
        {name: numbers(tensor.shape, torch.bfloat16) for name, tensor in model.state_dict().items()},
        base / "model.safetensors",
        metadata={"format": "pt"},
    )
    with torch.device("meta"):
        adapted = get_peft_model(model, adapter_config(MethodTable()), low_cpu_mem_usage=True)
    shapes = {name: tensor.shape for name, tensor in get_peft_model_state_dict(adapted).items()}
    save_file(
        {name: numbers(shape, torch.float32) for name, shape in shapes.items()}, adapter / "adapter_model.safetensors"
    )
    settings = adapted.peft_config["default"]
    settings.base_model_name_or_path = str(base)
    settings.save_pretrained(adapter)


def large_model(folder: Path) -> StockModel:
    return twin_tensors(find_adapter(str(folder / "adapter"), folder))


def child(folder: Path) -> None:
    """Write one large twin in this process, and print the most memory that it took, as JSON."""
    process, most, done = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            most[0] = max(most[0], process.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    model = large_model(folder)
    before = process.memory_info().rss
    (folder / "twin").mkdir()
    write_shards(model, folder / "twin", torch.bfloat16, ByteCount(untold, "Writing", model.size(torch.bfloat16)))
    done.set()
    thread.join()
    layer = sum(each.size(torch.bfloat16) for each in model.of_layer(0))
    print(json.dumps({"before": before, "most": most[0], "written": model.size(torch.bfloat16), "layer": layer}))


def peak_memory() -> list[dict[str, Any]]:
    """The most resident memory of a process that writes a twin of Llama-3-8B's widths, by the number of layers."""
    rows = []
    for layers in LAYERS:
        with tempfile.TemporaryDirectory() as name:
            write_large(Path(name), layers)
            command = [sys.executable, "-m", "tests.bench.bench_export", "--child", name]
            found = json.loads(
                subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
            )
        rows.append(
            {
                "layers": layers,
                "written": memory(found["written"]),
                "one layer": memory(found["layer"]),
                "before": memory(found["before"]),
                "most": memory(found["most"]),
                "grown by": memory(found["most"] - found["before"]),
            }
        )
    return rows


def speed(repeats: int) -> list[dict[str, Any]]:
    """Bytes a second of computing and writing a twin of one layer, as a folder and as a GGUF file, beside copying the
    same bytes; all flushed to the disk."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_large(folder, 1)
        model = large_model(folder)
        size = model.size(torch.bfloat16)
        vocabulary = vocabulary_of(make_tiny_tokenizer(), model.config["vocab_size"])
        (folder / "twin").mkdir()

        def flush(file: Path) -> None:
            with file.open("rb+") as opened:
                os.fsync(opened.fileno())

        def write() -> None:
            count = ByteCount(untold, "Writing", size)
            for file in write_shards(model, folder / "twin", torch.bfloat16, count):
                flush(folder / "twin" / file)

        def write_gguf() -> None:
            plan = plan_file(model, QUANTISATIONS["f16"])  # a plan keeps what of it was written
            write_model(model, plan, vocabulary, folder / "model.gguf", untold)
            flush(folder / "model.gguf")

        def copy() -> None:
            for file in (folder / "twin").glob("*.safetensors"):
                shutil.copyfile(file, folder / "copy")
                flush(folder / "copy")

        times = interleaved({"folder": write, "GGUF f16": write_gguf, "copy": copy}, repeats)
    return [
        {
            "what": what,
            "MB/s": [round(size / second / 1e6) for second in seconds],
            "time x copy": median_ratio(seconds, times["copy"]),
        }
        for what, seconds in times.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=("exact", "memory", "speed"), default=["exact", "memory", "speed"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child)
        return
    found: dict[str, Any] = {"bench": "export", "machine": machine("cpu")}
    for name, title, run in (
        ("exact", "largest difference from the live adapter, as a share of the largest logit, float32", exactness),
        ("memory", "memory of a process that writes a twin of Llama-3-8B's widths, 8 experts, bfloat16", peak_memory),
        ("speed", "writing a twin beside copying the same bytes", lambda: speed(args.repeats)),
    ):
        if name in args.only:
            found[name] = run()
            print_table(title, found[name])
    write_json(args.json, found)


if __name__ == "__main__":
    main()
