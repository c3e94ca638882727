"""What a base and a method become together: the choices that a plan names before anything is trained."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.export_formats import EXPORT_FORMATS
from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import MethodTable
from studio.core.twins.exports import Choice, exports_of, exports_text, values_of_adapter

LLAMA = {"model_type": "llama", "num_hidden_layers": 2}


@pytest.fixture(autouse=True)
def every_format(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("moe", "merged", "gguf"):
        monkeypatch.setitem(EXPORT_FORMATS, name, name)


def choices(base: dict[str, Any], **method: Any) -> tuple[Choice, ...]:
    table = MethodTable(**method)
    return exports_of(base, METHODS[table.name], dict(table))


def possible(base: dict[str, Any], **method: Any) -> set[str]:
    return {choice.format for choice in choices(base, **method) if choice.possible}


def test_that_mixlora_over_llama_goes_everywhere_but_into_one_dense_model() -> None:
    assert possible(LLAMA) == {"peft", "reference", "moe", "gguf"}
    assert exports_text(choices(LLAMA)) == ["Exports to: PEFT adapter, reference adapter, Mixtral folder, GGUF."]


def test_that_a_plan_says_why_there_is_no_twin() -> None:
    lines = exports_text(choices({"model_type": "smollm3"}))
    assert lines[-1] == "No twin in other programs: SmolLM3 has layers without rotary positions."


def test_that_plain_lora_is_merged_into_any_base() -> None:
    assert possible({"model_type": "smollm3"}, name="lora") == {"peft", "merged"}
    assert possible(LLAMA, name="dora") == {"peft", "merged", "gguf"}
    assert len(exports_text(choices({"model_type": "smollm3"}, name="lora"))) == 1


def test_that_a_file_is_written_only_where_one_was_proven_and_that_the_version_is_named() -> None:
    assert "gguf" in possible({"model_type": "qwen3_5_text"})
    assert "gguf" in possible({"model_type": "qwen3_5_text"}, name="lora")
    gguf = next(choice for choice in choices({"model_type": "gemma4_text"}) if choice.format == "gguf")
    assert "llama-cpp-python 0.3.36" in gguf.why_not


def test_that_moelora_stays_an_adapter() -> None:
    assert possible(LLAMA, name="moelora", rank=32, experts=8) == {"peft"}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"routing": "top-p"}, "top-p"),
        ({"routing": "switch"}, "switch"),
        ({"balance_bias": 0.001}, "bias"),
        ({"layer_experts": [4, 8]}, "number of experts"),
    ],
)
def test_that_a_router_that_no_stock_architecture_has_is_named(settings: dict[str, Any], reason: str) -> None:
    found = {choice.format: choice for choice in choices(LLAMA, **settings)}
    for format in ("moe", "gguf", "reference"):
        assert reason in found[format].why_not


def test_that_what_only_training_sees_changes_nothing() -> None:
    plain = possible(LLAMA)
    assert possible(LLAMA, goat_scaling=True, jitter=0.1, z_loss=0.1, balance_scope="pooled") == plain
    assert possible(LLAMA, rank_stabilised=True, layer_ranks=[4, 8], top_k=1, targets=["up_proj"]) == plain


def test_that_magnitudes_fold_into_the_experts_but_not_into_the_references_format() -> None:
    assert possible(LLAMA, magnitudes=True) == {"peft", "moe", "gguf"}


def test_that_an_inexact_export_says_from_where_on() -> None:
    found = choices({"model_type": "mistral", "num_hidden_layers": 2, "sliding_window": 4096})
    gguf = next(choice for choice in found if choice.format == "gguf")
    assert "4,096 tokens" in gguf.differs
    assert (gguf.as_dict()["possible"], gguf.as_dict()["exact"]) == (True, False)
    assert any(line.startswith("GGUF: llama.cpp ignores") for line in exports_text(found))


def test_that_an_adapters_own_config_is_judged_as_its_recipe_would_be() -> None:
    config = {"peft_type": "MIXLORA", "routing_strategy": "mixlora-dynamic", "r": 4}
    method, values = values_of_adapter(config)
    assert "top-p" in method.becomes(values).no_experts
