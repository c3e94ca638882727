"""Which NVIDIA cards this process shows to CUDA: what the user set, or the one card that it works on.

Libraries take the first card that they see for their own work, whichever one the model is on: a context that takes its
memory, and an error where their tensors meet the model's. A process that sees one card has none of that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

VISIBLE = "CUDA_VISIBLE_DEVICES"
BEFORE = "MIXLORA_STUDIO_CARDS_BEFORE"
"""What VISIBLE was before this process chose its card: "=" and its value, or "-" where it was not set."""


def wish() -> str | None:
    """What the user let CUDA see, whatever this process has narrowed it to; None where nothing was set."""
    before = os.environ.get(BEFORE)
    if before is None:
        return os.environ.get(VISIBLE)
    return before[1:] if before.startswith("=") else None


def only_card() -> str | None:
    """The one card that this process shows, as `narrow_to` was told it; None where it shows what the user set."""
    return os.environ.get(VISIBLE) if BEFORE in os.environ else None


def narrow_to(card: str) -> bool:
    """Let CUDA see one `card` (a UUID, or its number in PCI order) in this process and its children.

    Returns whether that was done: not twice, and not once torch is there, since CUDA may have counted the cards.
    """
    if BEFORE in os.environ or "torch" in sys.modules:
        return False
    value = os.environ.get(VISIBLE)
    os.environ[BEFORE] = "-" if value is None else f"={value}"
    os.environ[VISIBLE] = card
    return True


def with_all_cards(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that chooses a card for itself: what the user set."""
    found = dict(environment)
    before = found.pop(BEFORE, None)
    if before is not None:
        found.pop(VISIBLE, None)
        if before.startswith("="):
            found[VISIBLE] = before[1:]
    return found
