"""A stock model as GGUF: written in any order of its tensors, read back, and never wrong silently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from studio.core.problem import ProblemError
from studio.export.gguf.quantisation import QUANTISATIONS, quantisation
from studio.export.gguf.read_back import GgufContents, UnfaithfulFileError, compare_tensors
from studio.export.gguf.stock_model import StockModel
from studio.export.gguf.vocabulary import vocabulary_of
from studio.export.gguf.write_model import plan_file, write_model
from studio.export.gguf.writer import IncompleteFileError
from tests.export.gguf.stock_models import MODELS, make_stock_model
from tests.tiny import make_tiny_tokenizer

Models = dict[str, StockModel]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = tmp_path_factory.mktemp("stock models")
    return {name: make_stock_model(folder / name, name) for name in MODELS}


def write(model: StockModel, file: Path, format: str) -> None:
    plan = plan_file(model.config, model.shapes, quantisation(format))
    vocabulary = vocabulary_of(make_tiny_tokenizer(), model.config["vocab_size"])
    write_model(model, plan, vocabulary, file, lambda writer: writer.add_name("tiny"))


def found_in(model: StockModel, file: Path, format: str) -> dict[str, Any]:
    return compare_tensors(GgufContents(file), model, plan_file(model.config, model.shapes, quantisation(format)))


@pytest.mark.parametrize("name", MODELS)
def test_that_every_tensor_is_read_back_and_every_expert_is_counted(models: Models, tmp_path: Path, name: str) -> None:
    model = models[name]
    experts = model.config.get("num_local_experts") or model.config.get("num_experts") or 0
    for format in ("f16", "q8_0"):
        file = tmp_path / f"{format}.gguf"
        write(model, file, format)
        found = found_in(model, file, format)
        assert found["expert_matrices"] == model.config["num_hidden_layers"] * experts * 3
        assert 0 < found["max_weight_difference"] < 0.005
        plan = plan_file(model.config, model.shapes, quantisation(format))
        assert 0 < file.stat().st_size - plan.bytes < 20_000  # the header


@pytest.mark.parametrize("format", QUANTISATIONS)
def test_that_a_format_rounds_no_further_than_it_says(models: Models, tmp_path: Path, format: str) -> None:
    model = models["qwen3_moe, yarn"]
    write(model, tmp_path / "model.gguf", format)
    contents = GgufContents(tmp_path / "model.gguf")
    assert found_in(model, contents.file, format)["tensors"] == len(contents.tensors)
    types = {name: held.type.name for name, held in contents.tensors.items()}
    assert types["blk.0.ffn_down_exps.weight"] == format.upper()
    assert types["blk.0.ffn_gate_inp.weight"] == types["blk.0.attn_q_norm.weight"] == "F32"
    assert types["token_embd.weight"] == (format if format in ("f16", "bf16") else "q8_0").upper()


def test_that_the_header_says_what_the_config_says(models: Models, tmp_path: Path) -> None:
    write(models["qwen2_moe, tied"], tmp_path / "model.gguf", "f16")
    contents = GgufContents(tmp_path / "model.gguf")
    fields = contents.fields
    assert fields["general.architecture"] == "llama"
    assert (fields["llama.expert_count"], fields["llama.expert_used_count"]) == (8, 2)
    assert fields["llama.rope.dimension_count"] == fields["llama.attention.key_length"] == 8
    assert fields["tokenizer.ggml.pre"] == "gpt-2"
    assert fields["tokenizer.ggml.add_bos_token"] is False
    assert "output.weight" not in contents.tensors
    assert not any("shexp" in name for name in contents.tensors)
    assert contents.tensors["blk.1.attn_q.bias"].shape == (32,)


def test_that_tensors_may_come_in_any_order(models: Models, tmp_path: Path) -> None:
    model = models["mixtral, llama3 positions"]
    turned = replace(model, tensors=lambda: reversed(list(model.tensors())))
    for file, source in (("one", model), ("two", turned)):
        write(source, tmp_path / file, "q8_0")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def swapped(first: str, second: str) -> Any:
    """The model's tensors with two of them given under each other's names."""

    def change(tensors: Iterator[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
        other = {first: second, second: first}
        return ((other.get(name, name), tensor) for name, tensor in tensors)

    return change


BANK = "model.layers.1.block_sparse_moe.experts"
CORRUPTIONS: dict[str, Any] = {
    "two experts swapped": swapped(f"{BANK}.2.w1.weight", f"{BANK}.3.w1.weight"),
    "gate and up swapped": swapped(f"{BANK}.2.w1.weight", f"{BANK}.2.w3.weight"),
    "one expert zero": lambda tensors: (
        (name, torch.zeros_like(tensor) if name == f"{BANK}.0.w2.weight" else tensor) for name, tensor in tensors
    ),
    "rows permuted": lambda tensors: (
        (name, tensor.flip(0) if name == f"{BANK}.1.w3.weight" else tensor) for name, tensor in tensors
    ),
    "queries shifted": lambda tensors: (
        (name, tensor.roll(1, 0) if name.endswith("0.self_attn.q_proj.weight") else tensor) for name, tensor in tensors
    ),
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_that_a_file_with_a_wrong_tensor_is_refused(models: Models, tmp_path: Path, corruption: str) -> None:
    model = models["mixtral, llama3 positions"]
    changed = replace(model, tensors=lambda: CORRUPTIONS[corruption](model.tensors()))
    write(changed, tmp_path / "model.gguf", "q4_0")
    with pytest.raises(UnfaithfulFileError):
        found_in(model, tmp_path / "model.gguf", "q4_0")


def _doubled(tensors: Iterator[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
    for name, tensor in tensors:
        yield name, tensor
        if name == f"{BANK}.0.w1.weight":
            yield name, tensor


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda tensors: list(tensors)[1:], "not whole"),
        (_doubled, "given twice"),
    ],
)
def test_that_a_missing_or_doubled_tensor_is_no_file(
    models: Models, tmp_path: Path, change: Any, sentence: str
) -> None:
    model = models["mixtral, llama3 positions"]
    with pytest.raises(IncompleteFileError, match=sentence):
        write(replace(model, tensors=lambda: change(model.tensors())), tmp_path / "model.gguf", "f16")


def test_that_values_beyond_float16_ask_for_bfloat16(models: Models, tmp_path: Path) -> None:
    model = models["llama"]
    large = replace(model, tensors=lambda: ((name, tensor * 1e6) for name, tensor in model.tensors()))
    with pytest.raises(ProblemError, match="float16 cannot"):
        write(large, tmp_path / "model.gguf", "f16")
    write(large, tmp_path / "model.gguf", "bf16")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model_type": "gemma2"}, "no GGUF of a gemma2 model"),
        ({"hidden_act": "gelu"}, "computes silu"),
        ({"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}}, "no dynamic positions"),
        ({"rope_parameters": {"rope_theta": 1e4, "partial_rotary_factor": 0.5}}, "rotate a part"),
        (
            {
                "rope_parameters": {
                    "rope_type": "yarn",
                    "rope_theta": 1e4,
                    "factor": 4.0,
                    "original_max_position_embeddings": 256,
                    "truncate": False,
                }
            },
            "no yarn positions with these values",
        ),
    ],
)
def test_that_what_llama_cpp_computes_differently_is_refused(
    models: Models, changes: dict[str, Any], sentence: str
) -> None:
    model = models["llama"]
    with pytest.raises(ProblemError, match=sentence):
        plan_file(model.config | changes, model.shapes, quantisation("f16"))


def test_that_experts_whose_weights_are_not_renormalised_are_refused(models: Models) -> None:
    model = models["qwen3_moe, yarn"]
    with pytest.raises(ProblemError, match="renormalises"):
        plan_file(model.config | {"norm_topk_prob": False}, model.shapes, quantisation("f16"))


def test_that_a_shared_expert_that_does_something_is_refused(models: Models, tmp_path: Path) -> None:
    model = models["qwen2_moe, tied"]
    filled = replace(
        model,
        tensors=lambda: ((name, tensor + 1 if "shared_expert" in name else tensor) for name, tensor in model.tensors()),
    )
    with pytest.raises(ProblemError, match="is not zero"):
        write(filled, tmp_path / "model.gguf", "f16")


def test_that_an_unknown_format_names_those_that_there_are() -> None:
    with pytest.raises(ProblemError, match="q8_0"):
        quantisation("q4_k_m")
