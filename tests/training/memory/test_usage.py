"""What is measured of memory."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from safetensors import SafetensorError

from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.training.memory import usage
from studio.training.memory.usage import Peak, empty_cache, measured_peak, reset_peak

MIB = 2**20
PAGING_FILE = 1455  # Windows: "The paging file is too small for this operation to complete."
CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        SafetensorError(f"I/O error: mapping failed (os error {PAGING_FILE if os.name == 'nt' else errno.ENOMEM})"),
    ],
)
def test_that_memory_that_ran_out_is_distinguished_from_other_errors(error: Exception) -> None:
    assert is_out_of_memory(error)
    assert not is_out_of_memory(RuntimeError("shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("out of memory"))
    assert not is_out_of_memory(OSError(errno.ENOENT, "no such file"))
    assert not is_out_of_memory(SafetensorError("InvalidHeaderDeserialization"))


def test_that_a_real_allocation_beyond_the_machine_is_known_as_memory_that_ran_out() -> None:
    with pytest.raises((RuntimeError, MemoryError)) as caught:
        torch.empty(2**55, dtype=torch.float64)
    assert is_out_of_memory(caught.value)


def test_that_trouble_is_described_in_one_line() -> None:
    assert trouble_of(RuntimeError("first.\nsecond")) == "first"
    assert trouble_of(MemoryError()) == "no details were given"
    assert len(trouble_of(RuntimeError("x" * 500))) == 160


def test_that_the_peak_is_what_was_held_at_most_since_it_was_reset() -> None:
    empty_cache(CPU)
    reset_peak(CPU)
    before = measured_peak(CPU).bytes
    # Where the system cannot forget an earlier peak, it has to be exceeded.
    hidden = max(0, before - psutil.Process().memory_info().rss)
    held = np.ones((hidden + 200 * MIB) // 8)
    del held
    assert measured_peak(CPU).bytes >= before + 150 * MIB
    reset_peak(CPU)
    if sys.platform == "linux":
        after = measured_peak(CPU)
        assert after.bytes < before + 150 * MIB
        assert after.least is None


def test_that_a_peak_under_a_mark_that_the_system_keeps_is_known_for_no_more_than_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    marks = {"highest": 900 * MIB, "now": 400 * MIB}

    def refuse(path: Path, text: str, encoding: str) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(usage, "_highest_resident", lambda: marks["highest"])
    monkeypatch.setattr(usage, "_resident", lambda: marks["now"])
    monkeypatch.setattr(Path, "write_text", refuse)
    peak = usage.ResidentPeak()
    assert peak.read().least is None  # what was never reset counts from the process's start
    peak.reset()
    marks["now"] = 500 * MIB
    assert (peak.read().bytes, peak.read().least) == (900 * MIB, 500 * MIB)
    assert "at most" in peak.read().what
    assert peak.read().without(100 * MIB) == Peak(800 * MIB, peak.read().what, 400 * MIB)
    marks["highest"] = 901 * MIB
    assert (peak.read().bytes, peak.read().least) == (901 * MIB, None)
    marks["now"] = 900 * MIB
    peak.reset()  # a mark that is of this moment hides nothing
    assert peak.read().least is None


def test_that_a_plan_is_compared_with_what_tensors_held_and_the_budget_with_what_was_reserved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 900 * MIB)
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda device: 1000 * MIB)
    peak = measured_peak(torch.device("cuda"))
    assert (peak.bytes, peak.within) == (900 * MIB, 1000 * MIB)
    assert Peak(5 * MIB, "").within == 5 * MIB
