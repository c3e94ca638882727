"""A stock model as GGUF: written in any order of its tensors, read back, and never wrong silently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from studio.core.problem import ProblemError
from studio.core.progress import untold
from studio.export.gguf.proof import read_model
from studio.export.gguf.quantisation import QUANTISATIONS
from studio.export.gguf.read_back import GgufContents, UnfaithfulFileError, compare_tensors
from studio.export.gguf.read_config import config_in
from studio.export.gguf.tensor_names import Piece
from studio.export.gguf.vocabulary import vocabulary_of
from studio.export.gguf.write_model import plan_file, write_model
from studio.export.gguf.writer import IncompleteFileError
from studio.export.twin.folder import write_stock_folder
from studio.export.twin.tensors import StockModel, StockTensor
from tests.export.gguf.stock_models import MODELS, make_stock_model
from tests.tiny import make_tiny_tokenizer

Models = dict[str, StockModel]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = tmp_path_factory.mktemp("stock models")
    return {name: make_stock_model(folder / name, name) for name in MODELS}


def write(model: StockModel, file: Path, format: str) -> None:
    plan = plan_file(model, QUANTISATIONS[format])
    vocabulary = vocabulary_of(make_tiny_tokenizer(), model.config["vocab_size"])
    write_model(model, plan, vocabulary, file, lambda writer: writer.add_name("tiny"))


def found_in(model: StockModel, file: Path, format: str) -> dict[str, Any]:
    return compare_tensors(GgufContents(file), model, plan_file(model, QUANTISATIONS[format]))


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
        plan = plan_file(model, QUANTISATIONS[format])
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
    contents = []
    for name, tensors in (("one", model.tensors), ("two", model.tensors[::-1])):
        write(replace(model, tensors=tensors), tmp_path / name, "q8_0")
        found = GgufContents(tmp_path / name)
        contents.append({held: found.raw(Piece(held)) for held in found.tensors})
    assert contents[0] == contents[1]


BANK = "model.layers.1.block_sparse_moe.experts"
Change = Callable[[StockTensor], StockTensor]


def swapped(first: str, second: str) -> Change:
    """Give two tensors under each other's names."""
    other = {first: second, second: first}
    return lambda tensor: replace(tensor, name=other.get(tensor.name, tensor.name))


def changed(name: str, values: Callable[[Tensor], Tensor]) -> Change:
    """Change the values of the tensors whose name ends so."""
    return lambda tensor: (
        replace(tensor, compute=lambda: values(tensor.make())) if tensor.name.endswith(name) else tensor
    )


CORRUPTIONS: dict[str, Change] = {
    "two experts swapped": swapped(f"{BANK}.2.w1.weight", f"{BANK}.3.w1.weight"),
    "gate and up swapped": swapped(f"{BANK}.2.w1.weight", f"{BANK}.2.w3.weight"),
    "one expert zero": changed(f"{BANK}.0.w2.weight", torch.zeros_like),
    "rows permuted": changed(f"{BANK}.1.w3.weight", lambda tensor: tensor.flip(0)),
    "queries shifted": changed("layers.0.self_attn.q_proj.weight", lambda tensor: tensor.roll(1, 0)),
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_that_a_file_with_a_wrong_tensor_is_refused(models: Models, tmp_path: Path, corruption: str) -> None:
    model = models["mixtral, llama3 positions"]
    write(replace(model, tensors=tuple(map(CORRUPTIONS[corruption], model.tensors))), tmp_path / "model.gguf", "q4_0")
    with pytest.raises(UnfaithfulFileError):
        found_in(model, tmp_path / "model.gguf", "q4_0")


def test_that_a_missing_or_doubled_expert_is_no_file(models: Models, tmp_path: Path) -> None:
    model = models["mixtral, llama3 positions"]
    first = next(tensor for tensor in model.tensors if tensor.name == f"{BANK}.0.w1.weight")
    fewer = tuple(tensor for tensor in model.tensors if tensor is not first)
    with pytest.raises(IncompleteFileError, match="not whole"):
        write(replace(model, tensors=fewer), tmp_path / "model.gguf", "f16")
    with pytest.raises(IncompleteFileError, match="given twice"):
        write(replace(model, tensors=(*model.tensors, first)), tmp_path / "model.gguf", "f16")


def test_that_values_beyond_float16_ask_for_bfloat16(models: Models, tmp_path: Path) -> None:
    model = models["llama"]
    large = replace(model, tensors=tuple(map(changed("o_proj.weight", lambda tensor: tensor * 1e6), model.tensors)))
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
        plan_file(replace(model, config=model.config | changes), QUANTISATIONS["f16"])


def test_that_experts_whose_weights_are_not_renormalised_are_refused(models: Models) -> None:
    model = models["qwen3_moe, yarn"]
    with pytest.raises(ProblemError, match="renormalises"):
        plan_file(replace(model, config=model.config | {"norm_topk_prob": False}), QUANTISATIONS["f16"])


def test_that_a_shared_expert_that_does_something_is_refused(models: Models, tmp_path: Path) -> None:
    model = models["qwen2_moe, tied"]
    change = changed("shared_expert.down_proj.weight", torch.ones_like)
    filled = replace(model, tensors=tuple(map(change, model.tensors)))
    with pytest.raises(ProblemError, match="is not zero"):
        write(filled, tmp_path / "model.gguf", "f16")


@pytest.mark.parametrize("name", ["mixtral, llama3 positions", "qwen2_moe, tied", "granitemoe", "phi3"])
def test_that_the_model_in_the_file_computes_what_was_written(models: Models, tmp_path: Path, name: str) -> None:
    from transformers import AutoModelForCausalLM

    model = models[name]
    write(model, tmp_path / "model.gguf", "f16")
    contents = GgufContents(tmp_path / "model.gguf")
    plan = plan_file(model, QUANTISATIONS["f16"])
    read = read_model(contents, model, plan, config_in(contents, model.config))
    (tmp_path / "read back").mkdir()
    write_stock_folder(read, tmp_path / "read back", torch.float32, untold)
    ids = torch.tensor([list(range(40))])
    found, own = (
        AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()(input_ids=ids).logits.detach()
        for folder in (tmp_path / "read back", model.folder)
    )
    typical = (found - own).square().mean(dim=-1).sqrt().median()
    assert 0 < float(typical) < 1e-3 * float(own.abs().max())


# What is changed in a file's header or left out of it (None), and what is then said.
POSITIONS: list[tuple[str, str, Any, str]] = [
    ("qwen3_moe, yarn", "qwen3moe.rope.scaling.type", "linear", "scaling.type is"),
    ("qwen3_moe, yarn", "qwen3moe.rope.scaling.yarn_beta_fast", None, "yarn_beta_fast is None"),
    ("qwen3_moe, yarn", "qwen3moe.rope.scaling.original_context_length", 64, "is 64"),
    ("llama", "llama.rope.scaling.factor", 2.0, "do not have"),
    ("llama", "rope_freqs.weight", None, "positions are not"),
    ("phi3, longrope", "llama.rope.scaling.attn_factor", None, "attn_factor is None"),
]


@pytest.mark.parametrize(("name", "key", "value", "sentence"), POSITIONS)
def test_that_a_header_with_other_positions_is_refused(
    models: Models, tmp_path: Path, name: str, key: str, value: Any, sentence: str
) -> None:
    write(models[name], tmp_path / "model.gguf", "q8_0")
    contents = GgufContents(tmp_path / "model.gguf")
    assert config_in(contents, models[name].config)
    held: dict[str, Any] = contents.tensors if key in contents.tensors else contents.fields
    held.pop(key, None)
    if value is not None:
        held[key] = value
    with pytest.raises(UnfaithfulFileError, match=sentence):
        config_in(contents, models[name].config)
