"""What a machine has, in plain frozen values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from studio.core.run.run_folder import slug

DeviceKind = Literal["cuda", "mps", "xpu", "cpu"]

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Process:
    """A process that holds memory of a GPU; `bytes` is None if the driver does not report it."""

    pid: int
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Device:
    """A device that can train: its memory in bytes, and what is known about it.

    `kind` is torch's name (an AMD card under ROCm is "cuda" to torch); `index` counts as the CUDA driver does
    with CUDA_DEVICE_ORDER=PCI_BUS_ID. `usable` is False if the installed torch build cannot train on it;
    `why_not` is then the reason as a sentence. `bus` is the PCI address, empty if there is none;
    `cores` and `clock_hz` are 0 if unknown. `present` is False for a card that is only planned for, whose
    `tensor_flops` (dense bfloat16 operations a second) and `bandwidth` (bytes a second) are as published, 0 if unknown.
    `ram_bytes` is how much of the machine's own memory may serve a card, and `link` how fast it comes from there (bytes
    a second); 0 if unknown. `mark` names an NVIDIA card to CUDA. A process that shows CUDA one card alone (`see_only`)
    counts it as 0: that is `seen_as`, and every other card is `hidden` from it.
    """

    kind: DeviceKind
    name: str
    index: int
    total_bytes: int
    free_bytes: int
    vendor: str = ""
    bus: str = ""
    compute_capability: tuple[int, int] | None = None
    driver: str = ""
    cores: int = 0
    clock_hz: float = 0.0
    has_display: bool = False
    shares_system_memory: bool = False
    usable: bool = True
    why_not: str = ""
    processes: tuple[Process, ...] = ()
    present: bool = True
    tensor_flops: float = 0.0
    bandwidth: float = 0.0
    ram_bytes: int = 0
    link: float = 0.0
    mark: str = ""
    seen_as: int | None = None
    hidden: bool = False

    @property
    def torch_name(self) -> str:
        """The name in a recipe, and in torch where it sees every card: "cuda:0", "mps", "cpu"."""
        return f"{self.kind}:{self.index}" if self.kind in ("cuda", "xpu") else self.kind

    @property
    def name_here(self) -> str:
        """Torch's name of the device in this process."""
        return self.torch_name if self.seen_as is None else f"{self.kind}:{self.seen_as}"

    @property
    def lacks_bfloat16(self) -> bool:
        """Whether bfloat16 is computed without tensor cores, slowly: before compute capability 8.0 (RTX 30)."""
        return self.compute_capability is not None and self.compute_capability < (8, 0)

    @property
    def lock_name(self) -> str:
        """The name of the device's lock: its PCI address, because CUDA_VISIBLE_DEVICES changes its number."""
        return slug(self.bus or self.torch_name)


@dataclass(frozen=True, slots=True)
class Torch:
    """The installed torch: `accelerator` is what it was built for, "cpu" if for none."""

    version: str
    accelerator: Literal["cuda", "rocm", "xpu", "mps", "cpu"]
    toolkit: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine has; `devices` ends with the CPU and is never empty.

    `cores` are those that this process may use (within container limits), `logical_cores` all of the machine's; memory
    is what this process may use. `notes` are sentences about what could not be found out.
    """

    devices: tuple[Device, ...]
    cpu: str
    cores: int
    physical_cores: int
    logical_cores: int
    ram_total_bytes: int
    ram_available_bytes: int
    system: str
    os: str
    python: str
    torch: Torch | None
    notes: tuple[str, ...] = ()

    @property
    def cpu_device(self) -> Device:
        return self.devices[-1]

    @property
    def best_device(self) -> Device:
        """What a recipe's "auto" takes: the usable accelerator with most memory, else the CPU."""
        usable = [device for device in self.devices if device.usable and device.kind != "cpu"]
        return max(usable, key=lambda device: (device.total_bytes, -device.index), default=self.cpu_device)

    def device(self, wanted: str) -> Device | None:
        """The device that a recipe's `machine.device` names ("auto", "cpu", "cuda", "cuda:1", "mps"), or None."""
        if wanted == "auto":
            return self.best_device
        kind, _, index = wanted.partition(":")
        fitting = [each for each in self.devices if each.kind == kind and index in ("", str(each.index))]
        return max(fitting, key=lambda each: (each.usable, each.total_bytes), default=None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for `doctor --json`; without what only plans ask, and a card's own serial mark."""
        values = asdict(self)
        for device in values["devices"]:
            for name in ("present", "tensor_flops", "bandwidth", "ram_bytes", "link", "mark", "seen_as", "hidden"):
                del device[name]
        return values
