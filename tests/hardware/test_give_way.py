"""Giving way to a game and coming back, over series of samples; and the samples from a card."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from studio.core.queue.queue import Game
from studio.core.settings import Settings, save_settings
from studio.hardware.give_way.card_use import CardUse, CardWatch, ProgramUse
from studio.hardware.give_way.decision import LASTING, GiveWay, why
from studio.hardware.give_way.watching import FREE, ComeBack
from studio.hardware.nvidia import Nvml
from tests.hardware.fake_nvml import CARD, GIB, FakeNvml

LEAST = int(1.5 * GIB)
EVERY = 2.0
STRANGER = 2**22 + 4321  # above every pid there is


def game(gib: float | None = 6.0, busy: float | None = None, name: str = "game.exe", pid: int = 7) -> ProgramUse:
    return ProgramUse(pid, name, None if gib is None else round(gib * GIB), busy)


def series(*samples: tuple[ProgramUse, ...], knows_us: bool = True) -> list[CardUse]:
    return [CardUse(EVERY * number, others, knows_us) for number, others in enumerate(samples)]


def first_reason(uses: list[CardUse]) -> tuple[float, str] | None:
    """When, in seconds, and to what a run gives way."""
    decision = GiveWay(LEAST)
    for use in uses:
        if (program := decision.see(use)) is not None:
            return use.time, why(program)
    return None


def test_that_a_game_that_takes_much_memory_is_given_way_to_after_a_few_seconds() -> None:
    assert first_reason(series((), *[(game(6.1),)] * 10)) == (EVERY + LASTING, "game.exe holds 6.1 GiB of it")


def test_that_a_game_whose_memory_is_not_reported_is_known_by_the_time_it_takes() -> None:
    assert first_reason(series((), *[(game(None, 80.0),)] * 10)) == (EVERY + LASTING, "game.exe keeps it 80 % busy")


@pytest.mark.parametrize(
    "others",
    [
        (game(0.4, 5.0, "Xorg"), game(1.2, 8.0, "firefox", 8)),
        (game(None, 60.0, "dwm.exe"), game(None, 90.0, "msedge.exe", 8)),
        (game(None, None),),
        (game(1.4, 24.0),),
    ],
    ids=["small", "desktop is busy", "nothing is reported", "just below"],
)
def test_that_desktop_browsers_and_small_use_pass(others: tuple[ProgramUse, ...]) -> None:
    assert first_reason(series((), *[others] * 30)) is None


def test_that_a_browser_that_takes_as_much_memory_as_a_game_counts() -> None:
    assert first_reason(series((), *[(game(3.0, 1.0, "chrome"),)] * 9)) is not None


def test_that_a_short_burst_is_not_given_way_to_and_begins_anew() -> None:
    burst, pause = [(game(4.0),)] * 3, [(game(0.2),)]
    assert first_reason(series((), *(burst + pause) * 5)) is None
    assert first_reason(series((), *burst, *pause, *burst, (game(4.0),))) == (EVERY * 8, "game.exe holds 4.0 GiB of it")


def test_that_what_was_there_when_training_began_is_ignored_until_it_grows() -> None:
    beside = game(5.0, 90.0, "blender")
    assert first_reason(series(*[(beside,)] * 20)) is None
    grown = game(6.6, 90.0, "blender")
    assert first_reason(series((beside,), *[(grown,)] * 9)) == (EVERY + LASTING, "blender holds 6.6 GiB of it")


def test_that_the_larger_of_two_is_named() -> None:
    both = (game(2.0), game(9.0, None, "larger", 8))
    assert first_reason(series((), *[both] * 9)) == (EVERY + LASTING, "larger holds 9.0 GiB of it")


def test_that_nothing_is_decided_while_our_own_use_is_not_reported() -> None:
    assert first_reason(series((), *[(game(20.0),)] * 30, knows_us=False)) is None


class Played(CardWatch):
    """A card whose samples are given."""

    def __init__(self, samples: list[CardUse]) -> None:
        super().__init__("none")
        self.samples = iter(samples)

    def sample(self) -> CardUse:
        return next(self.samples)


def times_to_come_back(samples: list[CardUse]) -> list[float]:
    come_back = ComeBack(Game(since=0.0, pid=7, device="none"), Played(samples))
    return [use.time for use in samples if come_back.is_time()]


def test_that_training_comes_back_after_a_minute_without_the_program() -> None:
    gone = (game(0.1), game(9.0, 90.0, "other", 8))
    samples = series(*[(game(4.0),) if number < 5 or number == 20 else gone for number in range(80)])
    assert times_to_come_back(samples)[0] == EVERY * 21 + FREE
    save_settings(Settings(come_back=False))
    assert times_to_come_back(samples) == []


def test_that_a_game_that_only_keeps_the_card_busy_is_still_there() -> None:
    assert times_to_come_back(series(*[(game(None, 70.0),)] * 60)) == []


class BusyNvml(FakeNvml):
    """As a driver that reports each process's share of the card's time."""

    def nvmlDeviceGetProcessUtilization(self, card: dict[str, Any], since: int) -> list[SimpleNamespace]:
        card["asked"] = [*card.get("asked", []), since]
        return self._of(card, "shares")


def test_that_a_sample_names_others_with_memory_and_time_and_knows_our_own_process() -> None:
    me = os.getpid()
    card = CARD | {
        "processes": [
            SimpleNamespace(pid=me, usedGpuMemory=2 * GIB),
            SimpleNamespace(pid=STRANGER, usedGpuMemory=3 * GIB),
        ],
        "shares": [
            SimpleNamespace(pid=STRANGER, timeStamp=50, smUtil=20),
            SimpleNamespace(pid=STRANGER, timeStamp=60, smUtil=40),
        ],
    }
    watch = CardWatch("00000000-01-00-0", Nvml(BusyNvml(card)))
    use = watch.sample()
    assert use is not None
    assert use.others == (ProgramUse(STRANGER, f"process {STRANGER}", 3 * GIB, 30.0),)
    assert use.knows_us
    again = watch.sample()
    assert card["asked"] == [0, 60], "the driver is asked for what is new"
    assert again is not None
    assert again.others[0].busy is None


def test_that_another_process_of_the_same_run_is_no_other_program() -> None:
    companion = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        card = CARD | {"processes": [SimpleNamespace(pid=companion.pid, usedGpuMemory=9 * GIB)], "shares": []}
        # Seen by a rank that did not start it: both are what their worker started.
        sibling = [
            sys.executable,
            "-c",
            "import sys; from studio.hardware.give_way.card_use import _family;"
            " print(int(sys.argv[2]) in _family(int(sys.argv[1])), int(sys.argv[2]) in _family(None))",
            str(os.getpid()),
            str(companion.pid),
        ]
        assert subprocess.check_output(sibling, text=True).split() == ["True", "False"]
        use = CardWatch("00000000-01-00-0", Nvml(BusyNvml(card)), family_of=os.getpid()).sample()
        assert use is not None
        assert (use.others, use.knows_us) == ((), True)
    finally:
        companion.kill()
        companion.communicate()


def test_that_a_driver_that_reports_no_memory_of_processes_leaves_us_unknown() -> None:
    processes = [SimpleNamespace(pid=pid, usedGpuMemory=None) for pid in (os.getpid(), STRANGER)]
    watch = CardWatch("00000000-01-00-0", Nvml(FakeNvml(CARD | {"processes": processes})))
    use = watch.sample()
    assert use is not None
    assert not use.knows_us
    assert use.others == (ProgramUse(STRANGER, f"process {STRANGER}", None, None),)


def test_that_a_card_that_is_not_there_gives_no_sample() -> None:
    assert CardWatch("00000000-99-00-0", Nvml(FakeNvml(CARD))).sample() is None
    assert CardWatch("cpu", Nvml(FakeNvml())).sample() is None
