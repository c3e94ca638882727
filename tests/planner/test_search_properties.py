"""Properties of the plan and the search over many recipes, budgets and pins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from studio.core.recipe.recipe import Recipe
from studio.hardware.machine import Machine
from studio.planner import alternatives, plan_recipe, would_fit
from studio.planner.levers import ALWAYS_THE_USERS
from studio.planner.pins import SEARCHED, pins_of, value_of, with_value
from tests.planner.machines import LLAMA_3_8B, SMALL, config_folder, machine, processor_only, recipe

MIB = 1 << 20
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {"small": config_folder(root / "small", SMALL), "large": config_folder(root / "large", LLAMA_3_8B)}


@st.composite
def made(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[str, dict[str, dict[str, Any]]]:
    """A model's name and the tables of a recipe."""
    name = draw(st.sampled_from(["mixlora", "moelora", "lora", "dora"]))
    experts = draw(st.integers(2, 16))
    split = name == "moelora"  # its rank is divided among the experts, and each token goes to two or more
    method = {
        "name": name,
        "rank": experts * draw(st.integers(2, 8)) if split else draw(st.integers(1, 64)),
        "experts": experts,
        "top_k": draw(st.integers(2 if split else 1, min(experts, 4))),
        "dropout": draw(st.sampled_from([0.0, 0.05])),
    }
    training = {
        "max_length": draw(st.integers(16, 2048)),
        "batch_size": draw(st.integers(1, 64)),
        "checkpointing": draw(st.sampled_from([True, False, "auto"])),
        "micro_batch": draw(st.sampled_from(["auto", 1, 2, 4])),
        "optimizer": draw(st.sampled_from(["auto", "adamw", "adamw-8bit"])),
    }
    model = {"precision": draw(st.sampled_from(["auto", "bf16", "fp32", "int8", "nf4"]))}
    return draw(st.sampled_from(["small", "large"])), {"method": method, "training": training, "model": model}


def _settled(made: tuple[str, dict[str, dict[str, Any]]], folders: dict[str, Path], on: Machine) -> Recipe:
    """The recipe with nothing left to decide, as a plan with all the memory in the world would run it."""
    return plan_recipe(recipe(folders[made[0]], **made[1]), on, budget_bytes=1 << 50).recipe


@RELAXED
@given(
    made=made(),
    on_card=st.booleans(),
    path=st.sampled_from(["rank", "experts", "length", "rows"]),
    more=st.integers(1, 9),
)
def test_that_more_rank_experts_length_or_rows_never_need_less(
    made: tuple[str, dict[str, dict[str, Any]]], on_card: bool, path: str, more: int, folders: dict[str, Path]
) -> None:
    on = machine() if on_card else processor_only()
    # The 8-bit optimiser holds tensors of 4,096 elements and more in a quarter of the bytes: there more can need less.
    before = with_value(_settled(made, folders, on), "training.optimizer", "adamw")
    fields = {"rank": "method.rank", "experts": "method.experts", "length": "training.max_length"}
    if path == "rows":
        size = before.training.batch_size + more
        after = with_value(with_value(before, "training.batch_size", size), "training.micro_batch", size)
        before = with_value(before, "training.micro_batch", before.training.batch_size)
    else:
        if before.method.name == "moelora" and path == "experts":
            before = with_value(before, "method.rank", before.method.experts * (before.method.experts + more))
        whole = before.method.experts if before.method.name == "moelora" and path == "rank" else 1
        after = with_value(before, fields[path], value_of(before, fields[path]) + more * whole)
    needs = [plan_recipe(each, on, budget_bytes=1 << 50).peak_bytes for each in (before, after)]
    assert needs[0] <= needs[1]


@FEW
@given(made=made(), budget=st.integers(1 << 9, 40 << 10), pins=st.sets(st.sampled_from(SEARCHED)))
def test_that_every_answer_fits_and_no_pin_is_moved(
    made: tuple[str, dict[str, dict[str, Any]]], budget: int, pins: set[str], folders: dict[str, Path]
) -> None:
    asked = recipe(folders[made[0]], **made[1])
    for answer in alternatives(asked, machine(48), budget * MIB, pins=pins):
        chosen = answer.plan.recipe
        assert answer.plan.fits
        assert plan_recipe(chosen, machine(48), budget * MIB).fits
        for path in pins:
            if value_of(asked, path) != "auto":
                wanted = value_of(asked, path)
                if path == "training.micro_batch":
                    wanted = min(wanted, asked.training.batch_size)
                assert value_of(chosen, path) == wanted, path
        assert "auto" not in {value_of(chosen, path) for path in SEARCHED}


@FEW
@given(made=made(), budget=st.integers(1 << 9, 16 << 10), pins=st.sets(st.sampled_from(SEARCHED)))
def test_that_a_budget_too_small_yields_advice_that_fits(
    made: tuple[str, dict[str, dict[str, Any]]], budget: int, pins: set[str], folders: dict[str, Path]
) -> None:
    asked = recipe(folders[made[0]], **made[1])
    assume(not plan_recipe(asked, machine(48), budget * MIB).fits)
    advice = would_fit(asked, machine(48), budget * MIB, pins=pins)
    assert advice.sentences()
    if not advice.changes:
        assert advice.least_bytes > budget * MIB
    for change in advice.changes:
        assert change.plan.fits
        mended = asked
        for path, value in change.fields.items():
            mended = with_value(mended, path, value)
        assert plan_recipe(mended, machine(48), budget * MIB).fits
        assert change.moves_pins == any(path in pins or path in ALWAYS_THE_USERS for path in change.fields)


def test_that_the_least_budget_named_is_enough_for_some_recipe(folders: dict[str, Path]) -> None:
    asked = recipe(folders["large"])
    advice = would_fit(asked, machine(), 1 << 30)
    assert advice.changes == ()
    assert would_fit(asked, machine(), advice.least_bytes).changes


def test_that_the_files_own_settings_are_its_pins(folders: dict[str, Path]) -> None:
    asked = recipe(folders["small"], method={"rank": 8}, training={"micro_batch": "auto", "max_length": 256})
    assert pins_of(asked) == {"method.rank", "training.max_length"}


def test_that_what_fits_already_needs_no_advice(folders: dict[str, Path]) -> None:
    advice = would_fit(recipe(folders["small"]), machine())
    assert (advice.changes, advice.sentences()) == ((), [])


def test_that_three_answers_say_their_trade_and_time(folders: dict[str, Path]) -> None:
    answers = alternatives(recipe(folders["large"]), machine(), rows=2000)
    assert [answer.label for answer in answers] == ["best quality", "balanced", "fastest"]
    best, balanced, fastest = answers
    assert best.plan.recipe.method.rank >= balanced.plan.recipe.method.rank
    assert fastest.tokens_per_second >= balanced.tokens_per_second >= best.tokens_per_second
    for answer in answers:
        assert answer.seconds is not None
        assert answer.seconds > 0
        assert "rank" in answer.why
        assert answer.to_dict()["peak_bytes"] == answer.plan.peak_bytes


def test_that_the_best_offer_buys_ranks_and_no_more_experts_than_were_measured(folders: dict[str, Path]) -> None:
    """Twice the experts or twice the rank train as many weights; with room for both, only the rank is raised."""
    asked = recipe(folders["small"], method={"rank": 8, "experts": 8}, training={"max_length": 256})
    best, *_ = alternatives(asked, machine(24), pins=["training.max_length"])
    assert best.plan.recipe.method.rank > 8
    assert best.plan.recipe.method.experts == 8
    pinned, *_ = alternatives(asked, machine(24), pins=["training.max_length", "method.rank"])
    assert pinned.plan.recipe.method.experts == 8
    few = recipe(folders["small"], method={"rank": 8, "experts": 4}, training={"max_length": 256})
    more, *_ = alternatives(few, machine(24), pins=["training.max_length", "method.rank"])
    assert more.plan.recipe.method.experts == 8, "as many as were measured are worth a little, where the rank is fixed"
