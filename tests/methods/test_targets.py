"""Targets are matched as PEFT matches them: by name, whole path, pattern, layer, and less what is excluded."""

from __future__ import annotations

import peft
import pytest
import torch

from studio.core.problem import ProblemError
from studio.methods.mixlora import MixLoraConfig
from studio.methods.mixlora.reference_format import write_reference
from tests.methods.conftest import randomise
from tests.methods.test_routed_methods import METHODS

TARGETED = {
    "a layer": ({"target_modules": ["q_proj", "up_proj"], "layers_to_transform": [1]}, {"1 q_proj", "1 up_proj"}),
    "one layer": ({"target_modules": ["up_proj"], "layers_to_transform": 0}, {"0 up_proj"}),
    "a pattern": ({"target_modules": r".*layers\.1\..*(up|q)_proj"}, {"1 q_proj", "1 up_proj"}),
    "a whole path": ({"target_modules": ["model.layers.1.mlp.down_proj"]}, {"1 down_proj"}),
    "less a name": (
        {"target_modules": ["k_proj", "up_proj"], "exclude_modules": ["k_proj"]},
        {"0 up_proj", "1 up_proj"},
    ),
    "less a pattern": ({"target_modules": ["up_proj"], "exclude_modules": r".*layers\.0\..*"}, {"1 up_proj"}),
}


def adapted_projections(model: peft.PeftModel) -> set[str]:
    """Return layer and projection of each one that is trained, as "1 up_proj"."""
    found = set()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and "router" not in name:
            parts = name.partition("layers.")[2].split(".")
            own = next(p.removesuffix("_A").removesuffix("_B") for p in reversed(parts) if "_proj" in p)
            found.add(f"{parts[0]} {own}")
    return found


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", TARGETED)
def test_that_exactly_what_is_targeted_is_adapted_trained_counted_and_loaded(method, kind, batch, tiny_llama, tmp_path):
    fields, expected = TARGETED[kind]
    model = METHODS[method].adapted(**fields).train()
    assert adapted_projections(model) == expected
    model(**batch).loss.backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)
    loads = model.base_model.take_loads()
    assert loads.shape == (1, len(model.base_model.routed_layers()), 4)
    assert (loads.sum(-1) == 2 * 46).all()
    model.eval().save_pretrained(tmp_path)
    loaded = peft.PeftModel.from_pretrained(tiny_llama(), tmp_path).eval()
    with torch.no_grad():
        assert torch.equal(loaded(input_ids=batch["input_ids"]).logits, model(input_ids=batch["input_ids"]).logits)


@pytest.mark.parametrize("method", METHODS)
def test_that_adapters_on_different_layers_take_turns(method, batch):
    own = METHODS[method]
    model = own.adapted(target_modules=["up_proj"], layers_to_transform=[0]).train()
    other = own.adapter(**own.second | {"target_modules": ["up_proj"], "layers_to_transform": [1]})
    model.add_adapter("second", other)
    losses = set()
    for name, counted in (("default", [92, 0]), ("second", [0, 46 * other.top_k])):
        model.set_adapter(name)
        randomise(model)
        model(**batch).loss.backward()
        losses.add(model.base_model.auxiliary_values()["balance"].item())
        assert model.base_model.take_loads().sum(-1)[0].tolist() == counted
    assert len(losses) == 2


@pytest.mark.parametrize("method", METHODS)
def test_that_loads_of_adapters_with_other_numbers_of_experts_may_be_taken_together(method, batch):
    model = METHODS[method].adapted().train()
    model.add_adapter("second", METHODS[method].adapter(**METHODS[method].second))
    model(**batch)
    model.set_adapter("second")
    model(**batch)
    second = METHODS[method].second.get("top_k", 2)
    assert model.base_model.take_loads()[0, 0].sum() == 46 * 2 + 46 * second


def test_that_one_adapters_loads_move_no_other_adapters_balancing_bias(adapted, batch):
    model = adapted(balance_bias_rate=0.01).train()
    model.add_adapter("second", MixLoraConfig(r=4, num_experts=4, balance_bias_rate=0.01, task_type="CAUSAL_LM"))
    optimiser = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    model(**batch).loss.backward()
    optimiser.step()
    model.set_adapter("second")
    model(**batch)
    moved = {name: bias.abs().max().item() for name, bias in model.named_buffers() if "selection_bias" in name}
    assert {name.split(".")[-2] for name in moved} == {"default", "second"}
    assert all(value == 0 for name, value in moved.items() if ".second." in name)
    model.set_adapter("default")
    model.base_model.end_step()
    assert all(b.abs().max() > 0 for n, b in model.named_buffers() if "selection_bias" in n and ".default." in n)


@pytest.mark.parametrize("method", METHODS)
def test_that_a_model_whose_last_adapter_was_deleted_is_its_base_again(method, batch, tiny_llama):
    model = METHODS[method].adapted().base_model  # PEFT's outer model asks for an adapter, whatever the method
    model.delete_adapter("default")
    assert model.experts_per_layer() == [0] * METHODS[method].layers
    assert torch.equal(model(**batch).loss, tiny_llama()(**batch).loss)


@pytest.mark.parametrize("method", METHODS)
def test_that_mixing_two_adapters_into_one_is_refused_with_a_way_out(method):
    model = METHODS[method].adapted()
    model.add_adapter("second", METHODS[method].adapter())
    with pytest.raises(ProblemError, match="cannot be mixed"):
        model.add_weighted_adapter(["default", "second"], [0.5, 0.5], "both")


@pytest.mark.parametrize("method", METHODS)
def test_that_the_output_head_is_refused_as_a_target_with_a_way_out(method):
    with pytest.raises(ProblemError, match=r'modules_to_save=\["lm_head"\]'):
        METHODS[method].adapted(target_modules=["up_proj", "lm_head"])


@pytest.mark.parametrize("targets", [r".*self_attn.*", ["q_proj"], ["nonsense"]])
def test_that_mixlora_without_any_feed_forward_is_refused(targets):
    with pytest.raises(ProblemError, match="where the experts live"):
        METHODS["mixlora"].adapted(target_modules=targets)


@pytest.mark.parametrize("fields", [{"layers_to_transform": [1]}, {"exclude_modules": ["model.layers.0.mlp.up_proj"]}])
def test_that_the_reference_format_refuses_layers_that_differ(fields, tmp_path):
    model = METHODS["mixlora"].adapted(target_modules=["up_proj", "down_proj"], **fields)
    with pytest.raises(ProblemError, match="every layer"):
        write_reference(model, tmp_path)
    assert not list(tmp_path.iterdir())
