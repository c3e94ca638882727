from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from studio.core.problem import ProblemError
from studio.core.run.run_folder import RunFolder
from studio.ui.runs.model import RunsModel
from studio.ui.runs.summary import RunGlance
from studio.ui.runs.watch import RunsWatch
from tests.fake_run import FakeRun, make_fake_run
from tests.patience import wait_until
from tests.worker.faulty_worker import start_faulty


def test_that_the_model_keeps_its_rows_while_runs_come_and_go(runs: Path, qtmodeltester: ModelTester) -> None:
    old = RunGlance(make_fake_run(runs, steps=3, now=1e9)).look()
    new = RunGlance(make_fake_run(runs, steps=5, now=1e9 + 60, name="newer")).look()
    model = RunsModel()
    qtmodeltester.check(model)
    model.show_runs((old,))
    moved = model.index(0)
    model.show_runs((new, old))
    assert [model.data(model.index(row)) for row in range(2)] == ["newer", "three tasks"]
    model.show_runs((old,))
    assert model.rowCount() == 1
    assert moved.row() == 0
    assert "finished" in model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole)


def test_that_a_run_that_stalls_is_painted_again(qtbot: QtBot, runs: Path) -> None:
    run = RunGlance(make_fake_run(runs, steps=3)).look()
    model = RunsModel()
    model.show_runs((run,))
    with qtbot.waitSignal(model.dataChanged):
        model.show_runs((replace(run, stalled=True),))
    with qtbot.assertNotEmitted(model.dataChanged):
        model.show_runs((replace(run, stalled=True),))


def test_that_a_glance_distinguishes_running_from_lost(runs: Path) -> None:
    with FakeRun(runs, total_steps=20) as run:
        run.start().train(4)
        glance = RunGlance(run.folder)
        alive = glance.look()
        assert (alive.state, alive.progress) == ("running", "4 of 20")
        run.die()
        gone = glance.look()
    assert gone.state == "lost"
    assert "checkpoint" in gone.reason
    assert len(gone.spark) == 4


def test_that_a_glance_shows_that_a_resumed_run_starts_and_that_its_worker_died(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeRun(runs, total_steps=20) as run:
        run.start().train(4).pause()
        glance = RunGlance(run.folder)
        assert glance.look().state == "paused"
        fault = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)\nprint('OSError: x')\nos._exit(1)"
        start_faulty(run.folder, fault, tmp_path / "fault", monkeypatch)
        assert glance.look().state == "starting"
        (run.folder.path / "go").touch()
        wait_until(lambda: not glance.look().is_live, run.folder)
        gone = glance.look()
    assert gone.state == "lost"
    assert "OSError: x" in gone.reason


def test_that_a_broken_folder_is_listed_as_unreadable_with_the_reason(runs: Path) -> None:
    folder = make_fake_run(runs, steps=2)
    for name in ("run.db", "run.db-wal", "run.db-shm"):
        (folder.path / name).unlink(missing_ok=True)
    folder.db.write_bytes(b"no database" * 100)
    summary = RunGlance(folder).look()
    assert summary.state == "unreadable"
    assert "run.db" in summary.reason


def test_that_the_watch_shows_new_runs_and_their_growth(qtbot: QtBot, runs: Path) -> None:
    watch = RunsWatch(runs)
    with qtbot.waitSignal(watch.looked) as caught:
        watch.start()
    assert caught.args[0] == ()
    with FakeRun(runs) as run:
        run.start().train(2)
        with qtbot.waitSignal(watch.looked) as caught:
            watch.look_now()
        assert [each.step for each in caught.args[0]] == [2]
        run.train(1).end("stopped")
        with qtbot.waitSignal(watch.looked, check_params_cb=lambda found: found[0].state == "stopped"):
            watch.look_now()
    watch.stop()


def test_that_the_watch_goes_on_after_the_folder_could_not_be_read(
    qtbot: QtBot, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_fake_run(runs, steps=2)
    watch = RunsWatch(runs)

    def gone(place: Path) -> list[RunFolder]:
        raise OSError(5, "Input/output error", str(place))

    with monkeypatch.context() as patch:
        patch.setattr("studio.ui.runs.watch.list_runs", gone)
        with qtbot.waitSignal(watch.failed) as caught:
            watch.start()
    problem = caught.args[0]
    assert problem.what == "the folder of runs cannot be read (Input/output error)."
    with qtbot.waitSignal(watch.looked) as caught:
        watch.look_now()
    assert [each.folder for each in caught.args[0]] == [folder]
    assert not watch.is_lasting(problem)
    watch.stop()


def test_that_a_run_that_another_program_held_is_read_again(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    glance = RunGlance(make_fake_run(runs, steps=2))

    def busy(folder: RunFolder) -> None:
        raise ProblemError.at("run.db", "another program holds it.", "Try again.")

    with monkeypatch.context() as patch:
        patch.setattr("studio.ui.runs.summary.read_state", busy)
        assert glance.look().state == "unreadable"
    assert glance.look().state == "finished"


def test_that_a_run_that_vanishes_while_it_is_read_harms_nothing(runs: Path) -> None:
    folder = make_fake_run(runs, steps=2)
    renamed = RunFolder(folder.path.rename(runs / "by hand"))
    shutil.rmtree(renamed.path)
    assert RunGlance(renamed).look().state == "unreadable"


def test_that_runs_that_go_and_come_together_are_one_change(runs: Path, qtmodeltester: ModelTester) -> None:
    one = RunGlance(make_fake_run(runs, steps=1)).look()
    every = tuple(replace(one, folder=RunFolder(runs / f"run-{number}")) for number in range(40))
    model = RunsModel()
    qtmodeltester.check(model)
    changes: list[tuple[str, int, int]] = []
    model.rowsInserted.connect(lambda parent, first, last: changes.append(("came", first, last)))
    model.rowsRemoved.connect(lambda parent, first, last: changes.append(("went", first, last)))

    def shown(*kept: range) -> None:
        wanted = tuple(every[number] for part in kept for number in part)
        model.show_runs(wanted)
        assert tuple(model.run_at(row) for row in range(model.rowCount())) == wanted

    shown(range(40))
    shown(range(5), range(10, 20), range(39, 40))
    shown(range(2, 12), range(30, 40))
    shown()
    assert changes == [
        ("came", 0, 39),
        ("went", 20, 38),
        ("went", 5, 9),
        ("went", 7, 14),
        ("went", 0, 1),
        ("came", 3, 7),
        ("came", 10, 18),
        ("went", 0, 19),
    ]
