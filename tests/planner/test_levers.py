"""Every lever is tried or named before a recipe is said to fit by no setting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.hardware.machine import Device, Machine
from studio.planner import auto_fields as choices
from studio.planner import model_shape, plan_recipe, would_fit
from studio.planner.levers import LEAST_LENGTH, PRECISIONS, applied, levers, usable_optimizers, usable_precisions
from tests.planner.machines import LLAMA_3_8B, SMALL, config_folder, machine, processor_only, recipe

GIB = 1 << 30
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MACHINES = {
    "card": machine(400),
    "old card": machine(400, compute_capability=(7, 5)),
    "processor": processor_only(400),
}
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return config_folder(tmp_path_factory.mktemp("models") / "large", LLAMA_3_8B)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return config_folder(tmp_path_factory.mktemp("models") / "small", SMALL)


@st.composite
def asked_tables(draw: Callable[[st.SearchStrategy[Any]], Any]) -> dict[str, dict[str, Any]]:
    name = draw(st.sampled_from(["mixlora", "moelora", "lora", "dora"]))
    method: dict[str, Any] = {"name": name, "rank": 32, "experts": draw(st.sampled_from([4, 8]))}
    if name == "mixlora" and draw(st.booleans()):
        method |= {"layer_ranks": [8, 32, 64], "layer_experts": [4, 8, 16], "attention_rank": 48}
    training = {
        "micro_batch": draw(st.sampled_from(["auto", 8])),
        "checkpointing": draw(st.sampled_from(["auto", False, True])),
        "optimizer": draw(st.sampled_from(["auto", "adamw", "adamw-8bit"])),
        "max_length": draw(st.sampled_from([256, 1024])),
    }
    return {"method": method, "training": training, "model": {"precision": draw(st.sampled_from(["auto", "fp32"]))}}


@st.composite
def pulled_levers(draw: Callable[[st.SearchStrategy[Any]], Any], device: Device) -> dict[str, Any]:
    """Any combination of levers within their ranges, gentle or drastic."""
    wanted: dict[str, Any] = {}
    for path, values in {
        "method.name": st.sampled_from(["mixlora", "moelora", "lora", "dora"]),
        "method.rank": st.sampled_from([1, 2, 4, 8, 16]),
        "method.experts": st.sampled_from([2, 4]),
        "method.targets": st.lists(st.sampled_from(PROJECTIONS), min_size=1, unique=True),
        "training.max_length": st.integers(LEAST_LENGTH, 128),
        "training.micro_batch": st.sampled_from([1, 2]),
        "training.checkpointing": st.booleans(),
        "training.optimizer": st.sampled_from(usable_optimizers(device)),
        "model.precision": st.sampled_from(usable_precisions(device)),
    }.items():
        if draw(st.booleans()):
            wanted[path] = draw(values)
    return wanted


@FEW
@given(data=st.data(), tables=asked_tables(), where=st.sampled_from(list(MACHINES)))
def test_that_what_some_combination_of_levers_makes_fit_is_advised(
    data: st.DataObject, tables: dict[str, dict[str, Any]], where: str, small: Path
) -> None:
    asked, on = recipe(small, **tables), MACHINES[where]
    pulled = applied(asked, data.draw(pulled_levers(on.best_device)))
    assume(pulled is not None)
    assert pulled is not None
    try:
        needs = plan_recipe(pulled, on, 1)
    except ProblemError:
        assume(False)  # MixLoRA on the attention alone
    budget = needs.peak_bytes + needs.reserve_bytes
    assert plan_recipe(pulled, on, budget).fits
    assume(not plan_recipe(asked, on, budget).fits)
    advice = would_fit(asked, on, budget)
    assert advice.changes
    for change in advice.changes:
        mended = applied(asked, change.fields)
        assert mended is not None
        assert plan_recipe(Recipe.model_validate(mended.model_dump()), on, budget).fits


def test_that_a_processor_is_offered_the_packed_weights_that_auto_never_takes_there(large: Path) -> None:
    asked, on = recipe(large), processor_only(400)
    settled = plan_recipe(recipe(large, model={"precision": "nf4"}), on, 1)
    budget = settled.peak_bytes + settled.reserve_bytes
    assert not plan_recipe(asked, on, budget).fits
    (change, *_) = would_fit(asked, on, budget).changes
    assert change.fields == {"model.precision": "nf4"}
    assert "nf4 (slow on a CPU" in change.what
    gentler = would_fit(asked, on, budget + 4 * GIB).changes
    assert {"model.precision": "int8"} in [each.fields for each in gentler]


def test_that_an_old_card_is_offered_float16(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "quantisation_installed", lambda: False)
    asked = recipe(large, model={"precision": "fp32"})
    (change, *_) = would_fit(asked, machine(24, compute_capability=(7, 5))).changes
    assert change.fields == {"model.precision": "fp16"}


def test_that_every_lever_is_named_when_nothing_fits(large: Path) -> None:
    advice = would_fit(recipe(large), processor_only(), GIB)
    assert advice.changes == ()
    (said,) = advice.sentences()
    for lever in ("1 row at once", "activations recomputed", "8-bit optimiser states", "int8 and nf4", "rank down"):
        assert lever in said
    for lever in ("2 experts", f"rows down to {LEAST_LENGTH} tokens", "single adapted projection", "lora or dora"):
        assert lever in said
    assert "fits 1.0 GiB: the smallest plan takes" in said
    assert "nf4 weights" in advice.least_with
    assert "does not page optimiser states" in said
    # The figure is one that a recipe really reaches, and nothing less does.
    assert would_fit(recipe(large), processor_only(), advice.least_bytes).changes
    assert not would_fit(recipe(large), processor_only(), advice.least_bytes - (1 << 20)).changes


def test_that_a_lever_that_is_missing_here_is_named_as_missing(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "quantisation_installed", lambda: False)
    (said,) = would_fit(recipe(large), machine(), 2 * GIB).sentences()
    assert "Not available here: 8-bit optimiser states need the package bitsandbytes, which is not installed;" in said
    assert "int8 and nf4 weights need the package bitsandbytes" in said
    assert "weights as fp32 and bf16;" in said


def test_that_a_device_without_packed_weights_says_so(large: Path) -> None:
    apple = Device("mps", "Apple M3", 0, 16 * GIB, 16 * GIB, vendor="apple", shares_system_memory=True)
    (said,) = would_fit(recipe(large), _only(apple), 2 * GIB).sentences()
    assert "int8 and nf4 weights are not supported on Apple M3" in said


def test_that_the_method_and_its_targets_are_moved_last_and_only_by_the_user(small: Path) -> None:
    on = processor_only(400)
    asked = recipe(small, training={"micro_batch": 1, "max_length": 8, "checkpointing": True})
    target = recipe(small, **_at_its_end(), method={"name": "lora", "rank": 1, "targets": ["q_proj"]})
    needs = plan_recipe(target, on, 1)
    (change,) = would_fit(asked, on, needs.peak_bytes + needs.reserve_bytes).changes
    assert change.moves_pins
    assert change.fields.keys() & {"method.name", "method.targets"}


def test_that_layers_with_ranks_and_experts_of_their_own_are_lowered_with_the_rest(small: Path) -> None:
    own = {"layer_ranks": [512, 16, 4], "layer_experts": [64, 8, 4], "rank": 16, "attention_rank": 256}
    asked = recipe(small, method=own)
    pulled = {lever.path: lever.steps for lever in levers(asked, model_shape(asked.model), machine().best_device)}
    assert pulled["method.rank"][0] == {
        "method.rank": 16,
        "method.layer_ranks": [256, 16, 4],
    }
    assert pulled["method.rank"][-1]["method.layer_ranks"] == [1, 1, 1]
    assert pulled["method.experts"][0] == {"method.experts": 8, "method.layer_experts": [32, 8, 4]}
    assert pulled["method.experts"][-1]["method.layer_experts"] == [2, 2, 2]


def test_that_weights_are_listed_from_large_to_small() -> None:
    assert PRECISIONS == ("fp32", "bf16", "fp16", "int8", "nf4")


def _at_its_end() -> dict[str, dict[str, Any]]:
    return {
        "training": {"micro_batch": 1, "max_length": 8, "checkpointing": True, "optimizer": "adamw-8bit"},
        "model": {"precision": "nf4"},
    }


def _only(device: Device) -> Machine:
    on = processor_only()
    return Machine(**{**{name: getattr(on, name) for name in on.__slots__}, "devices": (device, *on.devices)})
