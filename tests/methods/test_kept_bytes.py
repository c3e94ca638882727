"""What autograd keeps between the passes, measured by saved-tensor hooks beside PEFT's own LoRA."""

from __future__ import annotations

import pytest
import torch

from tests.bench.bench_layer import feed_forward, lora_layer, mixlora_layer
from tests.bench.measure import kept_bytes

TOKENS, HIDDEN, INNER = 256, 64, 512


def kept_per_token(module) -> float:
    x = torch.randn(TOKENS, HIDDEN, requires_grad=True)
    return kept_bytes(lambda: module(x), [x, *module.parameters()]) / (TOKENS * INNER * 4)


@pytest.mark.parametrize("form", ["sorted", "masked"])
@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_that_at_most_two_and_a_fifth_inner_elements_a_token_are_kept_and_lora_keeps_four(form, dropout):
    base = feed_forward(HIDDEN, INNER, "cpu", torch.float32)
    ours = kept_per_token(mixlora_layer(base, 8, 2, form, dropout).train())
    lora = kept_per_token(lora_layer(feed_forward(HIDDEN, INNER, "cpu", torch.float32), 8, dropout).train())
    print(f"kept, in inner elements a token: mixlora {form} {ours:.2f}, PEFT LoRA {lora:.2f}")
    assert 2.0 <= ours <= 2.2
    assert lora >= 4.0


def test_that_mixdora_keeps_no_more_than_mixlora():
    from studio.methods.mixlora import MixLoraConfig

    base = feed_forward(HIDDEN, INNER, "cpu", torch.float32)
    layer = mixlora_layer(base, 8, 2, "auto", 0.0)
    config = MixLoraConfig(r=8, num_experts=8, use_dora=True)
    layer.update_layer("default", config, list(layer.feed_forward.projections))
    assert kept_per_token(layer.train()) <= 2.2
