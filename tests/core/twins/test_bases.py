"""Which stock mixture of experts a base has as its twin, and why some have none."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.twins.bases import NONE, TWINS, Twin, attention_kinds, twin_of, window_of

LAYERS = {"num_hidden_layers": 4}


def lacking(**config: Any) -> str:
    found = twin_of(LAYERS | config)
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("base", "twin"),
    [
        ("llama", "mixtral"),
        ("mistral", "mixtral"),
        ("phi3", "mixtral"),
        ("qwen2", "qwen2_moe"),
        ("qwen3", "qwen3_moe"),
        ("granite", "granitemoe"),
        ("olmo2", "flex_olmo"),
    ],
)
def test_that_a_base_has_its_twin(base: str, twin: str) -> None:
    found = twin_of(LAYERS | {"model_type": base})
    assert isinstance(found, Twin)
    assert found.architecture == twin


def test_that_a_model_with_eyes_has_the_twin_of_its_language_model() -> None:
    found = twin_of({"model_type": "qwen3_5", "text_config": LAYERS | {"model_type": "qwen3_5_text"}})
    assert isinstance(found, Twin)
    assert found.architecture == "qwen3_5_moe_text"


def test_that_the_reason_for_no_twin_is_said() -> None:
    assert lacking(model_type="smollm3") == "SmolLM3 has layers without rotary positions"
    assert "rotates only 75% of each head" in lacking(model_type="phi3", partial_rotary_factor=0.75)
    scaled = {"rope_type": "longrope", "partial_rotary_factor": 0.75}
    assert "rotates only 75% of each head" in lacking(model_type="phi3", rope_parameters=scaled)
    assert "biases" in lacking(model_type="llama", attention_bias=True)
    assert "feed-forward has biases" in lacking(model_type="granite", mlp_bias=True)
    assert "its activation is gelu" in lacking(model_type="llama", hidden_act="gelu")
    assert "no mixture of experts is known that computes a mamba model" in lacking(model_type="mamba")
    assert "nameless" in lacking()


def test_that_biases_are_no_hindrance_where_the_twin_has_them() -> None:
    for base in ("qwen2", "qwen3", "granite", "olmo2"):
        assert isinstance(twin_of(LAYERS | {"model_type": base, "attention_bias": True}), Twin)


def test_that_a_window_hinders_only_where_layers_differ() -> None:
    assert isinstance(twin_of(LAYERS | {"model_type": "mistral", "sliding_window": 64}), Twin)
    some = {"use_sliding_window": True, "sliding_window": 64, "max_window_layers": 2}
    assert "window" in lacking(model_type="qwen3", **some)
    assert isinstance(twin_of(LAYERS | {"model_type": "qwen2"} | some), Twin)
    assert isinstance(twin_of(LAYERS | {"model_type": "qwen3"} | some | {"use_sliding_window": False}), Twin)


def test_that_a_window_counts_only_where_it_is_active() -> None:
    assert window_of(LAYERS | {"sliding_window": 64}) == 64
    assert window_of(LAYERS | {"sliding_window": None}) is None
    asleep = LAYERS | {"sliding_window": 64, "use_sliding_window": False, "max_window_layers": 0}
    assert window_of(asleep) is None
    assert attention_kinds(asleep | {"use_sliding_window": True, "max_window_layers": 4}) == {"full_attention"}
    assert window_of(asleep | {"use_sliding_window": True}) == 64
    assert window_of({"sliding_window": 64, "layer_types": ["full_attention", "sliding_attention"]}) is None


def test_that_every_base_either_has_a_twin_or_a_reason() -> None:
    assert not TWINS.keys() & NONE.keys()
