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
    "lora::": 189,
    "mixlora:fused:": 254,
    "mixlora:masked:": 353,
    "mixlora:fused:checkpointing": 340,
    "moelora::": 497,
    "lora::three": 408,
    "mixlora:fused:three": 638,
    "mixlora:masked:three": 935,
    "moelora::three": 1332,
}
# MixDoRA asks for each expert's tokens, whose number it has to wait for.
STALLS_A_LAYER = {"mixlora:masked:magnitudes": 16}
MOST_STALLS_A_STEP = 3  # transformers' look at positions, the losses read, the loads read
MOST_OF_THREE = 7  # three adapters over one base: the last two for each


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], dict[str, Any]]:
    """Each kind's counts at one layer and at two, by (kind, layers)."""
    library = build_guard(tmp_path_factory.mktemp("guard"))
    if library is None:
        pytest.skip("there is no g++, which the fake device is compiled with")
    wanted = [(kind, layers) for kind in (*MOST_KERNELS, *STALLS_A_LAYER) for layers in (1, 2)]
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


@pytest.mark.parametrize("kind", MOST_KERNELS)
def test_that_a_layer_launches_no_more_kernels_than_agreed(
    kind: str, counted: dict[tuple[str, int], dict[str, Any]]
) -> None:
    assert counted[kind, 2]["kernels"] - counted[kind, 1]["kernels"] <= MOST_KERNELS[kind]
