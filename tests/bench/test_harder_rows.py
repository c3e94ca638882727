"""The harder rows are right by their rules, the same every time and in one part alone, and both methods train alike."""

from __future__ import annotations

import calendar
import datetime
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from studio.planner.equal_parameters import trainable_parameters
from studio.planner.model_source import model_shape
from tests.bench.compare_harder import METHODS, majority, recipes
from tests.bench.harder_rows import DEMO, HELD_OUT_ROWS, TASKS, TRAIN_ROWS, Row, rows_of


def every(task: str) -> list[Row]:
    train, held_out = rows_of(task)
    return train + held_out


def test_that_rows_are_the_same_every_time_and_in_one_part_alone() -> None:
    for task in TASKS:
        train, held_out = rows_of(task)
        assert (train, held_out) == rows_of(task)
        prompts = [prompt for prompt, _ in train + held_out]
        assert len(prompts) == len(set(prompts)) == TRAIN_ROWS + HELD_OUT_ROWS


def test_that_answers_are_right_by_another_reckoning() -> None:
    factors = {(big, small): 10**power for _, big, _, small, power in DEMO.CONVERSIONS}
    for _, answer in every("units"):
        value, sign, number, other = re.fullmatch(r"(\d+) (\w+) = ([\d.]+) (\w+)", answer).groups()  # type: ignore[union-attr]
        factor = factors.get((sign, other)) or Fraction(1, factors[other, sign])
        assert Fraction(value) * factor == Fraction(number)
    for prompt, answer in every("days"):
        after, day, month = re.fullmatch(r"Which day is (\d+) days after (\d+) (\w+)\?", prompt).groups()  # type: ignore[union-attr]
        first = datetime.date(2027, list(calendar.month_name).index(month), int(day))
        later = first + datetime.timedelta(days=int(after))
        assert answer == f"{later.day} {calendar.month_name[later.month]}"
    for prompt, answer in every("lists"):
        names = prompt.removeprefix("Sort: ").split(", ")
        assert answer.split(", ") == sorted(names)
        assert len(set(names)) == 5
    for prompt, answer in every("fields"):
        found = json.loads(answer)
        own = next(each for each in re.split(r"(?<=\.) ", prompt.split(": ")[1]) if found["city"] in each)
        assert found["name"] in own
        assert str(found["year"]) in own


def test_that_no_held_out_ticket_complains_in_words_that_were_learned() -> None:
    train, held_out = rows_of("tickets")
    complaints = [complaint for each in DEMO.COMPLAINTS.values() for complaint in each]
    learned, asked = ({c for c in complaints if any(c in prompt for prompt, _ in part)} for part in (train, held_out))
    assert len(learned) == 16
    assert len(asked) == 8
    assert not learned & asked
    assert majority("tickets", HELD_OUT_ROWS) == max(
        sum(answer == each for _, answer in held_out) for each in {answer for _, answer in held_out}
    ) / len(held_out)


def test_that_both_methods_train_as_many_weights_but_for_routers(tmp_path: Path) -> None:
    made = recipes(tmp_path, 60, 2, 60)
    assert [(each.method.name, each.seed) for each in made] == [
        ("lora", 1),
        ("mixlora", 1),
        ("lora", 2),
        ("mixlora", 2),
    ]
    shape = model_shape(made[0].model)
    lora, mixlora = (trainable_parameters(shape, each) for each in METHODS)
    routers = shape.layers * METHODS[1].experts * shape.hidden
    assert mixlora - routers == pytest.approx(lora, rel=0.001)
