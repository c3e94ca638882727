"""What the machine is doing now, cheap enough to ask for several times a second."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil

from studio.hardware.nvidia import Nvml, Reading

PERIOD = 1.0  # seconds between samples for a run's charts: drivers update their figures about as often


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One sample: `time` is seconds since the epoch, `cpu_percent` since the last sample, memory in bytes."""

    time: float
    gpus: tuple[Reading, ...]
    cpu_percent: float
    ram_used_bytes: int
    ram_total_bytes: int


class Sampler:
    """Takes samples; keeps the session with the driver and the processor's last counters between samples."""

    def __init__(self, nvml: Nvml | None = None) -> None:
        self._nvml = nvml or Nvml()
        psutil.cpu_percent(interval=None)  # the first answer is meaningless

    def sample(self) -> Telemetry:
        """Take one sample."""
        memory = psutil.virtual_memory()
        return Telemetry(
            time=time.time(),
            gpus=tuple(self._nvml.readings()),
            cpu_percent=psutil.cpu_percent(interval=None),
            ram_used_bytes=memory.total - memory.available,
            ram_total_bytes=memory.total,
        )


class CardCurves:
    """What a run's charts show of the card that it trains on; nothing if the device is not an NVIDIA card."""

    def __init__(self, bus: str, nvml: Nvml | None = None) -> None:
        self._bus = bus
        self._nvml = nvml or Nvml()
        self._next = 0.0

    def sample(self) -> dict[str, float]:
        """What the card reports of "gpu_percent", "gpu_celsius" and "gpu_watts"; empty until the next sample is due."""
        now = time.monotonic()
        if not self._bus or now < self._next:
            return {}
        self._next = now + PERIOD
        reading = self._nvml.reading_at(self._bus)
        if reading is None:
            return {}
        told = {"gpu_percent": reading.utilisation, "gpu_celsius": reading.temperature, "gpu_watts": reading.power}
        return {name: value for name, value in told.items() if value is not None}


_shared: list[Sampler] = []


def telemetry() -> Telemetry:
    """Take one sample with this process's own sampler."""
    if not _shared:
        _shared.append(Sampler())
    return _shared[0].sample()
