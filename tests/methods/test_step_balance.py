"""The balance loss of an optimiser step does not depend on how the step's rows are divided into forwards."""

from __future__ import annotations

from typing import Any

import peft
import pytest
import torch
from torch import Tensor

from tests.methods.conftest import VOCABULARY, checkpoint, make_tiny_llama
from tests.methods.test_routed_methods import METHODS, Method

HEAVY: dict[str, dict[str, Any]] = {
    "mixlora": {"router_aux_loss_coef": 0.5, "router_z_loss_coef": 0.1},
    "moelora": {"balance_coef": 0.5, "contrastive_coef": 0.0},
}
DIVISIONS = ([[0, 1, 2, 3, 4, 5]], [[0, 1, 2], [3, 4, 5]], [[row] for row in range(6)])
LENGTHS = (9, 4, 11, 7, 11, 5)


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Method:
    return METHODS[request.param]


def adapted(method: Method, **fields: Any) -> Any:
    """The method's tiny model in float64, where a difference that is not rounding cannot hide."""
    name = next(name for name, each in METHODS.items() if each is method)
    return method.adapted(**(HEAVY[name] | fields)).double().train()


def rows(step: int, chosen: list[int]) -> tuple[Tensor, Tensor]:
    """The ids and the mask of some of the step's six rows, padded to the longest of them."""
    ids = torch.randint(0, VOCABULARY, (6, max(LENGTHS)), generator=torch.Generator().manual_seed(step))
    mask = (torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]).long()
    width = int(mask[chosen].sum(dim=1).max())
    return ids[chosen, :width], mask[chosen, :width]


def forward(model: Any, step: int, chosen: list[int]) -> Tensor:
    """One forward's extra losses, weighted by its share of the step's tokens."""
    ids, mask = rows(step, chosen)
    model(input_ids=ids, attention_mask=mask)
    return sum(model.base_model.auxiliary_losses().values()) * (mask.sum().item() / sum(LENGTHS))


def step_gradient(model: Any, step: int, division: list[list[int]]) -> dict[str, Tensor]:
    model.zero_grad()
    for chosen in division:
        forward(model, step, chosen).backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def differences(method: Method, ends: bool, **fields: Any) -> list[float]:
    """How far the second step's gradients are from the undivided step's, for each other division, of the largest."""
    found = []
    for division in DIVISIONS:
        model = adapted(method, **fields)
        step_gradient(model, 0, division)
        if ends:
            model.base_model.end_step()
        found.append(step_gradient(model, 1, division))
    whole, *others = found
    largest = max(float(g.abs().max()) for g in whole.values())
    return [max(float((other[n] - g).abs().max()) for n, g in whole.items()) / largest for other in others]


def test_that_micro_batches_add_up_to_the_balance_of_the_whole_step(method):
    # Counts are whole numbers, so only the order of float64 sums differs.
    assert max(differences(method, ends=True)) < 1e-12


def test_that_a_loop_which_ends_no_step_keeps_the_balance_within_each_forward(method):
    assert min(differences(method, ends=False)) > 1e-3


def test_that_saving_ends_no_step(method, tmp_path):
    model = adapted(method)
    step_gradient(model, 0, DIVISIONS[1])
    model.save_pretrained(tmp_path)
    assert model.base_model.lacks_loads()


def test_that_pooled_balance_stays_the_references():
    assert min(differences(METHODS["mixlora"], ends=True, balance_scope="pooled")) > 1e-3


@pytest.mark.parametrize("reentrant", [True, False])
def test_that_recomputed_activations_change_nothing_in_a_later_step(method, reentrant):
    found = []
    for recompute in (False, True):
        model = checkpoint(adapted(method), reentrant).train() if recompute else adapted(method)
        for step in range(2):
            model.zero_grad()
            ids, mask = rows(step, [0, 1, 2])
            # With the answers' loss, through whose backward a re-entrant recomputation is reached.
            model(input_ids=ids, attention_mask=mask, labels=ids).loss.backward()
            model.base_model.end_step()
        found.append({name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None})
    for name, gradient in found[0].items():
        torch.testing.assert_close(found[1][name], gradient, rtol=1e-10, atol=1e-13)


def test_that_the_first_step_is_weighed_with_its_own_loads_counted_ahead(method):
    expected = step_gradient(adapted(method), 0, DIVISIONS[0])  # one forward: its loads are the step's
    for division in DIVISIONS[1:]:
        model = adapted(method)
        tuner = model.base_model
        assert tuner.lacks_loads()
        model.eval()
        with torch.no_grad(), tuner.counting_ahead():
            for chosen in division:
                ids, mask = rows(0, chosen)
                model(input_ids=ids, attention_mask=mask)
        model.train()
        assert not tuner.lacks_loads()
        assert tuner.take_loads().sum() == 0  # what was counted ahead is in no chart
        found = step_gradient(model, 0, division)
        for name, gradient in expected.items():
            torch.testing.assert_close(found[name], gradient, rtol=1e-10, atol=1e-13)


def test_that_the_value_shown_is_that_of_the_whole_step(method):
    values = []
    for division in DIVISIONS:
        model = adapted(method)
        step_gradient(model, 0, division)
        values.append(float(model.base_model.step_values()["balance"]))
        alone = float(model.base_model.auxiliary_values()["balance"])
        model.base_model.end_step()
        assert model.base_model.step_values() == {}
        if len(division) == 1:
            assert values[0] == pytest.approx(alone, rel=1e-12)
    assert values[1:] == pytest.approx([values[0]] * (len(values) - 1), rel=1e-12)


def test_that_a_forgotten_step_leaves_no_loads(method):
    model = adapted(method)
    step_gradient(model, 0, DIVISIONS[1])
    model.base_model.forget_step()
    model.base_model.end_step()
    assert model.base_model.lacks_loads()


def test_that_a_step_ends_though_its_adapter_was_deleted(method):
    model = adapted(method)
    model.add_adapter("second", method.adapter(**method.second))
    step_gradient(model, 0, DIVISIONS[1])
    model.set_adapter("second")
    model.delete_adapter("default")
    model.base_model.end_step()
    assert model.base_model.lacks_loads()


def test_that_evaluations_between_steps_weigh_nothing(method):
    model = adapted(method)
    step_gradient(model, 0, DIVISIONS[1])
    model.base_model.end_step()
    expected = step_gradient(model, 1, DIVISIONS[1])
    model.base_model.forget_step()
    model.eval()
    with torch.no_grad():
        ids, mask = rows(7, [0, 1])
        model(input_ids=ids, attention_mask=mask)
    model.train()
    found = step_gradient(model, 1, DIVISIONS[1])
    assert all(torch.equal(found[name], gradient) for name, gradient in expected.items())
    model.base_model.end_step()


@pytest.mark.parametrize("form", ["sorted", "masked"])
@pytest.mark.parametrize("top_k", [2, 3])
def test_that_experts_which_are_alike_teach_the_router_exactly_nothing(form, top_k, batch):
    """In float32, as it is trained: what is left otherwise is rounding, which Adam blows up to whole steps."""
    config = METHODS["mixlora"].adapter(form=form, top_k=top_k, router_aux_loss_coef=0.0)
    model: Any = peft.get_peft_model(make_tiny_llama(), config).train()
    model(**batch).loss.backward()
    for name, parameter in model.named_parameters():
        if "lora_router" in name:
            assert torch.count_nonzero(parameter.grad) == 0
        elif name.endswith("_B"):
            assert torch.count_nonzero(parameter.grad) > 0
