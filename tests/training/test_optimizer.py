"""The optimiser and its schedule are the ones that transformers' Trainer makes for the same recipe."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import get_peft_model
from torch import nn
from transformers import Trainer, TrainingArguments

from studio.core.recipe.recipe import MethodTable, ModelTable, TrainingTable
from studio.methods.registry import adapter_config
from studio.models.base_model import load_base
from studio.training.optimizer import make_optimizer, make_scheduler

TRAINERS_NAMES = {"adamw": "adamw_torch", "adamw-8bit": "adamw_bnb_8bit", "adamw-paged-8bit": "paged_adamw_8bit"}
STEPS = 20


class Odd(nn.Module):
    """A model whose parameters test each rule of decay; none of a LayerNorm's decays, whatever its name."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2))
        self.linear = nn.Linear(2, 2)
        self.norm = nn.Linear(2, 2, bias=False)
        self.q_norm = nn.Linear(2, 2, bias=False)
        self.normal = nn.Linear(2, 2, bias=False)
        self.inner = nn.Sequential(nn.LayerNorm(2), nn.Linear(2, 2))
        self.frozen = nn.Linear(2, 2).requires_grad_(False)


def trainer_for(model: Any, training: TrainingTable, folder: Path) -> Trainer:
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=STEPS,
        learning_rate=training.learning_rate,
        lr_scheduler_type="constant_with_warmup" if training.schedule == "constant" else training.schedule,
        warmup_steps=math.ceil(training.warmup * STEPS),
        weight_decay=training.weight_decay,
        optim=TRAINERS_NAMES[training.optimizer],
        report_to="none",
        use_cpu=True,
    )
    trainer = Trainer(model=model, args=arguments)
    trainer.create_optimizer_and_scheduler(STEPS)
    return trainer


@pytest.mark.parametrize("optimizer", TRAINERS_NAMES)
@pytest.mark.parametrize("method", ["mixlora", "dora", "odd"])
def test_that_groups_and_settings_are_those_of_transformers_trainer(
    method: str, optimizer: str, tmp_path: Path, tiny_model: Path
) -> None:
    if optimizer != "adamw":
        pytest.importorskip("bitsandbytes")
    training = TrainingTable(optimizer=optimizer, weight_decay=0.1, learning_rate=3e-4)
    model: Any = Odd()
    if method != "odd":
        table: Any = MethodTable.model_validate({"name": method, "rank": 4})
        base = load_base(ModelTable(source=str(tiny_model), precision="fp32"), "cpu")
        model = get_peft_model(base.model, adapter_config(table))
    wanted = trainer_for(model, training, tmp_path).optimizer
    made = make_optimizer(training, model)
    assert type(made) is type(wanted)
    assert made.defaults == wanted.defaults
    assert getattr(made, "is_paged", False) == (optimizer == "adamw-paged-8bit")
    assert vars(getattr(made, "args", Odd)) == vars(getattr(wanted, "args", Odd))  # bits and paging of bitsandbytes
    for mine, theirs in zip(made.param_groups, wanted.param_groups, strict=True):
        # The schedule, which the Trainer has made already, adds the learning rate that it began with.
        assert {name: mine[name] for name in mine if name != "params"} == {
            name: theirs[name] for name in theirs if name not in ("params", "initial_lr")
        } | {"lr": training.learning_rate}
        assert [id(one) for one in mine["params"]] == [id(one) for one in theirs["params"]]
    if method == "odd":
        assert [len(group["params"]) for group in made.param_groups] == [4, 6]


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
@pytest.mark.parametrize("warmup", [0.0, 0.01, 0.3])
def test_that_the_learning_rate_follows_the_schedule_of_transformers_trainer(
    schedule: str, warmup: float, tmp_path: Path
) -> None:
    training = TrainingTable(optimizer="adamw", schedule=schedule, warmup=warmup)
    trainer = trainer_for(Odd(), training, tmp_path)
    optimizer = make_optimizer(training, Odd())
    scheduler = make_scheduler(training, optimizer, STEPS)
    for _ in range(STEPS):
        assert optimizer.param_groups[0]["lr"] == trainer.optimizer.param_groups[0]["lr"]
        for each in (optimizer, scheduler, trainer.optimizer, trainer.lr_scheduler):
            each.step()
    mine, theirs = scheduler.state_dict(), trainer.lr_scheduler.state_dict()
    assert {name: mine[name] for name in mine if name != "lr_lambdas"} == {
        name: theirs[name] for name in theirs if name != "lr_lambdas"
    }
