"""A device's lock: one holder, its name for others, and gone with the process that held it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from studio.core import places
from studio.core.problem import ProblemError
from studio.core.queue import device_lock
from studio.core.queue.device_lock import DeviceBusyError, DeviceLock, held_devices
from studio.core.run.run_folder import RunFolder

HOLD = """
import sys
from pathlib import Path
from studio.core.queue.device_lock import DeviceLock
from studio.core.run.run_folder import RunFolder
with DeviceLock("cpu").held(RunFolder(Path(sys.argv[1])), "cpu"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_that_a_device_has_one_holder_who_is_known_to_others(tmp_path: Path) -> None:
    lock = DeviceLock("00000000-01-00-0")
    assert not lock.is_held()
    assert lock.holder() is None
    with lock.held(RunFolder(tmp_path / "läuft"), "cuda:0"):
        assert lock.is_held()
        (found,) = held_devices()
        assert found[1].folder.path == tmp_path / "läuft"
        assert found[1].shown == "cuda:0"
        with (
            pytest.raises(DeviceBusyError, match="another run is training"),
            lock.held(RunFolder(tmp_path), "cuda:0", 0.05),
        ):
            pytest.fail("two hold one device")
        with DeviceLock("cpu").held(RunFolder(tmp_path), "cpu"):
            assert len(held_devices()) == 2
    assert not lock.is_held()
    assert held_devices() == []


def test_that_a_killed_holder_no_longer_holds_the_device(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        holder = DeviceLock("cpu").holder()
        assert holder is not None
        assert holder.pid == other.pid
        other.kill()
    assert DeviceLock("cpu").holder() is None
    with DeviceLock("cpu").held(RunFolder(tmp_path), "cpu"):
        pass


def test_that_several_who_look_never_take_each_other_for_the_holder(tmp_path: Path) -> None:
    lock = DeviceLock("cpu")
    with lock.held(RunFolder(tmp_path), "cpu"):
        pass
    seen: list[bool] = []

    def look() -> None:
        for _ in range(40):
            seen.append(lock.is_held())
            time.sleep(0.002)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 120
    assert not any(seen)


@pytest.mark.parametrize("said", ["", "no json", "[]", '{"run": 7}'])
def test_that_a_holder_whose_name_cannot_be_read_still_holds(tmp_path: Path, said: str) -> None:
    lock = DeviceLock("cpu")
    with lock.held(RunFolder(tmp_path), "cpu"):
        lock.holder_file.write_text(said, encoding="utf-8")
        assert lock.is_held()
        assert lock.holder() is None


def test_that_one_who_has_just_taken_the_lock_is_not_called_by_its_killed_forerunners_name(tmp_path: Path) -> None:
    lock = DeviceLock("cpu")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = {"run": str(tmp_path / "killed"), "shown": "cpu", "pid": gone.pid, "since": 1.0}
    with lock.held(RunFolder(tmp_path), "cpu"):
        lock.holder_file.write_text(json.dumps(left), encoding="utf-8")
        assert lock.is_held()
        assert held_devices() == []
    assert not lock.holder_file.exists()


def test_that_a_full_disk_is_a_problem_and_keeps_nobody_from_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    lock = DeviceLock("cpu")
    with monkeypatch.context() as patch:
        patch.setattr(device_lock, "write_whole", full)
        with pytest.raises(ProblemError, match="No space left"), lock.held(RunFolder(tmp_path), "cpu"):
            pytest.fail("held without a name")
    assert not lock.is_held()


def test_that_a_lock_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    places.devices().parent.mkdir(parents=True, exist_ok=True)
    places.devices().write_text("in the way", encoding="utf-8")
    with (
        pytest.raises(ProblemError, match="lock cannot be created"),
        DeviceLock("cpu").held(RunFolder(tmp_path), "cpu"),
    ):
        pytest.fail("held without a lock")
