"""When training gives way to another program, and when that program has left the card: decisions over samples alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.core.units import memory
from studio.hardware.card_use import CardUse, ProgramUse

BUSY = 25.0  # percent of the card's time: a desktop takes a few, a game most of it
AFTER = 6.0  # seconds that it must last: a video's start or a window's opening is no game
FREE = 60.0  # seconds without it until training goes on

# What draws the desktop, and browsers, are busy at times without being a game; much memory counts for them too.
DESKTOP = frozenset(
    (
        *("dwm", "explorer", "csrss", "xorg", "xwayland", "gnome-shell", "mutter", "kwin", "kwin_x11", "kwin_wayland"),
        *("plasmashell", "sway", "hyprland", "weston", "cinnamon", "xfwm4", "compiz", "picom"),
        *("chrome", "chromium", "firefox", "msedge", "msedgewebview2", "brave", "opera", "vivaldi"),
    )
)


@dataclass(slots=True)
class GiveWay:
    """Says which program needs the card, once one does for `AFTER` seconds.

    A program needs it when it holds `least_bytes` more than at the first sample, or takes a quarter of the card's
    time. What did so from the start is let be: the run was started beside it.
    """

    least_bytes: int
    _first: dict[int, int] | None = None
    _let_be: frozenset[int] = frozenset()
    _since: dict[int, float] = field(default_factory=dict)

    def see(self, use: CardUse) -> ProgramUse | None:
        """Take one sample; the program that training must give way to now, or None."""
        if self._first is None:
            self._first = {program.pid: program.bytes or 0 for program in use.others}
            self._let_be = frozenset(program.pid for program in use.others if is_busy(program))
        if not use.knows_us:
            self._since.clear()
            return None
        needing = [program for program in use.others if self._needs(program)]
        self._since = {program.pid: self._since.get(program.pid, use.time) for program in needing}
        lasting = [program for program in needing if use.time - self._since[program.pid] >= AFTER]
        return max(lasting, key=lambda program: (program.bytes or 0, program.busy or 0.0), default=None)

    def _needs(self, program: ProgramUse) -> bool:
        assert self._first is not None
        grown = (program.bytes or 0) - self._first.get(program.pid, 0)
        return grown >= self.least_bytes or (is_busy(program) and program.pid not in self._let_be)


@dataclass(slots=True)
class CardFree:
    """Says when the program that training gave way to has left the card alone for a minute."""

    pid: int
    least_bytes: int
    _since: float | None = None

    def see(self, use: CardUse) -> bool:
        """Take one sample; whether training may go on."""
        still = any(
            program.pid == self.pid and ((program.bytes or 0) >= self.least_bytes or is_busy(program))
            for program in use.others
        )
        if still:
            self._since = None
            return False
        if self._since is None:
            self._since = use.time
        return use.time - self._since >= FREE


def is_busy(program: ProgramUse) -> bool:
    """Whether it takes the card's time as a game does."""
    plain = program.name.lower().removesuffix(".exe")
    return program.busy is not None and program.busy >= BUSY and plain not in DESKTOP


def why(program: ProgramUse) -> str:
    """What the program takes, in words."""
    if program.bytes:
        return f"{program.name} holds {memory(program.bytes)} of it"
    return f"{program.name} keeps it {program.busy or 0:.0f} % busy"
