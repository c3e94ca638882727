"""The command line from a recipe to a proved export, with a real worker on a tiny model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from studio.core.run.run_folder import RunFolder, list_runs
from studio.core.state.run_state import read_state
from tests.cli.conftest import CommandLine
from tests.patience import PATIENCE, wait_until
from tests.tiny import make_tiny_model

RECIPE = """\
name = "tiny"
[model]
source = "model"
[[tasks]]
name = "units"
train = "train.jsonl"
evaluate = "test.jsonl"
[method]
experts = 4
rank = 4
[training]
max_steps = 3
batch_size = 4
learning_rate = 1e-2
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("Rezepte für alle")
    make_tiny_model(folder / "model")
    for part, first in (("train", 100), ("test", 200)):
        lines = [{"prompt": f"{first + row} km in m?", "completion": f"{first + row}000 m"} for row in range(8)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{part}.jsonl").write_text(text, encoding="utf-8")
    file = folder / "recipe.toml"
    file.write_text(RECIPE, encoding="utf-8")
    return file


@pytest.mark.fresh
def test_that_the_demo_trains_scores_exports_and_says_where_everything_is(
    cli: CommandLine, runs: Path, recipe: Path
) -> None:
    said = cli("demo", "--recipe", recipe, "--set", "training.max_steps=4", "--json")
    assert said.code == 0, said.err
    done = said.json
    (folder,) = list_runs(runs)
    assert done["run"]["state"] == "finished"
    assert done["run"]["step"] == 4
    assert done["run"]["router"]["layers"] == 2
    assert done["run"]["measured_peak_bytes"] > 0
    assert done["scores"]["before"]["units"]["rows"] == done["scores"]["after"]["units"]["rows"] == 8
    assert done["scores"]["after"]["units"]["loss"] < done["scores"]["before"]["units"]["loss"]
    exported = done["export"]
    assert Path(exported["path"]) == folder.path / "export-peft"
    assert (exported["verified"]["experts"], exported["verified"]["routers"]) == (8, 2)
    assert exported["verified"]["max_logit_difference"] == 0.0
    assert "step 4/4" in said.err

    # The run's own evaluation and the verb's are the same.
    scored = cli("evaluate", folder.path, "--tasks", recipe, "--json")
    assert scored.code == 0
    units = scored.json["tasks"]["units"]
    assert set(units) >= {"metric", "value", "stderr", "rows"}
    assert units["loss"] == pytest.approx(done["scores"]["after"]["units"]["loss"], rel=1e-6)

    assert units["base"]["rows"] == units["of_rows"] == 8
    assert units["value"] == pytest.approx(units["base"]["value"] + units["base"]["difference"])
    assert 0 < units["majority"] <= 1
    assert units["scored_as"].startswith("exact-match: ")
    assert "answers" not in scored.json

    some = cli("evaluate", folder.path, "--tasks", recipe, "--json", "--rows", "3", "--no-base", "--answers", "all")
    assert (some.json["tasks"]["units"]["rows"], some.json["tasks"]["units"]["base"]) == (3, None)
    answers = some.json["answers"]["units"]
    assert [each["row"] for each in answers] == [0, 2, 5]
    assert set(answers[0]) == {"row", "line", "prompt", "answer", "expected", "right"}
    wrong = cli("evaluate", folder.path, "--tasks", recipe, "--no-base", "--answers", "wrong")
    count = sum(not each["right"] for each in answers)
    assert wrong.out.count("expected  ") >= count
    absent = cli("evaluate", folder.path, "--tasks", recipe, "--harness", "nosuch.yaml")
    assert absent.code == 2
    assert "--harness" in absent.err

    base = cli("evaluate", "base", "--tasks", recipe)
    assert base.code == 0
    assert "exact-match" in base.out

    again = cli("export", folder.path, "--to", "peft", folder.path / "export-peft")
    assert again.code == 2
    assert "the folder is not empty" in again.err

    chatted = cli("chat", folder.path, "--prompt", "7 km in m?")
    assert chatted.code == 0
    assert "TOKEN" in chatted.out


def test_that_a_demo_whose_data_is_broken_ends_with_2_and_names_file_and_line(
    cli: CommandLine, recipe: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"prompt": "a", "completion": "b"}\n{broken\n', encoding="utf-8")
    said = cli("demo", "--recipe", recipe, "--set", f"tasks.units.train={json.dumps(str(broken))}")
    assert said.code == 2
    assert str(broken) in said.err
    assert "line 2" in said.err


@pytest.mark.fresh
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole consoles, a test's own included")
def test_that_ctrl_c_ends_a_real_training_cleanly_with_an_adapter(recipe: Path, runs: Path) -> None:
    command = [sys.executable, "-m", "studio.cli", "train", str(recipe), "--runs", str(runs), "--json"]
    with subprocess.Popen(
        [*command, "--set", "training.max_steps=100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        folder = wait_until(lambda: _that_trains(runs))
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    shown = json.loads(out)
    assert process.returncode == 0, err
    assert shown["state"] == "stopped"
    assert 0 < shown["step"] < 100_000
    assert Path(shown["adapter"], "adapter_model.safetensors").is_file()
    assert "Stopping at the end of this step" in err
    assert not folder.is_alive()


def _that_trains(runs: Path) -> RunFolder | None:
    return next((folder for folder in list_runs(runs) if read_state(folder).step > 0), None)
