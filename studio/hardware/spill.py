"""Whether a card's memory has begun to spill into system memory, which Windows does silently.

When dedicated memory is full, Windows (and with it WSL) pages a card's memory over the bus: nothing fails, but every
step takes several times as long. Two signs together reveal it: a full card, and steps that became slow.
"""

from __future__ import annotations

import platform
from collections import deque
from statistics import median

from studio.core.problem import Problem
from studio.core.units import memory
from studio.core.words import tr

FULL = 0.97  # share of the dedicated memory in use from which it may spill
JUMP = 2.5  # times as slow as normal
CALM_STEPS = 5  # steps that establish the normal speed
IN_A_ROW = 3  # slow steps before it is reported: a single one may have any cause
REMEMBERED = 200


class SpillWatch:
    """Given each step's memory and time, reports once that the card spills; `said` is whether it has.

    A run that spills from its first step on has no normal speed to compare with, so nothing is reported.
    """

    def __init__(self) -> None:
        self.said = False
        self._calm: deque[float] = deque(maxlen=REMEMBERED)
        self._slow = 0

    def add(self, used_bytes: int, total_bytes: int, seconds: float) -> Problem | None:
        """Take one step: the dedicated memory that all processes use, the card's total, and the seconds per token.

        Returns a Problem, once, when the card is full and steps have become slow; else None.
        """
        slow = len(self._calm) >= CALM_STEPS and seconds > JUMP * median(self._calm)
        if not slow:
            self._calm.append(seconds)
        # A slow step on a card with free memory has another cause.
        self._slow = self._slow + 1 if slow and used_bytes >= FULL * total_bytes else 0
        if self.said or self._slow < IN_A_ROW:
            return None
        self.said = True
        return Problem(
            "memory",
            tr(
                "the card is full ({used_bytes} of {total_bytes}) and steps take {seconds:.0f} times as "
                "long as before: the system has begun to page the card's memory into system memory.",
                used_bytes=memory(used_bytes),
                total_bytes=memory(total_bytes),
                seconds=seconds / median(self._calm),
            ),
            tr(
                "Close other programs that use the card, or lower training.micro_batch or machine.memory_budget; in"
                " NVIDIA's control panel, CUDA's system memory fallback can be turned off."
            ),
        )


def may_spill(system: str | None = None, release: str | None = None) -> bool:
    """Whether this system pages a card's memory silently: Windows, and Linux inside it (WSL)."""
    system = platform.system() if system is None else system
    release = platform.release() if release is None else release
    return system == "Windows" or (system == "Linux" and "microsoft" in release.lower())
