"""The queue as a value and as a file: order, moves, several writers, and an invalid file."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from studio.core import places
from studio.core.problem import ProblemError
from studio.core.queue import queue_text
from studio.core.queue.queue import (
    Entry,
    Queue,
    change_queue,
    put_in_queue,
    read_queue,
    take_out_of_queue,
)
from studio.core.queue.queue_text import clock, place_sentence
from studio.core.run.run_folder import RunFolder

ROOT = Path(__file__).resolve().parent


def entry(name: str, device: str = "cpu") -> Entry:
    return Entry(run=ROOT / name, device=device, shown=device, since=1.0)


def queue_of(*names: str) -> Queue:
    """Runs by name; a name with a hyphen waits for another device: "x-1"."""
    return Queue(entries=tuple(entry(name, "cuda:1" if "-" in name else "cpu") for name in names))


def names(queue: Queue) -> list[str]:
    return [each.run.name for each in queue.entries]


@pytest.mark.parametrize(
    ("where", "after"),
    [
        ("up", ["a", "c", "x-1", "b"]),
        ("down", ["a", "b", "x-1", "c"]),
        ("first", ["c", "a", "x-1", "b"]),
        ("last", ["a", "b", "x-1", "c"]),
    ],
)
def test_that_a_run_moves_among_those_of_its_device_only(where: str, after: list[str]) -> None:
    before = queue_of("a", "b", "x-1", "c")
    assert names(before.moved(RunFolder(ROOT / "c"), where)) == after  # type: ignore[arg-type]
    assert names(before.moved(RunFolder(ROOT / "x-1"), where)) == names(before)  # type: ignore[arg-type]
    assert before.moved(RunFolder(ROOT / "not there"), where) == before  # type: ignore[arg-type]


@given(
    some.lists(some.sampled_from(["a", "b", "c", "x-1", "y-1"]), unique=True),
    some.lists(
        some.tuples(
            some.sampled_from(["a", "b", "c", "x-1", "y-1"]),
            some.sampled_from(["up", "down", "first", "last", "in", "in front", "out"]),
        )
    ),
)
def test_that_no_change_doubles_a_run_or_mixes_up_those_that_it_does_not_mean(
    begun: list[str], changes: list[tuple[str, str]]
) -> None:
    queue = queue_of(*begun)
    for name, change in changes:
        before, folder = queue, RunFolder(ROOT / name)
        if change == "out":
            queue = queue.without(folder)
        elif change in ("in", "in front"):
            queue = queue.with_run(entry(name, "cuda:1" if "-" in name else "cpu"), first=change == "in front")
        else:
            queue = queue.moved(folder, change)  # type: ignore[arg-type]
        assert len(set(names(queue))) == len(queue.entries)
        for line in (lambda each: "-" in each, lambda each: "-" not in each):
            rest, was = ([each for each in names(one) if each != name and line(each)] for one in (queue, before))
            assert rest == was
        assert (name in names(queue)) == (change in ("in", "in front") or (change != "out" and name in names(before)))
        if change in ("first", "in front") and name in names(queue):
            found = queue.entry(folder)
            assert found is not None
            assert queue.ahead_of(found) == []


def test_that_runs_which_train_together_wait_for_what_is_before_the_first_of_them() -> None:
    a, b, c, d = queue_of("a", "b", "c", "d").entries
    b, d = (each.model_copy(update={"beside": "a sweep"}) for each in (b, d))
    queue = Queue(entries=(a, b, c, d))
    assert queue.begin_before(b) == queue.begin_before(d) == [a]
    assert place_sentence(d, queue) == "Second in the queue for cpu, behind 'a'."
    assert queue.begin_before(c) == [a, b]
    assert queue.ahead_of(d) == [a, b, c], "where it may be moved"


def test_that_a_run_gets_its_place_and_keeps_it_when_it_is_put_in_again(tmp_path: Path) -> None:
    first, second = RunFolder(tmp_path / "first"), RunFolder(tmp_path / "second")
    assert put_in_queue(first, "cpu", "cpu") == 1
    assert put_in_queue(second, "cpu", "cpu") == 2
    assert put_in_queue(RunFolder(tmp_path / "other"), "cuda:0", "cuda:0") == 1
    assert put_in_queue(first, "cpu", "cpu") == 1
    assert put_in_queue(second, "cpu", "cpu", first=True) == 1
    assert take_out_of_queue(second)
    assert not take_out_of_queue(second)
    assert names(read_queue()) == ["first", "other"]


def test_that_changes_from_many_sides_at_once_all_arrive(tmp_path: Path) -> None:
    def put(number: int) -> None:
        for each in range(10):
            put_in_queue(RunFolder(tmp_path / f"{number}-{each}"), "cpu", "cpu")

    threads = [threading.Thread(target=put, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_queue().entries) == 40
    for number in range(4):
        assert [name for name in names(read_queue()) if name.startswith(f"{number}-")] == [
            f"{number}-{each}" for each in range(10)
        ]


@pytest.mark.parametrize("said", ["", "{", "[1]", '{"format": 2}', '{"entries": [{"run": 5}]}', "\x00\x01"])
def test_that_an_invalid_queue_file_is_a_problem_and_is_not_changed(said: str, tmp_path: Path) -> None:
    places.queue_file().write_text(said, encoding="utf-8")
    with pytest.raises(ProblemError, match="the queue cannot be read"):
        put_in_queue(RunFolder(tmp_path), "cpu", "cpu")
    assert places.queue_file().read_text(encoding="utf-8") == said


def test_that_the_file_is_written_only_when_something_changed(tmp_path: Path) -> None:
    put_in_queue(RunFolder(tmp_path / "Übung mit Raum"), "cpu", "cpu")
    assert json.loads(places.queue_file().read_text(encoding="utf-8"))["entries"][0]["shown"] == "cpu"
    before = places.queue_file().stat().st_mtime_ns
    change_queue(lambda queue: queue)
    assert places.queue_file().stat().st_mtime_ns == before


def test_that_a_day_in_chinese_is_said_where_the_system_s_code_page_has_no_chinese(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    format_ = time.strftime

    def of_windows(shape: str, then: time.struct_time) -> str:
        shape.encode("cp1252")  # as before Python 3.12.8
        return format_(shape, then)

    monkeypatch.setattr(time, "strftime", of_windows)
    monkeypatch.setattr(queue_text, "tr", lambda text, *comment: "%m 月 %d 日 %H:%M")
    noon = time.mktime((2020, 2, 3, 12, 5, 0, 0, 0, -1))
    assert clock(noon) == "02 月 03 日 12:05"
