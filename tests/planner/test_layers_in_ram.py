"""Layers in the machine's memory, planned: as many bytes as the engine moves, the fewest that fit, and their price."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import get_peft_model

from studio.core.fault_text import FieldFaultError
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable, ModelTable, Recipe
from studio.hardware.machine import GIB, Machine
from studio.hardware.reserve import ram_for_card
from studio.methods.registry import adapter_config
from studio.models.base_model import load_base
from studio.planner import alternatives, plan_recipe, would_fit
from studio.planner.model_source import model_shape
from studio.planner.pins import with_value
from studio.planner.plan import Plan
from studio.planner.speed_estimate import seconds_of, tokens_per_second, work_of
from studio.planner.together import way_of
from studio.planner.weights import ALIGNMENT, layer_bytes, moved_bytes, off_card_bytes
from studio.training.memory.layers_in_ram import LayersInRam
from studio.training.memory.report import _bytes, _frozen
from tests.planner.machines import LLAMA_3_8B, config_folder, machine, processor_only, recipe
from tests.tiny import make_tiny_model


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return config_folder(tmp_path_factory.mktemp("models") / "large", LLAMA_3_8B)


def small_card(ram: float = 24, **fields: Any) -> Machine:
    return machine(8, ram_bytes=int(ram * GIB), link=12e9, **fields)


def asked(folder: Path, **tables: dict[str, Any]) -> Recipe:
    return recipe(folder, **{"training": {"max_length": 512, "max_steps": 10}} | tables)


@pytest.fixture
def plan(large: Path) -> Plan:
    pytest.importorskip("bitsandbytes")
    return plan_recipe(asked(large), small_card())


@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16", "nf4", "int8"])
def test_that_a_plan_counts_the_bytes_that_the_engine_moves(precision: str, tied: bool, tmp_path: Path) -> None:
    if precision in ("nf4", "int8"):
        pytest.importorskip("bitsandbytes")
    make_tiny_model(tmp_path, num_hidden_layers=5, intermediate_size=72, tie_word_embeddings=tied)
    table = ModelTable.model_validate({"source": str(tmp_path), "precision": precision})
    method = MethodTable.model_validate({"name": "lora", "rank": 4})
    model: Any = get_peft_model(load_base(table, "cpu").model, adapter_config(method))
    shape = model_shape(table)
    layers = LayersInRam(model, torch.device("cpu"))
    assert layers.layer_bytes == layer_bytes(shape, precision)
    whole = _bytes(list(_frozen(model)))
    layers.put(4)
    gaps = 4 * len(shape.linears) * ALIGNMENT  # much beside such small matrices
    assert whole - _bytes(list(_frozen(model))) == pytest.approx(off_card_bytes(shape, precision, 4, "cpu"), abs=gaps)
    assert moved_bytes(shape, precision, 2) == 0, "two layers fill the two buffers"


def test_that_an_8b_base_fits_8_gb_with_the_fewest_layers_in_ram_that_it_takes(plan: Plan, large: Path) -> None:
    layers = plan.recipe.machine.layers_in_ram
    assert plan.fits
    assert isinstance(layers, int)
    assert 2 < layers < 32
    assert plan.ram_bytes == layers * layer_bytes(model_shape(plan.recipe.model), "nf4") + 128256 * 4096 * 2
    assert any(f"{layers} of 32 layers lie in this machine's memory" in note for note in plan.notes)
    one_less = with_value(plan.recipe, "machine.layers_in_ram", layers - 1)
    assert not plan_recipe(one_less, small_card()).fits
    assert plan_recipe(plan.recipe, small_card()).peak_bytes == plan.peak_bytes
    assert plan.to_dict()["plan"]["ram_bytes"] == plan.ram_bytes
    assert not plan_recipe(asked(large, machine={"layers_in_ram": 0}), small_card()).fits


def test_that_nothing_leaves_a_card_that_has_room(large: Path) -> None:
    plan = plan_recipe(asked(large), machine(48, ram_bytes=64 * GIB))
    assert (plan.fits, plan.recipe.machine.layers_in_ram, plan.ram_bytes) == (True, 0, 0)


def test_that_what_was_asked_for_is_offered_with_layers_in_ram(plan: Plan, large: Path) -> None:
    offers = alternatives(asked(large), small_card(), rows=100)
    as_asked = [each for each in offers if each.plan.recipe.method.rank == 16 and each.plan.ram_bytes]
    assert as_asked
    assert "machine's memory for each pass" in as_asked[0].price
    for each in offers:
        assert plan_recipe(each.plan.recipe, small_card()).fits


def test_that_a_machine_with_too_little_memory_says_so(large: Path) -> None:
    pytest.importorskip("bitsandbytes")
    poor = small_card(ram=4)
    assert not plan_recipe(asked(large), poor).fits
    least = would_fit(asked(large, training={"max_length": 512}), small_card(ram=4), 2 * GIB)
    assert any("layers in RAM would take" in each for each in least.unavailable)
    with pytest.raises(ProblemError, match="can be had") as raised:
        plan_recipe(asked(large, machine={"layers_in_ram": 20}, model={"precision": "nf4"}), poor)
    assert raised.value.problems[0].where == "machine.layers_in_ram"


def test_that_a_precision_is_chosen_whose_layers_have_room(large: Path) -> None:
    pytest.importorskip("bitsandbytes")
    by_number = asked(large, machine={"layers_in_ram": 20})
    tight = machine(16, ram_bytes=8 * GIB)  # 20 layers in bf16 would fit the card, but no 15 GiB are there for them
    plan = plan_recipe(by_number, tight)
    assert (plan.fits, plan.recipe.model.precision) == (True, "nf4")
    offers = alternatives(by_number, tight, rows=100, pins=["machine.layers_in_ram"])
    assert offers
    for each in offers:
        assert plan_recipe(each.plan.recipe, tight).fits


def test_that_a_recipe_that_forbids_it_is_told_of_it(large: Path) -> None:
    pytest.importorskip("bitsandbytes")
    forbidden = asked(large, machine={"layers_in_ram": 0})
    advice = would_fit(forbidden, small_card(), pins=["machine.layers_in_ram", "training.max_length"])
    mended = [each for each in advice.changes if "machine.layers_in_ram" in each.fields]
    assert mended or not any(each.moves_pins for each in advice.changes)
    free = would_fit(forbidden, small_card(), pins=[])
    assert free.changes[0].fields == {"machine.layers_in_ram": "auto"}
    assert free.changes[0].what == "Let layers lie in the machine's memory."


def test_that_layers_cost_the_time_that_they_travel_beyond_what_is_computed(plan: Plan) -> None:
    shape, device = model_shape(plan.recipe.model), plan.device
    work = work_of(plan.recipe, shape, device)
    layers = int(plan.recipe.machine.layers_in_ram)
    assert work.moved == 2 * (layers - 2) * layer_bytes(shape, "nf4")
    slow, fast = replace(device, link=1e8), replace(device, link=1e12)
    assert seconds_of([work], "nf4", slow) == pytest.approx(work.moved / 1e8)
    without = with_value(plan.recipe, "machine.layers_in_ram", 0)
    assert seconds_of([work], "nf4", fast) == seconds_of([work_of(without, shape, device)], "nf4", fast)
    assert tokens_per_second(plan.recipe, shape, slow) < tokens_per_second(plan.recipe, shape, fast)


def test_that_a_slow_link_is_said_in_the_plan(large: Path) -> None:
    pytest.importorskip("bitsandbytes")
    slow = machine(8, ram_bytes=24 * GIB, link=1e9)
    assert any("times as long by that" in note for note in plan_recipe(asked(large), slow).notes)


def test_that_a_processor_has_no_memory_apart(large: Path) -> None:
    on = processor_only(128)
    plan = plan_recipe(asked(large, machine={"layers_in_ram": 8}), on)
    assert plan.recipe.machine.layers_in_ram == 0
    assert any("has no memory apart from it" in note for note in plan.notes)


def test_that_runs_with_layers_in_ram_train_in_turn(large: Path, plan: Plan) -> None:
    way = way_of([asked(large)] * 2, small_card())
    assert not way.is_together
    assert "layers in the machine's memory" in way.why
    explicit = asked(large, machine={"layers_in_ram": 8})
    assert "layers in the machine's memory" in way_of([explicit] * 2, small_card()).why


def test_that_a_base_is_divided_over_cards_before_layers_leave_them(large: Path) -> None:
    tables: dict[str, Any] = {"model": {"precision": "bf16"}, "training": {"max_length": 512, "batch_size": 8}}
    two = asked(large, machine={"processes": 2}, **tables)
    plan = plan_recipe(two, machine(16, ram_bytes=64 * GIB))
    assert (plan.fits, plan.recipe.machine.shard, plan.recipe.machine.layers_in_ram) == (True, True, 0)
    by_number = asked(large, machine={"processes": 2, "layers_in_ram": 20}, **tables)
    assert plan_recipe(by_number, machine(16, ram_bytes=64 * GIB)).recipe.machine.layers_in_ram == 20


def test_that_divided_layers_are_not_moved_as_well(large: Path) -> None:
    with pytest.raises((FieldFaultError, ValueError), match="divided over processes"):
        asked(large, machine={"layers_in_ram": 8, "shard": True, "processes": 2})


def test_that_the_system_keeps_enough_of_its_memory() -> None:
    assert ram_for_card(16 * GIB, 12 * GIB) == 8 * GIB
    assert ram_for_card(16 * GIB, 6 * GIB) == 4 * GIB
    assert ram_for_card(64 * GIB, 8 * GIB) == pytest.approx(1.6 * GIB)
    assert ram_for_card(4 * GIB, GIB) == 0
