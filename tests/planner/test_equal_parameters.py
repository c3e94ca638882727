"""Other methods at the same number of trainable parameters, and that the arithmetic counts as PEFT does."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable, ModelTable
from studio.planner.equal_parameters import method_with, trainable_parameters, with_equal_parameters
from studio.planner.model_source import model_shape
from tests.tiny import make_tiny_model

METHODS = {
    "mixlora": MethodTable(name="mixlora", rank=4, alpha=8, experts=4),
    "moelora": MethodTable(name="moelora", rank=12, alpha=6, experts=4),
    "moelora of few": MethodTable(name="moelora", rank=8, experts=4, targets=["q_proj", "down_proj"]),
    "lora": MethodTable(name="lora", rank=5),
    "dora": MethodTable(name="dora", rank=3),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model") / "tiny", hidden_size=48, num_hidden_layers=3)


@pytest.mark.parametrize("name", list(METHODS))
def test_that_the_arithmetic_counts_what_peft_counts(name: str, model: Path) -> None:
    import peft
    from transformers import AutoModelForCausalLM

    from studio.methods.registry import adapter_config

    method = METHODS[name]
    adapted = peft.get_peft_model(AutoModelForCausalLM.from_pretrained(model), adapter_config(method))
    counted, _ = adapted.get_nb_trainable_parameters()
    assert trainable_parameters(model_shape(ModelTable(source=str(model))), method) == counted


@pytest.mark.parametrize("name", ["lora", "dora", "moelora", "mixlora"])
@pytest.mark.parametrize("origin", ["mixlora", "moelora", "lora"])
def test_that_no_rank_comes_nearer_to_the_wanted_parameters(origin: str, name: str, model: Path) -> None:
    shape = model_shape(ModelTable(source=str(model)))
    method = METHODS[origin].model_copy(update={"experts": 4})
    wanted = trainable_parameters(shape, method)
    found = with_equal_parameters(shape, method, name)  # type: ignore[arg-type]
    assert found.name == name
    assert found.targets == method.targets
    step = 4 if name == "moelora" else 1
    least = 8 if name == "moelora" else 1
    miss = abs(trainable_parameters(shape, found) - wanted)
    for rank in (found.rank - step, found.rank + step):
        if rank >= least:
            other = found.model_copy(update={"rank": rank})
            assert abs(trainable_parameters(shape, other) - wanted) >= miss


def test_that_the_scale_of_updates_stays_the_same(model: Path) -> None:
    shape = model_shape(ModelTable(source=str(model)))
    lora = with_equal_parameters(shape, METHODS["mixlora"], "lora")
    assert lora.alpha / lora.rank == pytest.approx(2.0)
    moelora = with_equal_parameters(shape, METHODS["mixlora"], "moelora")
    assert moelora.alpha / (moelora.rank / 4) == pytest.approx(2.0)
    assert with_equal_parameters(shape, moelora, "lora").alpha == pytest.approx(2.0 * lora.rank, rel=0.2)


def test_that_a_method_that_cannot_be_is_a_problem_with_its_remedy(model: Path) -> None:
    shape = model_shape(ModelTable(source=str(model)))
    with pytest.raises(ProblemError, match="Set top_k to 2 or more") as found:
        with_equal_parameters(shape, METHODS["mixlora"].model_copy(update={"top_k": 1}), "moelora")
    assert found.value.problems[0].where == "method.top_k"
    with pytest.raises(ProblemError, match="multiple of 4"):
        method_with(METHODS["mixlora"], name="moelora", rank=6)
    huge = MethodTable(name="mixlora", rank=512, experts=16)
    with pytest.raises(ProblemError, match="ranks go to 1024"):
        with_equal_parameters(shape, huge, "lora")
