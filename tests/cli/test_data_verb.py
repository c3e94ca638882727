"""data, and what plan says of the data: each token's fate, the counts, and what training would refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.cli import main, planned_data
from studio.core.token_view import SeenRow
from tests.cli.conftest import Said
from tests.data.templates import TEMPLATES
from tests.tiny import make_tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]):
    def call(*arguments: str | Path) -> Said:
        capsys.readouterr()
        code = main([str(each) for each in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


def recipe_of(folder: Path, model: Path, more: str = "", **tasks: list[dict[str, object]] | str) -> Path:
    text = f"[model]\nsource = '{model}'\n[training]\nmax_length = 64\n{more}[machine]\ndevice = \"cpu\"\n"
    for name, rows in tasks.items():
        lines = rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        text += f'[[tasks]]\nname = "{name}"\ntrain = "{name}.jsonl"\n'
    file = folder / "recipe.toml"
    file.write_text(text, encoding="utf-8")
    return file


SUMS = [{"question": f"{number} and 1?", "answer": str(number + 1)} for number in range(12)]
LONG = [{"prompt": "word " * 90, "completion": "yes"}]


def test_that_data_shows_the_rows_and_counts_of_each_task(say, model: Path, tmp_path: Path) -> None:
    said = say("data", recipe_of(tmp_path, model, sums=SUMS, words=LONG + SUMS[:3] * 0), "--rows", "2")
    assert said.code == 0
    assert "Read as prompt-completion: 'question' is the prompt" in said.out
    assert "12 of 12 rows used" in said.out
    assert "[[1<|im_end|>]]" in said.out
    assert "~~" in said.out
    assert "max_length 64" in said.out
    assert "Share of the mix: 92.3 %" in said.out


def test_that_json_has_one_object_with_tokens_counts_and_shares(say, model: Path, tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, model, "mixing_temperature = 1000.0\n", sums=SUMS, words=LONG)
    said = say("data", recipe, "--rows", "2", "--json")
    told = json.loads(said.out)
    assert set(told) == {"tasks", "warnings", "problems", "max_length"}
    sums = told["tasks"]["sums"]
    assert set(sums) >= {
        "format", "read_as", "found", "used", "left_out", "cut_rows", "cut_share", "tokens", "learned_tokens",
        "duplicates", "unused_columns", "lengths", "share", "warnings", "problems", "first_rows",
    }  # fmt: skip
    assert (sums["found"], sums["used"]) == (12, 12)
    assert sums["share"] == pytest.approx(0.5, abs=0.05)
    first = SeenRow.of(sums["first_rows"][0])
    assert first.gist() == ("0 and 1?", "1")
    assert sum(sums["lengths"]["counts"]) == 12
    words = told["tasks"]["words"]
    assert words["cut_rows"] == 1
    assert words["cut_share"] > 0.2
    assert any(token[1] == "cut" for token in words["first_rows"][0]["tokens"])


def test_that_refused_data_ends_with_2_and_the_other_tasks_are_still_shown(say, model: Path, tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, model, sums=SUMS, broken='{"prompt": "q", "completion": "a"}\n{broken\n')
    said = say("data", recipe)
    assert said.code == 2
    assert "broken.jsonl, line 2" in said.err
    assert "Remedy:" in said.err
    assert "12 of 12 rows used" in said.out
    assert json.loads(say("data", recipe, "--json").out)["problems"]


def test_that_an_unknown_task_is_a_problem_with_the_known_ones(say, model: Path, tmp_path: Path) -> None:
    said = say("data", recipe_of(tmp_path, model, sums=SUMS), "--task", "adds")
    assert said.code == 2
    assert "Its tasks: sums." in said.err


def test_that_a_plan_says_what_was_found_in_the_data(say, model: Path, tmp_path: Path) -> None:
    said = say("plan", recipe_of(tmp_path, model, sums=SUMS), "--budget", "8GiB")
    assert said.code == 0
    assert "Task sums: read as prompt-completion; 12 of 12 rows used, " in said.out
    assert "It fits." in said.out


def test_that_a_plan_never_says_fits_and_a_time_for_data_that_training_refuses(
    say, model: Path, tmp_path: Path
) -> None:
    recipe = recipe_of(tmp_path, model, sums=[{"prompt": "q", "completion": ""}])
    said = say("plan", recipe, "--budget", "8GiB", "--set", "training.max_steps=100")
    assert said.code == 2
    assert "It fits" not in said.out
    assert "bout" not in said.out
    assert "its data cannot be trained on" in said.out
    assert "the answer is empty" in said.err
    told = json.loads(say("plan", recipe, "--budget", "8GiB", "--json").out)
    assert told["data"]["problems"]
    assert told["plan"]["fits"] is True
    assert {each["seconds"] for each in told["alternatives"]} == {None}


TALK = [{"role": "user", "content": "one?"}, {"role": "assistant", "content": "two"}]


@pytest.mark.parametrize(
    ("template", "counted", "epochs", "surely"),
    [
        ("smollm-2", "An epoch is 8 rows; training is 1 step of 16.", 1, True),
        ("qwen-3", "An epoch is 24 rows; training is 3 steps of 16.", 2, True),  # an answer is a row
        ("", "An epoch is at least 8 rows; training is at least 1 step of 16.", 1, False),
    ],
)
def test_that_a_plan_counts_the_rows_that_the_template_makes(
    template: str, counted: str, epochs: int, surely: bool, say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_tiny_model(tmp_path / "model")
    if template:
        (model / "chat_template.jinja").write_text(TEMPLATES[template], encoding="utf-8")
    else:
        monkeypatch.setattr(planned_data, "COUNTED_BYTES", 1)
    recipe = recipe_of(tmp_path, model, talk=[{"messages": 3 * TALK}] * 8)
    asked = (
        "plan",
        recipe,
        "--budget",
        "8GiB",
        "--set",
        f"training.epochs={epochs}",
        "--set",
        "training.max_length=300",
    )
    said = say(*asked)
    assert counted in said.out
    assert (" At least about " in said.out or " At least less than " in said.out) is not surely
    told = json.loads(say(*asked, "--json").out)
    assert {each["at_least"] for each in told["alternatives"]} == {not surely}
    assert all(each["seconds"] > 0 for each in told["alternatives"])


@pytest.mark.parametrize("rows", ["few", "many"])
def test_that_what_training_refuses_in_held_out_rows_is_told_by_the_plan_however_much_there_is(
    rows: str, say, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if rows == "many":
        monkeypatch.setattr(planned_data, "COUNTED_BYTES", 1)
    recipe = recipe_of(tmp_path, model, sums=SUMS)
    (tmp_path / "held.jsonl").write_text('{"question": "1?"}\n', encoding="utf-8")
    for faulty in ('evaluate = "held.jsonl"', "evaluate = 12", 'metric = "choice"'):
        told = say("plan", recipe, "--budget", "8GiB", "--json", "--set", f"tasks.sums.{faulty}")
        assert told.code == 2, faulty
        assert json.loads(told.out)["data"]["problems"], faulty


def test_that_packed_rows_are_shown_with_their_seams(say, model: Path, tmp_path: Path) -> None:
    said = say("data", recipe_of(tmp_path, model, "packing = true\n", sums=SUMS), "--rows", "4")
    assert "rows packed into one sequence" in said.out
    assert "-- the next row of the pack --" in said.out
    told = json.loads(say("data", recipe_of(tmp_path, model, "packing = true\n", sums=SUMS), "--json").out)
    sums = told["tasks"]["sums"]
    packs = [SeenRow.of(pack) for pack in sums["first_packs"]]
    rows = [SeenRow.of(row) for row in sums["first_rows"]]
    assert sum(len(pack.tokens) for pack in packs) == sum(len(row.tokens) for row in rows)
    assert all(len(pack.tokens) <= 64 for pack in packs)
    assert sum(len(pack.seams) + 1 for pack in packs) == len(rows)
