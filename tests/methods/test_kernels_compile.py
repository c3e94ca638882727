"""The fused kernels compile for every card that people have, ahead of time and without one."""

from __future__ import annotations

import importlib.util
import os
import sys

import pytest

from studio.methods.mixlora.forms.blocks import first_tiles
from tests.bench.bench_kernels import CAPABILITIES, KERNELS, MOST_SHARED, PART_OF, compiled_needs, kind_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="Triton is not installed"),
    pytest.mark.skipif(os.environ.get("TRITON_INTERPRET") == "1", reason="interpreted kernels are not compiled"),
    pytest.mark.skipif(sys.platform != "linux", reason="the wheel's tools are looked for as on Linux"),
]


@pytest.fixture(autouse=True)
def fresh_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_that_each_kernel_compiles_for_each_card_within_its_shared_memory_and_registers(kernel, capability):
    needs = compiled_needs(kernel, capability, "bf16", rank=16, slots=2)
    assert needs.shared <= MOST_SHARED[capability] * 1024
    assert needs.spilled == 0
    warps = getattr(first_tiles(kind_of(2, 16, "bf16")), PART_OF[kernel]).warps
    assert needs.blocks_a_multiprocessor(capability, warps) >= 2


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("dtype", "rank", "slots"), [("fp16", 64, 2), ("fp32", 16, 2), ("bf16", 32, 2)])
def test_that_larger_ranks_and_other_types_fit_the_smallest_cards(kernel, dtype, rank, slots):
    needs = compiled_needs(kernel, 86, dtype, rank, slots)
    assert needs.shared <= 99 * 1024
    assert needs.spilled <= 64
