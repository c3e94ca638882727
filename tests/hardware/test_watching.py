"""The watcher in a worker: it pauses the run as a person would, says why, and says where it can see nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core import places
from studio.core.queue.device_lock import DeviceLock
from studio.core.queue.queue import read_queue
from studio.core.run.commands import Pause
from studio.core.run.events import WarningRaised
from studio.core.settings import Settings, save_settings
from studio.core.state.run_state import read_state
from studio.hardware import Device
from studio.hardware.give_way import watching
from studio.hardware.give_way.card_use import CardUse, CardWatch, ProgramUse
from studio.hardware.machine import GIB
from tests.fake_run import FakeRun
from tests.patience import wait_until

CARD = Device("cuda", "A card", 0, 24 * GIB, 20 * GIB, vendor="nvidia", bus="00000000:01:00.0")
SECOND = Device("cuda", "Another card", 1, 24 * GIB, 20 * GIB, vendor="nvidia", bus="00000000:02:00.0")


class Series(CardWatch):
    """A card on which a game of 8 GiB begins after the first sample; a sample is two seconds later than the last."""

    def __init__(self, knows_us: bool = True, game: bool = True) -> None:
        super().__init__("none")
        self.samples = 0
        self.knows = knows_us
        self.game = game

    def sample(self) -> CardUse:
        self.samples += 1
        others = (ProgramUse(77, "eldritch.exe", 8 * GIB, None),) if self.game and self.samples > 1 else ()
        return CardUse(2.0 * self.samples, others, self.knows)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[FakeRun]:
    with FakeRun(tmp_path) as made, DeviceLock(CARD.lock_name).held(made.folder, "cuda:0"):
        yield made.start().train(3)


def test_that_a_run_gives_way_to_a_game_and_says_to_which(run: FakeRun) -> None:
    save_settings(Settings(give_way=True))
    with watching.giving_way(run.folder, [CARD], [Series()], every=0.01):
        wait_until(lambda: read_queue().game)
        with run.folder.reader() as reader:
            wait_until(lambda: reader.waiting_commands() == [Pause()])
    found = read_queue().game
    assert found is not None
    assert (found.why, found.pid, found.device) == ("eldritch.exe holds 8.0 GiB of it", 77, CARD.lock_name)
    run.pause()
    assert read_state(run.folder).state == "paused"


def test_that_a_run_of_two_cards_gives_way_to_a_game_on_the_second(run: FakeRun) -> None:
    save_settings(Settings(give_way=True))
    with watching.giving_way(run.folder, [CARD, SECOND], [Series(game=False), Series()], every=0.01):
        wait_until(lambda: read_queue().game)
        with run.folder.reader() as reader:
            wait_until(lambda: reader.waiting_commands() == [Pause()])
    found = read_queue().game
    assert found is not None
    assert found.device == SECOND.lock_name


def test_that_a_card_that_reports_no_programs_leaves_the_other_one_watched(
    run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(Settings(give_way=True))
    monkeypatch.setattr(watching, "_is_on_card", lambda: True)
    late = Series(game=False)
    with watching.giving_way(run.folder, [CARD, SECOND], [Series(knows_us=False), late], every=0.001):
        wait_until(lambda: _warnings(run))
        late.game = True
        wait_until(lambda: read_queue().game)
    assert [CARD.name in warning.what for warning in _warnings(run)] == [True]


def test_that_nothing_is_watched_unless_the_settings_ask_for_it(run: FakeRun) -> None:
    watch = Series()
    with watching.giving_way(run.folder, [CARD], [watch], every=0.01):
        time.sleep(0.1)
    assert watch.samples == 0
    save_settings(Settings(give_way=True))
    with watching.giving_way(run.folder, [], [], every=0.01):
        time.sleep(0.1)
    assert watch.samples == 0


def test_that_a_card_that_does_not_report_its_programs_is_warned_of_once(
    run: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(Settings(give_way=True))
    monkeypatch.setattr(watching, "_is_on_card", lambda: True)
    with watching.giving_way(run.folder, [CARD], [Series(knows_us=False)], every=0.001):
        wait_until(lambda: _warnings(run))
    (warning,) = _warnings(run)
    assert "does not report which programs use it" in warning.what
    assert read_queue().game is None


def test_that_a_pause_that_cannot_be_asked_for_is_said_and_ends_nothing(run: FakeRun) -> None:
    save_settings(Settings(give_way=True))
    places.queue_file().write_text("{", encoding="utf-8")
    with watching.giving_way(run.folder, [CARD], [Series()], every=0.001):
        wait_until(lambda: _warnings(run))
    assert "give way to eldritch.exe, but" in _warnings(run)[0].what
    with run.folder.reader() as reader:
        assert reader.waiting_commands() == []


def _warnings(run: FakeRun) -> list[WarningRaised]:
    with run.folder.reader() as reader:
        found = [stored.event for stored in reader.events(kinds=("WarningRaised",))]
    return [event for event in found if isinstance(event, WarningRaised)]
