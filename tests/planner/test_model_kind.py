"""What a config says of its model's kind: only language models that write text pass, and every one of those does."""

from __future__ import annotations

from typing import Any

import pytest

from studio.planner.model_kind import kind_problems

WRITES: list[dict[str, Any]] = [
    {"model_type": "llama"},
    {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "is_encoder_decoder": False},
    {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]},
    {"model_type": "gemma3", "architectures": ["Gemma3ForConditionalGeneration"], "vision_config": {"image_size": 8}},
    {"model_type": "llama4", "architectures": ["Llama4ForConditionalGeneration"], "vision_config": {"image_size": 8}},
    {"model_type": "own", "vision_config": {"a": 1}, "auto_map": {"AutoModelForCausalLM": "own.Model"}},
    {"model_type": "bert", "architectures": ["BertLMHeadModel"], "is_decoder": True},
    {"model_type": "llama", "vision_config": None, "architectures": None},
]
OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"model_type": "qwen2", "architectures": ["Qwen2ForRewardModel"]}, "a classifier or a reward model"),
    ({"model_type": "mistral", "architectures": ["MistralForTokenClassification"]}, "a classifier or a reward model"),
    ({"model_type": "modernbert", "architectures": ["ModernBertModel"]}, "an encoder"),
    ({"model_type": "llama", "architectures": ["LlamaForMaskedLM"]}, "an encoder"),
    ({"model_type": "new", "is_encoder_decoder": True}, "an encoder-decoder"),
    ({"model_type": "bart"}, "an encoder-decoder"),
    ({"model_type": "qwen2_vl", "architectures": ["Qwen2VLForConditionalGeneration"]}, "pictures or sound"),
    ({"model_type": "clip"}, "pictures or sound"),
    ({"model_type": "new", "audio_config": {"a": 1}}, "pictures or sound"),
]


@pytest.mark.parametrize("config", WRITES)
def test_that_a_language_model_passes(config: dict[str, Any]) -> None:
    assert list(kind_problems("config.json", config)) == []


@pytest.mark.parametrize(("config", "said"), OTHERS)
def test_that_another_kind_is_named_with_what_to_choose_instead(config: dict[str, Any], said: str) -> None:
    (problem,) = kind_problems("config.json", config)
    assert problem.where == "config.json"
    assert said in problem.what
    assert problem.remedy.startswith("Choose a") or "language model" in problem.remedy
