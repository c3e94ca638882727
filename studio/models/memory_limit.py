"""How much of a card torch may hold: an error beyond it, rather than another program's memory, or slow paging."""

from __future__ import annotations

import torch

from studio.hardware import detect, reserve_bytes


def memory_fraction(budget_bytes: int, context_bytes: int, total_bytes: int) -> float:
    """The share of a card's memory that torch may hold so that the whole process stays within `budget_bytes`.

    torch does not count the device's context, so it is subtracted first. At least 1 % is left, with which loading fails
    with a clear error, and at most the whole.
    """
    return min(1.0, max(0.01, (budget_bytes - context_bytes) / total_bytes))


def keep_within(device: torch.device, budget_bytes: int, context_bytes: int) -> float | None:
    """Limit torch to the budget on a CUDA card, with an out-of-memory error beyond it; returns the share of the card.

    None where torch has no such limit: there the probe compares what was taken with the budget.
    """
    if device.type != "cuda":
        return None
    total = torch.cuda.get_device_properties(device).total_memory
    fraction = memory_fraction(budget_bytes, context_bytes, total)
    torch.cuda.set_per_process_memory_fraction(fraction, device)
    return fraction


def keep_within_free(device: torch.device) -> float | None:
    """Limit torch to what is free on a card now and what it holds itself, less the reserve; returns the share."""
    if device.type != "cuda":
        return None
    machine = detect()
    own = next((each for each in machine.devices if each.name_here == str(device) and not each.hidden), None)
    reserve = reserve_bytes(own, machine.system)[0] if own else 0
    free, total = torch.cuda.mem_get_info(device)  # the context is there by now, and counted
    return keep_within(device, max(0, free + torch.cuda.memory_reserved(device) - reserve), 0) if total else None
