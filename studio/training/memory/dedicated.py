"""How full a card's own memory is, where a full one is worth knowing: on systems that page it without a word."""

from __future__ import annotations

import torch

from studio.hardware.spill import may_spill


def dedicated_memory(device: torch.device) -> tuple[int, int] | None:
    """Used and total bytes of a card's own memory, all processes counted; None where nothing is paged silently."""
    if device.type != "cuda" or not may_spill():
        return None
    free, total = torch.cuda.mem_get_info(device)
    return total - free, total
