"""What is tried to help MixLoRA does what its rows say: experts that are one, ranks that are shared, routers apart."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from studio.methods.mixlora.router import Sequences
from tests.bench.learning.base import make_tokenizer
from tests.bench.learning.rows import loaded
from tests.bench.learning.sizes import parameters_of
from tests.bench.learning.starts import feed_forwards, route_by, set_apart
from tests.bench.learning.trial import Trial, run_trial, trained

METHOD = {"name": "mixlora", "experts": 4, "top_k": 2, "rank": 3, "attention_rank": 3, "alpha": 6.0}
SHORT = {"max_steps": 3, "batch_size": 4, "learning_rate": 0.01}


def _trained(**more: Any) -> Any:
    trial = Trial("mixed", 2, 1, 1, METHOD, SHORT, **more)
    recipe = trial.recipe()
    return trained(recipe, loaded(recipe), trial)[0]


def _alike(model: Any) -> list[list[bool]]:
    """For each rank of the experts, whether it is the same in all of them: for each layer and projection's matrix."""
    found = []
    for layer in feed_forwards(model):
        for name, matrix in layer.bank("default").named_parameters():
            ranks = matrix if name.endswith("_A") else matrix.transpose(1, 2)
            assert ranks.any()
            found.append([bool((ranks[:, rank] == ranks[:1, rank]).all()) for rank in range(ranks.shape[1])])
    return found


def test_that_experts_are_one_lora_for_so_many_steps_and_go_apart_then() -> None:
    assert all(all(each) for each in _alike(_trained(one_for=3)))
    assert not any(any(each) for each in _alike(_trained(one_for=2)))
    assert not any(any(each) for each in _alike(_trained()))


def test_that_shared_ranks_are_the_same_in_all_experts_and_count_once() -> None:
    assert _alike(_trained(shared=2)) == [[True, True, False]] * 18  # A and B of three projections in three layers
    found = run_trial(Trial("mixed", 2, 1, 1, METHOD, SHORT | {"max_steps": 1}, shared=2))
    assert found["parameters"] == parameters_of(METHOD, shared=2) < parameters_of(METHOD)


def test_that_routers_read_what_they_are_told_to() -> None:
    model = _trained()
    layer = next(feed_forwards(model))
    tokens = torch.randn(2 * 5, layer.feed_forward.hidden)

    @torch.no_grad()
    def logits() -> torch.Tensor:
        return layer._route("default", tokens, None, Sequences(2)).logits.view(2, 5, -1)

    alone = logits()
    route_by(model, "token")
    assert (logits() == alone).all()
    route_by(model, "so far")
    so_far = logits()
    # A router is linear: what it says of a mean is the mean of what it says.
    assert so_far[:, 2] == pytest.approx(alone[:, :3].mean(dim=1), abs=1e-5)
    model = _trained()
    layer = next(feed_forwards(model))
    route_by(model, "first")
    assert logits() == pytest.approx(alone[:, :1].expand_as(alone), abs=1e-5)


@pytest.mark.parametrize(("reads", "of_prompt"), [("prompt", slice(0, 3)), ("prompt's end", slice(2, 3))])
def test_that_routers_read_the_prompt_and_nothing_of_the_answer(reads: str, of_prompt: slice) -> None:
    """A row "ab>ba": its prompt ends with the arrow, the third token; the second row's with its fourth."""
    model = _trained()
    route_by(model, reads)
    layer = next(feed_forwards(model))
    read: list[torch.Tensor] = []
    layer.router("default").register_forward_pre_hook(lambda _, given: read.append(given[0].detach().view(2, 6, -1)))
    sent: list[torch.Tensor] = []
    layer.register_forward_pre_hook(lambda _, given: sent.append(given[0].detach()))
    tokenizer = make_tokenizer()
    ids = torch.tensor([tokenizer.convert_tokens_to_ids(list(text)) for text in ("ab>bac", "abc>cb")])
    model.eval()
    model(input_ids=ids)
    expected = sent[0][0, of_prompt].mean(dim=0).expand(6, -1)
    assert torch.allclose(read[0][0], expected, atol=1e-5)
    longer = slice(of_prompt.start + (reads != "prompt"), of_prompt.stop + 1)
    assert torch.allclose(read[0][1], sent[0][1, longer].mean(dim=0).expand(6, -1), atol=1e-5)


def test_that_a_collapse_sends_nearly_all_tokens_to_the_first_experts_and_the_balance_loss_ends_it() -> None:
    method = METHOD | {"experts": 8, "rank": 2}
    found = {}
    for balance in (0.0, 0.1):
        steps = {"max_steps": 30, "batch_size": 8, "learning_rate": 0.01}
        found[balance] = run_trial(Trial("mixed", 2, 1, 1, method | {"balance": balance}, steps, collapsed=True))
    assert [len(each["evenness"]) for each in found.values()] == [3, 3]
    assert max(found[0.0]["evenness"]) < 0.1 < found[0.1]["evenness"][-1]
    assert "evenness" not in run_trial(Trial("mixed", 2, 1, 1, METHOD, SHORT))


def test_that_routers_alone_get_their_own_rate() -> None:
    model = _trained()
    every = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(every, lr=0.3)
    set_apart(optimizer, model, 3.0)
    rest, routers = optimizer.param_groups
    assert (rest["lr"], routers["lr"]) == (0.3, pytest.approx(0.9))
    assert {id(each) for each in routers["params"]} == {
        id(layer.router("default").weight) for layer in feed_forwards(model)
    }
    assert len(rest["params"]) + len(routers["params"]) == len(every)
