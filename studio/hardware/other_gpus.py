"""AMD, Intel and Apple graphics, as far as the operating system reports them without torch."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from studio.core.words import tr
from studio.hardware.machine import Device, Torch

AMD, INTEL = "0x1002", "0x8086"
# Metal's recommendedMaxWorkingSetSize is about three quarters of an Apple machine's memory.
APPLE_SHARE = 0.75


def drm_devices(torch: Torch | None, root: Path = Path("/sys/class/drm")) -> tuple[list[Device], list[str]]:
    """Read AMD and discrete Intel cards from Linux's sysfs; returns them and notes on what torch cannot use."""
    found: list[Device] = []
    notes: list[str] = []
    for card in sorted(root.glob("card[0-9]*")) if root.is_dir() else []:
        vendor = _text(card / "device" / "vendor")
        if "-" in card.name or vendor not in (AMD, INTEL):
            continue
        device = (_amd if vendor == AMD else _intel)(card, torch, sum(each.vendor == _NAMES[vendor] for each in found))
        if device is None:
            continue
        found.append(device)
        if not device.usable:
            notes.append(f"{device.name}: {device.why_not}")
    return found, notes


_NAMES = {AMD: "amd", INTEL: "intel"}


def _amd(card: Path, torch: Torch | None, index: int) -> Device | None:
    total = _number(card / "device" / "mem_info_vram_total")
    if not total:
        return None
    used = _number(card / "device" / "mem_info_vram_used") or 0
    usable = torch is not None and torch.accelerator == "rocm"
    return Device(
        kind="cuda",
        name=_text(card / "device" / "product_name") or "AMD card",
        index=index,
        total_bytes=total,
        free_bytes=max(0, total - used),
        vendor="amd",
        driver=_text(Path("/sys/module/amdgpu/version")),
        has_display=_connected(card),
        usable=usable,
        why_not="" if usable else tr("the installed torch is not a ROCm build, so it cannot train on this card."),
    )


def _intel(card: Path, torch: Torch | None, index: int) -> Device | None:
    sizes = [card / "device" / "tile0" / "physical_vram_size_bytes", card / "lmem_total_bytes"]
    total = next((size for size in map(_number, sizes) if size), None)
    if not total:
        return None  # graphics inside the processor: it has no memory of its own to plan for
    usable = torch is not None and torch.accelerator == "xpu"
    return Device(
        kind="xpu",
        name=tr("Intel card"),
        index=index,
        total_bytes=total,
        free_bytes=_number(card / "lmem_avail_bytes") or total,
        vendor="intel",
        has_display=_connected(card),
        usable=usable,
        why_not="" if usable else tr("the installed torch is not an XPU build, so it cannot train on this card."),
    )


def apple_device(torch: Torch | None, ram_total: int, ram_available: int) -> Device | None:
    """The GPU of an Apple machine, which shares the system's memory; None on any other."""
    if sys.platform != "darwin" or platform.machine() != "arm64":
        return None
    total = int(ram_total * APPLE_SHARE)
    usable = torch is not None
    return Device(
        kind="mps",
        name=platform.processor() or "Apple GPU",
        index=0,
        total_bytes=total,
        free_bytes=min(total, ram_available),
        vendor="apple",
        has_display=True,
        shares_system_memory=True,
        usable=usable,
        why_not="" if usable else tr("torch is not installed."),
    )


def _connected(card: Path) -> bool:
    return any(_text(plug / "status") == "connected" for plug in card.parent.glob(f"{card.name}-*"))


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() if os.path.lexists(path) else ""
    except (OSError, UnicodeDecodeError):
        return ""
