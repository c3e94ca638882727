"""Everything that a run needs before its first step: device, base model, data, adapter, plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from peft import get_peft_model
from transformers import set_seed

from studio.core import places
from studio.core.methods.registry import METHODS
from studio.core.problem import DoesNotFitError, Problem, ProblemError
from studio.core.recipe.mixing import steps_of
from studio.core.recipe.recipe import Precision, Recipe, fewest_slots
from studio.core.run.events import ModelReady
from studio.core.words import sentences, tr
from studio.data.order import RowOrder
from studio.data.report_text import report_text
from studio.data.tasks import LoadedTasks, load_tasks
from studio.hardware import Device, Machine, detect
from studio.methods.protocols import routed_method
from studio.methods.registry import adapter_config
from studio.models.adapter_source import find_adapter
from studio.models.base_model import BaseModel, find_base, load_base, load_tokenizer, suit_card
from studio.models.load_adapter import start_from
from studio.models.memory_limit import keep_within
from studio.models.tokenizer_check import check_rows
from studio.planner import Plan, plan_recipe, would_fit
from studio.planner.auto_fields import has_own_memory, why_no_8bit, why_no_packed
from studio.planner.model_files import read_headers
from studio.planner.weights import PACKED
from studio.training.answer_loss import AnswerLoss
from studio.training.crew.crew import Crew
from studio.training.crew.devices import planned_by
from studio.training.crew.sharding import shard_base
from studio.training.memory.layers_in_ram import LayersInRam
from studio.training.memory.oom_recovery import AtOnce, put_in_ram
from studio.training.memory.usage import current_bytes
from studio.training.packed_attention import PackedAttention
from studio.training.packing_proof import why_not_packed
from studio.training.recorder import Recorder

Load = Callable[..., BaseModel]
"""Gives a base model as `load_base` does, with the same arguments."""


@dataclass(slots=True)
class Setup:
    """A run that is ready to train; `autocast` is the type that products are computed in, None for the weights' own.

    `plan` was made on `machine` for rows of at most `longest` tokens. `libraries_bytes` was in use before the weights
    were read, on a CPU. `packed`: rows are laid end to end. `layers`: on a card of which the run has the base for
    itself, what can bring layers from the machine's memory.
    """

    plan: Plan
    machine: Machine
    longest: int
    libraries_bytes: int
    base: BaseModel
    model: Any
    tasks: LoadedTasks
    order: RowOrder
    total_steps: int
    autocast: torch.dtype | None
    loss: AnswerLoss
    packed: PackedAttention | None = None
    layers: LayersInRam | None = None

    @property
    def decided(self) -> Recipe:
        """The recipe as the plan decided it: no "auto" of memory or device is left in it."""
        return self.plan.recipe

    def plan_for(self, at_once: AtOnce) -> Plan:
        """The run's plan, or what it becomes when less is computed at once than was planned."""
        update = {"micro_batch": at_once.micro_batch, "checkpointing": at_once.checkpointing}
        training = self.decided.training.model_copy(update=update)
        in_ram = {"layers_in_ram": at_once.layers_in_ram}
        less = {"training": training, "machine": self.decided.machine.model_copy(update=in_ram)}
        recipe = self.decided.model_copy(update=less)
        if recipe == self.decided:
            return self.plan
        # What lies in the machine's memory has found its room there: with 0, which is unknown, it is not asked for.
        devices = tuple(replace(each, ram_bytes=0) for each in self.machine.devices)
        return plan_recipe(recipe, replace(self.machine, devices=devices), longest=self.longest)


def set_up(
    asked: Recipe,
    recorder: Recorder,
    check: Callable[[], None],
    metrics: Mapping[str, str],
    load: Load | None = None,
    machine: Machine | None = None,
    crew: Crew | None = None,
) -> Setup:
    """Load, tokenise and adapt, recording each phase; `check` is called between them and may raise to leave.

    `metrics` has what an earlier worker decided for tasks whose metric is "auto". `load` gives the base model, and
    `machine` is what it was before anything was loaded: of several runs over one base, later ones find less free.
    Each process of a `crew` sets up as its leader decides, on a card of its own.
    Raises ProblemError for what the user can fix.
    """
    crew = crew or Crew()
    machine = machine or detect()
    plan = planned_by(crew, asked, machine)
    _check_packages(asked, plan.device)
    _warn_ahead(asked, machine, plan.device, recorder)
    if plan.device.kind == "cuda":
        torch.cuda.set_device(torch.device(plan.device.name_here))
    _keep_within(plan)
    # The data before the weights: a broken line is reported within seconds, not after gigabytes were read.
    tasks = _tokenise(asked, recorder, check, metrics)
    recorder.phase("loading", tr("the weights of {model}", model=asked.model.source))
    libraries = current_bytes(torch.device("cpu")) if plan.device.kind == "cpu" else 0
    crew.sharded = plan.recipe.machine.divides
    base = _load(asked, plan, load)
    for warning in (*base.warnings, *tasks.warnings):
        recorder.warn(warning.where, warning.what, warning.remedy)
    check()
    # The rows are known now, and may be shorter than the recipe allows: more of them fit at once.
    decided = asked.machine.model_copy(update={"shard": crew.sharded})
    loaded = asked.model_copy(update={"model": plan.recipe.model, "machine": decided})
    longest = max(int(task.train.lengths.max()) for task in tasks.tasks)
    plan = planned_by(crew, loaded, machine, longest)
    _check_fit(plan, asked, machine, recorder)
    order = _order(asked, tasks)
    model = _adapt(asked, base, recorder)
    _check_division(asked, model, crew)
    layers = _layers(model, plan, recorder) if load is None and not crew.sharded else None
    if layers is not None:
        base = replace(base, device=torch.device(plan.device.name_here))
    loss = _loss(model, recorder)  # which runs the model: on the card, for whose kernels alone a method may ask
    packed = _packed(model, plan, base, recorder) if asked.training.packing else None
    packed = None if crew.any(packed is None) else packed
    if plan.recipe.training.packing and packed is None:
        padded = {"training": asked.training.model_copy(update={"packing": False})}
        plan = planned_by(crew, loaded.model_copy(update=padded), machine, longest)
        _check_fit(plan, asked.model_copy(update=padded), machine, recorder)
    loss.logits_at_once = plan.logits_at_once
    base = _divided(base, model, plan, crew)
    return Setup(
        plan=plan,
        machine=machine,
        longest=longest,
        libraries_bytes=libraries,
        base=base,
        model=model,
        tasks=tasks,
        order=order,
        total_steps=steps_of(asked.training, order.epoch_rows),
        autocast=base.product_type,
        loss=loss,
        packed=packed,
        layers=layers,
    )


def _load(asked: Recipe, plan: Plan, load: Load | None) -> BaseModel:
    """The base on the run's device, or where it does not fit there, in the machine's memory."""
    precision, in_ram = plan.recipe.model.precision, bool(plan.ram_bytes)
    if in_ram and load is not None:
        what = tr("this base has layers in the machine's memory, and is not shared.")
        raise ProblemError.at("machine.layers_in_ram", what, tr("Train it by itself."))
    # What does not fit one card is divided, or brought to it layer by layer, from the machine's memory.
    place = "cpu" if in_ram or plan.recipe.machine.divides else plan.device.name_here
    usual: Precision = "fp16" if plan.device.lacks_bfloat16 else "bf16"
    packed_from = {"held_as": usual} if in_ram and precision in PACKED else {}
    base = (load or load_base)(asked.model, place, precision=precision, progress=_log, **packed_from)
    if place == "cpu":
        suit_card(base.model, torch.device(plan.device.name_here), precision)  # as where it is read onto it at once
    return base


def _layers(model: Any, plan: Plan, recorder: Recorder) -> LayersInRam | None:
    """On a card, what can bring layers from the machine's memory, with those that the plan has there."""
    if not has_own_memory(plan.device):
        return None
    layers = LayersInRam(model, torch.device(plan.device.name_here))
    count = plan.recipe.machine.layers_in_ram
    assert isinstance(count, int)
    put_in_ram(layers, count, recorder)
    return layers


def _order(asked: Recipe, tasks: LoadedTasks) -> RowOrder:
    return RowOrder(
        [len(task.train) for task in tasks.tasks],
        [task.weight for task in tasks.tasks],
        asked.training.batch_size,
        asked.seed,
        asked.training.mixing_temperature,
    )


def _divided(base: BaseModel, model: Any, plan: Plan, crew: Crew) -> BaseModel:
    """The base, its layers divided over the crew where the plan says so."""
    if not crew.sharded:
        return base
    device = torch.device(plan.device.name_here)
    shard_base(model, crew, device)
    return replace(base, device=device)


def _tokenise(asked: Recipe, recorder: Recorder, check: Callable[[], None], metrics: Mapping[str, str]) -> LoadedTasks:
    """Fetch the base model where it is not here yet, and tokenise the tasks with its tokenizer."""
    recorder.phase("loading", asked.model.source)

    def show(sentence: str) -> None:
        # Fetching and unpacking take minutes the first time: shown to whoever watches, not only logged.
        _log(sentence)
        recorder.phase("loading", sentence[0].lower() + sentence[1:])

    folder, _ = find_base(asked.model, show)
    check()
    recorder.phase("tokenising", ", ".join(task.name for task in asked.tasks))
    read = iter(asked.tasks)

    def show_task(sentence: str) -> None:
        _log(sentence)
        if (task := next(read, None)) is not None:
            done = asked.tasks.index(task)
            recorder.progress("tokenising", tr("the rows of {task}", task=task.name), done, len(asked.tasks))

    tokenizer, _ = load_tokenizer(folder)
    tasks = load_tasks(asked, tokenizer, progress=show_task, metrics=metrics)
    check_rows(tasks, read_headers(folder), tokenizer)
    check()
    return tasks


def _adapt(asked: Recipe, base: BaseModel, recorder: Recorder) -> Any:
    """The base model with the recipe's adapter."""
    recorder.phase("loading", tr("{method} adapter", method=asked.method.name))
    set_seed(asked.seed)
    model = get_peft_model(base.model, adapter_config(asked.method))
    if asked.model.adapter is not None:
        source = find_adapter(asked.model.adapter, places.runs())
        if source.base.revision.startswith("sha256:") and source.base.revision != base.revision:
            remedy = tr("Train on its own base, or expect to train for longer.")
            what = tr("{adapter} was trained on {base}, another base.", adapter=source.name, base=source.base)
            recorder.warn("model.adapter", what, remedy)
        start_from(model, source)
    return model


def _loss(model: Any, recorder: Recorder) -> AnswerLoss:
    """The loss that a model trains with, after a proof of its head on a few tokens."""
    loss = AnswerLoss(model)
    if loss.whole_logits:
        recorder.warn(
            "loss",
            tr(
                "all logits of a micro-batch are held at once, since this model's head cannot be chunked: {why}.",
                why=loss.whole_logits,
            ),
            tr("It takes more memory; results are the same."),
        )
    return loss


def _check_division(asked: Recipe, model: Any, crew: Crew) -> None:
    """Refuse a batch of which some process would have no row in some forward, where each waits for all in each."""
    routed, rows = routed_method(model), asked.training.batch_size
    meets = routed is not None and routed.sum_in_trainer(True)
    if not crew.alone and (meets or crew.sharded) and rows % crew.count:
        why = tr("a divided model needs") if crew.sharded else tr("this method's losses need")
        what = tr(
            "{rows} rows cannot be divided evenly among {n} processes, as {why}.", rows=rows, n=crew.count, why=why
        )
        raise ProblemError.at("training.batch_size", what, tr("Set it to a multiple of {n}.", n=crew.count))


def _check_packages(asked: Recipe, device: Device) -> None:
    """Refuse at once what needs bitsandbytes where it is missing: not after the weights have been read."""
    wanted = [
        ("model.precision", asked.model.precision in PACKED, why_no_packed(device)),
        ("training.optimizer", asked.training.optimizer.endswith("8bit"), why_no_8bit(device)),
    ]
    remedy = tr('Install the package bitsandbytes, or set it to "auto".')
    ProblemError.raise_any(
        [Problem(where, tr("{sentence}.", sentence=why), remedy) for where, asks, why in wanted if asks and why]
    )


def _packed(model: Any, plan: Plan, base: BaseModel, recorder: Recorder) -> PackedAttention | None:
    """The attention among packed rows; None, with a warning, where this model would not keep them apart."""
    why = tr("its layers carry a state from token to token")  # as the plan saw
    if plan.recipe.training.packing:
        for flash in (True, False):
            packed = PackedAttention(model, flash)
            if not (why := _unpackable(model, packed, base)):
                return packed
    recorder.warn(
        "training.packing",
        tr("rows of this model are padded instead of being packed: {why}.", why=why),
        tr("Turn training.packing off; results are the same."),
    )
    return None


def _unpackable(model: Any, packed: PackedAttention, base: BaseModel) -> str:
    with torch.autocast(torch.device(base.device).type, dtype=base.product_type, enabled=base.product_type is not None):
        return why_not_packed(model, packed, exact=base.precision != "int8")


def _keep_within(plan: Plan) -> None:
    """Limit torch to the plan's budget, where torch can be limited."""
    fraction = keep_within(torch.device(plan.device.name_here), plan.budget_bytes, plan.items["context"])
    if fraction is not None:
        _log(f"torch may hold {fraction:.1%} of {plan.device.name}: a budget of {plan.budget_bytes / 2**30:.2f} GiB")


def _warn_ahead(asked: Recipe, machine: Machine, device: Device, recorder: Recorder) -> None:
    """Warn of what the recipe alone shows."""
    _warn_of_cpu(asked, machine, device, recorder)
    for name, what, remedy in METHODS[asked.method.name].cautions(dict(asked.method)):
        recorder.warn(f"method.{name}", what, remedy)


def _warn_of_cpu(asked: Recipe, machine: Machine, device: Device, recorder: Recorder) -> None:
    """With "auto" the CPU may train although there is a card: warn of it, with the reason."""
    if asked.machine.device == "auto" and device.kind == "cpu":
        for passed_over in machine.devices[:-1]:
            what = sentences(passed_over.why_not, tr("The CPU trains instead."))
            recorder.warn(passed_over.name, what, tr("See the doctor."))


def _check_fit(plan: Plan, asked: Recipe, machine: Machine, recorder: Recorder) -> None:
    """Refuse a plan beyond a budget that was set; only warn where the budget is a guess at what is free."""
    if plan.fits:
        if plan.peak_bytes > plan.device.free_bytes:
            recorder.warn(
                "memory",
                tr(
                    "the plan needs {needed:,.0f} MiB, which is within the budget, but only {free:,.0f} MiB are free"
                    " now.",
                    needed=plan.peak_bytes / 2**20,
                    free=plan.device.free_bytes / 2**20,
                ),
                tr("Close other programs, or lower machine.memory_budget."),
            )
        return
    needed, there = plan.peak_bytes + plan.reserve_bytes, plan.budget_bytes
    what = tr(
        "the plan needs {needed:,.0f} MiB, and {there:,.0f} MiB are available.",
        needed=needed / 2**20,
        there=there / 2**20,
    )
    remedy = sentences(*would_fit(asked, machine).sentences())
    if asked.machine.memory_budget != "auto":
        raise DoesNotFitError.at("machine.memory_budget", what, remedy)
    recorder.warn("memory", sentences(what, tr("Trying anyway.")), remedy)


def model_ready(setup: Setup) -> ModelReady:
    """The model, its adapter and its data, as an event."""
    trained, total = setup.model.get_nb_trainable_parameters()
    routed = routed_method(setup.model)
    forms = sorted(set(routed.forms_in_use().values())) if routed else []
    return ModelReady(
        device=setup.plan.device.torch_name,
        device_name=setup.plan.device.name,
        precision=setup.base.precision,
        method=setup.decided.method.name,
        form=", ".join(forms),
        trainable_parameters=trained,
        total_parameters=total,
        layers=tuple(routed.routed_layers()) if routed else (),
        experts=max(routed.experts_per_layer(), default=0) if routed else 0,
        layer_experts=tuple(routed.experts_per_layer()) if routed else (),
        top_k=fewest_slots(setup.decided.method) if routed else 0,
        tasks=setup.tasks.names,
        total_steps=setup.total_steps,
        rows={task.name: len(task.train) for task in setup.tasks.tasks},
        tokens={task.name: task.train.tokens for task in setup.tasks.tasks},
        data={task.name: report_text(task.train_report) for task in setup.tasks.tasks},
    )


def _log(sentence: str) -> None:
    print(sentence, flush=True)
