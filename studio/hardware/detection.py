"""Look at this machine: its devices, processor, memory and torch."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import replace
from pathlib import Path

import psutil

from studio.core import units
from studio.core.words import tr
from studio.hardware.limits import control_group_limits
from studio.hardware.machine import Device, Machine, Torch
from studio.hardware.nvidia import Nvml, driver_total_bytes
from studio.hardware.other_gpus import apple_device, drm_devices
from studio.hardware.reserve import ram_for_card
from studio.hardware.torch_build import installed_torch


def detect(nvml: Nvml | None = None, root: Path = Path("/")) -> Machine:
    """Describe this machine without importing torch; what cannot be found out becomes a note, never an exception.

    `nvml` and `root` (of /sys and /proc) are for tests; memory is in bytes.
    """
    torch = installed_torch()
    memory = psutil.virtual_memory()
    limits = control_group_limits(root)
    total, available = memory.total, memory.available
    notes: list[str] = []
    if limits.memory_bytes is not None and limits.memory_bytes < total:
        total = limits.memory_bytes
        available = min(available, max(0, total - (limits.memory_used_bytes or 0)))
        notes.append(
            tr(
                "A container limit leaves {total} of {total2} of memory.",
                total=units.memory(total),
                total2=units.memory(memory.total),
            )
        )
    logical = psutil.cpu_count() or 1
    physical = min(psutil.cpu_count(logical=False) or logical, logical)
    cores = _usable_cores(logical, limits.cores)
    if cores < logical:
        notes.append(tr("This process may use {cores} of {logical} processor cores.", cores=cores, logical=logical))
    nvidia, said = (nvml or Nvml()).devices()
    notes += said
    others, said = drm_devices(torch, root / "sys" / "class" / "drm")
    notes += said
    apple = apple_device(torch, total, available)
    devices = [_nvidia_for(device, torch, total, available) for device in nvidia]
    devices += [*others, *([apple] if apple else [])]
    cpu = cpu_name(root)
    devices.append(
        Device(
            "cpu",
            cpu,
            0,
            total,
            available,
            vendor="cpu",
            cores=min(cores, physical),
            clock_hz=_clock_hz(),
            shares_system_memory=True,
        )
    )
    return Machine(
        devices=tuple(devices),
        cpu=cpu,
        cores=cores,
        physical_cores=physical,
        logical_cores=logical,
        ram_total_bytes=total,
        ram_available_bytes=available,
        system=platform.system(),
        os=platform.platform(terse=True),
        python=platform.python_version(),
        torch=torch,
        notes=tuple(notes),
    )


def _nvidia_for(device: Device, torch: Torch | None, total: int, available: int) -> Device:
    """The card as the installed torch can use it, with the smaller of NVML's and the driver's figure."""
    if device.shares_system_memory:
        device = replace(device, total_bytes=total, free_bytes=available)
    else:
        device = replace(device, ram_bytes=ram_for_card(total, available))
    granted = driver_total_bytes(device)
    device = replace(device, total_bytes=granted, free_bytes=min(device.free_bytes, granted))
    if torch is None:
        return replace(device, usable=False, why_not=tr("torch is not installed."))
    if torch.accelerator != "cuda":
        return replace(
            device,
            usable=False,
            why_not=tr(
                "the installed torch {version} is a {accelerator} build.",
                version=torch.version,
                accelerator=torch.accelerator,
            ),
        )
    return device


def _usable_cores(logical: int, quota: float | None) -> int:
    """Cores that this process may use: affinity and container quota counted, at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else logical
    if quota is not None:
        cores = min(cores, max(1, int(quota + 0.5)))
    return max(1, min(cores, logical))


def _clock_hz() -> float:
    """The processor's highest clock, 0 if the system does not report it."""
    try:
        clock = psutil.cpu_freq()
    except (OSError, RuntimeError, NotImplementedError):
        return 0.0
    return 1e6 * (clock.max or clock.current) if clock else 0.0


def cpu_name(root: Path = Path("/")) -> str:
    """The processor's name as its maker writes it, or the architecture if the system does not report it."""
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DESCRIPTION\System\CentralProcessor\0") as key:
                return str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()
        except OSError:
            return platform.processor() or platform.machine()
    try:
        lines = (root / "proc" / "cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model") and value.strip():
            return " ".join(value.split())
    return platform.processor() or platform.machine() or "CPU"
