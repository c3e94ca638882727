"""What a training step asks of a card: no mix of devices, no stall inside a layer, and not more kernels than agreed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fake_cuda.device import build_guard

pytestmark = pytest.mark.slow

# Kernels a layer and step, without clipping and the optimiser's own: the present counts, which may only fall. A row
# that goes over is a launch more for every layer of every micro-batch, 6 to 10 microseconds each.
MOST_KERNELS = {
    "lora::": 149,
    "mixlora:fused:": 214,
    "mixlora:masked:": 313,
    "mixlora:fused:checkpointing": 286,
    "moelora::": 457,
    "lora::three": 368,
    "mixlora:fused:three": 598,
    "mixlora:masked:three": 895,
    "moelora::three": 1292,
}
# MixDoRA asks for the experts' tokens, whose numbers it has to wait for.
STALLS_A_LAYER = {"mixlora:masked:magnitudes": 1}
IN_RAM = ("lora::ram", "mixlora:fused:checkpointing,ram", "mixlora:masked:magnitudes,ram")
LAYERS_IN_RAM = 5
MOST_STALLS_A_STEP = 3  # transformers' look at positions, the losses read, the loads read
MOST_OF_THREE = 7  # three adapters over one base: the last two for each


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], dict[str, Any]]:
    """Each kind's counts at one layer and at two, by (kind, layers); in RAM are more."""
    library = build_guard(tmp_path_factory.mktemp("guard"))
    if library is None:
        pytest.skip("there is no g++, which the fake device is compiled with")
    wanted = [(kind, layers) for kind in (*MOST_KERNELS, *STALLS_A_LAYER) for layers in (1, 2)]
    wanted += [(kind, LAYERS_IN_RAM) for kind in IN_RAM]
    cases = [":".join([*kind.split(":")[:2], str(layers), "2", "64", kind.split(":")[2]]) for kind, layers in wanted]
    command = [sys.executable, "-W", "ignore", "-m", "tests.fake_cuda.step", str(library), *cases]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return dict(zip(wanted, answers, strict=True))


def test_that_no_operation_mixes_the_processor_with_the_card(counted: dict[tuple[str, int], dict[str, Any]]) -> None:
    assert {kind: counts["mixed"] for kind, counts in counted.items() if counts["mixed"]} == {}


def test_that_no_layer_makes_the_processor_wait(counted: dict[tuple[str, int], dict[str, Any]]) -> None:
    for kind in (*MOST_KERNELS, *STALLS_A_LAYER):
        one, two = counted[kind, 1], counted[kind, 2]
        assert two["stalls"] - one["stalls"] == STALLS_A_LAYER.get(kind, 0), (kind, two["stalls_at"])
        most = MOST_OF_THREE if kind.endswith("three") else MOST_STALLS_A_STEP
        assert one["stalls"] - STALLS_A_LAYER.get(kind, 0) <= most, (kind, one["stalls_at"])


@pytest.mark.parametrize("kind", IN_RAM)
def test_that_layers_come_from_the_machines_memory_without_a_wait_or_a_kernel_more(
    kind: str, counted: dict[tuple[str, int], dict[str, Any]]
) -> None:
    plain, moved = kind.replace(",ram", "").replace("ram", ""), counted[kind, LAYERS_IN_RAM]
    one, two = counted[plain, 1], counted[plain, 2]
    # Twice each, but for the two that are there still: all in one copy of its own.
    assert len(moved["brought"]) == 2 * (LAYERS_IN_RAM - 2)
    assert moved["waited_for"] == 0
    # The tokens are looked up beside the card, which is one wait a step, and there is no kernel for it.
    for each, more in (("kernels", -1), ("stalls", 1)):
        assert moved[each] == one[each] + (LAYERS_IN_RAM - 1) * (two[each] - one[each]) + more, each


@pytest.mark.parametrize("kind", MOST_KERNELS)
def test_that_a_layer_launches_no_more_kernels_than_agreed(
    kind: str, counted: dict[tuple[str, int], dict[str, Any]]
) -> None:
    assert counted[kind, 2]["kernels"] - counted[kind, 1]["kernels"] <= MOST_KERNELS[kind]
