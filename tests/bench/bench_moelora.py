"""MoELoRA: what a training step costs beside PEFT's LoRA of the same rank, and whether contrast draws experts apart.

    python -m tests.bench.bench_moelora [--targets all] [--rank 32] [--tokens 512] [--json PATH]
    python -m tests.bench.bench_moelora --cosine [--steps 20] [--seeds 3] [--json PATH]

A step is forward, the studio's own answer loss on a quarter of the tokens, backward and AdamW on a Llama of
SmolLM2-135M's shape, random weights, float32 on a CPU and bfloat16 on a card; ratios are medians over interleaved
repeats. The cosines are of the demo's held-out rows,
after the same steps on the same rows from the same start with the loss on and off: `across` is the mean cosine of the
outputs of different experts, `within` that of one expert's, over the chosen (token, expert) pairs and all projections.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM, set_seed

from studio.core import places
from studio.core.recipe.recipe import MethodTable, Recipe
from studio.core.recipe.recipe_file import load_recipe
from studio.data.batch import Batch
from studio.data.order import RowOrder
from studio.data.tasks import load_tasks
from studio.methods.moelora import MoeLoraConfig, MoeLoraLinear
from studio.methods.protocols import routed_method
from studio.methods.registry import adapter_config
from studio.models.base_model import load_base
from studio.training.answer_loss import AnswerLoss
from studio.training.step import StepComputer
from tests.bench.measure import interleaved, machine, median_ratio, print_table, write_json

EXPERTS = 8
TARGETS: dict[str, str | list[str]] = {"all": "all-linear", "paper": ["q_proj", "v_proj"]}


def step_of(config: LoraConfig, layers: int, tokens: int, device: str) -> Callable[[], None]:
    """Return one training step of a model of SmolLM2-135M's shape with the given adapter."""
    torch.manual_seed(0)
    shape = LlamaConfig(
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=layers,
        num_attention_heads=9,
        num_key_value_heads=3,
        vocab_size=49152,
        tie_word_embeddings=True,
    )
    base = LlamaForCausalLM(shape).to(device, torch.bfloat16 if device == "cuda" else torch.float32)
    model = get_peft_model(base, config).train()
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
    rows = max(1, tokens // 128)
    ids = torch.randint(0, shape.vocab_size, (rows, tokens // rows))
    labels = ids.clone()
    labels[:, : -(ids.shape[1] // 4)] = -100
    batch = Batch.of(ids, torch.ones_like(ids), labels).to(device)
    loss_of, routed = AnswerLoss(model), routed_method(model)

    def step() -> None:
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            loss = loss_of(batch).total / batch.predicted_tokens
            for extra in routed.auxiliary_losses().values() if routed else ():
                loss = loss + extra
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()

    return step


def compare_steps(arguments: argparse.Namespace, device: str) -> list[dict[str, Any]]:
    shared: dict[str, Any] = {
        "r": arguments.rank,
        "lora_alpha": arguments.rank,
        "lora_dropout": arguments.dropout,
        "target_modules": TARGETS[arguments.targets],
        "task_type": "CAUSAL_LM",
    }
    configs = {
        "PEFT LoRA": LoraConfig(**shared),
        "MoELoRA, contrast off": MoeLoraConfig(num_experts=EXPERTS, contrastive_coef=0.0, **shared),
        "MoELoRA": MoeLoraConfig(num_experts=EXPERTS, **shared),
    }
    steps = {name: step_of(config, arguments.layers, arguments.tokens, device) for name, config in configs.items()}
    times = interleaved(steps, arguments.repeats, warmups=2, cuda=device == "cuda")
    base = times["PEFT LoRA"]
    return [
        {
            "method": name,
            "seconds": statistics.median(measured),
            "ratio": median_ratio(measured, base),
            "tokens": arguments.tokens,
            "targets": arguments.targets,
            "rank": arguments.rank,
        }
        for name, measured in times.items()
    ]


@torch.no_grad()
def expert_cosines(model: Any, batch: Any) -> tuple[float, float]:
    """Return the mean cosine (across, within) experts over the batch's chosen pairs, averaged over projections."""
    tuner = model.base_model
    layers = [module for module in model.modules() if isinstance(module, MoeLoraLinear)]
    outputs: dict[MoeLoraLinear, torch.Tensor] = {}

    def keep(layer: MoeLoraLinear, inputs: tuple[torch.Tensor, ...]) -> None:
        weight = layer.lora_A["default"].weight
        outputs[layer] = functional.linear(inputs[0].flatten(0, -2).to(weight.dtype), weight)

    hooks = [layer.register_forward_pre_hook(keep) for layer in layers]
    model.eval()
    tuner.trace_routing(True)
    model(input_ids=batch.input_ids, attention_mask=batch.attention_mask)
    tuner.trace_routing(False)
    for hook in hooks:
        hook.remove()
    real = batch.attention_mask.reshape(-1).bool()
    across, within = [], []
    for layer, (experts, _) in zip(layers, tuner.take_routing(), strict=True):
        chosen = experts[real]
        vectors = outputs[layer][real].unflatten(-1, (EXPERTS, -1)).float()
        vectors = vectors.gather(1, chosen[..., None].expand(-1, -1, vectors.shape[-1])).flatten(0, 1)
        whose = functional.one_hot(chosen.flatten(), EXPERTS).float()
        counts = whose.sum(0)
        # Sums over pairs from sums over experts: Σ_i Σ_j u_i·u_j = |Σ u|².
        sums = whose.t() @ functional.normalize(vectors, dim=-1)
        own = sums.square().sum(-1)
        across.append(float((sums.sum(0).square().sum() - own.sum()) / (counts.sum() ** 2 - counts.square().sum())))
        within.append(float((own.sum() - counts.sum()) / (counts.square().sum() - counts.sum())))
    return statistics.mean(across), statistics.mean(within)


def train_demo(seed: int, contrastive: float, arguments: argparse.Namespace, device: str) -> dict[str, Any]:
    recipe = load_recipe(places.demo_recipe(), [f"seed={seed}"])
    base = load_base(recipe.model, device)
    tasks = load_tasks(recipe, base.tokenizer)
    table = MethodTable(name="moelora", rank=arguments.rank, alpha=16, dropout=0.0, contrastive=contrastive)
    set_seed(seed)
    model = get_peft_model(base.model, adapter_config(table))
    order = RowOrder(
        [len(task.train) for task in tasks.tasks], [task.weight for task in tasks.tasks], arguments.batch, seed
    )
    compute = StepComputer(model, AnswerLoss(model), tasks, order, torch.bfloat16 if base.precision == "bf16" else None)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3, weight_decay=0.0)
    held_out = held_out_batch(recipe, base.tokenizer, device)
    before, _ = expert_cosines(model, held_out)
    losses = []
    for step in range(arguments.steps):
        model.train()
        figures = compute(step, arguments.batch)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(figures.loss)
    across, within = expert_cosines(model, held_out)
    return {
        "seed": seed,
        "contrast": "on" if contrastive else "off",
        "before": before,
        "across": across,
        "within": within,
        "contrastive loss": figures.auxiliary.get("contrastive", float("nan")),
        "its floor": figures.auxiliary.get("contrastive_floor", float("nan")),
        "loss": statistics.mean(losses[-5:]),
    }


def held_out_batch(recipe: Recipe, tokenizer: Any, device: str) -> Any:
    """Return eight held-out rows of each task as one batch, with their answers."""
    from studio.data.batch import micro_batches

    own = [task.model_copy(update={"train": task.evaluate}) for task in recipe.tasks]
    tasks = load_tasks(recipe.model_copy(update={"tasks": tuple(own)}), tokenizer)
    rows = [(task.train[row], index) for index, task in enumerate(tasks.tasks) for row in range(8)]
    (batch,) = micro_batches([row for row, _ in rows], [index for _, index in rows], len(rows), tasks.pad_id)
    return batch.to(device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cosine", action="store_true")
    parser.add_argument("--targets", choices=list(TARGETS), default="all")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--layers", type=int, default=10, help="of SmolLM2-135M's 30, for the timing alone")
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--weight", type=float, default=0.01, help="of the contrastive loss, where it is on")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if arguments.cosine:
        seeds = range(1, arguments.seeds + 1)
        rows = [train_demo(seed, weight, arguments, device) for seed in seeds for weight in (0.0, arguments.weight)]
        print_table(f"Cosines of the experts' outputs after {arguments.steps} steps of {arguments.batch} rows", rows)
        for contrast in ("off", "on"):
            of_it = [row["across"] for row in rows if row["contrast"] == contrast]
            print(f"  across, contrast {contrast}: mean {statistics.mean(of_it):.3f}, of {len(of_it)} seeds")
    else:
        rows = compare_steps(arguments, device)
        print_table("One training step", rows)
    write_json(arguments.json, {"machine": machine(device), "rows": rows})


if __name__ == "__main__":
    main()
