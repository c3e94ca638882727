"""A run's folder: made whole, private, found by its name, locked by one worker at a time."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import Recipe, TaskTable
from studio.core.run.run_folder import RunFolder, create_run, is_held, list_runs, open_run, slug
from tests.patience import wait_until

NOON = 1_700_000_000.0


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "läufe hier"


def recipe(name: str = "three tasks") -> Recipe:
    return Recipe(name=name, tasks=(TaskTable(name="a", train=str(Path("/data/a.jsonl").resolve())),))


def test_that_a_new_run_has_its_recipe_and_an_empty_database(runs: Path) -> None:
    folder = create_run(recipe(), runs)
    assert folder.recipe() == recipe()
    with folder.reader() as reader:
        assert reader.events() == []
    assert folder.checkpoints.is_dir()
    assert not folder.adapter.exists()
    assert folder.provenance() == {}


def test_that_two_runs_of_one_second_get_two_folders(runs: Path) -> None:
    first, second = create_run(recipe(), runs, NOON), create_run(recipe(), runs, NOON)
    assert second.id == f"{first.id}-2"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows gives folders the rights of the user's profile")
def test_that_a_runs_folder_is_private_to_its_user(runs: Path) -> None:
    assert create_run(recipe(), runs).path.stat().st_mode & 0o077 == 0


def test_that_a_half_made_folder_is_not_a_run(runs: Path) -> None:
    whole = create_run(recipe(), runs)
    half = runs / "20200101-000000-half"
    half.mkdir()
    (half / "run.db").touch()
    assert list_runs(runs) == [whole]


def test_that_a_file_in_place_of_the_runs_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("", encoding="utf-8")
    with pytest.raises(ProblemError, match="a run folder cannot be created here"):
        create_run(recipe(), tmp_path / "runs")


def test_that_runs_are_listed_newest_first(runs: Path) -> None:
    old, new = create_run(recipe("old"), runs, NOON), create_run(recipe("new"), runs, NOON + 3600)
    assert list_runs(runs) == [new, old]
    assert list_runs(runs / "none") == []


def test_that_a_folder_that_is_not_a_run_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="this is not a run's folder"):
        open_run(tmp_path)


def test_that_a_run_whose_recipe_was_deleted_is_distinguished_from_other_folders(runs: Path) -> None:
    folder = create_run(recipe(), runs)
    folder.recipe_file.unlink()
    with pytest.raises(ProblemError, match=r"recipe\.toml: it is missing.*provenance\.json beside it"):
        open_run(folder.path)


def test_that_a_recipe_broken_by_hand_names_file_and_line(runs: Path) -> None:
    folder = create_run(recipe(), runs)
    broken = folder.recipe_file.read_text(encoding="utf-8").replace("rank = 16", "rank = -1")
    folder.recipe_file.write_text(broken, encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        folder.recipe()
    assert str(folder.recipe_file) in caught.value.problems[0].where
    assert "line" in caught.value.problems[0].where


def test_that_provenance_comes_back_with_its_accents(runs: Path) -> None:
    folder = create_run(recipe(), runs)
    folder.write_provenance({"seed": 42, "host": "büro"})
    assert folder.provenance() == {"seed": 42, "host": "büro"}


def test_that_a_run_lives_exactly_as_long_as_its_lock_is_held(runs: Path) -> None:
    folder = create_run(recipe(), runs)
    assert not folder.is_alive()
    with folder.held():
        assert folder.is_alive()
        assert RunFolder(folder.path).is_alive()
    assert not folder.is_alive()


def test_that_a_second_worker_on_a_run_is_a_problem_and_leaves_the_first_alone(runs: Path) -> None:
    folder = create_run(recipe(), runs)
    with folder.held():
        with pytest.raises(ProblemError, match="another worker is training this run"), folder.held(patience=0.05):
            pytest.fail("two workers held one run")
        assert folder.is_alive()


def test_that_a_worker_in_another_process_is_seen_and_its_death_too(runs: Path) -> None:
    folder = create_run(recipe(), runs)
    code = (
        "import sys; from pathlib import Path; from studio.core.run.run_folder import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).held(): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        assert folder.is_alive()
        process.kill()
    wait_until(lambda: not folder.is_alive())


def test_that_readers_who_probe_the_lock_never_keep_a_worker_out(runs: Path) -> None:
    folder = create_run(recipe(), runs)
    with folder.held():
        pass
    done = threading.Event()

    def probe() -> None:
        while not done.is_set():
            folder.is_alive()

    prober = threading.Thread(target=probe)
    prober.start()
    try:
        for _ in range(5):
            with folder.held():
                pass
    finally:
        done.set()
        prober.join()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Three Tasks", "three-tasks"),
        ("Ünïcödé & more", "unicode-more"),
        ("../../etc/passwd", "etc-passwd"),
        ("混合", "run"),
        ("x" * 100, "x" * 40),
    ],
)
def test_that_any_name_makes_a_folder_name_for_every_file_system(name: str, folder: str) -> None:
    assert slug(name) == folder


def test_that_a_look_at_a_run_that_is_just_deleted_leaves_no_folder_behind(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = create_run(recipe(), runs)
    folder.lock_file.touch()  # as a killed worker leaves it: Windows' locks remove their file when they are released
    kept = folder.lock_file.stat().st_ino
    acquire = FileLock.acquire

    def late(lock: FileLock, **options: Any) -> object:
        folder.path.rename(runs / "elsewhere")  # between the first look at the file and its lock
        return acquire(lock, **options)

    monkeypatch.setattr(FileLock, "acquire", late)
    assert not is_held(folder.lock_file)
    assert not folder.path.exists()
    assert (runs / "elsewhere" / folder.lock_file.name).stat().st_ino == kept
