"""A bare `model(input_ids, attention_mask, labels=...)` never holds whole logits, and loses nothing by it."""

from __future__ import annotations

from typing import Any

import peft
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from studio.methods import cross_entropy
from studio.methods.cross_entropy import summed_cross_entropy
from studio.methods.mixlora import MixLoraConfig
from studio.methods.moelora import MoeLoraConfig
from tests.methods.conftest import VOCABULARY, randomise
from tests.methods.test_bases import family

HEADS = {
    "plain": ("llama", {}),
    "tied": ("llama", {"tie_word_embeddings": True}),
    "soft-capped": ("gemma2", {"head_dim": 16, "final_logit_softcapping": 0.5}),
    "with a bias": ("phi", {}),
    "multiplied": ("cohere", {"logit_scale": 0.3}),
    "divided": ("granite", {"logits_scaling": 4.0}),
}


def adapted(head: str = "plain", method: type = MixLoraConfig, **fields: Any) -> peft.PeftModel:
    name, config = HEADS[head]
    base = family(name, initializer_range=0.3, **config)
    for parameter in base.get_output_embeddings().parameters():
        nn.init.normal_(parameter, std=0.3)  # a bias of zeros would hide that it is forgotten
    settings = {"r": 8, "num_experts": 4, "top_k": 2, "target_modules": "all-linear"}
    return randomise(peft.get_peft_model(base, method(**(settings | fields)))).train()


def step(model: Any, batch: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    model.zero_grad()
    loss = model(**batch).loss
    loss.backward()
    return loss.detach(), {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


class MostLogits(TorchDispatchMode):
    """Remembers the largest tensor over the vocabulary that any operation gave, gradients included."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.elements = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        for one in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(one, torch.Tensor) and one.dim() and one.shape[-1] == self.vocabulary:
                self.elements = max(self.elements, one.numel())
        return result


@pytest.mark.parametrize("task_type", ["CAUSAL_LM", None])
@pytest.mark.parametrize("head", HEADS)
def test_that_loss_and_every_gradient_equal_those_of_whole_logits(head, task_type, batch, monkeypatch):
    monkeypatch.setattr(cross_entropy, "LOGITS_AT_ONCE", 1)  # chunks of 16 positions
    model = adapted(head, task_type=task_type)
    found, gradients = step(model, batch)
    model.base_model.peft_config["default"].whole_logits = True
    expected, expected_gradients = step(model, batch)
    assert model(**batch).logits.shape == (3, 17, VOCABULARY)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)
    assert gradients.keys() == expected_gradients.keys()
    for name, gradient in expected_gradients.items():
        # Sums in another order: some units of float32's 1.2e-7, magnified by the layers below. Float64 decides, next.
        assert (gradients[name] - gradient).norm() <= 1e-5 * max(1.0, gradient.norm()), name


@pytest.mark.parametrize("head", HEADS)
def test_that_in_float64_they_equal_to_1e_12(head, batch, monkeypatch):
    monkeypatch.setattr(cross_entropy, "LOGITS_AT_ONCE", 1)
    model = adapted(head, router_aux_loss_coef=0.0).double()
    found, gradients = step(model, batch)
    model.zero_grad()
    # transformers' own loss takes float32 of any logits, so it is written out here.
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    expected = functional.cross_entropy(logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten())
    expected.backward()
    assert found.dtype == torch.float64
    assert abs(found - expected) <= 1e-12
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            assert (gradients[name] - parameter.grad).abs().max() <= 1e-12 * max(1.0, parameter.grad.abs().max()), name


@pytest.mark.parametrize("method", [MixLoraConfig, MoeLoraConfig])
@pytest.mark.parametrize("task_type", ["CAUSAL_LM", None])
def test_that_no_tensor_of_the_size_of_whole_logits_is_ever_made_in_training(method, task_type, monkeypatch):
    monkeypatch.setattr(cross_entropy, "LOGITS_AT_ONCE", 1)
    vocabulary = 1009  # no other size of this model
    base = family("llama", vocab_size=vocabulary)
    settings = {"r": 8, "num_experts": 4, "task_type": task_type, "target_modules": "all-linear"}
    model = peft.get_peft_model(base, method(**settings)).train()
    ids = torch.arange(3 * 300).view(3, 300)
    whole = 3 * 299 * vocabulary

    def most() -> int:
        with MostLogits(vocabulary) as seen:
            model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=ids).loss.backward()
        return seen.elements

    assert 0 < most() < whole / 3  # the frozen head is the largest
    model.base_model.peft_config["default"].whole_logits = True
    assert most() >= whole


@pytest.mark.parametrize("method", [MixLoraConfig, MoeLoraConfig])
def test_that_labels_alone_bring_the_extra_losses_with_and_without_a_task_type(method, batch):
    losses = {}
    for task_type in ("CAUSAL_LM", None):
        model = adapted(method=method, task_type=task_type)
        losses[task_type] = step(model, batch)[0]
        extra = model.base_model.auxiliary_losses()
        assert "balance" in extra
        plain = functional.cross_entropy(
            model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1].flatten(0, 1),
            batch["labels"][:, 1:].flatten(),
        )
        assert losses[task_type].item() == pytest.approx((plain + sum(extra.values())).item(), abs=1e-5)
    assert losses["CAUSAL_LM"] == losses[None]


def test_that_a_bare_loop_without_task_type_trains_the_routers_to_balance(batch):
    model = adapted(task_type=None, router_aux_loss_coef=5.0, lora_dropout=0.0)
    optimiser = torch.optim.AdamW([p for n, p in model.named_parameters() if "lora_router" in n], lr=1e-2)
    seen = []
    for _ in range(30):
        loss = model(batch["input_ids"], batch["attention_mask"], labels=batch["labels"]).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        seen.append(model.base_model.auxiliary_values()["balance"].item())
    assert seen[-1] < seen[0] - 0.03, (seen[0], seen[-1])


def test_that_positional_arguments_are_understood_as_keywords_are(batch):
    model = adapted()
    expected, _ = step(model, batch)
    order = ("input_ids", "attention_mask", "position_ids", "past_key_values", "inputs_embeds", "labels")
    assert model.base_model(*(batch.get(name) for name in order)).loss == expected


def test_that_the_number_of_items_of_a_step_divides_the_sum_as_in_transformers(batch):
    model = adapted()
    for items in (200, torch.tensor(200)):
        found = model(**batch, num_items_in_batch=items)
        model.base_model.peft_config["default"].whole_logits = True
        expected = model(**batch, num_items_in_batch=items)
        model.base_model.peft_config["default"].whole_logits = False
        assert found.loss.item() == pytest.approx(expected.loss.item(), rel=1e-6)


def test_that_labels_shifted_by_the_caller_are_taken_as_they_are(batch):
    model = adapted()
    expected = model(**batch).loss
    shifted = functional.pad(batch["labels"][:, 1:], (0, 1), value=-100)
    assert model(**batch, shift_labels=shifted).loss.item() == pytest.approx(expected.item(), rel=1e-6)


def test_that_logits_are_whole_where_someone_wants_them(batch):
    model = adapted()
    assert model(**batch).logits is None
    assert model(**batch, return_dict=False)[0].dim() == 0
    assert model(input_ids=batch["input_ids"]).logits.shape == (3, 17, VOCABULARY)
    with model.disable_adapter():
        assert model(**batch).logits.shape == (3, 17, VOCABULARY)
    output = model.eval()(**batch)
    assert output.logits.shape == (3, 17, VOCABULARY)
    assert output.loss.item() == pytest.approx(model.train()(**batch).loss.item(), rel=1e-6)


def test_that_a_batch_with_nothing_to_learn_gives_zero_where_a_mean_would_be_nan(batch):
    model = adapted(router_aux_loss_coef=0.0)
    loss, gradients = step(model, batch | {"labels": torch.full_like(batch["labels"], -100)})
    assert loss == 0.0
    assert all(gradient.abs().max() == 0.0 for gradient in gradients.values())


def test_that_a_head_that_is_trained_too_gets_its_gradient(batch, monkeypatch):
    monkeypatch.setattr(cross_entropy, "LOGITS_AT_ONCE", 1)
    model = adapted(modules_to_save=["lm_head"], task_type="CAUSAL_LM")
    _, gradients = step(model, batch)
    model.base_model.peft_config["default"].whole_logits = True
    _, expected = step(model, batch)
    (name,) = (n for n in gradients if "lm_head" in n)
    assert gradients[name].abs().max() > 0
    torch.testing.assert_close(gradients[name], expected[name], rtol=1e-4, atol=1e-7)


def odd_head(model: Any) -> None:
    causal = model.get_base_model()
    plain = causal.forward

    def odd(*arguments: Any, labels: Any = None, **rest: Any) -> Any:
        output = plain(*arguments, **rest)
        output.logits = output.logits + torch.arange(VOCABULARY) * 0.1
        if labels is not None:
            output.loss = causal.loss_function(output.logits, labels, VOCABULARY)
        return output

    causal.forward = odd


def test_that_a_head_of_another_form_keeps_its_own_loss_and_that_is_said(batch):
    model = adapted()
    odd_head(model)
    with pytest.warns(RuntimeWarning, match="computes more than is supported"):
        output = model(**batch)
    extra = model.base_model.auxiliary_losses()["balance"]
    plain = functional.cross_entropy(output.logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten())
    assert output.loss.item() == pytest.approx((plain + extra).item(), rel=1e-5)
    assert model.base_model.take_loads().sum() == 2 * 2 * 46  # counted once, though it ran twice
    with pytest.warns(RuntimeWarning, match="computes more than is supported"):
        assert model(**batch).logits is not None


def test_that_a_loss_of_another_kind_is_left_to_the_model(batch):
    model = adapted()
    model.get_base_model().loss_function = lambda logits, labels, **_: logits.square().mean()
    with pytest.warns(RuntimeWarning, match="not transformers' own"):
        output = model(**batch)
    extra = model.base_model.auxiliary_losses()["balance"]
    assert output.loss.item() == pytest.approx((output.logits.square().mean() + extra).item(), rel=1e-5)


def test_that_chunks_of_any_size_agree_in_float64(monkeypatch: pytest.MonkeyPatch) -> None:
    head = nn.Linear(6, 11, bias=False, dtype=torch.float64)
    hidden = torch.randn(100, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    targets = torch.randint(0, 11, (100,), generator=torch.Generator().manual_seed(1))
    found = []
    for at_once in (1, 10_000):
        monkeypatch.setattr(cross_entropy, "LOGITS_AT_ONCE", at_once)
        leaf = hidden.clone().requires_grad_()
        total, single = summed_cross_entropy(leaf, targets, head, 11)
        (total * 3).backward()
        found.append((total.detach(), single, leaf.grad))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


def test_that_a_head_that_is_trained_gets_its_gradient() -> None:
    head = nn.Linear(6, 11, bias=False)
    hidden = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    targets = torch.randint(0, 11, (40,), generator=torch.Generator().manual_seed(1))
    total, _ = summed_cross_entropy(hidden.requires_grad_(), targets, head, 11, head_learns=True)
    total.backward()
    found, head.weight.grad = head.weight.grad, None
    functional.cross_entropy(head(hidden), targets, reduction="sum").backward()
    torch.testing.assert_close(found, head.weight.grad)


def test_that_a_batch_with_nothing_to_learn_gives_zero_and_a_gradient_of_zero() -> None:
    hidden = torch.randn(0, 6, requires_grad=True)
    total, single = summed_cross_entropy(hidden, torch.zeros(0, dtype=torch.int64), nn.Linear(6, 11), 11)
    total.backward()
    assert total.item() == 0.0
    assert len(single) == 0
