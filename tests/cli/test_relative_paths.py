"""Every verb that takes a path takes a relative one, and works as from any other folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.cli import main
from studio.core.foreign import consent
from studio.core.queue.queue import put_in_queue, read_queue
from studio.core.run.known_runs import find_run
from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.state.run_state import read_state
from tests.fake_run import FakeRun, make_fake_run, start_no_worker
from tests.patience import wait_until
from tests.planner.machines import SMALL, config_folder
from tests.worker.light_training import light_workers

RECIPE = """\
name = "relative"
[model]
source = "model"
[[tasks]]
name = "units"
train = "units.jsonl"
evaluate = "units.jsonl"
[training]
max_steps = 3
[machine]
device = "cpu"
"""
RUNS = "../work/läufe hier"

Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with a recipe, its data and a model; the current folder is one beside them."""
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "recipes" / "units.jsonl").write_text('{"prompt": "a", "completion": "b"}\n', encoding="utf-8")
    config_folder(tmp_path / "recipes" / "model", SMALL)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Call a verb; returns its exit code, and its one JSON object where it printed one, else what it printed."""

    def called(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main(words)
        said = capsys.readouterr()
        return code, json.loads(said.out) if "--json" in words and said.out else said.out + said.err

    return called


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return start_no_worker(
        monkeypatch, "studio.core.process.dispatch.start_worker", "studio.cli.train_verbs.start_worker"
    )


@pytest.fixture
def run(home: Path) -> RunFolder:
    return make_fake_run(home / "work" / "läufe hier", steps=3, outcome="stopped")


def test_that_a_real_worker_trains_in_a_relative_folder_of_runs_and_of_the_studio(
    home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in light_workers(home / "light").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MIXLORA_STUDIO_HOME", "../studio")
    code, said = call("train", "../recipes/recipe.toml", "--runs", RUNS)
    assert code == 0, said
    (folder,) = list_runs(home / "work" / "läufe hier")
    assert read_state(folder).state == "finished"
    assert folder.recipe().model.source == str(home / "recipes" / "model")
    wait_until(lambda: not folder.is_alive())
    # The lock itself goes when it is released, on Windows.
    assert (home / "studio" / "devices").is_dir(), "the worker found the same home"
    assert not (folder.path / "studio").exists()


@pytest.mark.parametrize("verb", ["runs", "doctor", "queue", "game"])
def test_that_the_verbs_on_all_runs_find_them(verb: str, call: Call, run: RunFolder) -> None:
    code, said = call(verb, "--runs", RUNS, "--json")
    assert code in ((0, 2) if verb == "doctor" else (0,))
    if verb == "runs":
        assert said["runs"][0]["folder"] == str(run.path)


def test_that_a_run_is_named_by_its_relative_folder(home: Path, call: Call, run: RunFolder, started: list[str]) -> None:
    named = f"{RUNS}/{run.id}"
    assert call("show", named, "--json")[1]["folder"] == str(run.path)
    assert call("stop", named)[0] == 2
    assert call("pause", named)[0] == 2
    assert call("queue", "add", named)[0] == 0
    assert [entry.run for entry in read_queue().entries] == [run.path]
    assert call("queue", "move", named, "first")[0] == 0
    assert call("queue", "remove", named)[0] == 0
    assert read_queue().entries == ()
    started.clear()
    assert call("resume", named)[0] == 0
    assert started == [run.id]


def test_that_a_run_in_the_home_is_named_with_a_tilde(call: Call) -> None:
    folder = make_fake_run(Path.home() / "my runs", steps=1)
    assert call("show", f"~/my runs/{folder.id}", "--json")[1]["id"] == folder.id
    assert call("show", folder.id, "--runs", "~/my runs", "--json")[1]["id"] == folder.id


def test_that_train_with_queue_keeps_the_runs_whole_path(home: Path, call: Call, started: list[str]) -> None:
    code, said = call("train", "../recipes/recipe.toml", "--runs", RUNS, "--queue", "--json")
    assert code == 0
    assert Path(said["folder"]).parent == home / "work" / "läufe hier"
    (entry,) = read_queue().entries
    assert entry.run == Path(said["folder"])


def test_that_plan_takes_a_relative_recipe_and_its_model_beside_it(call: Call) -> None:
    code, said = call("plan", "../recipes/recipe.toml", "--json")
    assert code == 0
    assert said["plan"]["fits"]


def test_that_a_model_that_is_only_in_the_current_folder_is_not_planned(home: Path, call: Call) -> None:
    """The worker, whose current folder is another, would not find it."""
    config_folder(home / "elsewhere" / "other" / "model", SMALL)
    code, said = call("plan", "../recipes/recipe.toml", "--set", "model.source=other/model")
    assert code == 2
    assert "other/model is not in the cache" in said
    code, said = call("plan", "../recipes/recipe.toml", "--set", "model.source=other")
    assert code == 2
    assert "relative to the recipe" in said


@pytest.mark.parametrize("verb", ["demo", "compare"])
def test_that_demo_and_compare_hand_on_whole_paths(
    verb: str, home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[RunFolder] = []

    def end(folder: RunFolder) -> int:
        trained.append(folder)
        with FakeRun(home, tasks=["units"], total_steps=3, folder=folder) as fake:
            fake.start().train(3).end("stopped")
        return 0

    monkeypatch.setattr(f"studio.cli.{verb}_verb.run_to_its_end", end)
    recipe = ["--recipe", "../recipes/recipe.toml"] if verb == "demo" else ["../recipes/recipe.toml", "--seeds", "1"]
    call(verb, *recipe, "--runs", RUNS)
    assert [folder.path.parent for folder in trained] == [home / "work" / "läufe hier"]


def test_that_export_evaluate_and_chat_take_relative_folders(home: Path, call: Call, monkeypatch: Any) -> None:
    seen: dict[str, Any] = {}

    def fail(**said: Any) -> Any:
        seen.update(said)
        raise SystemExit(0)

    import studio.export
    from studio.evaluation import try_adapter as trial
    from studio.evaluation.chat import speaker

    monkeypatch.setattr(studio.export, "export_adapter", lambda run, to, out, runs, *_: fail(out=out, runs=runs))
    call("export", "last", "../out", "--runs", RUNS)
    assert seen == {"out": home / "out", "runs": home / "work" / "läufe hier"}
    monkeypatch.setattr(trial, "score", lambda what, recipe, runs, *_: fail(recipe=recipe, runs=runs))
    call("evaluate", "base", "--tasks", "../recipes/recipe.toml", "--runs", RUNS)
    assert seen["recipe"].tasks[0].train == str(home / "recipes" / "units.jsonl")
    monkeypatch.setattr(speaker, "find_trained", lambda what, runs, *rest: fail(runs=runs, what=what))
    call("chat", "last", "--runs", "../work")
    assert seen["runs"] == home / "work"


def test_that_trust_and_its_revoking_name_a_folder_by_its_whole_path(home: Path, call: Call) -> None:
    folder = home / "recipes" / "model"
    consent.agree(str(folder), "0" * 64)
    assert call("trust", "../recipes/model", "--revoke", "--json")[1] == {"model": str(folder), "agreed": False}
    gone = home / "gone"
    consent.agree(str(gone), "0" * 64)
    assert call("trust", "../gone", "--revoke")[0] == 0
    assert consent.agreed_sources() == []


def test_that_a_waiting_run_elsewhere_is_named_by_its_relative_folder(
    home: Path, call: Call, started: list[str]
) -> None:
    with FakeRun(home / "far") as other:
        put_in_queue(other.folder, "cuda:7", "cuda:7")
        assert call("queue", "remove", f"../far/{other.folder.id}")[0] == 0
    assert find_run("last", Path("../far")).path == other.folder.path
