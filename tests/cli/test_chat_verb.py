"""The chat verb: the same abilities as the window's, through the same session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.core.run.run_folder import RunFolder
from tests.cli.conftest import CommandLine

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")
ASK = ("--prompt", "7 km in m?", "--max-new-tokens", "6")


@pytest.fixture
def run(make_run: Callable[..., RunFolder], runs: Path) -> RunFolder:
    return make_run(runs)


def test_that_a_run_answers_beside_its_base_as_json(cli: CommandLine, run: RunFolder) -> None:
    said = cli("chat", run.path, *ASK, "--base", "--json")
    assert said.code == 0, said.err
    answer = said.json
    assert {"name", "text", "ended", "stopped", "layers", "experts", "tokens", "prompt", "beside"} <= set(answer)
    assert "".join(token["text"] for token in answer["tokens"]) == answer["text"]
    assert sum(answer["tokens"][0]["shares"].values()) == pytest.approx(1)
    (base,) = answer["beside"]
    assert base["tokens"][0]["experts"] == []
    assert base["text"] != answer["text"]
    off = cli("chat", run.path, *ASK, "--expert-off", "all:1", "--expert-off", "1:2", "--json").json
    assert not any(1 in layer for token in off["tokens"] for layer in token["experts"])
    assert not any(2 in token["experts"][1] for token in off["tokens"])
    only = cli("chat", run.path, *ASK, "--expert-only", "3", "--json").json
    assert {tuple(layer) for token in only["tokens"] for layer in token["experts"]} == {(3,)}


def test_that_an_answer_is_drawn_again_with_the_same_seed_and_shown_with_its_experts(
    cli: CommandLine, run: RunFolder
) -> None:
    draw = (*ASK, "--temperature", "1.5", "--seed")
    first, again, other = (cli("chat", run.path, *draw, seed).out for seed in ("1", "1", "2"))
    assert first == again != other
    assert "TOKEN" in first
    both = cli("chat", run.path, *ASK, "--base").out
    assert f"{run.id}:" in both
    assert "no router" in both


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--expert-off", "x"), "this names no expert"),
        (("--expert-off", "9:1"), "there is no such expert"),
        (("--temperature", "-1"), "sampling: temperature"),
        (("--step", "7"), "no checkpoint 7"),
        (("--beside", "nobody"), "there is no such run"),
    ],
)
def test_that_what_cannot_be_asked_is_a_problem(
    cli: CommandLine, run: RunFolder, arguments: tuple[str, str], words: str
) -> None:
    said = cli("chat", run.path, *ASK, *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
