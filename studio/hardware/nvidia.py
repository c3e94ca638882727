"""NVIDIA cards through NVML: what they have and what they are doing now.

Each query may fail (a laptop card reports no power, a container no processes), so each is made separately, and a
missing answer is a note or None, never an exception.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from studio.core.process.visible_cards import VISIBLE, narrow_to, only_card, wish
from studio.core.words import tr
from studio.hardware.machine import Device, Process

Answer = TypeVar("Answer")

SM_CLOCK = 1  # NVML_CLOCK_SM
LANE = {1: 0.25e9, 2: 0.5e9, 3: 0.985e9, 4: 1.969e9, 5: 3.938e9, 6: 7.563e9}
"""Bytes a second of one lane, by PCI Express' generation."""
LINK_SHARE = 0.8  # of it that a copy from pinned memory reaches


@dataclass(frozen=True, slots=True)
class Reading:
    """One card now: percent busy, bytes, degrees Celsius, watts; None if the card does not report it.

    `bus` is its PCI address, which identifies it whatever number CUDA_VISIBLE_DEVICES gives it.
    """

    name: str
    bus: str
    utilisation: float | None
    used_bytes: int | None
    total_bytes: int | None
    temperature: float | None
    power: float | None


class Nvml:
    """A session with the driver's management library, opened at most once and kept for cheap sampling."""

    def __init__(self, library: Any = None) -> None:
        self._library = library
        self._handles: list[Any] | None = None
        self._cards: list[tuple[str, str]] = []  # each one's name and PCI address, which never change
        self.note = ""

    def open(self) -> list[Any]:
        """Return a handle for each card; none, and a sentence in `note`, if the library or driver is missing."""
        if self._handles is not None:
            return self._handles
        self._handles = []
        if self._library is None:
            try:
                self._library = importlib.import_module("pynvml")
            except ImportError:
                self.note = tr("NVIDIA cards cannot be detected: the package nvidia-ml-py is not installed.")
                return self._handles
        library = self._library
        try:
            library.nvmlInit()
            count = library.nvmlDeviceGetCount()
        except library.NVMLError as error:
            if type(error).__name__ != "NVMLError_LibraryNotFound":  # a missing driver is normal, a broken one is not
                self.note = tr("NVIDIA's driver does not respond: {error}.", error=error)
            return self._handles
        for number in range(count):
            try:
                self._handles.append(library.nvmlDeviceGetHandleByIndex(number))
            except library.NVMLError as error:
                self.note = tr("NVIDIA card {number} does not respond: {error}.", number=number, error=error)
        return self._handles

    def devices(self) -> tuple[list[Device], list[str]]:
        """Describe every card that this process may see, in PCI order, and note what could not be found out."""
        handles = self.open()
        notes = [self.note] if self.note else []
        driver = self._ask("nvmlSystemGetDriverVersion", default="") if handles else ""
        found = []
        for number, handle in enumerate(handles):
            device, problem = self._device(handle, number, _text(driver))
            notes.extend(problem)
            if device:
                found.append(device)
        visible, unseen = _visible(found, [self._uuid(handle) for handle in handles])
        return visible, [*notes, *unseen]

    def readings(self) -> list[Reading]:
        """Sample every card; costs well under a millisecond each once the session is open."""
        handles = self.open()
        if not self._cards:
            names = (_text(self._ask("nvmlDeviceGetName", handle, default="NVIDIA card")) for handle in handles)
            self._cards = [(name, self.bus(handle)) for name, handle in zip(names, handles, strict=True)]
        return [self._reading(handle, *card) for handle, card in zip(handles, self._cards, strict=True)]

    def reading_at(self, bus: str) -> Reading | None:
        """Sample the card at a PCI address; None if NVML has no card there."""
        for handle in self.open():
            if self.bus(handle) == bus:
                return self._reading(handle, _text(self._ask("nvmlDeviceGetName", handle, default="NVIDIA card")), bus)
        return None

    def _device(self, handle: Any, number: int, driver: str) -> tuple[Device | None, list[str]]:
        name = _text(self._ask("nvmlDeviceGetName", handle, default="NVIDIA card"))
        capability = self._ask("nvmlDeviceGetCudaComputeCapability", handle, default=None)
        device = Device(
            kind="cuda",
            name=name,
            index=number,
            total_bytes=0,
            free_bytes=0,
            vendor="nvidia",
            compute_capability=tuple(capability) if capability else None,
            driver=driver,
            bus=self.bus(handle),
            cores=int(self._ask("nvmlDeviceGetNumGpuCores", handle, default=0)),
            clock_hz=1e6 * self._ask("nvmlDeviceGetMaxClockInfo", handle, SM_CLOCK, default=0),
            has_display=self._has_display(handle),
            processes=self.processes(handle),
            link=self._link(handle),
        )
        memory = self._ask("nvmlDeviceGetMemoryInfo", handle, default=None)
        if memory is not None:
            return replace(device, total_bytes=int(memory.total), free_bytes=int(memory.free)), []
        if capability and tuple(capability) >= (5, 3):
            # Jetson and GB10 have no memory of their own: the CPU's is filled in by detect().
            return replace(device, shares_system_memory=True), [tr("{name} shares the system's memory.", name=name)]
        return None, [tr("{name} does not report its memory, so nothing can be planned for it.", name=name)]

    def _link(self, handle: Any) -> float:
        """Bytes a second from the machine's memory to a card, by the fastest link that both can make; 0 if unknown."""
        generation = self._ask("nvmlDeviceGetMaxPcieLinkGeneration", handle, default=0)
        lanes = self._ask("nvmlDeviceGetMaxPcieLinkWidth", handle, default=0)
        return LINK_SHARE * lanes * LANE.get(int(generation), 0.0)

    def _has_display(self, handle: Any) -> bool:
        active = self._ask("nvmlDeviceGetDisplayActive", handle, default=0)
        connected = self._ask("nvmlDeviceGetDisplayMode", handle, default=0)
        return bool(active or connected)

    def processes(self, handle: Any) -> tuple[Process, ...]:
        """The processes that hold memory of a card, each once."""
        held: dict[int, int | None] = {}
        for question in ("nvmlDeviceGetComputeRunningProcesses", "nvmlDeviceGetGraphicsRunningProcesses"):
            for process in self._ask(question, handle, default=[]):
                amount = process.usedGpuMemory
                held[process.pid] = int(amount) if amount is not None else held.get(process.pid)
        return tuple(Process(pid, amount) for pid, amount in sorted(held.items()))

    def _reading(self, handle: Any, name: str, bus: str) -> Reading:
        rates = self._ask("nvmlDeviceGetUtilizationRates", handle, default=None)
        memory = self._ask("nvmlDeviceGetMemoryInfo", handle, default=None)
        power = self._ask("nvmlDeviceGetPowerUsage", handle, default=None)
        temperature = self._ask("nvmlDeviceGetTemperatureV", handle, 0, default=None)
        if temperature is None:  # drivers before 560
            temperature = self._ask("nvmlDeviceGetTemperature", handle, 0, default=None)
        return Reading(
            name=name,
            bus=bus,
            utilisation=float(rates.gpu) if rates is not None else None,
            used_bytes=int(memory.total - memory.free) if memory is not None else None,
            total_bytes=int(memory.total) if memory is not None else None,
            temperature=float(temperature) if temperature is not None else None,
            power=power / 1000 if power is not None else None,
        )

    def busy(self, handle: Any, since: int) -> tuple[dict[int, float], int]:
        """The percentage of a card's time that each process took after the moment `since`, and the newest moment.

        Moments are the driver's own (microseconds); 0 asks for all that it remembers (some seconds).
        Empty if it does not report them.
        """
        samples = self._ask("nvmlDeviceGetProcessUtilization", handle, since, default=[])
        taken: dict[int, list[float]] = {}
        for sample in samples:
            if sample.timeStamp > since:
                taken.setdefault(int(sample.pid), []).append(float(sample.smUtil))
        newest = max((int(sample.timeStamp) for sample in samples), default=since)
        return {pid: sum(shares) / len(shares) for pid, shares in taken.items()}, max(since, newest)

    def bus(self, handle: Any) -> str:
        """A card's PCI address; empty if the driver does not report it."""
        place = self._ask("nvmlDeviceGetPciInfo", handle, default=None)
        return _text(place.busId) if place is not None else ""

    def _uuid(self, handle: Any) -> str:
        return _text(self._ask("nvmlDeviceGetUUID", handle, default=""))

    def _ask(self, question: str, *arguments: Any, default: Any) -> Any:
        library = self._library
        asked: Callable[..., Any] | None = getattr(library, question, None)
        if asked is None:
            return default
        try:
            return asked(*arguments)
        except library.NVMLError:
            return default


def see_only(device: Device) -> bool:
    """Let CUDA see only `device` in this process, before torch is imported; `detect` still describes every card.

    Returns whether that was done: where it is no NVIDIA card, or too late, everything stays as it is.
    """
    return device.vendor == "nvidia" and device.present and bool(device.mark) and narrow_to(device.mark)


def _visible(devices: list[Device], uuids: list[str]) -> tuple[list[Device], list[str]]:
    """Apply CUDA_VISIBLE_DEVICES: the cards that CUDA may see, under the numbers that it will give them."""
    wanted = wish()
    # A card's number in PCI order marks it where its UUID is unknown.
    marked = [
        replace(each, mark=uuids[each.index] if each.index < len(uuids) and uuids[each.index] else str(each.index))
        for each in devices
    ]
    if wanted is None:
        return [_seen(device) for device in marked], []
    by_index = {str(device.index): device for device in marked}
    chosen: list[Device] = []
    for word in (part.strip() for part in wanted.split(",")):
        device = by_index.get(word)
        if device is None and word.startswith("GPU-"):
            fitting = [number for number, uuid in enumerate(uuids) if uuid.startswith(word)]
            device = by_index.get(str(fitting[0])) if len(fitting) == 1 else None
        if device is None:
            break  # as CUDA does: an unknown entry hides itself and all that follow
        chosen.append(replace(device, index=len(chosen)))
    hidden = len(devices) - len(chosen)
    notes = (
        [tr("{visible} hides {hidden} of {number} NVIDIA cards.", visible=VISIBLE, hidden=hidden, number=len(devices))]
        if hidden
        else []
    )
    return [_seen(device) for device in chosen], notes


def _seen(device: Device) -> Device:
    """The card as this process counts it."""
    only = only_card()
    if only is None:
        return device
    return replace(device, seen_as=0) if device.mark == only else replace(device, hidden=True)


def _text(answer: Any) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)


def driver_total_bytes(device: Device, platform: str = sys.platform, load: Callable[[str], Any] | None = None) -> int:
    """The memory that the CUDA driver grants on Windows, which may be less than NVML's; NVML's elsewhere.

    Asks cuDeviceTotalMem, which needs no context and so takes no memory of the card.
    """
    if platform != "win32" or device.vendor != "nvidia":
        return device.total_bytes
    import ctypes

    try:
        driver = (load or ctypes.CDLL)("nvcuda.dll")
        handle, total = ctypes.c_int(), ctypes.c_size_t()
        if (
            driver.cuInit(0) == 0
            and driver.cuDeviceGetByPCIBusId(ctypes.byref(handle), device.bus.encode()) == 0
            and driver.cuDeviceTotalMem_v2(ctypes.byref(total), handle) == 0
        ):
            return min(device.total_bytes, total.value)
    except (OSError, AttributeError):
        return device.total_bytes
    return device.total_bytes
