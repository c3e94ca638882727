"""The chunked loss against the plain one: value, gradient, per row; for plain, soft-capped and scaled heads."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers import AutoConfig, AutoModelForCausalLM

from studio.data.batch import Batch
from studio.methods import cross_entropy
from studio.training.answer_loss import AnswerLoss


def model_of(architecture: str, **config: Any) -> Any:
    torch.manual_seed(0)
    values = {
        "vocab_size": 64,
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "max_position_embeddings": 64,
        "initializer_range": 0.4,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    return AutoModelForCausalLM.from_config(AutoConfig.for_model(architecture, **values | config)).eval()


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    ids = torch.randint(1, 64, (3, 9), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0
    labels = ids.clone()
    labels[:, :4] = -100
    labels[mask == 0] = -100
    labels[2] = -100  # a row of which nothing is learned
    return ids, mask, labels


@pytest.mark.parametrize(
    ("architecture", "config"),
    [
        ("llama", {}),
        ("llama", {"tie_word_embeddings": True}),
        ("qwen3", {}),
        ("gemma2", {"final_logit_softcapping": 2.0}),
        ("cohere", {"logit_scale": 0.3}),
        ("granite", {"logits_scaling": 4.0}),
    ],
)
def test_that_value_gradient_and_rows_equal_the_models_own(
    architecture: str, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cross_entropy, "LOGITS_AT_ONCE", 1)  # chunks of 16 positions at most
    model = model_of(architecture, **config).double()  # in which no processor's rounding is to be allowed for
    model.requires_grad_(False)
    weight = model.model.layers[0].mlp.down_proj.weight.requires_grad_()
    ids, mask, labels = batch()
    loss = AnswerLoss(model)
    assert loss.whole_logits == ""
    found = loss(Batch.of(ids, mask, labels))
    found.total.backward()
    gradient, weight.grad = weight.grad, None
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1]
    single = functional.cross_entropy(logits.transpose(1, 2), labels[:, 1:], reduction="none")
    single.sum().backward()
    assert found.total.item() == pytest.approx(single.sum().item(), rel=1e-10)
    assert found.rows.tolist() == pytest.approx(single.sum(dim=1).tolist(), rel=1e-10)
    assert found.tokens.tolist() == [5, 2, 0]
    torch.testing.assert_close(gradient, weight.grad, rtol=1e-10, atol=1e-12)


def test_that_a_head_of_another_form_is_named_and_the_models_own_logits_are_used() -> None:
    model = model_of("llama")
    plain = model.forward

    def odd(*arguments: Any, logits_to_keep: int = 0, **rest: Any) -> Any:
        output = plain(*arguments, logits_to_keep=logits_to_keep, **rest)
        output.logits = output.logits + torch.arange(64)
        return output

    model.forward = odd
    ids, mask, labels = batch()
    loss = AnswerLoss(model)
    assert "computes more than is supported" in loss.whole_logits
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1]
    expected = functional.cross_entropy(logits.transpose(1, 2), labels[:, 1:], reduction="none")
    assert loss(Batch.of(ids, mask, labels)).total.item() == pytest.approx(expected.sum().item(), rel=1e-6)
