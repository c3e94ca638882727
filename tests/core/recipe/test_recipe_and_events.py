"""Small values of core: budgets, events and commands as JSON, Problems, places."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from studio.core import places
from studio.core.problem import EXIT_DOES_NOT_FIT, EXIT_USER_CAN_FIX, DoesNotFitError, Problem, ProblemError
from studio.core.recipe.machine_table import MachineTable, budget_bytes
from studio.core.recipe.recipe import MethodTable, Recipe
from studio.core.run.commands import command_from_json
from studio.core.run.events import RunEnded, event_from_json

PROBLEM = Problem("recipe.toml, line 7: method.top_k", "it is too big.", "Make it smaller.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("auto", None), ("24GiB", 24 * 2**30), ("1.5 TiB", 3 * 2**39), ("512 B", 512), ("10MiB", 10 * 2**20)],
)
def test_that_a_budget_is_read_in_bytes(text: str, expected: int | None) -> None:
    assert budget_bytes(MachineTable(memory_budget=text).memory_budget) == expected


@pytest.mark.parametrize("text", ["24GB", "-1GiB", "lots", "GiB", ""])
def test_that_a_budget_in_other_words_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        MachineTable(memory_budget=text)


def test_that_a_method_without_a_router_does_not_mind_top_k() -> None:
    assert MethodTable(name="lora", experts=2, top_k=8).name == "lora"


def test_that_an_empty_list_of_targets_is_refused() -> None:
    with pytest.raises(ValidationError, match="nothing would be trained"):
        MethodTable(targets=[])


def test_that_every_field_of_a_recipe_has_a_sentence_for_form_and_remedy() -> None:
    for name, field in Recipe.model_fields.items():
        table = field.annotation
        if name == "tasks":
            assert field.description
        elif isinstance(table, type) and hasattr(table, "model_fields"):
            without = [key for key, part in table.model_fields.items() if not (part.description or "").endswith(".")]
            assert without == []


def test_that_problems_travel_within_events() -> None:
    event = RunEnded(outcome="failed", reason="It cannot go on.", step=3, problems=(PROBLEM,), exit_code=2)
    assert event_from_json(event.model_dump_json()) == event


def test_that_an_unknown_event_or_command_is_refused() -> None:
    with pytest.raises(ValidationError):
        event_from_json('{"kind": "RunExploded"}')
    with pytest.raises(ValidationError):
        command_from_json('{"kind": "Explode"}')


def test_that_a_problem_reads_as_where_what_remedy() -> None:
    assert str(PROBLEM) == "recipe.toml, line 7: method.top_k: it is too big. Make it smaller."
    assert PROBLEM.as_dict() == {"where": PROBLEM.where, "what": PROBLEM.what, "remedy": PROBLEM.remedy}


def test_that_problems_are_raised_together_or_not_at_all() -> None:
    ProblemError.raise_any([])
    with pytest.raises(ProblemError) as caught:
        ProblemError.raise_any([PROBLEM, PROBLEM])
    assert len(caught.value.problems) == 2
    with pytest.raises(ValueError, match="at least one"):
        ProblemError()


def test_that_what_does_not_fit_has_an_exit_code_of_its_own() -> None:
    assert (ProblemError.exit_code, DoesNotFitError.exit_code) == (EXIT_USER_CAN_FIX, EXIT_DOES_NOT_FIT)


def test_that_resources_are_those_of_this_project() -> None:
    assert places.resources() == Path(__file__).resolve().parents[3] / "resources"
