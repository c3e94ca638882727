"""Container limits, other makers' cards, the installed torch, and telemetry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from studio.hardware import Sampler, detect, reserve_bytes
from studio.hardware.limits import Limits, control_group_limits
from studio.hardware.machine import GIB, Device, Torch
from studio.hardware.nvidia import Nvml
from studio.hardware.other_gpus import apple_device, drm_devices
from studio.hardware.torch_build import build_of
from tests.hardware.fake_nvml import CARD, FakeNvml


def _write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_that_version_2_limits_are_read_and_cached_pages_are_not_counted_as_used(tmp_path: Path) -> None:
    root = _write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/work/inner\n",
            "sys/fs/cgroup/work/inner/memory.max": "max\n",
            "sys/fs/cgroup/work/memory.max": f"{4 * GIB}\n",
            "sys/fs/cgroup/work/memory.current": f"{3 * GIB}\n",
            "sys/fs/cgroup/work/memory.stat": f"anon 1\ninactive_file {GIB}\n",
            "sys/fs/cgroup/work/inner/cpu.max": "150000 100000\n",
        },
    )
    assert control_group_limits(root) == Limits(4 * GIB, 2 * GIB, 1.5)


def test_that_version_1_limits_are_read_and_a_huge_number_is_none(tmp_path: Path) -> None:
    root = _write(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2 * GIB}\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        },
    )
    assert control_group_limits(root) == Limits(2 * GIB, GIB, None)
    (root / "sys/fs/cgroup/memory/memory.limit_in_bytes").write_text("9223372036854771712\n", encoding="utf-8")
    assert control_group_limits(root) == Limits(None, None, None)


def test_that_no_control_groups_mean_no_limits(tmp_path: Path) -> None:
    assert control_group_limits(tmp_path) == Limits()


def test_that_a_container_limit_shrinks_the_machine_and_is_said(tmp_path: Path) -> None:
    root = _write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/memory.max": str(256 << 20),
            "sys/fs/cgroup/memory.current": str(56 << 20),
            "sys/fs/cgroup/cpu.max": "100000 100000",
        },
    )
    machine = detect(Nvml(FakeNvml()), root)
    assert machine.ram_total_bytes == 256 << 20
    assert machine.ram_available_bytes == 200 << 20
    assert machine.cores == 1
    assert any("container limit" in note for note in machine.notes)
    assert machine.cpu_device.total_bytes == 256 << 20


def test_that_this_machine_without_a_card_is_its_processor() -> None:
    machine = detect(Nvml(FakeNvml()))
    assert machine.best_device is machine.cpu_device
    assert 1 <= machine.cores <= (psutil.cpu_count() or 1)
    assert 0 < machine.ram_available_bytes <= machine.ram_total_bytes <= psutil.virtual_memory().total
    assert machine.cpu_device.name
    assert machine.device("mps") is None
    assert machine.as_dict()["devices"][-1]["kind"] == "cpu"


def _amd(root: Path) -> None:
    _write(
        root,
        {
            "card1/device/vendor": "0x1002\n",
            "card1/device/mem_info_vram_total": f"{16 * GIB}\n",
            "card1/device/mem_info_vram_used": f"{GIB}\n",
            "card1/device/product_name": "Radeon RX 7800 XT\n",
            "card1-DP-1/status": "connected\n",
            "card0/device/vendor": "0x8086\n",
        },
    )


def test_that_an_amd_card_is_cuda_to_a_rocm_build_and_processor_graphics_are_left_out(tmp_path: Path) -> None:
    _amd(tmp_path)
    (card,), notes = drm_devices(Torch("2.13.0+rocm7.1", "rocm", "7.1"), tmp_path)
    assert (card.kind, card.vendor, card.name) == ("cuda", "amd", "Radeon RX 7800 XT")
    assert (card.total_bytes, card.free_bytes) == (16 * GIB, 15 * GIB)
    assert card.has_display
    assert card.usable
    assert notes == []


def test_that_an_amd_card_without_a_rocm_build_is_shown_but_not_used(tmp_path: Path) -> None:
    _amd(tmp_path)
    (card,), notes = drm_devices(Torch("2.13.0", "cuda", "13.0"), tmp_path)
    assert not card.usable
    assert "not a ROCm build" in notes[0]


def test_that_a_discrete_intel_card_is_an_xpu(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {"card0/device/vendor": "0x8086", "card0/device/tile0/physical_vram_size_bytes": str(12 * GIB)},
    )
    (card,), _ = drm_devices(Torch("2.13.0+xpu", "xpu", "2026"), tmp_path)
    assert (card.kind, card.total_bytes, card.usable) == ("xpu", 12 * GIB, True)


@pytest.mark.parametrize(
    ("version", "text", "platform", "accelerator"),
    [
        ("2.13.0+cpu", "cuda: Optional[str] = None\nhip: Optional[str] = None\n", "linux", "cpu"),
        ("2.13.0", "cuda: Optional[str] = '13.0'\nhip: Optional[str] = None\n", "linux", "cuda"),
        ("2.13.0+rocm7.1", "cuda: Optional[str] = None\nhip: Optional[str] = '7.1.5'\n", "linux", "rocm"),
        ("2.13.0", "cuda = None\n", "win32", "cpu"),
        ("2.13.0+cu130", "", "win32", "cuda"),
        ("2.13.0", "cuda: Optional[str] = None\n", "darwin", "mps"),
    ],
)
def test_that_the_build_of_torch_is_told_from_its_files(
    version: str, text: str, platform: str, accelerator: str
) -> None:
    assert build_of(version, text, platform).accelerator == accelerator


def test_that_an_apple_gpu_is_planned_for_with_three_quarters_of_the_memory_that_it_shares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    gpu = apple_device(Torch("2.13.0", "mps"), 16 * GIB, 4 * GIB)
    assert gpu is not None
    assert (gpu.torch_name, gpu.total_bytes, gpu.free_bytes) == ("mps", 12 * GIB, 4 * GIB)
    assert gpu.shares_system_memory
    assert gpu.usable
    assert apple_device(None, 16 * GIB, 4 * GIB).why_not == "torch is not installed."  # type: ignore[union-attr]
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert apple_device(Torch("2.13.0", "cpu"), 16 * GIB, 4 * GIB) is None


def test_that_on_windows_a_card_without_a_display_keeps_the_same_reserve() -> None:
    card = Device("cuda", "RTX 4090", 0, 24 * GIB, 24 * GIB)
    assert reserve_bytes(card, "Windows")[0] == 24 * GIB // 10
    assert reserve_bytes(card, "Linux")[0] == 256 << 20


def test_that_samples_tell_of_processor_memory_and_cards() -> None:
    sample = Sampler(Nvml(FakeNvml(CARD))).sample()
    assert 0 <= sample.cpu_percent <= 100
    assert 0 < sample.ram_used_bytes < sample.ram_total_bytes
    assert sample.gpus[0].utilisation == 97


def test_that_neither_hardware_nor_planner_imports_torch_or_qt() -> None:
    code = (
        "import sys; from studio.hardware import detect, diagnose, telemetry; import studio.planner;"
        "diagnose(detect()); telemetry();"
        "print([name for name in ('torch', 'transformers', 'peft', 'PySide6') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
