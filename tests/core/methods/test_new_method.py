"""A method is one file on each floor and its entries in the registries: all the rest of the studio knows it by them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.core.methods.new_method import studio_with_a_new_method
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
name = "plainmoe"
experts = 4
rank = 8
spread = 0.1
[training]
max_steps = 3
batch_size = 4
"""


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A folder with a copy of the studio that has the method `plainmoe`."""
    return studio_with_a_new_method(tmp_path / "mit neuer Methode")


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    make_tiny_model(tmp_path / "model")
    for part, first in (("train", 100), ("test", 200)):
        lines = [{"prompt": f"{first + row} km in m?", "completion": f"{first + row}000 m"} for row in range(4)]
        (tmp_path / f"{part}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    file = tmp_path / "recipe.toml"
    file.write_text(RECIPE, encoding="utf-8")
    return file


def run(studio: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a Python with this studio."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=studio,
        env=os.environ | {"PYTHONPATH": str(studio)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def said(studio: Path, *arguments: str | Path) -> Any:
    """What a Python with this studio prints, as JSON."""
    done = run(studio, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_that_a_new_method_is_planned_trained_compared_drawn_and_exported(
    studio: Path, recipe: Path, tmp_path: Path
) -> None:
    runs = tmp_path / "Läufe"
    cli = ("-m", "studio.cli")
    plan = said(studio, *cli, "plan", recipe, "--json")["plan"]
    assert plan["fits"]
    assert plan["recipe"]["method"]["name"] == "plainmoe"

    table = said(
        studio, *cli, "compare", recipe, "--methods", "lora,plainmoe", "--seeds", "1", "--runs", runs, "--json"
    )
    lora, new = table["methods"]
    assert [line["method"] for line in (lora, new)] == ["lora", "plainmoe"]
    assert [run["state"] for line in (lora, new) for run in line["runs"]] == ["finished", "finished"]
    assert lora["parameters"] == pytest.approx(new["parameters"], rel=0.2)

    shown = said(studio, Path(__file__).with_name("show_runs.py"), runs)
    assert shown["studio"].startswith(str(studio))
    assert (shown["group"], shown["label"]) == ("tiny", "plainmoe")
    assert shown["colour"] not in shown["colours_of_others"]
    assert shown["points"] == 3
    assert "2 layers with 4 experts" in shown["map"]
    assert shown["users"]["spread"] == ["plainmoe"]
    assert shown["users"]["top_k"] == ["mixlora", "moelora", "plainmoe"]
    assert shown["users"]["rank"] == []
    assert shown["trainable"] == new["parameters"]
    assert "balance_loss" in shown["curves"]
    assert plan["items"]["gradients"] == 4 * new["parameters"], "the plan counts what is trained"

    (trained,) = new["runs"]
    exported = said(studio, *cli, "export", trained["id"], tmp_path / "adapter", "--runs", runs, "--json")
    assert exported["verified"]["max_logit_difference"] == 0.0
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text(encoding="utf-8"))
    assert (config["peft_type"], config["router_init_range"]) == ("PLAINMOE", 0.1)
    assert "import studio.methods.plainmoe" in (tmp_path / "adapter" / "README.md").read_text(encoding="utf-8")


def test_that_a_recipe_of_a_new_method_is_checked_by_its_own_ranges(studio: Path, recipe: Path) -> None:
    recipe.write_text(RECIPE.replace("spread = 0.1", "spread = 3"), encoding="utf-8")
    done = run(studio, "-m", "studio.cli", "plan", recipe)
    assert done.returncode == 2
    assert "method.spread" in done.stderr
    assert "It is more than 0 and at most 2." in done.stderr
