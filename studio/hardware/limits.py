"""What a container may use of the machine: memory and processor limits of control groups, version 1 and 2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

UNLIMITED = 1 << 60  # version 1 writes "no limit" as a huge page-aligned number


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in force on this process; None if there is none. Bytes, and cores as a fraction."""

    memory_bytes: int | None = None
    memory_used_bytes: int | None = None
    cores: float | None = None


def control_group_limits(root: Path = Path("/")) -> Limits:
    """Read the tightest limit on the way from this process's group up to the root; nothing if there are none.

    A container usually sees its own group mounted as the root, so a path that does not exist means its parent.
    """
    memory: tuple[int, int | None] | None = None
    cores: float | None = None
    for folder in _folders(root, "memory"):
        found = _memory(folder)
        if found and (memory is None or found[0] < memory[0]):
            memory = found
    for folder in _folders(root, "cpu"):
        share = _cores(folder)
        if share and (cores is None or share < cores):
            cores = share
    return Limits(memory[0] if memory else None, memory[1] if memory else None, cores)


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """The folders of this process's groups for one controller, innermost first."""
    mount = root / "sys" / "fs" / "cgroup"
    for line in _text(root / "proc" / "self" / "cgroup").splitlines():
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        if number == "0":
            bases = [mount, mount / "unified"]
        elif controller in controllers.split(","):
            bases = [mount / controllers, mount / controller]
        else:
            continue
        inner = PurePosixPath(path.lstrip("/"))
        for base in bases:
            for part in (inner, *inner.parents):
                if (base / part).is_dir():
                    yield base / part


def _memory(folder: Path) -> tuple[int, int | None] | None:
    for limit_name, used_name in (
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        limit = _number(folder / limit_name)
        if limit is not None and 0 < limit < UNLIMITED:
            used = _number(folder / used_name)
            return limit, None if used is None else max(0, used - _reclaimable(folder))
    return None


def _reclaimable(folder: Path) -> int:
    """Cached file pages count as used, but the kernel frees them on demand."""
    for line in _text(folder / "memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name in ("total_inactive_file", "inactive_file") and value.isdigit():
            return int(value)
    return 0


def _cores(folder: Path) -> float | None:
    quota, _, period = _text(folder / "cpu.max").partition(" ")
    if not quota:
        quota, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
    try:
        share = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None  # "max", "-1" or no such file: no limit
    return share if share > 0 else None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
