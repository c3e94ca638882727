"""From a recipe and a machine to a Plan: the device, the budget, and what was decided, said in sentences."""

from __future__ import annotations

from dataclasses import replace

from studio.core.methods.registry import METHODS
from studio.core.problem import ProblemError
from studio.core.recipe.machine_table import budget_bytes
from studio.core.recipe.recipe import Recipe
from studio.core.units import memory
from studio.core.words import capitalised, listed, plural, sentences, tr
from studio.hardware.card_table import Card
from studio.hardware.cards import with_card
from studio.hardware.crew_devices import crew_devices
from studio.hardware.machine import Device, Machine
from studio.hardware.reserve import automatic_budget, reserve_bytes
from studio.planner.auto_fields import best_plan, quantisation_installed, why_no_layers_in_ram
from studio.planner.config_tensors import known
from studio.planner.ledger import read_ledger
from studio.planner.methods.registry import arithmetic_of
from studio.planner.model_source import model_shape
from studio.planner.plan import PACKED_FORM, Plan, layers_in_ram
from studio.planner.shape import ModelShape
from studio.planner.speed_estimate import moving_seconds, seconds_of, work_of
from studio.planner.weights import in_ram_bytes


def plan_recipe(recipe: Recipe, machine: Machine, budget_bytes: int | None = None, longest: int | None = None) -> Plan:
    """Plan a recipe on a machine: decide its "auto" fields so that the best fits, and count its memory.

    `budget_bytes` goes before the recipe's own `machine.memory_budget`; `longest` is the longest row in tokens where
    the data is known already (else `training.max_length`). Raises ProblemError for a model or device that is not there.
    """
    device = device_for(recipe, machine)
    shape = model_shape(recipe.model)
    budget, notes = budget_for(recipe, machine, device, budget_bytes)
    wanted = _packed_where_possible(recipe, shape)
    plan = best_plan(wanted, shape, device, budget, longest)
    divisible = device.kind == "cuda" and machine.system != "Windows"  # where torch has no NCCL
    # Layers in the machine's memory, where they are left to "auto", are what is done where nothing else fits.
    is_last_resort = bool(plan.ram_bytes) and recipe.machine.layers_in_ram == "auto"
    open_to_it = divisible and recipe.machine.shard == "auto" and recipe.machine.all_processes > 1
    if open_to_it and (is_last_resort or not plan.fits) and wanted.model.precision not in ("int8", "nf4"):
        divided = wanted.model_copy(update={"machine": wanted.machine.model_copy(update={"shard": True})})
        other = best_plan(divided, shape, device, budget, longest)
        if other.fits or (not plan.fits and other.peak_bytes < plan.peak_bytes):
            plan = other
    _check_ram(plan.recipe, shape, device)
    if plan.recipe.machine.divides:
        said = tr("Each of {n} processes holds a part of the frozen layers (FSDP2).", n=recipe.machine.all_processes)
        notes = [*notes, said]
    taught = [plan.correction.sentence(device.kind)] if plan.correction.times else []
    taught += [tr("{where}: {what}", where=problem.where, what=problem.what) for problem in read_ledger().problems]
    if not device.present:
        notes = [tr("{device} is not in this machine; this plan is for that card only.", device=device.name), *notes]
        ask = arithmetic_of(plan.recipe.method)
        if there := ask.form_elsewhere(plan.form.removesuffix(PACKED_FORM), device.compute_capability or (0, 0)):
            notes.append(there)
    elif plan.fits and plan.peak_bytes > device.free_bytes:
        notes = [
            *notes,
            tr("It takes {size}: close other programs before the run starts.", size=memory(plan.peak_bytes)),
        ]
    return replace(plan, notes=(*notes, *_said(recipe, plan.recipe, shape, device), *taught, *plan.notes))


def _packed_where_possible(recipe: Recipe, shape: ModelShape) -> Recipe:
    """The recipe without packing where the model's config says that its layers carry a state from row to row."""
    if not (recipe.training.packing and shape.carries_state):
        return recipe
    return recipe.model_copy(update={"training": recipe.training.model_copy(update={"packing": False})})


def device_for(recipe: Recipe, machine: Machine) -> Device:
    """The device that a recipe asks for; ProblemError where the machine lacks it or torch cannot use it."""
    device = machine.device(recipe.machine.device)
    if device is None:
        have = ", ".join(each.torch_name for each in machine.devices)
        raise ProblemError.at(
            "machine.device",
            tr("this machine has no {device}.", device=recipe.machine.device),
            tr('Choose "auto" or one of {devices}.', devices=have),
        )
    if not device.usable:
        raise ProblemError.at(
            "machine.device",
            tr("{device} cannot train: {why}", device=device.name, why=device.why_not),
            tr("See `mixlora-studio doctor` for the remedy, or choose the CPU."),
        )
    return device


def budget_for(recipe: Recipe, machine: Machine, device: Device, given: int | None) -> tuple[int, list[str]]:
    """The bytes that a run may take, never more than the device has, and sentences on where they come from."""
    processes = recipe.machine.processes
    if processes > 1 and device.kind == "cpu":
        whole, notes = _whole_budget(recipe, machine, device, given)
        share = tr(
            "{n} processes share it; this plan is for each of them: {size}.",
            n=processes,
            size=memory(whole // processes),
        )
        return whole // processes, [*notes, share]
    if processes > 1:
        cards = _cards(recipe, machine, device)
        each = {card.torch_name: _whole_budget(recipe, machine, card, given)[0] for card in cards}
        least = min(cards, key=lambda card: each[card.torch_name])
        budget, notes = _whole_budget(recipe, machine, least, given)
        if len(cards) > 1:
            there = listed([f"{name} {memory(size)}" for name, size in each.items()])
            notes = [*notes, tr("Each of its cards may take: {cards}; the least decides.", cards=there)]
        alike = tr(
            "This plan is for each of {n} cards alike; it is arithmetic that was never compared with a step on several"
            " cards.",
            n=processes,
        )
        return budget, [*notes, alike]
    return _whole_budget(recipe, machine, device, given)


def _cards(recipe: Recipe, machine: Machine, device: Device) -> tuple[Device, ...]:
    """The cards of this machine's processes; the one that is planned for, where there are too few of them."""
    if not device.present:
        return (device,)
    try:
        return crew_devices(machine, recipe.machine.device, recipe.machine.processes)
    except ProblemError:
        return (device,)  # which starting it says


def _whole_budget(recipe: Recipe, machine: Machine, device: Device, given: int | None) -> tuple[int, list[str]]:
    free = automatic_budget(device, machine)
    asked = given if given is not None else budget_bytes(recipe.machine.memory_budget)
    if asked is None:
        amount, why = reserve_bytes(device, machine.system)
        in_use = memory(device.total_bytes - device.free_bytes)
        used = "" if device.present else tr("{size} is taken as in use there.", size=in_use)
        return free, [sentences(used, tr("{size} is left alone.", size=memory(amount)), why)]
    notes = []
    if asked > device.total_bytes:
        budget, size = memory(asked), memory(device.total_bytes)
        if device.present:
            beyond = tr(
                "The budget of {budget} is not available: {device} has {size} in total, which is planned with.",
                budget=budget,
                device=device.name,
                size=size,
            )
            more = tr("A larger card can be planned for by its name (`--card`).")
            notes.append(sentences(beyond, more))
        else:
            beyond = tr(
                "The budget of {budget} is more than the card's memory: {device} has {size} in total, which is"
                " planned with.",
                budget=budget,
                device=device.name,
                size=size,
            )
            notes.append(beyond)
        asked = device.total_bytes
    if device.present and asked > device.free_bytes:
        free_now = memory(device.free_bytes)
        notes.append(tr("The budget is {budget}, but only {size} is free now.", budget=memory(asked), size=free_now))
    return asked, notes


def for_card(recipe: Recipe, machine: Machine, card: Card) -> tuple[Recipe, Machine]:
    """The recipe and the machine with which a card that is not here is planned, whichever device the recipe names."""
    opened = recipe.machine.model_copy(update={"device": "auto"})
    return recipe.model_copy(update={"machine": opened}), with_card(machine, card)


def _said(asked: Recipe, decided: Recipe, shape: ModelShape, device: Device) -> list[str]:
    """What the plan decided, and what will not work as asked."""
    notes = []
    method = METHODS[asked.method.name]
    notes += [
        sentences(tr("{where}: {what}", where=f"method.{field}", what=what), remedy)
        for field, what, remedy in method.cautions(dict(asked.method))
    ]
    if asked.model.precision == "auto":
        notes.append(tr("Precision {precision} was chosen.", precision=decided.model.precision))
    notes += _ram_notes(asked, decided, shape, device)
    if decided.model.precision == "bf16" and device.lacks_bfloat16:
        notes.append(
            tr(
                "{device} computes bfloat16 without tensor cores, slowly; fp16 takes as much memory.",
                device=device.name,
            )
        )
    if decided.model.precision in ("int8", "nf4") and not quantisation_installed():
        notes.append(tr("It needs the package bitsandbytes, which is not installed."))
    if decided.training.optimizer == "adamw-paged-8bit" and device.kind != "cuda":
        notes.append(
            tr(
                "{device} does not page optimiser states; they are kept on the device as with adamw-8bit.",
                device=device.name,
            )
        )
    if not known({"model_type": shape.model_type}):
        notes.append(
            tr("{kind} models are not validated against this estimate; rely on the probe.", kind=shape.model_type)
        )
    if asked.training.packing:
        notes.append(_packing_note(decided, shape))
    if shape.context and asked.training.max_length > shape.context:
        notes.append(
            tr(
                "The model's context is {context} tokens; rows of {length} exceed it.",
                context=shape.context,
                length=asked.training.max_length,
            )
        )
    return notes


def _ram_notes(asked: Recipe, decided: Recipe, shape: ModelShape, device: Device) -> list[str]:
    """How many layers lie in the machine's memory, and what that costs."""
    count = layers_in_ram(decided, shape)
    if not count:
        if asked.machine.layers_in_ram in ("auto", 0):
            return []
        return [tr("No layers lie in RAM: {device} has no memory apart from it.", device=device.name)]
    work = [work_of(decided, shape, device)]
    whole = seconds_of(work, decided.model.precision, device)
    hidden = moving_seconds(work, device) < whole
    size = memory(in_ram_bytes(shape, decided.model.precision, count))
    there = plural(
        "{n} of {layers} layers lies in this machine's memory ({size}) and comes to the card when it is needed.",
        "{n} of {layers} layers lie in this machine's memory ({size}) and come to the card when they are needed.",
        count,
        layers=shape.layers,
        size=size,
    )
    if hidden:
        return [sentences(there, tr("That costs hardly any time: others are computed meanwhile."))]
    computed = seconds_of([replace(each, moved=0) for each in work], decided.model.precision, device)
    return [sentences(there, tr("A step takes {times:.1f} times as long by that.", times=whole / computed))]


def _check_ram(decided: Recipe, shape: ModelShape, device: Device) -> None:
    """Refuse layers in the machine's memory, asked for by number, where it has no room for them."""
    if layers_in_ram(decided, shape) and (why := why_no_layers_in_ram(decided, shape, decided.model.precision, device)):
        raise ProblemError.at(
            "machine.layers_in_ram",
            tr("{sentence}.", sentence=capitalised(why)),
            tr("Close other programs, hold the model in nf4, or set it to 0."),
        )


def _packing_note(decided: Recipe, shape: ModelShape) -> str:
    training = decided.training
    if not training.packing:
        return tr("Rows are padded: this model's layers carry a state from token to token, so rows cannot be packed.")
    number = training.micro_batch
    rows = plural("{n} row", "{n} rows", number) if isinstance(number, int) else tr("{rows} rows", rows=number)
    if shape.soft_capped:
        return tr(
            "Rows are packed: a sequence holds as many tokens as {rows} of the longest; attention needs a mask"
            " for each row.",
            rows=rows,
        )
    return tr(
        "Rows are packed: a sequence holds as many tokens as {rows} of the longest, and attention needs no"
        " mask over them.",
        rows=rows,
    )
