"""A run followed in the foreground: shown as it proceeds, stopped by one Ctrl-C, left running by the second."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from studio.cli import follow, progress, train_verbs
from studio.core.problem import Problem
from studio.core.run.event_text import phase_text
from studio.core.run.events import PhaseStarted, RunStarted, TaskScore
from studio.core.run.run_db import RunWriter
from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.state.run_state import read_state
from tests.cli.conftest import CommandLine
from tests.fake_run import FakeRun
from tests.patience import PATIENCE, wait_until

RECIPE = """\
name = "followed"
[[tasks]]
name = "units"
train = "units.jsonl"
"""
NOBODY = 2**22 + 12345  # above every pid there is: only the run's lock tells whether the worker lives

Work = Callable[[FakeRun], object]


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    file = tmp_path / "recipe.toml"
    file.write_text(RECIPE, encoding="utf-8")
    (tmp_path / "units.jsonl").touch()
    return file


@pytest.fixture
def worker(runs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Work], None]]:
    """Let `start_worker` start a thread that works on the run as the test says, instead of a process."""
    threads: list[threading.Thread] = []

    def set_work(work: Work) -> None:
        def start(folder: RunFolder) -> int:
            held = threading.Event()

            def live() -> None:
                with FakeRun(runs, tasks=["units"], total_steps=5, folder=folder) as run:
                    run.step = read_state(folder).step
                    run.start()
                    held.set()
                    work(run)

            threads.append(threading.Thread(target=live))
            threads[-1].start()
            assert held.wait(PATIENCE)
            return NOBODY

        monkeypatch.setattr(train_verbs, "start_worker", start)

    yield set_work
    for thread in threads:
        thread.join(PATIENCE)


def until_asked(run: FakeRun) -> None:
    while run.obey():
        time.sleep(0.02)


def test_that_the_terminal_says_what_the_page_says_of_a_phase_and_counts_on_now_and_then(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LINE_PERIOD", 1e9)
    probing = PhaseStarted(phase="probing", detail="one step on the longest rows", done=1, total=3)
    counted = [
        PhaseStarted(phase="evaluating", detail=f"Scoring units: {done} of 90 answers given", done=done, total=90)
        for done in range(0, 90, 10)
    ]
    worker(lambda run: run.write(probing, *counted).train(5).end())
    said = cli("train", recipe)
    assert "Measuring memory: one step on the longest rows (1 of 3) …" in said.err
    assert f"{phase_text(counted[0])} …" in said.err
    assert said.err.count("answers given") == 1


def test_that_training_shows_steps_scores_memory_and_warnings_as_they_come(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path
) -> None:
    worker(lambda run: run.evaluate("before").train(5).warn().evaluate("after").checkpoint().end())
    said = cli("train", recipe)
    assert said.code == 0
    for words in (
        "mixlora on A test's processor in fp32, 4 layers of 8 experts: 1,000,000 of 135,000,000 parameters",
        "Before training: units exact-match 0.0 % ± 3.0 of 100 of 240 rows",
        "step 1/5  loss",
        "240 tokens/s",
        "Peak memory: 1.8 GiB measured, 1.9 GiB planned.",
        "Warning: tasks.extract: 3 rows of extract",
        "After training: units exact-match 90.0 %",
        "Saved a checkpoint after step 5",
        "Finished: All 5 steps are done.",
    ):
        assert words in said.err
    assert said.out.strip().endswith("adapter")


def test_that_training_with_json_prints_what_show_prints_and_nothing_else(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path
) -> None:
    worker(lambda run: run.train(5).end())
    said = cli("train", recipe, "--json")
    assert said.json == cli("show", "last", "--json").json
    assert said.json["state"] == "finished"


def test_that_a_process_that_shows_nothing_of_itself_still_counts_as_one(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def process(pid: int) -> psutil.Process:
        asked.append(pid)
        # As Windows answers for a moment while a process ends.
        raise psutil.AccessDenied(pid) if len(asked) == 1 else psutil.NoSuchProcess(pid)

    monkeypatch.setattr(follow.psutil, "Process", process)
    worker(lambda run: run.train(5).end())
    assert cli("train", recipe, "--json").json["state"] == "finished"
    assert asked


def test_that_overrides_reach_the_runs_recipe(cli: CommandLine, worker: Callable[[Work], None], recipe: Path) -> None:
    worker(lambda run: run.end("stopped"))
    said = cli("train", recipe, "--set", "method.rank=4", "--set", "training.max_steps=5", "--json")
    written = RunFolder(Path(said.json["folder"])).recipe()
    assert (written.method.rank, written.training.max_steps) == (4, 5)


def test_that_a_run_that_fails_by_the_users_fault_ends_with_2_and_the_problems(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path
) -> None:
    problem = Problem("units.jsonl, line 7", "this is no JSON.", "Mend the line.")
    worker(lambda run: run.end("failed", (problem,)))
    said = cli("train", recipe, "--json")
    assert said.code == 2
    assert "units.jsonl, line 7: this is no JSON.\n  Remedy: Mend the line." in said.err
    assert said.json["problems"] == [problem.as_dict()]


def test_that_a_run_that_fails_by_our_fault_ends_with_1_and_the_log(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path
) -> None:
    worker(lambda run: run.end("failed"))
    said = cli("train", recipe)
    assert said.code == 1
    assert "worker.log" in said.err


def test_that_a_worker_that_dies_without_a_word_ends_with_1_and_the_log(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path
) -> None:
    worker(lambda run: run.train(2).die())
    said = cli("train", recipe)
    assert said.code == 1
    assert "Lost: The worker died without giving a reason, after step 2" in said.err
    assert "worker.log" in said.err


@pytest.fixture
def dying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every worker, a real process here, die while it begins."""
    (tmp_path / "fault").mkdir()
    fault = "import sys\nsys.modules['studio.core.state.crash'] = None\n"
    (tmp_path / "fault" / "sitecustomize.py").write_text(fault, encoding="utf-8")
    root = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path / "fault"), root)))


@pytest.mark.usefixtures("dying")
def test_that_a_worker_that_dies_at_once_ends_with_1_and_says_why(cli: CommandLine, recipe: Path, runs: Path) -> None:
    said = cli("train", recipe)
    (folder,) = list_runs(runs)
    assert said.code == 1
    assert (
        "Lost: The worker died before it began: ModuleNotFoundError: import of studio.core.state.crash halted"
        in said.err
    )
    assert f"The log: {folder.log}" in said.err
    assert "ModuleNotFoundError" in cli("show", "last", "--json").json["reason"]


@pytest.mark.usefixtures("dying")
def test_that_resume_waits_to_see_whether_its_worker_begins(cli: CommandLine, runs: Path) -> None:
    with FakeRun(runs, tasks=["units"], total_steps=5) as run:
        run.start().train(3).pause()
        said = cli("resume", "last")
        assert said.code == 1
        assert "Lost: The worker died before it began: ModuleNotFoundError" in said.err
        assert "resuming continues from step 3" in said.err
        assert "Resumed" not in said.err


def test_that_a_run_that_the_window_pauses_ends_the_following_with_0(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path
) -> None:
    worker(lambda run: run.train(3).pause())
    said = cli("train", recipe)
    assert said.code == 0
    assert "Paused after step 3." in said.err


def test_that_a_broken_recipe_ends_with_2_and_makes_no_run(cli: CommandLine, recipe: Path, runs: Path) -> None:
    said = cli("train", recipe, "--set", "method.rnak=4")
    assert said.code == 2
    assert "Did you mean 'rank'?" in said.err
    assert not runs.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a test cannot press Ctrl-C for itself alone there")
def test_that_ctrl_c_stops_the_run_once_and_waits_for_its_clean_end(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path
) -> None:
    def work(run: FakeRun) -> None:
        run.train(2)
        signal.raise_signal(signal.SIGINT)
        until_asked(run)

    worker(work)
    said = cli("train", recipe)
    assert said.code == 0
    assert "Stopping at the end of this step" in said.err
    assert "Stopped: Stopped after step 2 of 5, as asked." in said.err
    assert said.out.strip().endswith("adapter")


@pytest.mark.skipif(sys.platform == "win32", reason="a test cannot press Ctrl-C for itself alone there")
def test_that_ctrl_c_while_the_worker_still_begins_is_not_forgotten(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path
) -> None:
    def work(run: FakeRun) -> None:
        signal.raise_signal(signal.SIGINT)
        while not run.take_commands():  # a worker drops what was asked before it took the run up
            time.sleep(0.02)
        with RunWriter(run.folder.db) as writer:
            writer.write(RunStarted(pid=1, host="here"))
        until_asked(run)

    worker(work)
    assert "Stopped" in cli("train", recipe).err


@pytest.mark.skipif(sys.platform == "win32", reason="a test cannot press Ctrl-C for itself alone there")
def test_that_a_second_ctrl_c_leaves_the_worker_running_and_says_so(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path
) -> None:
    left = threading.Event()

    def work(run: FakeRun) -> None:
        signal.raise_signal(signal.SIGINT)
        with run.folder.reader() as reader:
            wait_until(reader.waiting_commands)
        signal.raise_signal(signal.SIGINT)
        left.wait(PATIENCE)
        until_asked(run)

    worker(work)
    said = cli("train", recipe)
    still = cli("runs", "--json").json["runs"][0]["state"]
    left.set()
    assert said.code == 130
    assert "Left running" in said.err
    assert still == "stopping"


def test_that_resume_follows_only_what_is_new(cli: CommandLine, worker: Callable[[Work], None], runs: Path) -> None:
    with FakeRun(runs, tasks=["units"], total_steps=5) as run:
        run.start().train(3).pause()
    worker(lambda run: run.train(2).end())
    said = cli("resume", "last", "--follow")
    assert said.code == 0
    assert "Resumed after step 3 (process" in said.err
    assert "step 1/5" not in said.err
    assert "step 5/5" in said.err


def test_that_resume_takes_back_a_pause_that_was_not_acted_on(cli: CommandLine, runs: Path) -> None:
    with FakeRun(runs) as run:
        run.start().train(3)
        cli("pause", "last")
        said = cli("resume", "last", "--json")
        assert said.code == 0
        assert said.json["state"] == "running"


@pytest.mark.parametrize("outcome", ["finished", "running"])
def test_that_a_finished_or_running_run_is_not_resumed(cli: CommandLine, runs: Path, outcome: str) -> None:
    with FakeRun(runs, total_steps=2) as run:
        run.start().train(2)
        if outcome == "finished":
            run.end()
        said = cli("resume", "last")
    assert said.code == 2
    assert f"it is {outcome}" in said.err


def test_that_a_score_by_loss_is_shown_as_a_loss(
    cli: CommandLine, worker: Callable[[Work], None], recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.core.run.events import EvaluationEnded

    def work(run: FakeRun) -> None:
        score = TaskScore(metric="loss", value=1.25, stderr=0.1, rows=40, loss=1.25)
        with RunWriter(run.folder.db) as writer:
            writer.write(EvaluationEnded(step=0, when="before", tasks={"units": score}, seconds=1))
        run.end()

    worker(work)
    assert "Before training: units loss 1.250 of 40 rows" in cli("train", recipe).err
