"""Several processes that train one batch together balance it as one, and remember the same vectors."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

ROOT = Path(__file__).resolve().parents[3]

WORKER = """
import os, sys, torch, torch.distributed as dist
sys.path.insert(0, sys.argv[2])
import warnings; warnings.simplefilter("ignore")
import peft
from torch.nn.parallel import DistributedDataParallel
from transformers import LlamaConfig, LlamaForCausalLM
from studio.methods.moelora import MoeLoraConfig
from tests.methods.conftest import randomise
rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
torch.manual_seed(0)
model = LlamaForCausalLM(LlamaConfig(hidden_size=32, intermediate_size=64, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, vocab_size=100))
model = peft.get_peft_model(model, MoeLoraConfig(r=8, num_experts=4, target_modules="all-linear", lora_dropout=0.0,
    balance_coef=0.5, contrastive_coef=1e-9, memory=16, pairs=0, task_type="CAUSAL_LM"))
randomise(model).train()
generator = torch.Generator().manual_seed(3)
run = model
if world > 1:
    dist.init_process_group("gloo")
    run = DistributedDataParallel(model)
# Two forwards: the second finds what the first remembered. One process has shorter rows than the other.
for forward in range(2):
    ids = torch.randint(0, 100, (4, 12), generator=generator)
    mask = torch.ones_like(ids); mask[0, 7:] = 0; mask[2:, 9:] = 0
    if world > 1:
        width = 12 if rank == 0 else 9
        ids, mask = ids[rank * 2 : rank * 2 + 2, :width], mask[rank * 2 : rank * 2 + 2, :width]
    model.zero_grad()
    logits = run(input_ids=ids, attention_mask=mask).logits
    # DDP wants every parameter in the graph; the logits take part without adding any gradient.
    (sum(model.base_model.auxiliary_losses().values()) + 0.0 * logits.sum()).backward()
torch.save({
    "routers": {n: p.grad for n, p in model.named_parameters() if "router" in n},
    "memories": {n: b for n, b in model.named_buffers() if "memory" in n},
}, sys.argv[1] + str(rank))
if world > 1:
    dist.destroy_process_group()
"""


def trained_by(world: int, folder: Path) -> list[dict[str, Any]]:
    """Return what each of `world` processes has after two forwards and backwards of the same four rows."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(world)}
    out = folder / f"of-{world}-"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(out), str(ROOT)], env=os.environ | shared | {"RANK": str(rank)}
        )
        for rank in range(world)
    ]
    assert [process.wait(timeout=240) for process in processes] == [0] * world
    return [torch.load(f"{out}{rank}", weights_only=True) for rank in range(world)]


@pytest.mark.slow
def test_that_two_processes_balance_and_remember_the_whole_batch(tmp_path: Path):
    # The contrast is each process's own, so it weighs next to nothing here; what it remembers is everybody's.
    (alone,) = trained_by(1, tmp_path)
    first, second = trained_by(2, tmp_path)
    assert len(alone["routers"]) == len(alone["memories"]) / 2 == 14
    for both in (first, second):
        for kind in ("routers", "memories"):
            assert both[kind].keys() == alone[kind].keys()
            for name, expected in alone[kind].items():
                torch.testing.assert_close(both[kind][name], expected, rtol=1e-4, atol=1e-6, msg=name)
    # All 4 rows of both forwards but their padding, twice each, in the memory of every process.
    written = next(value for name, value in second["memories"].items() if name.endswith("written"))
    assert written.sum().item() == 2 * 2 * (7 + 12 + 9 + 9)
