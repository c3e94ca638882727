"""Four rows trained by one process, or by two that share them: what the routers get and what the memories hold.

`python -m tests.methods.two_processes FOLDER RANK` is one of the two: they meet in FOLDER, and each leaves there what
`train` returns for every method, as `0.pt` and `1.pt`.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import peft
import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from studio.methods.mixlora import MixLoraConfig
from studio.methods.moelora import MoeLoraConfig
from tests.methods.conftest import VOCABULARY, make_tiny_llama, randomise

METHODS = {
    "mixlora": lambda: MixLoraConfig(r=4, num_experts=4, router_aux_loss_coef=0.5, task_type="CAUSAL_LM"),
    # The contrast is each process's own, so it weighs next to nothing; what it remembers is everybody's.
    "moelora": lambda: MoeLoraConfig(
        r=8, num_experts=4, target_modules="all-linear", lora_dropout=0.0, balance_coef=0.5, contrastive_coef=1e-15,
        memory=16, pairs=0, task_type="CAUSAL_LM",
    ),
}  # fmt: skip
# Of each row what is no padding; the last two rows are the second process's, whose batch is that much narrower.
LENGTHS = (7, 12, 9, 9)


def train(method: str, rank: int = 0, world: int = 1) -> dict[str, dict[str, Tensor]]:
    """Return the routers' gradients and the memories after two forwards and backwards of the extra losses alone, and
    the gradients of a third one after the step was ended.

    In float64: a memory's vector is divided by its length, which magnifies the rounding of short ones, and two
    processes round otherwise than one.
    """
    model = randomise(peft.get_peft_model(make_tiny_llama(), METHODS[method]())).double().train()
    run = DistributedDataParallel(model) if world > 1 else model
    generator = torch.Generator().manual_seed(3)
    found: list[dict[str, Tensor]] = []
    for step in range(3):  # the second finds what the first remembered, the third is weighed with the loads of both
        ids = torch.randint(0, VOCABULARY, (len(LENGTHS), max(LENGTHS)), generator=generator)
        mask = (torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]).long()
        if world > 1:
            own = slice(rank * 2, rank * 2 + 2)
            width = max(LENGTHS[own])
            ids, mask = ids[own, :width], mask[own, :width]
        model.zero_grad()
        logits = run(input_ids=ids, attention_mask=mask).logits
        # DDP wants every parameter in the graph; the logits take part without adding any gradient.
        (sum(model.base_model.auxiliary_losses().values()) + 0.0 * logits.sum()).backward()
        found.append({name: p.grad.clone() for name, p in model.named_parameters() if "router" in name})
        if step == 1:
            memories = {name: b.clone() for name, b in model.named_buffers() if "memory" in name}
            model.base_model.end_step()
    loads = {name: b.clone() for name, b in model.named_buffers() if "last_loads" in name}
    return {"routers": found[1], "routers after a step": found[2], "memories": memories, "loads": loads}


def main() -> None:
    warnings.simplefilter("ignore")
    folder, rank = Path(sys.argv[1]), int(sys.argv[2])
    dist.init_process_group("gloo", store=dist.FileStore(str(folder / "meeting"), 2), rank=rank, world_size=2)
    torch.save({method: train(method, rank, world=2) for method in METHODS}, folder / f"{rank}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
