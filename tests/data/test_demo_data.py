"""The demo's data: the same bytes wherever they are made, every answer right by rule, nothing held out is learned."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from studio.core import places
from studio.core.recipe.recipe_file import load_recipe
from studio.data.tasks import load_tasks

DEMO = places.demo_recipe().parent


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DEMO / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(task: str, part: str) -> list[tuple[str, str]]:
    lines = (DEMO / "data" / f"{task}-{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [tuple(turn["content"] for turn in json.loads(line)["messages"]) for line in lines]  # type: ignore[misc]


def test_that_generating_again_gives_the_same_bytes(generate: ModuleType, tmp_path: Path) -> None:
    generate.write_demo(tmp_path)
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert made == {file.name: file.read_bytes() for file in (DEMO / "data").iterdir()}


@pytest.mark.parametrize("task", ["units", "fields", "tickets"])
def test_that_no_held_out_question_is_trained_on(task: str) -> None:
    train, test = rows(task, "train"), rows(task, "test")
    assert (len(train), len(test)) == (600, 100)
    assert len({prompt for prompt, _ in train + test}) == 700


def test_that_every_conversion_is_right() -> None:
    powers = {"km": 1e3, "m": 1, "cm": 1e-2, "mm": 1e-3, "t": 1e6, "kg": 1e3, "g": 1, "mg": 1e-3}
    powers |= {"hl": 100, "l": 1, "dl": 0.1, "ml": 1e-3, "kW": 1e3, "W": 1, "EUR": 1, "ct": 0.01}
    for prompt, answer in rows("units", "train") + rows("units", "test"):
        match = re.fullmatch(r"(\d+) (\w+) = (\d+) (\w+)", answer)
        assert match is not None, answer
        assert int(match[1]) * powers[match[2]] == pytest.approx(int(match[3]) * powers[match[4]])
        assert re.search(rf"\b{match[1]}\b", prompt)


def test_that_every_field_occurs_in_its_sentence() -> None:
    for prompt, answer in rows("fields", "train") + rows("fields", "test"):
        facts: dict[str, Any] = json.loads(answer)
        assert list(facts) == ["name", "city", "year"]
        assert all(str(fact) in prompt for fact in facts.values())


def test_that_every_ticket_goes_to_one_of_four_teams_with_both_urgencies(generate: ModuleType) -> None:
    labels = {answer for _, answer in rows("tickets", "train") + rows("tickets", "test")}
    assert labels == {f"{team}/{haste}" for team in generate.COMPLAINTS for haste in generate.URGENCY}
    for prompt, answer in rows("tickets", "test"):
        team, haste = answer.split("/")
        assert any(complaint in prompt for complaint in generate.COMPLAINTS[team])
        assert any(word in prompt for word in generate.URGENCY[haste])


def test_that_the_demos_recipe_loads_with_every_row_whole(tokenizer: Any) -> None:
    recipe = load_recipe(places.demo_recipe())
    # The tiny tokenizer needs some three times the demo model's tokens.
    longer = recipe.model_copy(update={"training": recipe.training.model_copy(update={"max_length": 512})})
    loaded = load_tasks(longer, tokenizer)
    assert [(task.name, task.metric, len(task.train), len(task.held_out)) for task in loaded.tasks] == [
        ("units", "exact-match", 600, 100),
        ("fields", "json", 600, 100),
        ("tickets", "exact-match", 600, 100),
    ]
    assert loaded.warnings == ()
