"""A card that is not here: found by whatever people call it, with the memory and capability that it has."""

from __future__ import annotations

import re

import pytest

from studio.core.problem import ProblemError
from studio.hardware.card_table import CARDS, DATA_CENTRE
from studio.hardware.cards import absent_device, find_card, with_card
from studio.hardware.machine import GIB
from studio.hardware.reserve import automatic_budget
from tests.planner.machines import machine


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("4060", "RTX 4060 8GB"),
        ("rtx4060 8gb", "RTX 4060 8GB"),
        ("RTX 4060 8GB", "RTX 4060 8GB"),
        ("RTX 4060 Ti 16GB", "RTX 4060 Ti 16GB"),
        ("4060ti 8 GB", "RTX 4060 Ti 8GB"),
        ("GeForce RTX 3090", "RTX 3090 24GB"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "RTX 4090 Laptop 16GB"),
        ("4070 ti super", "RTX 4070 Ti SUPER 16GB"),
        ("2080 Ti", "RTX 2080 Ti 11GB"),
        ("rtx 3060 mobile", "RTX 3060 Laptop 6GB"),
        ("A4000", "RTX A4000 16GB"),
        ("RTX 4000 Ada Generation", "RTX 4000 Ada 20GB"),
        ("Tesla T4", "T4 16GB"),
        ("NVIDIA A100-SXM4-80GB", "A100 SXM 80GB"),
        ("A100 40GiB", "A100 40GB"),
        ("NVIDIA A100-PCIE-40GB", "A100 40GB"),
        ("NVIDIA H100 PCIe", "H100 PCIe 80GB"),
        ("h200", "H200 SXM 141GB"),
        ("L40S", "L40S 48GB"),
        ("l4", "L4 24GB"),
    ],
)
def test_that_a_card_is_found_by_whatever_people_call_it(wanted: str, found: str) -> None:
    assert find_card(wanted).short_name == found


def test_that_every_card_is_found_by_its_own_names() -> None:
    for card in CARDS:
        assert find_card(card.short_name) == find_card(card.full_name) == card
    assert len({card.short_name for card in CARDS}) == len(CARDS)


@pytest.mark.parametrize(
    ("wanted", "choices"),
    [
        ("RTX 3080", ("RTX 3080 12GB", "RTX 3080 10GB")),
        ("4060 Ti", ("RTX 4060 Ti 16GB", "RTX 4060 Ti 8GB")),
        ("H100 80GB", ("H100 SXM 80GB", "H100 PCIe 80GB")),
        ("A100 80GB", ("A100 SXM 80GB", "A100 PCIe 80GB")),
    ],
)
def test_that_an_ambiguous_name_lists_its_choices(wanted: str, choices: tuple[str, ...]) -> None:
    with pytest.raises(ProblemError, match="several cards") as raised:
        find_card(wanted)
    (problem,) = raised.value.problems
    assert re.findall(r"(?:RTX|[AH]\d+)[^,.]*?\d+GB", problem.remedy.replace(" or ", ", ")) == list(choices)


def test_that_a_memory_which_a_card_never_had_lists_what_it_has() -> None:
    with pytest.raises(ProblemError, match="the RTX 4060 does not exist with that much memory") as raised:
        find_card("RTX 4060 12GB")
    assert "RTX 4060 8GB or RTX 4060 Laptop 8GB" in raised.value.problems[0].remedy


@pytest.mark.parametrize(
    "wanted", ["RTX 4061", "Radeon 7900", "", "GB", "   ", "rtx", "1080 ti", "💾", f"{'9' * 5000}GB"]
)
def test_that_an_unknown_card_is_a_problem_with_the_nearest_names(wanted: str) -> None:
    with pytest.raises(ProblemError, match="card is unknown") as raised:
        find_card(wanted)
    assert re.search(r"Did you mean .*\d+GB.*\?", raised.value.problems[0].remedy)


def test_that_an_unknown_card_is_told_the_one_that_was_meant() -> None:
    with pytest.raises(ProblemError) as raised:
        find_card("RTX 4069 8GB")
    assert "RTX 4060 8GB" in raised.value.problems[0].remedy


def test_that_a_card_elsewhere_is_budgeted_like_a_real_one_with_a_desktop_on_it() -> None:
    here = machine()
    there = with_card(here, find_card("4060"))
    device = there.best_device
    assert (device.present, device.has_display, device.total_bytes) == (False, True, 8 * GIB)
    assert device.compute_capability == (8, 9)
    real = machine(8, free=device.free_bytes / GIB, has_display=True)
    assert automatic_budget(device, there) == automatic_budget(real.best_device, real)
    # What is taken of an idle card and what is left alone are both less than a third of the smallest card.
    assert automatic_budget(device, there) > 6 * GIB


def test_that_a_machine_with_a_card_elsewhere_has_no_other() -> None:
    there = with_card(machine(24), find_card("T4"))
    assert [device.kind for device in there.devices] == ["cuda", "cpu"]
    assert machine(24).best_device.present


def test_that_the_doctor_tells_nothing_of_cards_elsewhere() -> None:
    assert not set(machine().as_dict()["devices"][0]) & {"present", "tensor_flops", "bandwidth"}


def test_that_the_table_holds_no_slip() -> None:
    for card in CARDS:
        device = absent_device(card)
        assert card.capability in ((7, 0), (7, 5), (8, 0), (8, 6), (8, 9), (9, 0), (12, 0))
        # The driver reports what is on the box, or at most a sixteenth less, which error correction takes.
        assert card.gb * GIB * 15 / 16 - GIB // 64 <= card.total_bytes <= card.gb * GIB, card
        assert 0.8 * card.total_bytes < device.free_bytes < card.total_bytes
        assert card.tflops is None or card.capability >= (8, 0), card
        # Between the weakest and the strongest there are, whoever mistypes a digit.
        assert card.bandwidth is None or 12 <= card.bandwidth / card.gb <= 80, card
        assert card.bandwidth is None or card.tflops is None or 0.05 <= card.tflops / card.bandwidth <= 0.45, card
        assert device.has_display == (card.family != DATA_CENTRE)
