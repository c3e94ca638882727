"""A stand-in for the pynvml module: cards in plain dictionaries, and errors where a card has none of something."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

GIB = 1 << 30

CARD: dict[str, Any] = {
    "name": "NVIDIA GeForce RTX 4090",
    "total": 24 * GIB,
    "free": 23 * GIB,
    "capability": (8, 9),
    "uuid": "GPU-11111111-aaaa",
    "bus": "00000000:01:00.0",
    "display": 0,
    "cores": 16384,
    "clock": 2520,
    "busy": 97,
    "temperature": 61,
    "milliwatts": 312_500,
    "processes": [],
}


class FakeNvml:
    """Answers as pynvml does for `cards`; a missing key of a card raises NVMLError, as a driver without it would."""

    class NVMLError(Exception):
        pass

    class NVMLError_LibraryNotFound(NVMLError):
        pass

    def __init__(self, *cards: dict[str, Any], init_error: Exception | None = None) -> None:
        self.cards = list(cards)
        self.init_error = init_error
        self.inits = 0

    def nvmlInit(self) -> None:
        self.inits += 1
        if self.init_error is not None:
            raise self.init_error

    def nvmlDeviceGetCount(self) -> int:
        return len(self.cards)

    def nvmlSystemGetDriverVersion(self) -> str:
        return "580.65.06"

    def nvmlDeviceGetHandleByIndex(self, number: int) -> dict[str, Any]:
        if self.cards[number].get("lost"):
            raise self.NVMLError("GPU is lost")
        return self.cards[number]

    def _of(self, card: dict[str, Any], key: str) -> Any:
        if key not in card:
            raise self.NVMLError("Not Supported")
        return card[key]

    def nvmlDeviceGetName(self, card: dict[str, Any]) -> Any:
        return self._of(card, "name")

    def nvmlDeviceGetMemoryInfo(self, card: dict[str, Any]) -> SimpleNamespace:
        total, free = self._of(card, "total"), self._of(card, "free")
        return SimpleNamespace(total=total, free=free, used=total - free)

    def nvmlDeviceGetCudaComputeCapability(self, card: dict[str, Any]) -> Any:
        return self._of(card, "capability")

    def nvmlDeviceGetUUID(self, card: dict[str, Any]) -> Any:
        return self._of(card, "uuid")

    def nvmlDeviceGetPciInfo(self, card: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(busId=self._of(card, "bus"))

    def nvmlDeviceGetDisplayActive(self, card: dict[str, Any]) -> Any:
        return self._of(card, "display")

    def nvmlDeviceGetDisplayMode(self, card: dict[str, Any]) -> Any:
        return self._of(card, "display")

    def nvmlDeviceGetNumGpuCores(self, card: dict[str, Any]) -> Any:
        return self._of(card, "cores")

    def nvmlDeviceGetMaxClockInfo(self, card: dict[str, Any], clock: int) -> Any:
        assert clock == 1
        return self._of(card, "clock")

    def nvmlDeviceGetUtilizationRates(self, card: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(gpu=self._of(card, "busy"), memory=40)

    def nvmlDeviceGetTemperature(self, card: dict[str, Any], sensor: int) -> Any:
        return self._of(card, "temperature")

    def nvmlDeviceGetPowerUsage(self, card: dict[str, Any]) -> Any:
        return self._of(card, "milliwatts")

    def nvmlDeviceGetComputeRunningProcesses(self, card: dict[str, Any]) -> Any:
        return self._of(card, "processes")

    def nvmlDeviceGetGraphicsRunningProcesses(self, card: dict[str, Any]) -> Any:
        return self._of(card, "processes")
