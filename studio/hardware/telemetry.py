"""What the machine is doing now, cheap enough to ask for several times a second."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil

from studio.hardware.nvidia import Nvml, Reading


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One sample: `time` is seconds since the epoch, `cpu_percent` since the last sample, memory in bytes."""

    time: float
    gpus: tuple[Reading, ...]
    cpu_percent: float
    ram_used_bytes: int
    ram_total_bytes: int


class Sampler:
    """Takes samples; keeps the session with the driver and the processor's last counters in between."""

    def __init__(self, nvml: Nvml | None = None) -> None:
        self._nvml = nvml or Nvml()
        psutil.cpu_percent(interval=None)  # the first answer is without meaning

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


_shared: list[Sampler] = []


def telemetry() -> Telemetry:
    """Take one sample with this process's own sampler."""
    if not _shared:
        _shared.append(Sampler())
    return _shared[0].sample()
