"""Cards as NVML describes them, and NVML that is absent, broken or shy."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from studio.core.process.visible_cards import with_all_cards
from studio.hardware import CardCurves, automatic_budget, detect, reserve_bytes, see_only
from studio.hardware.machine import GIB, Device, Process, Torch
from studio.hardware.nvidia import Nvml, driver_total_bytes
from tests.hardware.fake_nvml import CARD, FakeNvml


@pytest.fixture(autouse=True)
def _cuda_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.hardware.detection.installed_torch", lambda: Torch("2.13.0", "cuda", "13.0"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_that_a_24_gib_card_is_described_in_full() -> None:
    card = detect(Nvml(FakeNvml(CARD))).best_device
    assert (card.kind, card.name, card.index) == ("cuda", "NVIDIA GeForce RTX 4090", 0)
    assert (card.total_bytes, card.free_bytes) == (24 * GIB, 23 * GIB)
    assert card.compute_capability == (8, 9)
    assert card.driver == "580.65.06"
    assert card.torch_name == "cuda:0"
    assert (card.cores, card.clock_hz) == (16384, 2520e6)
    assert card.usable


def test_that_a_display_on_the_card_is_seen_and_leaves_the_desktop_its_share() -> None:
    machine = detect(Nvml(FakeNvml({**CARD, "display": 1})))
    card = machine.best_device
    assert card.has_display
    amount, why = reserve_bytes(card, "Linux")
    assert amount == 24 * GIB // 10
    assert "display" in why
    assert automatic_budget(card, machine) == card.free_bytes - amount


def test_that_a_small_card_with_a_display_leaves_a_whole_gib() -> None:
    card = Device("cuda", "RTX 3050", 0, 8 * GIB, 8 * GIB, vendor="nvidia", has_display=True)
    assert reserve_bytes(card, "Linux")[0] == GIB
    assert reserve_bytes(replace(card, has_display=False), "Windows")[0] == GIB
    assert reserve_bytes(replace(card, has_display=False), "Linux")[0] < GIB


def test_that_of_two_cards_the_larger_is_taken_and_each_can_be_named() -> None:
    small = {**CARD, "name": "RTX 3060", "total": 12 * GIB, "free": 12 * GIB, "uuid": "GPU-2"}
    machine = detect(Nvml(FakeNvml(small, CARD)))
    assert [device.torch_name for device in machine.devices] == ["cuda:0", "cuda:1", "cpu"]
    assert machine.best_device.index == 1
    named = machine.device("cuda:0")
    assert named is not None
    assert named.name == "RTX 3060"
    assert machine.device("cuda") == machine.best_device
    assert machine.device("cuda:2") is None


def test_that_hidden_cards_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {**CARD, "name": "RTX 3060", "uuid": "GPU-2"}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    machine = detect(Nvml(FakeNvml(small, CARD)))
    assert [(device.name, device.index) for device in machine.devices[:-1]] == [("NVIDIA GeForce RTX 4090", 0)]
    assert any("hides 1 of 2" in note for note in machine.notes)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-2")
    assert detect(Nvml(FakeNvml(small, CARD))).best_device.name == "RTX 3060"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert detect(Nvml(FakeNvml(small, CARD))).best_device.kind == "cpu"


@pytest.fixture
def _before_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not imported torch, which leaves the variables as they were."""
    for name in ("CUDA_VISIBLE_DEVICES", "MIXLORA_STUDIO_CARDS_BEFORE"):
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, "torch", raising=False)


SMALL = {**CARD, "name": "RTX 3060", "total": 12 * GIB, "free": 12 * GIB, "uuid": "GPU-2"}


@pytest.mark.usefixtures("_before_torch")
def test_that_a_process_shows_cuda_its_own_card_alone_and_still_knows_the_other() -> None:
    nvml = Nvml(FakeNvml(SMALL, CARD))
    assert see_only(detect(nvml).best_device)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == CARD["uuid"]
    small, large = detect(nvml).devices[:-1]
    # In a recipe it keeps its name; to torch it is the only one.
    assert (large.torch_name, large.name_here, large.hidden) == ("cuda:1", "cuda:0", False)
    assert (small.torch_name, small.hidden) == ("cuda:0", True)
    assert not see_only(small), "a process keeps the card that it began with"
    assert "CUDA_VISIBLE_DEVICES" not in with_all_cards(os.environ), "the next worker must choose among both"


@pytest.mark.usefixtures("_before_torch")
def test_that_of_the_cards_that_the_user_shows_one_is_taken_by_its_own_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    third = {**CARD, "name": "RTX 3070", "uuid": "GPU-3"}
    nvml = Nvml(FakeNvml(SMALL, third, CARD))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,0")
    named = detect(nvml).device("cuda:1")
    assert named is not None
    assert see_only(named)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "GPU-2"
    assert [(each.name, each.hidden) for each in detect(nvml).devices[:-1]] == [
        ("NVIDIA GeForce RTX 4090", True),
        ("RTX 3060", False),
    ]
    assert with_all_cards(os.environ)["CUDA_VISIBLE_DEVICES"] == "2,0"


@pytest.mark.usefixtures("_before_torch")
def test_that_a_card_without_a_uuid_is_shown_by_its_number() -> None:
    nvml = Nvml(FakeNvml(*({key: value for key, value in each.items() if key != "uuid"} for each in (SMALL, CARD))))
    assert see_only(detect(nvml).best_device)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "1"
    assert detect(nvml).best_device.name_here == "cuda:0"


def test_that_nothing_is_hidden_once_torch_may_have_counted_the_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())
    assert not see_only(detect(Nvml(FakeNvml(CARD))).best_device)
    assert "CUDA_VISIBLE_DEVICES" not in os.environ
    assert not see_only(detect(Nvml(FakeNvml())).cpu_device)


def test_that_a_cards_serial_mark_is_not_printed() -> None:
    assert CARD["uuid"] not in str(detect(Nvml(FakeNvml(CARD))).as_dict())


def test_that_a_machine_without_nvidias_driver_is_no_news() -> None:
    missing = FakeNvml.NVMLError_LibraryNotFound("NVML Shared Library Not Found")
    machine = detect(Nvml(FakeNvml(init_error=missing)))
    assert [device.kind for device in machine.devices] == ["cpu"]
    assert not any("NVIDIA" in note for note in machine.notes)


def test_that_a_driver_that_does_not_answer_is_a_note_and_no_exception() -> None:
    machine = detect(Nvml(FakeNvml(init_error=FakeNvml.NVMLError("Driver/library version mismatch"))))
    assert machine.best_device.kind == "cpu"
    assert any("version mismatch" in note for note in machine.notes)


def test_that_a_missing_nvml_package_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    machine = detect(Nvml())
    assert any("nvidia-ml-py is not installed" in note for note in machine.notes)


def test_that_one_lost_card_hides_neither_the_other_nor_itself() -> None:
    machine = detect(Nvml(FakeNvml({**CARD, "lost": True}, {**CARD, "name": "RTX 3090"})))
    assert machine.best_device.name == "RTX 3090"
    assert any("GPU is lost" in note for note in machine.notes)


def test_that_a_card_which_shares_the_systems_memory_is_given_that() -> None:
    shy = {key: CARD[key] for key in ("name", "capability", "uuid")} | {"name": "NVIDIA GB10"}
    machine = detect(Nvml(FakeNvml(shy)))
    card = machine.devices[0]
    assert card.shares_system_memory
    assert card.total_bytes == machine.ram_total_bytes


def test_that_processes_are_told_with_and_without_their_memory() -> None:
    processes = [SimpleNamespace(pid=7, usedGpuMemory=GIB), SimpleNamespace(pid=9, usedGpuMemory=None)]
    card = detect(Nvml(FakeNvml({**CARD, "processes": processes}))).best_device
    assert card.processes == (Process(7, GIB), Process(9, None))


def test_that_a_cpu_build_of_torch_makes_the_card_unusable_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.hardware.detection.installed_torch", lambda: Torch("2.13.0+cpu", "cpu"))
    machine = detect(Nvml(FakeNvml(CARD)))
    assert machine.best_device.kind == "cpu"
    assert not machine.devices[0].usable
    assert "2.13.0+cpu is a cpu build" in machine.devices[0].why_not


def test_that_readings_are_taken_without_opening_the_library_again() -> None:
    fake = FakeNvml(CARD)
    nvml = Nvml(fake)
    first, second = nvml.readings()[0], nvml.readings()[0]
    assert fake.inits == 1
    assert first == second
    assert (first.utilisation, first.temperature, first.power) == (97.0, 61.0, 312.5)
    assert (first.used_bytes, first.total_bytes) == (GIB, 24 * GIB)


def test_that_a_reading_that_a_card_refuses_is_none() -> None:
    reading = Nvml(FakeNvml({"name": "old card"})).readings()[0]
    assert reading.name == "old card"
    assert (reading.utilisation, reading.used_bytes, reading.temperature, reading.power) == (None, None, None, None)


class _Cuda:
    """nvcuda.dll that grants `total` bytes of the card at `bus`."""

    def __init__(self, bus: str, total: int) -> None:
        self.bus, self.total = bus, total

    def cuInit(self, flags: int) -> int:
        return 0

    def cuDeviceGetByPCIBusId(self, handle: object, bus: bytes) -> int:
        return 0 if bus.decode() == self.bus else 101

    def cuDeviceTotalMem_v2(self, total: SimpleNamespace, handle: object) -> int:
        total._obj.value = self.total
        return 0


def test_that_windows_takes_the_smaller_of_nvmls_and_the_drivers_figure() -> None:
    card = Device("cuda", "RTX 4090", 0, 24 * GIB, 23 * GIB, vendor="nvidia", bus="00000000:01:00.0")

    def granted(total: int, bus: str = card.bus) -> int:
        return driver_total_bytes(card, "win32", lambda name: _Cuda(bus, total))

    assert granted(23 * GIB) == 23 * GIB
    assert granted(25 * GIB) == 24 * GIB
    assert granted(23 * GIB, bus="00000000:02:00.0") == 24 * GIB
    assert driver_total_bytes(card, "linux", lambda name: _Cuda(card.bus, GIB)) == 24 * GIB


def test_that_windows_without_cudas_driver_keeps_nvmls_figure() -> None:
    def absent(name: str) -> object:
        raise OSError(name)

    card = Device("cuda", "RTX 4090", 0, 24 * GIB, 23 * GIB, vendor="nvidia")
    assert driver_total_bytes(card, "win32", absent) == 24 * GIB


def test_that_a_runs_charts_read_their_own_card_and_at_most_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    other = CARD | {"bus": "00000000:02:00.0", "temperature": 40, "busy": 3, "milliwatts": 20_000}
    told = {"gpu_percent": 3.0, "gpu_celsius": 40.0, "gpu_watts": 20.0}
    curves = CardCurves("00000000:02:00.0", Nvml(FakeNvml(CARD, other)))
    assert [curves.sample(), curves.sample()] == [told, {}]
    monkeypatch.setattr(sys.modules[CardCurves.__module__], "PERIOD", 0.0)
    curves = CardCurves("00000000:02:00.0", Nvml(FakeNvml(CARD, other)))
    assert [curves.sample(), curves.sample()] == [told, told]


def test_that_a_card_adds_no_curve_of_what_it_does_not_tell() -> None:
    silent = {"name": "laptop card", "bus": "00000000:01:00.0", "temperature": 55}
    assert CardCurves("00000000:01:00.0", Nvml(FakeNvml(silent))).sample() == {"gpu_celsius": 55.0}
    assert CardCurves("", Nvml(FakeNvml(CARD))).sample() == {}
    assert CardCurves("00000000:09:00.0", Nvml(FakeNvml(CARD))).sample() == {}
