"""A copied or unpickled model is a model of its own, whatever the first one did before or does afterwards."""

from __future__ import annotations

import copy
import io
import pickle

import pytest
import torch

from tests.methods.conftest import gradients
from tests.methods.test_routed_methods import METHODS


def unpickled(model):
    stored = io.BytesIO()
    torch.save(model, stored)
    stored.seek(0)
    return torch.load(stored, weights_only=False)


@pytest.mark.parametrize("copied", [copy.deepcopy, unpickled], ids=["deepcopy", "torch.save"])
@pytest.mark.parametrize("method", METHODS)
def test_that_a_copy_trains_alike_and_through_its_own_head(method, copied, batch):
    model = METHODS[method].adapted().train()
    model(**batch)  # its graph still stands
    twin = copied(model)
    model.base_model.forget_step()
    _, expected = gradients(copied(model), batch)
    with torch.no_grad():
        model.get_output_embeddings().weight.mul_(3.0)
    _, found = gradients(twin, batch)
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-5, atol=1e-6)
    _, other = gradients(model, batch)
    assert any(not torch.allclose(other[name], gradient, atol=1e-3) for name, gradient in expected.items())


@pytest.mark.parametrize("copied", [copy.deepcopy, unpickled], ids=["deepcopy", "torch.save"])
@pytest.mark.parametrize("method", METHODS)
def test_that_a_copy_unloads_itself_alone(method, copied, batch):
    model = METHODS[method].adapted().train()
    base = copied(model).unload()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in base.modules())
    assert model(**batch).logits is None  # the first one's hooks still take its loss in chunks


@pytest.mark.parametrize("method", METHODS)
def test_that_a_config_is_pickled_as_it_is(method):
    config = METHODS[method].adapter(top_k=3)
    assert pickle.loads(pickle.dumps(config)) == config
    assert pickle.loads(pickle.dumps(config)).peft_type is config.peft_type
