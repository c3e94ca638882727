"""When training gives way to another program: decided from samples alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.core.units import memory
from studio.core.words import tr
from studio.hardware.give_way.card_use import CardUse, ProgramUse

BUSY = 25.0  # percent of the card's time: a desktop takes a few, a game most of it
LASTING = 6.0  # seconds: the start of a video or the opening of a window is not a game

# The desktop and browsers are busy at times; only much memory counts for them.
DESKTOP = {"dwm", "explorer", "csrss", "xorg", "xwayland", "gnome-shell", "mutter", "kwin", "kwin_x11", "kwin_wayland"}
DESKTOP |= {"plasmashell", "sway", "hyprland", "weston", "cinnamon", "xfwm4", "compiz", "picom"}
DESKTOP |= {"chrome", "chromium", "firefox", "msedge", "msedgewebview2", "brave", "opera", "vivaldi"}


@dataclass(slots=True)
class GiveWay:
    """Names the program that has needed the card for `LASTING` seconds.

    It needs it if it holds `least_bytes` more than at the first sample, or is busy and was not at the first sample.
    """

    least_bytes: int
    _first: dict[int, ProgramUse] | None = None
    _since: dict[int, float] = field(default_factory=dict)

    def see(self, use: CardUse) -> ProgramUse | None:
        """Take one sample; the program that training must give way to now, or None."""
        if self._first is None:
            self._first = {program.pid: program for program in use.others}
        needing = [program for program in use.others if use.knows_us and self._needs(program, self._first)]
        self._since = {program.pid: self._since.get(program.pid, use.time) for program in needing}
        lasting = [program for program in needing if use.time - self._since[program.pid] >= LASTING]
        return max(lasting, key=lambda program: (program.bytes or 0, program.busy or 0.0), default=None)

    def _needs(self, program: ProgramUse, first: dict[int, ProgramUse]) -> bool:
        before = first.get(program.pid)
        grown = (program.bytes or 0) - (before.bytes or 0 if before else 0)
        return grown >= self.least_bytes or (is_busy(program) and not (before and is_busy(before)))


def is_busy(program: ProgramUse) -> bool:
    """Whether it takes as much of the card's time as a game does."""
    return (program.busy or 0.0) >= BUSY and program.name.lower().removesuffix(".exe") not in DESKTOP


def why(program: ProgramUse) -> str:
    """What the program takes, in words."""
    if program.bytes:
        return tr("{program} holds {memory} of it", program=program.name, memory=memory(program.bytes))
    return tr("{program} keeps it {percent:.0f} % busy", program=program.name, percent=program.busy or 0)
