"""What a run must leave free on a device, so that the desktop keeps working and nothing spills."""

from __future__ import annotations

from studio.core.words import tr
from studio.hardware.machine import GIB, Device, Machine

DISPLAY_SHARE = 0.10
SYSTEM_SHARE = 0.10


def reserve_bytes(device: Device, system: str) -> tuple[int, str]:
    """Bytes of `device` that a run does not use, and the reason as a sentence.

    On a card with a display (and, on Windows, on any card: its memory is paged silently) the larger of
    1 GiB and 10 %; on memory shared with the system the same; on a card that does nothing else, 256 MiB.
    """
    if device.shares_system_memory:
        # A small machine cannot spare a whole GiB: at most half of its memory is held back.
        amount = min(max(GIB, int(device.total_bytes * SYSTEM_SHARE)), device.total_bytes // 2)
        return amount, tr("The rest of the system uses the same memory.")
    if device.has_display:
        why = (
            tr("A display is connected to this card.")
            if device.present
            else tr("A display may be connected to such a card.")
        )
        return max(GIB, int(device.total_bytes * DISPLAY_SHARE)), why
    if system == "Windows":
        return max(GIB, int(device.total_bytes * DISPLAY_SHARE)), (
            tr("Windows pages the card's memory silently when it is full.")
        )
    return 256 << 20, tr("A little is left for the driver.")


def ram_for_card(total: int, available: int) -> int:
    """How much of the machine's memory may hold what a card has no room for, in bytes.

    The rest of the system keeps 2 GiB or a tenth. No more than half of it all is taken: so much can Windows pin for a
    card, and what is pinned is never paged out.
    """
    return max(0, min(available - max(2 * GIB, int(total * SYSTEM_SHARE)), total // 2))


def automatic_budget(device: Device, machine: Machine) -> int:
    """How much of a device "auto" may use, in bytes: what is really free, less the reserve."""
    amount, _ = reserve_bytes(device, machine.system)
    return max(0, device.free_bytes - amount)
