"""One trial: a recipe trained on the laboratory's base, and what it then gets right of rows that it never saw.

The parts are the studio's own: its method, rows, order, loss, step, optimiser and schedule. What an ordinary run has
around them (worker, probe, recording, checkpoints) is left out, since it takes several times as long as the training
itself; `tests/bench/learning/test_laboratory.py` trains one recipe in both ways and compares the adapters bit by bit.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from peft import get_peft_model
from transformers import set_seed

from studio.core.recipe.machine_table import MachineTable
from studio.core.recipe.recipe import MethodTable, ModelTable, Recipe, TrainingTable
from studio.core.routing.figures import routing_figures
from studio.data.batch import collate
from studio.data.order import RowOrder
from studio.data.questions import Question
from studio.data.tasks import LoadedTasks
from studio.methods.protocols import routed_method
from studio.methods.registry import adapter_config
from studio.models.base_model import load_base
from studio.training.answer_loss import AnswerLoss
from studio.training.optimizer import make_optimizer, make_scheduler
from studio.training.step import StepComputer, StepFigures
from tests.bench.learning import starts
from tests.bench.learning.base import FOLDER
from tests.bench.learning.rows import VALIDATION, chosen_tasks, loaded, task_tables
from tests.bench.learning.texts import FamilyName

BATCH, STEPS = 16, 400
WATCHED = 40  # of the last steps, whose loads say how the experts share the tasks
CURVE = 10  # parts of a training whose mean losses are kept
FEW = 10  # steps over which the evenness after a collapse is a mean
SCORED_AT_ONCE = 400


@dataclass(frozen=True)
class Trial:
    """What is trained: a method on `count` tasks of a family.

    mix draws the tasks; seed decides the adapter's first weights and the order of rows. `method` and `training` are
    fields of the recipe's tables that differ from the laboratory's own.

    The rest is what a recipe cannot ask for. within: the balance loss takes each batch's own loads, as the reference
    does, where a run takes those of the last step. dense: for so many first steps every expert sees every token.
    router_rate: the routers' learning rate over that of all else. one_for: for so many first steps all experts are one
    LoRA, which each then goes on from. shared: so many of the experts' ranks are the same in all of a layer's experts,
    from the first step to the last. reads: what a router chooses a token's experts by: the "token" itself, the row's
    "first" sign, which names its task, the mean of the row "so far", that of its "prompt", or the "prompt's end".
    collapsed: routers begin with nearly every token at the same experts, and how the loads come apart is kept.
    """

    family: FamilyName
    count: int
    mix: int
    seed: int
    method: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    within: bool = False
    dense: int = 0
    router_rate: float = 1.0
    one_for: int = 0
    shared: int = 0
    reads: str = "token"
    collapsed: bool = False

    def recipe(self) -> Recipe:
        # Of the forms, which are equal but for rounding, the one that is fastest with so few tokens.
        method: dict[str, Any] = {"dropout": 0.0, "form": "masked"} | dict(self.method)
        method.setdefault("alpha", 2.0 * method.get("rank", 16))
        training: dict[str, Any] = {"max_steps": STEPS, "batch_size": BATCH, "max_length": 64} | dict(self.training)
        training |= {"micro_batch": training["batch_size"], "checkpointing": False}
        return Recipe(
            name="laboratory",
            seed=self.seed,
            model=ModelTable(source=str(FOLDER), precision="fp32"),
            tasks=task_tables(self.family, chosen_tasks(self.family, self.count, self.mix)),
            method=MethodTable.model_validate(method),
            training=TrainingTable.model_validate(training),
            machine=MachineTable(device="cpu"),
        )


def run_trial(trial: Trial) -> dict[str, Any]:
    """Train, and return the trial's figures: shares of rows right on validation and test rows, by task and on average.

    A trial whose loss is not finite any more has 0 right, and says at which step.
    """
    recipe, began = trial.recipe(), time.process_time()
    tasks = loaded(recipe)
    evenness: list[float] = []
    model, losses, loads, diverged = trained(recipe, tasks, trial, evenness if trial.collapsed else None)
    found: dict[str, Any] = {
        "parameters": sum(each.numel() for each in model.parameters() if each.requires_grad)
        - starts.saved_by_sharing(model, trial.shared),
        "losses": [round(float(part.mean()), 4) for part in np.array_split(np.array(losses), CURVE) if len(part)],
    }
    for part, place in (("validation", slice(0, VALIDATION)), ("test", slice(VALIDATION, None))):
        by_task = {
            task.name: 0.0 if diverged else share_right(model, tasks, task.held_out[place]) for task in tasks.tasks
        }
        found[part] = round(float(np.mean(list(by_task.values()))), 5)
        found[f"{part}_tasks"] = {name: round(value, 4) for name, value in by_task.items()}
    if diverged:
        found["diverged_at"] = diverged
    if loads:
        figures = routing_figures(np.stack(loads), recipe.method.top_k)
        found["told"] = [round(float(each), 4) for each in np.nan_to_num(figures.told)]
        found["spread"] = [round(float(each), 4) for each in figures.spread]
        found["dead"] = int(figures.dead.sum())
    if trial.collapsed:
        found["evenness"] = [round(float(np.mean(evenness[at : at + FEW])), 4) for at in range(0, len(evenness), FEW)]
    return found | {"seconds": round(time.process_time() - began, 1)}


def trained(
    recipe: Recipe, tasks: LoadedTasks, trial: Trial, evenness: list[float] | None = None
) -> tuple[Any, list[float], list[np.ndarray[Any, Any]], int]:
    """The trained model, each step's loss, the last steps' loads [tasks, layers, experts], and where it diverged.

    evenness: gets each step's, the mean over layers.
    """
    training = recipe.training
    steps = training.max_steps
    assert steps is not None
    set_seed(recipe.seed)
    model = get_peft_model(copy.deepcopy(_base()), adapter_config(recipe.method))
    loss = AnswerLoss(model)
    set_seed(recipe.seed)
    model.config.use_cache = False
    optimizer = make_optimizer(training, model)
    if trial.router_rate != 1.0:
        starts.set_apart(optimizer, model, trial.router_rate)
    starts.make_alike(model, recipe.method.rank if trial.one_for else trial.shared)
    starts.route_by(model, trial.reads)
    scheduler = make_scheduler(training, optimizer, steps)
    sizes, weights = [len(task.train) for task in tasks.tasks], [task.weight for task in tasks.tasks]
    order = RowOrder(sizes, weights, training.batch_size, recipe.seed, training.mixing_temperature)
    compute, routed = StepComputer(model, loss, tasks, order, None), routed_method(model)
    parameters = [each for each in model.parameters() if each.requires_grad]
    losses: list[float] = []
    loads: list[np.ndarray[Any, Any]] = []
    if trial.collapsed:
        rows = [tasks.tasks[task].train[int(row)] for task, row in order.at(0)]
        starts.collapse(model, collate(rows, [0] * len(rows), tasks.pad_id), recipe.method.top_k)
        assert routed is not None
        routed.forget_step()
    model.train()
    for step in range(steps):
        if trial.dense:
            starts.see_all(model, recipe.method, step < trial.dense)
        if trial.within and routed is not None:
            starts.forget_loads(model)
            figures = compute.gradient_of(order.at(step), training.batch_size, StepFigures(step + 1))
        else:
            figures = compute(step, training.batch_size)
        if alike := recipe.method.rank if step < trial.one_for else trial.shared:
            starts.keep_alike(model, alike)
        norm = float(torch.nn.utils.clip_grad_norm_(parameters, training.clip or math.inf))
        if not math.isfinite(figures.loss) or not math.isfinite(norm):
            return model, losses, loads, step + 1
        optimizer.step()
        scheduler.step()
        model.zero_grad()
        if routed is not None:
            routed.end_step()
            if figures.loads and evenness is not None:
                by_layer = sum(figures.loads.values())
                evenness.append(float(routing_figures(by_layer[None, None], recipe.method.top_k).spread.mean()))
            if step >= steps - WATCHED and figures.loads:
                none = np.zeros_like(next(iter(figures.loads.values())))
                loads.append(np.stack([figures.loads.get(task.name, none) for task in tasks.tasks]))
        losses.append(figures.loss)
    return model, losses, loads, 0


@torch.no_grad()
def share_right(model: Any, tasks: LoadedTasks, questions: Sequence[Question]) -> float:
    """The share of questions whose expected answer, its end included, is what the model would say greedily.

    That is so exactly where each of its tokens is the most probable one after those before it: one forward tells.
    """
    model.eval()
    right = 0
    for start in range(0, len(questions), SCORED_AT_ONCE):
        some = questions[start : start + SCORED_AT_ONCE]
        batch = collate([each.row for each in some], [0] * len(some), tasks.pad_id)
        logits = model(input_ids=batch.input_ids, attention_mask=batch.attention_mask, use_cache=False).logits
        guessed = logits.flatten(0, 1).index_select(0, batch.learned.places).argmax(-1)
        wrong = torch.zeros(len(some)).index_add_(0, batch.learned.rows, (guessed != batch.learned.targets).float())
        right += int((wrong == 0).sum())
    return right / len(questions)


@lru_cache(maxsize=1)
def _base() -> Any:
    return load_base(ModelTable(source=str(FOLDER), precision="fp32"), "cpu", precision="fp32").model
