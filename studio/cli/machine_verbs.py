"""The verbs that look ahead: doctor (what this machine has) and plan (whether a recipe fits, and its data)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli import options
from studio.cli.compare_verb import chosen_methods
from studio.cli.output import columns, print_json, print_problems
from studio.cli.planned_data import PlannedData
from studio.core.methods.registry import METHODS
from studio.core.problem import EXIT_DOES_NOT_FIT, EXIT_DONE, EXIT_USER_CAN_FIX, ProblemError
from studio.core.recipe.machine_table import MachineTable, budget_bytes
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import load_recipe
from studio.core.twins.exports import exports_text
from studio.core.units import about, memory

if TYPE_CHECKING:
    from studio.hardware.card_table import Card
    from studio.planner import Advice, Alternative, Plan


def doctor(runs: options.Runs = None, json: options.Json = False) -> None:
    """Show what this machine has, what is wrong and how to fix it; exit code 2 when something is wrong."""
    from studio.hardware import detect, diagnose, remarks

    machine = detect()
    problems = diagnose(machine, options.runs_folder(runs))
    if json:
        said = {"notes": remarks(machine), "problems": [problem.as_dict() for problem in problems]}
        print_json(machine.as_dict() | {"best_device": machine.best_device.torch_name} | said)
    else:
        lines = [["system", machine.os], ["Python", machine.python]]
        torch = machine.torch
        built = f"{torch.version}, built for {torch.accelerator} {torch.toolkit}".rstrip() if torch else "not installed"
        lines += [["torch", built], ["processor", f"{machine.cpu}, {machine.cores} cores"]]
        ram = f"{memory(machine.ram_available_bytes)} of {memory(machine.ram_total_bytes)} available"
        lines.append(["memory", ram])
        for device in machine.devices:
            if device.kind != "cpu":
                free = f"{memory(device.free_bytes)} of {memory(device.total_bytes)} free"
                lines.append([device.torch_name, f"{device.name}, {free}"])
        lines.append(["trains on", f"{machine.best_device.torch_name}, {machine.best_device.name}"])
        print(columns(lines))
        for note in remarks(machine):
            print(f"Note: {note}")
        print_problems(problems)
        if not problems:
            print("Nothing is wrong.")
    raise typer.Exit(EXIT_USER_CAN_FIX if problems else EXIT_DONE)


def plan(
    context: typer.Context,
    recipe: Annotated[Path | None, typer.Argument(metavar="RECIPE", help="A recipe, a TOML file.")] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="SIZE", help='Memory the run may take, such as "24GiB".')
    ] = None,
    card: Annotated[
        str | None,
        typer.Option(
            "--card",
            metavar="CARD",
            help='Plan for a card that is not here, such as "RTX 4060 8GB"; "list" shows the known cards.',
        ),
    ] = None,
    match: Annotated[
        str | None,
        typer.Option(
            "--match-parameters",
            metavar="METHOD",
            help="Plan METHOD instead, at the rank that gives it as many trainable parameters as the recipe's own.",
        ),
    ] = None,
    set_: options.Set = None,
    json: options.Json = False,
) -> None:
    """Plan a recipe's memory, item by item, and show what fits or would, and read its data.

    Exit code 3 when the recipe does not fit, 2 when its data cannot be trained on.
    """
    from studio.hardware import detect, find_card
    from studio.planner import alternatives, for_card, plan_recipe, would_fit
    from studio.planner.equal_parameters import recipe_with_equal_parameters, trainable_parameters
    from studio.planner.exports import recipe_exports
    from studio.planner.model_source import model_shape

    if card is not None and card.strip().lower() == "list":
        _list_cards(json)
        return
    if recipe is None:
        raise typer.BadParameter("it is missing.", context, param_hint="RECIPE")
    wanted, limit, machine = load_recipe(recipe, set_ or ()), _budget(budget), detect()
    if card is not None:
        wanted, machine = for_card(wanted, machine, find_card(card))
    if match is not None:
        (name,) = chosen_methods(match, "--match-parameters", most=1)
        wanted = recipe_with_equal_parameters(wanted, name)
    planned = plan_recipe(wanted, machine, limit)
    trained = trainable_parameters(model_shape(wanted.model), wanted.method)
    advice = would_fit(wanted, machine, limit)
    exports = recipe_exports(wanted)
    data = PlannedData(wanted)  # after the plan, whose free memory it would take a part of
    rows, at_least = data.rows
    offers = alternatives(wanted, machine, limit, rows=rows, at_least=at_least, typical=data.longest)
    others = _timed(offers, data)
    if json:
        more: dict[str, Any] = {"alternatives": [other.to_dict() for other in others], "data": data.as_dict()}
        more |= {"exports": [choice.as_dict() for choice in exports], "measured": _measured(wanted)}
        more["trainable_parameters"] = trained
        print_json(planned.to_dict() | more | advice.to_dict())
    else:
        print(f"{planned.device.name}, budget {memory(planned.budget_bytes)}")
        print(f"{wanted.method.name} of rank {wanted.method.rank} trains {trained:,} parameters.")
        _print_plan(planned)
        for line in exports_text(exports):
            print(line)
        for line in data.sentences():
            print(line)
        _print_what_fits(planned, advice, others, data)
        print_problems((*data.missing, *data.problems))
    raise typer.Exit(EXIT_DOES_NOT_FIT if not planned.fits else EXIT_USER_CAN_FIX if data.problems else EXIT_DONE)


def _timed(others: list[Alternative], data: PlannedData) -> list[Alternative]:
    """Recipes with the time that their rows take; without one where the data would not be trained on."""
    from studio.planner.run_time import RunTimes

    if data.problems or data.missing:
        return [replace(each, seconds=None) for each in others]
    times = RunTimes()
    return [replace(each, seconds=times.of(each.plan, data.rows[0], data.longest).seconds) for each in others]


def _print_plan(planned: Plan) -> None:
    lines = [[planned.labels.get(name, name), memory(count).rjust(10)] for name, count in planned.items.items()]
    lines += [["Peak", memory(planned.peak_bytes).rjust(10)], ["Margin", memory(planned.reserve_bytes).rjust(10)]]
    print(columns(lines))
    for note in (*planned.notes, _measured(planned.recipe)):
        if note:
            print(note)


def _measured(recipe: Recipe) -> str:
    """What was found where the recipe's method was compared with LoRA; empty where it was not."""
    return METHODS[recipe.method.name].measured(dict(recipe.method), len(recipe.tasks))


def _print_what_fits(planned: Plan, advice: Advice, others: Sequence[Alternative], data: PlannedData) -> None:
    """Whether the recipe fits, or why it cannot be trained, what would make it fit, and the recipes that do."""
    print(data.verdict if planned.fits else "It does not fit. What would make it fit:")
    for sentence in advice.sentences():
        print(f"  {sentence}")
    for labels, other in _alike(others):
        print(f"{labels.capitalize()}: {other.why} Peak {memory(other.plan.peak_bytes)}.{_lasting(other)}")


def _alike(answers: Sequence[Alternative]) -> Iterator[tuple[str, Alternative]]:
    """Each recipe once, under all its labels: where there is little choice, the best is also the fastest."""
    for answer in answers:
        same = [each.label for each in answers if each.plan.recipe == answer.plan.recipe]
        if answer.label == same[0]:
            yield ", ".join(same), answer


def _list_cards(json: bool) -> None:
    """Print the cards that a recipe can be planned for without having one."""
    from studio.hardware.card_table import CARDS

    if json:
        print_json({"cards": [_card_facts(card) for card in CARDS]})
        return
    rows = [["CARD", "MEMORY", "CAPABILITY", "BANDWIDTH", "BFLOAT16"]]
    for card in CARDS:
        bandwidth = "–" if card.bandwidth is None else f"{card.bandwidth:,.0f} GB/s"
        speed = "–" if card.tflops is None else f"{card.tflops:.1f} TFLOPS"
        rows.append([card.short_name, memory(card.total_bytes), ".".join(map(str, card.capability)), bandwidth, speed])
    print(columns(rows))


def _card_facts(card: Card) -> dict[str, Any]:
    return {
        "name": card.short_name,
        "full_name": card.full_name,
        "total_bytes": card.total_bytes,
        "compute_capability": list(card.capability),
        "bandwidth": None if card.bandwidth is None else 1e9 * card.bandwidth,
        "bf16_flops": None if card.tflops is None else 1e12 * card.tflops,
    }


def _lasting(answer: Alternative) -> str:
    """How long a recipe should take, if that is known, and how reliable the figure is."""
    if answer.seconds is None:
        return f" {answer.basis}" if answer.tokens_per_second is None else ""
    lasting = f"{'at least ' if answer.at_least else ''}{about(answer.seconds)}"
    return f" {lasting[0].upper()}{lasting[1:]}. {answer.basis}"


def _budget(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return budget_bytes(MachineTable(memory_budget=text).memory_budget)
    except ValueError:
        raise ProblemError.at(
            f"--budget {text}", "this is not an amount of memory.", 'Write for example --budget 24GiB, or "auto".'
        ) from None
