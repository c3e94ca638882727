"""`sweep`: each combination an ordinary run of one group, in turn through the queue, and a table with errors."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from studio.cli import follow
from studio.core.queue.queue import read_queue
from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.run.run_group import read_group
from studio.core.state.run_state import read_state
from tests.cli.conftest import CommandLine
from tests.cli.test_queue_verbs import busy, started  # noqa: F401 - fixtures
from tests.tiny import make_tiny_model
from tests.worker.light_training import light_workers

RECIPE = """\
name = "tiny"
seed = 7
[model]
source = "model"
[[tasks]]
name = "units"
train = "train.jsonl"
evaluate = "train.jsonl"
[method]
name = "lora"
rank = 4
[training]
max_steps = 2
batch_size = 4
[machine]
device = "cpu"
[sweep]
"training.learning_rate" = [1e-4, 3e-4]
seed = [1, 2]
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("swept")
    make_tiny_model(folder / "model")
    lines = [{"prompt": f"{row} km in m?", "completion": f"{row}000 m"} for row in range(4)]
    (folder / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    file = folder / "recipe.toml"
    file.write_text(RECIPE, encoding="utf-8")
    return file


@pytest.fixture
def light(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers train without a model; all else about them is real."""
    for name, value in light_workers(tmp_path / "light").items():
        monkeypatch.setenv(name, value)


def values_of(folder: RunFolder) -> dict[str, object]:
    group = read_group(folder.path)
    assert group is not None
    return dict(group.values)


def test_that_every_combination_trains_in_turn_and_the_best_is_found_and_kept(
    cli: CommandLine, recipe: Path, runs: Path, light: None
) -> None:
    said = cli("sweep", recipe, "--json")
    assert said.code == 0, said.err
    made = list_runs(runs)
    assert [read_state(folder).state for folder in made] == ["finished"] * 4
    groups = {group.id for folder in made if (group := read_group(folder.path)) is not None}
    assert len(groups) == 1
    first = min(made, key=lambda folder: folder.db.stat().st_mtime)
    assert values_of(first) == {"training.learning_rate": 1e-4, "seed": 1}
    low, high = said.json["settings"]
    # 1000 x the rate + 0.02 x the seed: two seeds, so the standard error is half of what lies between them.
    assert low["values"] == {"training.learning_rate": 1e-4}
    assert low["merit"]["values"] == pytest.approx([0.12, 0.14])
    assert high["merit"]["mean"] == pytest.approx(0.33)
    best = said.json["best"]
    assert (best["values"], best["seed"], best["is_clear"]) == ({"training.learning_rate": 3e-4}, 2, True)

    said = cli("sweep", recipe, "--keep-best")
    assert said.code == 0
    assert "Finished already: 4 of 4 runs." in said.err
    head, *lines = said.out.splitlines()
    assert head.split() == ["LEARNING", "RATE", "RUNS", "MEAN", "UNITS", "TIME", "PEAK"]
    assert "33.0 % ± 1.0" in lines[1]
    assert lines[1].endswith("best")
    assert "The best setting is learning rate 0.0003." in said.out
    assert [folder.id for folder in list_runs(runs)] == [best["id"]]
    assert len(cli("trash", "--json").json["trash"]) == 3


def test_that_a_sweep_without_scores_says_what_it_lacks(
    cli: CommandLine, recipe: Path, runs: Path, light: None
) -> None:
    alone = recipe.with_name("alone.toml")
    alone.write_text(RECIPE.replace('evaluate = "train.jsonl"\n', ""), encoding="utf-8")
    said = cli("sweep", alone, "--set", "sweep.seed=[1]", "--keep-best")
    assert said.code == 0, said.err
    assert "No finished run has a score" in said.out
    assert "all are kept" in said.err
    assert len(list_runs(runs)) == 2


def test_that_a_plan_shows_every_run_and_makes_none(cli: CommandLine, recipe: Path, runs: Path) -> None:
    said = cli("sweep", recipe, "--plan")
    assert said.code == 0, said.err
    assert "tiny, learning rate 0.0003, seed 2" in said.out
    assert "4 runs" in said.out
    assert list_runs(runs) == []
    planned = cli("sweep", recipe, "--plan", "--json").json["runs"]
    assert [each["fits"] for each in planned] == [True] * 4
    assert len({each["peak_bytes"] for each in planned}) == 1, "rates and seeds cost nothing"


def test_that_queued_runs_wait_in_order_and_are_not_made_twice(
    cli: CommandLine,
    recipe: Path,
    runs: Path,
    busy: object,  # noqa: F811
    started: list[str],  # noqa: F811
) -> None:
    for _ in range(2):
        said = cli("sweep", recipe, "--queue")
        assert said.code == 0, said.err
        waiting = [entry.folder.recipe() for entry in read_queue().entries]
        assert [(each.seed, each.training.learning_rate) for each in waiting] == [
            (1, 1e-4),
            (1, 3e-4),
            (2, 1e-4),
            (2, 3e-4),
        ]
        assert "No run has finished yet." in said.out
    assert started == []


@pytest.mark.parametrize(("how", "others"), [("--in-turn", "waiting"), ("--together", "stopped")])
def test_that_ctrl_c_stops_what_trains_and_takes_the_others_out_of_the_queue(
    how: str, others: str, cli: CommandLine, recipe: Path, runs: Path, light: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = follow.Follower._on_step

    def interrupt(self: follow.Follower, event: object) -> None:
        shown(self, event)  # type: ignore[arg-type]
        if event.step == 1:  # type: ignore[attr-defined]
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(follow.Follower, "_on_step", interrupt)
    said = cli("sweep", recipe, how, "--set", "training.max_steps=100000")
    assert "3 runs have not finished. The same command continues from here." in said.err
    assert read_queue().entries == ()
    states = sorted(read_state(folder).state for folder in list_runs(runs))
    assert states == ["stopped", *[others] * 3]


def test_that_together_one_worker_trains_all_of_them(cli: CommandLine, recipe: Path, runs: Path, light: None) -> None:
    said = cli("sweep", recipe, "--together", "--set", "training.max_steps=4", "--json")
    assert said.code == 0, said.err
    assert "4 runs, all together." in said.err
    made = list_runs(runs)
    assert [read_state(folder).state for folder in made] == ["finished"] * 4
    began = []
    for folder in made:
        with folder.reader() as reader:
            began += [stored.event.pid for stored in reader.events(kinds=["RunStarted"])]  # type: ignore[union-attr]
            steps = [stored.event.step for stored in reader.events(kinds=["StepEnded"])]  # type: ignore[union-attr]
        assert steps == [1, 2, 3, 4]
    assert len(began) == 4
    assert len(set(began)) == 1, "one process"
    assert said.json["best"]["seed"] == 2
    logs = sorted(folder.log.read_text(encoding="utf-8").startswith("It trains together") for folder in made)
    assert logs == [False, True, True, True]


def test_that_no_more_train_at_once_than_asked_for(cli: CommandLine, recipe: Path, runs: Path, busy: object) -> None:  # noqa: F811
    said = cli("sweep", recipe, "--queue", "--together", "--set", "sweep.at_once=3")
    assert said.code == 0, said.err
    assert "together in 2 passes of up to 2" in said.err, "evenly: two and two, and not three and one"
    beside = [entry.beside for entry in read_queue().entries]
    assert beside[0] == beside[1] != beside[2] == beside[3]


def test_that_a_sweep_that_cannot_share_a_base_says_why(cli: CommandLine, recipe: Path, runs: Path) -> None:
    said = cli("sweep", recipe, "--together", "--set", 'sweep.model.precision=["fp32", "bf16"]')
    assert said.code == 2
    assert "They do not adapt the same model in the same precision." in said.err
    assert "--in-turn" in said.err
    assert list_runs(runs) == []
    said = cli("sweep", recipe, "--plan", "--json", "--set", 'sweep.model.precision=["fp32", "bf16"]')
    assert [len(batch) for batch in said.json["batches"]] == [1] * 8
    assert "same precision" in said.json["why"]


def test_that_a_broken_recipe_is_refused_before_anything_is_made(cli: CommandLine, recipe: Path, runs: Path) -> None:
    for wrong, words in (
        ("sweep.training.learning_rate=[3]", "3 is too large"),
        ("tasks.units.train=none.jsonl", "there is no such file"),
        ("model.source=./missing", "missing"),
    ):
        said = cli("sweep", recipe, "--set", wrong)
        assert said.code == 2, said.err
        assert words in said.err
    said = cli("train", recipe)
    assert said.code == 2
    assert "`mixlora-studio sweep`" in said.err
    assert list_runs(runs) == []
