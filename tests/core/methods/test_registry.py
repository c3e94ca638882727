"""A method is declared in one file, and everything that needs no torch follows from there."""

from __future__ import annotations

import typing

import pytest

from studio.core.methods.allowed import Flag, Number, Numbers, Words, allowed_by
from studio.core.methods.registry import METHODS, MethodFields, MethodName, adapter_files, baselines_first, users_of
from studio.core.recipe.recipe import MethodTable
from studio.core.run.curve_names import auxiliary


def test_that_the_names_for_the_type_checker_are_those_of_the_methods() -> None:
    assert typing.get_args(MethodName) == tuple(METHODS)
    assert [method.name for method in METHODS.values()] == list(METHODS)


def test_that_every_method_has_a_colour_of_its_own() -> None:
    colours = [method.colour for method in METHODS.values()]
    assert len(set(colours)) == len(colours)


def test_that_the_recipes_table_has_exactly_the_fields_of_its_methods() -> None:
    declared = {name for method in METHODS.values() for table in method.tables for name in table.model_fields}
    assert declared == set(MethodFields.model_fields)
    assert set(MethodTable.model_fields) == declared | {"name"}


def test_that_which_methods_use_a_field_follows_from_where_it_is_declared() -> None:
    assert users_of("contrastive") == ("moelora",)
    assert users_of("top_k") == ("mixlora", "moelora")
    assert users_of("rank_stabilised") == ("mixlora", "lora", "dora")
    assert users_of("rank") == tuple(METHODS)


def test_that_a_router_whose_choice_has_no_weight_is_cautioned_against() -> None:
    cautions = METHODS["mixlora"].cautions
    (found,) = cautions(dict(MethodTable(top_k=1)))
    assert found.field == "top_k"
    assert "teach the router nothing" in found.what
    assert not list(cautions(dict(MethodTable(top_k=2))))
    assert not list(cautions(dict(MethodTable(top_k=1, routing="switch"))))


def test_that_a_comparison_trains_the_baselines_first() -> None:
    assert baselines_first() == ("lora", "dora", "mixlora", "moelora")


@pytest.mark.parametrize("name", METHODS)
def test_that_an_adapters_file_stores_fields_that_the_recipe_has(name: MethodName) -> None:
    method = METHODS[name]
    assert all(method.uses(field) for field in method.adapter.fields.values())
    assert set(method.adapter.fields) <= set(method.adapter.allowed)
    assert set(method.adapter.required) <= {*method.adapter.allowed, "target_modules"}


@pytest.mark.parametrize("kind", adapter_files())
def test_that_a_stored_value_may_be_whatever_a_recipe_may_ask_for(kind: str) -> None:
    file = adapter_files()[kind]
    for key, field in file.fields.items():
        stored = file.allowed[key]
        if isinstance(stored, Number):
            asked = allowed_by(MethodTable.model_fields[field])
            assert isinstance(asked, Number)
            assert stored.low <= asked.low <= asked.high <= stored.high, key


def test_that_a_methods_loss_stands_beside_its_floor() -> None:
    (contrastive,) = METHODS["moelora"].losses
    assert (contrastive.loss, contrastive.floor) == (auxiliary("contrastive"), auxiliary("contrastive_floor"))
    found = contrastive.of({"loss": 1.0, "contrastive_loss": 5.5, "contrastive_floor": 4.5})
    assert found == {"loss": 5.5, "floor": 4.5, "above_floor": 1.0}
    assert contrastive.of({"loss": 1.0, "balance_loss": 2.0}) is None


def test_that_a_range_says_in_words_what_it_allows() -> None:
    assert str(Number(1, 4096, whole=True)) == "a whole number from 1 to 4,096"
    assert str(Number(0, above=True)) == "a number above 0"
    assert str(Number(0, 1, below=True)) == "a number from 0, below 1"
    assert str(Numbers(Number(1, 8, whole=True))) == "a list, each entry a whole number from 1 to 8"
    assert [str(each) for each in (Words(("a", "b")), Flag())] == ["one of a, b", "true or false"]


@pytest.mark.parametrize("value", [0, 1.0, True, "0.5", None, float("nan"), float("inf"), 2])
def test_that_what_is_not_such_a_number_is_refused(value: object) -> None:
    assert not Number(0, 1, above=True, below=True).allows(value)
    assert Number(0, 1, above=True, below=True).allows(0.5)


def test_that_a_list_is_refused_for_a_single_odd_entry() -> None:
    some = Numbers(Number(1, 8, whole=True), most=3)
    assert some.allows([1, 8])
    assert not any(some.allows(odd) for odd in ([], [0], [1, 9], [1.5], [1] * 4, 1, None))
