"""Every method answers the planner's questions, and a recipe can become one of any other method."""

from __future__ import annotations

import pytest

from studio.core.methods.registry import METHODS, MethodName
from studio.core.recipe.recipe import MethodTable
from studio.planner.levers import as_method
from studio.planner.methods.registry import ARITHMETIC
from studio.planner.shape import shape_of_model
from tests.planner.machines import SMALL


def test_that_every_method_has_its_arithmetic() -> None:
    assert list(ARITHMETIC) == list(METHODS)


@pytest.mark.parametrize("other", METHODS)
@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("changes", [{}, {"rank": 3}, {"top_k": 1}, {"experts": 6, "rank": 1024}], ids=str)
def test_that_a_recipe_of_one_method_becomes_one_of_another(
    name: MethodName, other: MethodName, changes: dict[str, int]
) -> None:
    method = become(become(MethodTable().model_copy(update=changes), name), other)
    assert method.name == other
    assert method.experts == changes.get("experts", 8)


def become(method: MethodTable, name: MethodName) -> MethodTable:
    changed = {path.partition(".")[2]: value for path, value in as_method(method, name).items()}
    return MethodTable.model_validate(method.model_dump() | changed)


@pytest.mark.parametrize("name", METHODS)
def test_that_the_least_rank_and_what_the_search_tries_are_possible(name: MethodName) -> None:
    ask = ARITHMETIC[name]
    for experts in (2, 3, 8):
        assert ask.least_rank(experts) % ask.rank_step(experts) == 0
        method = MethodTable.model_validate({"name": name, "experts": experts, "rank": ask.least_rank(experts)})
        for rank in ask.ranks_to_try(method.rank):
            if rank % ask.rank_step(experts) == 0 and rank >= ask.least_rank(experts):
                assert MethodTable.model_validate(method.model_dump() | {"rank": rank}).rank == rank


@pytest.mark.parametrize("name", METHODS)
def test_that_each_projection_that_may_be_adapted_alone_gives_something_to_train(name: MethodName) -> None:
    shape, ask = shape_of_model(SMALL), ARITHMETIC[name]
    assert set(ask.main_part(shape)) <= set(shape.linears)
    for linear in ask.alone(shape):
        method = MethodTable.model_validate({"name": name, "targets": [linear.name.rpartition(".")[2]]})
        assert ask.tensors(shape, method).total() > 0
