"""About how long an export takes: more bytes, slower drives and larger models take longer; nothing unknown is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.gguf_formats import GGUF_FORMATS
from studio.hardware import disk_speed as measured
from studio.hardware.disk_speed import disk_speed
from studio.planner.export_times import COSTS, PACKING, export_seconds

GIGA = 10**9


@pytest.mark.parametrize("format", COSTS)
def test_that_bytes_drive_and_weights_all_count(format: str) -> None:
    usual = export_seconds(format, "", GIGA, GIGA, GIGA)
    assert usual is not None
    assert export_seconds(format, "", 2 * GIGA, GIGA, GIGA) == pytest.approx(usual + 1)
    assert export_seconds(format, "", GIGA, GIGA, GIGA / 10) == pytest.approx(usual + 9)
    assert export_seconds(format, "", GIGA, 2 * GIGA, GIGA) == pytest.approx(2 * usual - 1)
    assert export_seconds("another", "", GIGA, GIGA, GIGA) is None


def test_that_packing_and_llama_cpp_take_their_own_time() -> None:
    plain = export_seconds("gguf", "f16", GIGA, GIGA, GIGA)
    assert plain is not None
    packed = [export_seconds("gguf", name, GIGA, GIGA, GIGA) for name in PACKING]
    assert all(each is not None and each > plain for each in packed)
    assert PACKING.keys() == {name for name in GGUF_FORMATS if name[0] == "q"}
    asked = export_seconds("gguf", "f16", GIGA, GIGA, GIGA, in_llama=True)
    assert asked is not None
    assert asked > plain


def test_that_a_drive_is_measured_once_and_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "MOST", 2**22)
    disk_speed.cache_clear()
    found = disk_speed(tmp_path)
    assert found is not None
    assert found > 0
    assert disk_speed(tmp_path) == found
    assert list(tmp_path.iterdir()) == []
    assert disk_speed(tmp_path / "missing") is None
