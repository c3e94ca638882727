"""Verdicts on runs that were really trained to be what they are: `python -m tests.bench.bench_routing --keep`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from studio.core.routing.figures import RoutingFigures, routing_figures
from studio.core.routing.routed import Routed
from studio.core.routing.verdict import COLLAPSING, FEW_STEPS, REMEDIES, SPECIALISED, Verdict, judge
from studio.core.run.load_reader import Window

RUNS = np.load(Path(__file__).with_name("trained_runs.npz"))
KINDS = sorted({name.split("/")[0] for name in RUNS.files})
ONE_SLOT = {"top-1", "switch", "switch collapsed", "top-p"}  # that a token takes at least
SEEDS = (0, 1)


def figures(kind: str, seed: int, answers: bool) -> RoutingFigures:
    counts = RUNS[f"{kind}/{seed}/{'answers' if answers else 'all'}"]
    return routing_figures(counts, 1 if kind in ONE_SLOT else 2)


def verdict(kind: str, seed: int, answers: bool = False) -> Verdict:
    found = figures(kind, seed, answers)
    return judge(found, [f"layer {row}" for row in range(len(found.slots))], 101, 120, answers)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["balanced", "usual", "top-1", "top-p"])
def test_that_an_even_run_is_not_called_bad_on_all_tokens_nor_collapsing_on_answers(kind: str, seed: int) -> None:
    assert not verdict(kind, seed).is_bad
    assert verdict(kind, seed, answers=True).kind != "collapsing"


@pytest.mark.parametrize("answers", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["collapsed", "switch collapsed"])
def test_that_a_collapsed_run_is_called_so(kind: str, seed: int, answers: bool) -> None:
    found = verdict(kind, seed, answers)
    assert found.kind == "collapsing"
    assert "a higher balance weight" in found.advice
    assert len(found.layers_of("collapsing")) >= 2


def test_that_the_remedies_are_in_words_and_name_no_field_of_a_recipe() -> None:
    assert not [said for said in REMEDIES.values() if re.search(r"[a-z]\.[a-z]|_", said)]


@pytest.mark.parametrize("answers", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["balanced", "collapsed", "switch collapsed"])
def test_that_tasks_which_are_one_and_the_same_tell_nothing(kind: str, seed: int, answers: bool) -> None:
    assert figures(kind, seed, answers).told.max() < 0.01
    assert not verdict(kind, seed, answers).layers_of("task-specialised")


@pytest.mark.parametrize("seed", SEEDS)
def test_that_a_specialised_run_is_called_so(seed: int) -> None:
    found = verdict("specialised", seed)
    assert found.kind == "task-specialised"
    assert not found.is_bad


def test_that_the_thresholds_lie_between_the_kinds_and_not_beside_one() -> None:
    even = min(figures(kind, seed, False).spread.min() for kind in ("balanced", "usual", "top-1") for seed in SEEDS)
    worst = max(figures(kind, seed, False).spread.min() for kind in ("collapsed", "switch collapsed") for seed in SEEDS)
    assert worst + 0.2 < COLLAPSING < even - 0.2
    usual = max(figures("usual", seed, False).told.mean() for seed in SEEDS)
    special = min(figures("specialised", seed, False).told.mean() for seed in SEEDS)
    assert usual < SPECIALISED < special


@pytest.mark.parametrize("answers", [False, True])
def test_that_nothing_is_advised_before_balance_could_act(answers: bool) -> None:
    """Seen after the first of 14 steps: "Collapsing in 2 of 30 layers. Start again", of routers as they begin."""
    found = figures("collapsed", 0, answers)
    names = [f"layer {row}" for row in range(len(found.slots))]
    early = judge(found, names, 1, FEW_STEPS - 1, answers)
    assert (early.kind, early.is_bad, early.advice) == ("too early", False, "")
    assert all(layer.kind == "too early" and "in effect" in layer.sentence for layer in early.layers)
    assert judge(found, names, 1, FEW_STEPS, answers).kind == "collapsing"


def test_that_too_early_is_said_once() -> None:
    loads = np.full((FEW_STEPS, 2, 8), 10, np.float32)
    for last, answered in ((FEW_STEPS - 1, False), (FEW_STEPS, True)):
        window = Window(tuple(range(1, last + 1)), loads[:last], {"shop": loads[:last]})
        whole, answers = Routed(("layer 0", "layer 1")).verdicts(window, window)
        assert (whole.kind, answers is not None) == ("healthy" if answered else "too early", answered)
