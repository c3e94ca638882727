"""queue, game, and --queue: what they print, what they change, and what they refuse."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cli import follow, train_verbs, waiting_line
from studio.cli.interruptions import Interruptions
from studio.core import places, silent_drive
from studio.core.process import dispatch as next_run
from studio.core.process.dispatch import arrived
from studio.core.queue.device_lock import DeviceLock
from studio.core.queue.queue import Entry, Queue, change_queue, put_in_queue, read_queue
from studio.core.queue.queue_text import place_sentence
from studio.core.recipe.recipe_file import load_recipe
from studio.core.run.commands import Pause
from studio.core.run.run_folder import RunFolder, create_run, list_runs
from tests.cli.conftest import CommandLine
from tests.fake_run import FakeRun, start_no_worker
from tests.slow_disk import link_to, silent_disk

RECIPE = """\
name = "{name}"
[[tasks]]
name = "units"
train = "units.jsonl"
[machine]
device = "cpu"
"""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the runs that were given a worker, which does not exist here."""
    return start_no_worker(
        monkeypatch, "studio.core.process.dispatch.start_worker", "studio.cli.train_verbs.start_worker"
    )


@pytest.fixture
def busy(runs: Path) -> Iterator[FakeRun]:
    """A run that holds the processor."""
    with FakeRun(runs, "at work") as run, contextlib.ExitStack() as device:
        run.start().train(12)
        device.enter_context(DeviceLock("cpu").held(run.folder, "cpu"))
        yield run


def recipe(folder: Path, name: str) -> Path:
    file = folder / f"{name}.toml"
    file.write_text(RECIPE.format(name=name), encoding="utf-8")
    (folder / "units.jsonl").touch()
    return file


def waiting() -> list[str]:
    return [each.run.name[16:] for each in read_queue().entries]


def test_that_train_is_refused_while_another_run_has_the_device_and_offers_the_queue(
    cli: CommandLine, runs: Path, tmp_path: Path, busy: FakeRun, started: list[str]
) -> None:
    said = cli("train", recipe(tmp_path, "second"))
    assert said.code == 2
    assert "'at work' (about 4 minutes left) is training on it" in said.err
    assert "--queue" in said.err
    assert len(list_runs(runs)) == 1
    assert started == []


def test_that_train_with_queue_leaves_the_run_in_line_and_says_its_place(
    cli: CommandLine, tmp_path: Path, busy: FakeRun, started: list[str]
) -> None:
    said = cli("train", recipe(tmp_path, "second"), "--queue")
    assert said.code == 0
    assert "First in the queue for cpu; 'at work' (about 4 minutes left) is training there now." in said.err
    said = cli("train", recipe(tmp_path, "third"), "--queue", "--json")
    assert said.json["state"] == "waiting"
    assert said.json["reason"].startswith("Second in the queue for cpu")
    assert waiting() == ["second", "third"]
    assert started == []
    listed = {run["id"][16:]: run["state"] for run in cli("runs", "--json").json["runs"]}
    assert listed == {"at-work": "running", "second": "waiting", "third": "waiting"}


def test_that_a_run_that_is_queued_while_the_device_is_free_starts_at_once(
    cli: CommandLine, tmp_path: Path, started: list[str]
) -> None:
    said = cli("train", recipe(tmp_path, "only"), "--queue")
    assert said.code == 0
    assert "'only' starts" in said.err
    assert [name[16:] for name in started] == ["only"]
    assert cli("show", "only", "--json").json["state"] == "starting"
    assert cli("train", recipe(tmp_path, "next")).code == 2, "its worker is on its way to the device"


def test_that_the_queue_is_shown_moved_and_left(
    cli: CommandLine, runs: Path, tmp_path: Path, busy: FakeRun, started: list[str]
) -> None:
    for name in ("alpha", "beta", "gamma"):
        cli("train", recipe(tmp_path, name), "--queue")
    shown = cli("queue", "--json").json
    assert set(shown) == {"game", "training", "waiting"}
    assert shown["game"] is None
    assert (shown["training"][0]["name"], shown["training"][0]["step"]) == ("at work", 12)
    assert [run["name"] for run in shown["waiting"]] == ["alpha", "beta", "gamma"]
    assert [run["place"] for run in shown["waiting"]] == [1, 2, 3]
    assert cli("queue", "move", "gamma", "up", "--json").json["waiting"][1]["name"] == "gamma"
    assert waiting() == ["alpha", "gamma", "beta"]
    cli("queue", "move", "beta", "first")
    assert waiting() == ["beta", "alpha", "gamma"]
    assert cli("queue", "move", str(list_runs(runs)[0].path), "down").code == 0
    said = cli("queue", "remove", "alpha")
    assert "alpha" not in waiting()
    assert "'at work' is training on cpu, step 12 of 60, about 4 minutes left." in said.out
    assert cli("queue", "remove", "alpha").code == 2
    assert "is not in the queue" in cli("queue", "remove", "alpha").err
    assert cli("queue", "move", "gamma", "sideways").code == 2


def test_that_a_stopped_run_can_wait_again_and_a_finished_one_cannot(
    cli: CommandLine, runs: Path, busy: FakeRun, started: list[str]
) -> None:
    with FakeRun(runs, "left") as run:
        run.start().train(5).end("stopped")
    with FakeRun(runs, "done") as run:
        run.start().train(60).end()
    assert cli("queue", "add", "left").code == 0
    assert cli("show", "left", "--json").json["reason"].endswith("It continues from step 5.")
    assert cli("queue", "add", "done").code == 2
    assert cli("resume", "left").code == 2, "the device is busy"
    assert cli("resume", "left", "--queue").code == 0
    assert waiting() == ["left"]


def test_that_pausing_or_stopping_a_run_by_hand_takes_it_out_of_the_queue(
    cli: CommandLine, busy: FakeRun, started: list[str]
) -> None:
    put_in_queue(busy.folder, "cpu", "cpu")
    assert cli("pause", "at-work").code == 0
    assert waiting() == []


def test_that_the_queue_continues_when_somebody_looks(
    cli: CommandLine, runs: Path, tmp_path: Path, started: list[str]
) -> None:
    with FakeRun(runs, "left behind") as run:
        put_in_queue(run.folder, "cpu", "cpu")
        said = cli("queue")
        assert "Next in the queue: 'left behind' starts." in said.err
        assert started == [run.folder.id]
        put_in_queue(RunFolder(tmp_path / "gone"), "cuda:0", "cuda:0")
        said = cli("queue", "--json")
        assert "removed from the queue" in said.err
        assert [run["name"] for run in said.json["waiting"]] == ["left behind"]


def test_that_gaming_mode_is_turned_on_shown_and_turned_off(
    cli: CommandLine, tmp_path: Path, busy: FakeRun, started: list[str]
) -> None:
    assert cli("game", "--json").json == {"game": None}
    said = cli("game", "on")
    assert said.code == 0
    assert "'at work' pauses at the end of its step" in said.err
    assert said.out.startswith("Gaming mode is on: the card is yours since ")
    with busy.folder.reader() as reader:
        assert reader.waiting_commands() == [Pause()]
    assert cli("game", "--json").json["game"]["since"] > 1e9
    refused = cli("train", recipe(tmp_path, "now"))
    assert refused.code == 2
    assert "game off" in refused.err
    assert cli("train", recipe(tmp_path, "later"), "--queue").code == 0
    assert waiting() == ["at-work", "later"]
    busy.pause()
    assert cli("show", "at-work", "--json").json["state"] == "paused"
    assert cli("game", "off").out == "Gaming mode is off.\n"


def test_that_a_broken_queue_is_a_problem_and_hides_no_run(cli: CommandLine, runs: Path, tmp_path: Path) -> None:
    with FakeRun(runs):
        places.queue_file().write_text("no queue", encoding="utf-8")
        for verb in (("queue",), ("train", recipe(tmp_path, "x")), ("game", "on")):
            said = cli(*verb)
            assert said.code == 2
            assert "the queue cannot be read" in said.err
            assert "Delete the file" in said.err
        assert len(cli("runs", "--json").json["runs"]) == 1


def test_that_a_run_in_the_foreground_waits_its_turn_and_is_then_followed(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    threads: list[threading.Thread] = []

    def work(folder: RunFolder) -> None:
        with (
            DeviceLock("cpu").held(folder, "cpu", patience=30),
            FakeRun(runs, tasks=["units"], total_steps=5, folder=folder) as run,
        ):
            change_queue(lambda queue: arrived(folder, queue))
            run.start().train(5).end()

    def start(folder: RunFolder) -> int:
        threads.append(threading.Thread(target=work, args=(folder,)))
        threads[-1].start()
        return 1

    def hold_until_somebody_waits() -> None:
        with FakeRun(runs, "at work") as run, DeviceLock("cpu").held(run.folder, "cpu"):
            run.start().train(12)
            held.set()
            told.wait(60)
            run.end("stopped")

    def tell(entry: Entry, queue: Queue) -> str:
        sentence = place_sentence(entry, queue)
        told.set()
        return sentence

    monkeypatch.setattr(next_run, "start_worker", start)
    monkeypatch.setattr(waiting_line, "place_sentence", tell)
    monkeypatch.setattr(follow, "EXIT_PATIENCE", 0.1)  # the worker is a thread here, and its process stays
    folder = create_run(load_recipe(recipe(tmp_path, "compared")), runs)
    held, told = threading.Event(), threading.Event()
    threads.append(threading.Thread(target=hold_until_somebody_waits))
    threads[0].start()
    assert held.wait(20)
    code = train_verbs.run_to_its_end(folder)
    for thread in threads:
        thread.join()
    said = capsys.readouterr().err
    assert code == 0
    assert "First in the queue for cpu; 'at work' (about 4 minutes left) is training there now." in said
    assert "Next in the queue: 'compared' starts." in said
    assert "Finished: All 5 steps are done." in said
    assert waiting() == []


def test_that_ctrl_c_gives_the_place_up(
    runs: Path, tmp_path: Path, busy: FakeRun, started: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = create_run(load_recipe(recipe(tmp_path, "impatient")), runs)
    interruptions = Interruptions()
    interruptions.count = 1
    device = waiting_line.device_of(folder.recipe())
    assert waiting_line.wait_in_queue(folder, device, interruptions) is None
    assert waiting() == []
    assert "Removed from the queue." in capsys.readouterr().err
    assert started == []


def test_that_a_run_on_a_drive_that_never_answers_is_said_passed_over_and_removed(
    cli: CommandLine, runs: Path, tmp_path: Path, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silent_drive, "SILENT_AFTER", 0.1)
    with FakeRun(tmp_path / "unplugged", "far") as far, FakeRun(runs, "near") as near:
        for run in (far, near):
            put_in_queue(run.folder, "cpu", "cpu")
        disk = silent_disk(monkeypatch, tmp_path / "unplugged")
        said = cli("queue", "--json")
        assert started == [near.folder.id]
        first, _ = said.json["waiting"]
        assert first["id"] == far.folder.id
        assert "does not answer" in first["reason"]
        assert cli("queue", "remove", far.folder.id).code == 0
        assert waiting() == ["near"]
        disk.answer()


def test_that_a_run_is_the_same_through_a_link_to_the_folder_of_runs(
    cli: CommandLine, runs: Path, tmp_path: Path, started: list[str]
) -> None:
    real = tmp_path / "on another drive"
    real.mkdir()
    link_to(runs, real)
    with (
        FakeRun(runs, "first") as first,
        FakeRun(runs, "second") as second,
        DeviceLock("cpu").held(first.folder, "cpu"),
    ):
        put_in_queue(RunFolder(runs / first.folder.id), "cpu", "cpu")
        put_in_queue(RunFolder(real / second.folder.id), "cpu", "cpu")
        for name in ("last", runs / second.folder.id, real / second.folder.id):
            assert cli("queue", "move", name, "first").code == 0
            assert waiting() == ["second", "first"]
            assert cli("queue", "move", name, "last").code == 0
        listed = {run["name"]: run["folder"] for run in cli("runs", "--json").json["runs"]}
        assert listed == {run["name"]: run["folder"] for run in cli("queue", "--json").json["waiting"]}
        assert cli("queue", "remove", "last").code == 0
        assert waiting() == ["first"]


def test_that_a_run_that_the_folder_of_runs_only_links_to_is_taken_out_of_the_queue(
    cli: CommandLine, runs: Path, tmp_path: Path, busy: FakeRun, started: list[str]
) -> None:
    with FakeRun(tmp_path / "on another drive", "far") as far:
        link_to(runs / "moved", far.folder.path)
        put_in_queue(far.folder, "cpu", "cpu")
        assert cli("queue", "remove", "moved").code == 0
        assert waiting() == []
