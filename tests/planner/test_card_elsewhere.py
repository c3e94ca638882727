"""A plan for a card that is not in this machine follows the card's own figures, and claims nothing of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe
from studio.hardware.cards import find_card
from studio.hardware.machine import GIB
from studio.planner import Plan, alternatives, for_card, plan_recipe, would_fit
from studio.planner import auto_fields as choices
from studio.planner.ledger import Measured, add_measured
from studio.planner.shape import shape_of_model
from studio.planner.speed_estimate import tokens_per_second
from tests.planner.machines import LLAMA_3_8B, SMALL, config_folder, machine, processor_only, recipe


@pytest.fixture
def large(tmp_path: Path) -> Recipe:
    return recipe(config_folder(tmp_path / "large", LLAMA_3_8B), machine={"device": "cpu"})


@pytest.fixture
def small(tmp_path: Path) -> Recipe:
    return recipe(config_folder(tmp_path / "small", SMALL), training={"max_steps": 10})


def _planned(asked: Recipe, card: str, budget: int | None = None) -> Plan:
    return plan_recipe(*for_card(asked, processor_only(), find_card(card)), budget)


def test_that_an_8b_model_is_planned_for_a_card_from_a_laptop_without_one(large: Recipe) -> None:
    plan = _planned(large, "RTX 4060 Ti 16GB")
    assert plan.fits
    assert plan.recipe.model.precision == "nf4"
    assert plan.to_dict()["device"] == {
        "kind": "cuda",
        "name": "GeForce RTX 4060 Ti 16GB",
        "total_bytes": 16 * GIB,
        "free_bytes": plan.device.free_bytes,
        "present": False,
    }
    assert "not in this machine" in plan.notes[0]
    assert plan_recipe(large, processor_only()).to_dict()["device"]["present"] is True


def test_that_a_card_of_the_same_figures_is_planned_alike_here_and_elsewhere(large: Recipe) -> None:
    there = _planned(large, "4090")
    real = machine(24, free=there.device.free_bytes / GIB, has_display=True)
    here = plan_recipe(large.model_copy(update={"machine": large.machine.model_copy(update={"device": "auto"})}), real)
    assert (here.items, here.budget_bytes, here.recipe) == (there.items, there.budget_bytes, there.recipe)


@pytest.mark.parametrize(("card", "precision"), [("2080 ti", "fp16"), ("T4", "fp16"), ("3060 12GB", "bf16")])
def test_that_the_precision_follows_the_cards_capability(small: Recipe, card: str, precision: str) -> None:
    assert _planned(small, card).recipe.model.precision == precision


def test_that_a_card_on_which_the_kernels_do_not_run_is_planned_without_them(
    small: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.planner.methods.mixlora._triton_installed", lambda: True)
    assert _planned(small, "2070 8GB").form == "masked"
    assert _planned(small, "3060 12GB").form == "fused"
    wished = small.model_copy(update={"method": small.method.model_copy(update={"form": "fused"})})
    assert _planned(wished, "3060 12GB").form == "fused"
    with pytest.raises(ProblemError, match="from RTX 30 on"):
        _planned(wished, "2070 8GB")


def test_that_a_budget_beyond_the_card_is_not_said_of_this_machine(large: Recipe) -> None:
    plan = _planned(large, "4060", 100 * GIB)
    assert plan.budget_bytes == 8 * GIB
    assert not any("is not available" in note or "is free now" in note for note in plan.notes)
    assert any(
        "100 GiB is more than the card's memory: GeForce RTX 4060 8GB has 8.0 GiB" in note for note in plan.notes
    )
    assert _planned(large, "4060", 6 * GIB).budget_bytes == 6 * GIB


def test_that_what_is_free_on_a_card_elsewhere_is_not_asked_about(small: Recipe) -> None:
    plan = _planned(small, "4060", 8 * GIB)
    assert not any("close other programs" in note for note in plan.notes)


def test_that_past_runs_of_this_machine_teach_nothing_of_a_card_elsewhere(small: Recipe) -> None:
    plan = _planned(small, "4060")
    computed = plan.measurable_computed_bytes
    for run in range(3):
        add_measured(
            Measured(
                run=str(run),
                device=plan.device.name,
                form=plan.form,
                precision=plan.recipe.model.precision,
                checkpointing=bool(plan.recipe.training.checkpointing),
                computed_bytes=computed,
                measured_bytes=int(1.4 * computed),
            )
        )
    assert _planned(small, "4060").peak_bytes == plan.peak_bytes


def test_that_a_time_is_told_only_from_published_figures_and_said_to_be_rough(small: Recipe) -> None:
    known = alternatives(*for_card(small, processor_only(), find_card("RTX 3090")))
    assert known
    for answer in known:
        assert answer.seconds is not None
        assert "published figures" in answer.basis
    for card in ("RTX 4070 Laptop", "RTX 2080 Ti", "T4"):
        for answer in alternatives(*for_card(small, processor_only(), find_card(card))):
            assert (answer.seconds, answer.tokens_per_second) == (None, None)
            assert "not been measured" in answer.basis


def test_that_a_card_with_more_to_give_is_expected_to_be_faster(large: Recipe) -> None:
    shape = shape_of_model(LLAMA_3_8B)

    def speed(card: str) -> float:
        asked, there = for_card(large, processor_only(), find_card(card))
        decided = plan_recipe(recipe(asked.model.source, model={"precision": "nf4"}), there, 1).recipe
        return tokens_per_second(decided, shape, there.best_device)

    assert speed("4060") < speed("3090") < speed("4090") < speed("H100 SXM")


def test_that_advice_for_a_card_elsewhere_says_what_this_installation_lacks(
    large: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "quantisation_installed", lambda: False)
    (said,) = would_fit(*for_card(large, processor_only(), find_card("4060"))).sentences()
    assert "bitsandbytes, which is not installed" in said
