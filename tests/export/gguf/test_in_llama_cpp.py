"""llama.cpp itself, where its package is installed: tiny models of every kind, in every format, each expert alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from studio.core.progress import untold
from studio.export.gguf.architecture import expert_count
from studio.export.gguf.llama_proof import ALONE, TYPICAL, difference, expert_faults
from studio.export.gguf.one_expert import write_one_expert
from studio.export.gguf.proof import read_model
from studio.export.gguf.quantisation import QUANTISATIONS
from studio.export.gguf.read_back import GgufContents, UnfaithfulFileError, compare_tensors
from studio.export.gguf.read_config import config_in
from studio.export.gguf.tensor_names import Piece
from studio.export.gguf.vocabulary import vocabulary_of
from studio.export.gguf.write_model import plan_file, write_model
from studio.export.logits import SENTENCES, probe_rows
from studio.export.twin.folder import write_stock_folder
from studio.export.twin.tensors import StockModel
from tests.export.gguf.stock_models import MODELS, make_stock_model
from tests.export.gguf.test_vocabulary import sentencepiece_tokenizer
from tests.tiny import make_tiny_tokenizer

llama_cpp = pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install .[llama]")

CONTEXT = 128
QUANTISED = ("mixtral, llama3 positions", "qwen3_moe, yarn", "qwen2_moe, tied", "llama")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StockModel]:
    folder = tmp_path_factory.mktemp("models")
    return {name: make_stock_model(folder / name, name) for name in MODELS}


@pytest.fixture(scope="module")
def rows() -> list[list[int]]:
    return probe_rows(make_tiny_tokenizer())


@pytest.fixture(scope="module")
def expected(models: dict[str, StockModel], rows: list[list[int]]) -> dict[str, list[Tensor]]:
    """What transformers computes, of each model."""
    from transformers import AutoModelForCausalLM

    found = {}
    for name, model in models.items():
        loaded = AutoModelForCausalLM.from_pretrained(model.folder, dtype=torch.float32).eval()
        with torch.no_grad():
            found[name] = [loaded(torch.tensor([row])).logits[0] for row in rows]
    return found


def write(model: StockModel, file: Path, format: str, tokenizer: Any = None) -> None:
    vocabulary = vocabulary_of(tokenizer or make_tiny_tokenizer(), model.config["vocab_size"])
    write_model(model, plan_file(model, QUANTISATIONS[format]), vocabulary, file, lambda writer: None)


def computed(file: Path, rows: list[list[int]]) -> list[Tensor]:
    from studio.export.gguf.llama_process import logits_of

    model = llama_cpp.Llama(str(file), n_ctx=CONTEXT, n_threads=1, logits_all=True, verbose=False)
    try:
        return [torch.from_numpy(logits_of(model, row)) for row in rows]
    finally:
        model.close()


def read_back(model: StockModel, folder: Path, format: str, rows: list[list[int]]) -> list[Tensor]:
    """What transformers computes from the file's own tensors."""
    from transformers import AutoModelForCausalLM

    contents, plan = GgufContents(folder / "model.gguf"), plan_file(model, QUANTISATIONS[format])
    (folder / "read back").mkdir()
    read = read_model(contents, model, plan, config_in(contents, model.config))
    write_stock_folder(read, folder / "read back", torch.float32, untold)
    loaded = AutoModelForCausalLM.from_pretrained(folder / "read back", dtype=torch.float32).eval()
    with torch.no_grad():
        return [loaded(torch.tensor([row])).logits[0] for row in rows]


def cases() -> Iterator[tuple[str, str]]:
    for name in MODELS:
        yield from ((name, format) for format in (TYPICAL if name in QUANTISED else ("f16", "q8_0")))


@pytest.mark.parametrize(("name", "format"), list(cases()))
def test_that_it_computes_what_transformers_does(
    models: dict[str, StockModel],
    expected: dict[str, list[Tensor]],
    rows: list[list[int]],
    tmp_path: Path,
    name: str,
    format: str,
) -> None:
    write(models[name], tmp_path / "model.gguf", format)
    llama = computed(tmp_path / "model.gguf", rows)
    found = difference(llama, read_back(models[name], tmp_path, format, rows))
    assert found.typical <= TYPICAL[format]
    assert difference(llama, expected[name]).same_choice >= (0.97 if format == "f16" else 0.4)


ROUTED = ("mixtral, llama3 positions", "qwen3_moe, yarn", "qwen2_moe, tied", "granitemoe", "qwen3_5_moe")


def forced_in_transformers(model: StockModel, folder: Path, rows: list[list[int]]) -> list[list[Tensor]]:
    """What transformers computes with each expert of the model in `folder` by itself."""
    from transformers import AutoModelForCausalLM

    from studio.export.twin.stock_process import forced

    experts = expert_count(model.config)
    loaded = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found = []
    for expert in range(experts):
        with forced(loaded, expert, experts), torch.no_grad():
            found.append([loaded(torch.tensor([row])).logits[0] for row in rows])
    return found


def faults_of(model: StockModel, file: Path, own: list[list[Tensor]], row: list[int], format: str) -> list[str]:
    """What the proof says of the file's experts, each asked in llama.cpp by itself."""
    faults: list[str] = []
    for expert in range(len(own)):
        write_one_expert(GgufContents(file), expert, file.with_name("alone.gguf"))
        found = computed(file.with_name("alone.gguf"), [row])
        apart = [difference(found, other).typical for other in own]
        faults += expert_faults(expert, apart, ALONE * TYPICAL[format])
    return faults


@pytest.mark.parametrize(("name", "format"), [(name, format) for name in ROUTED for format in ("f16", "q8_0")])
def test_that_each_expert_by_itself_is_the_models_own(
    models: dict[str, StockModel], rows: list[list[int]], tmp_path: Path, name: str, format: str
) -> None:
    write(models[name], tmp_path / "model.gguf", format)
    read_back(models[name], tmp_path, format, rows[:1])
    own = forced_in_transformers(models[name], tmp_path / "read back", rows[:1])
    assert faults_of(models[name], tmp_path / "model.gguf", own, rows[0], format) == []


def damage(file: Path, target: str, first: int, second: int | None) -> None:
    """Change one expert's matrix in a file for another's, or, without another, to its rows in the opposite order."""
    contents = GgufContents(file)
    own = contents.raw(Piece(target, first))
    rows = contents.tensors[target].shape[1]
    width = len(own) // rows
    turned = b"".join(own[width * row : width * (row + 1)] for row in reversed(range(rows)))
    pairs = {first: turned} if second is None else {first: contents.raw(Piece(target, second)), second: own}
    with file.open("r+b") as stream:
        for expert, data in pairs.items():
            stream.seek(contents.tensors[target].offset + expert * len(own))
            stream.write(data)


@pytest.mark.parametrize("format", ["f16", "q8_0"])
@pytest.mark.parametrize("what", ["swapped", "swapped everywhere", "permuted", "zero"])
def test_that_a_wrong_expert_in_the_file_is_seen_in_llama_cpp(
    models: dict[str, StockModel], rows: list[list[int]], tmp_path: Path, what: str, format: str
) -> None:
    model, file = models["mixtral, llama3 positions"], tmp_path / "model.gguf"
    write(model, file, format)
    read_back(model, tmp_path, format, rows[:1])
    own = forced_in_transformers(model, tmp_path / "read back", rows[:1])
    banks = [f"blk.{layer}.ffn_{part}_exps.weight" for layer in (1, 0) for part in ("down", "gate", "up")]
    if what == "zero":
        held = GgufContents(file).tensors[banks[0]]
        with file.open("r+b") as stream:
            stream.seek(held.offset + 5 * held.bytes // held.shape[0])
            stream.write(bytes(held.bytes // held.shape[0]))
    else:
        for target in banks if what == "swapped everywhere" else banks[:1]:
            damage(file, target, 5, None if what == "permuted" else 3)
    faults = faults_of(model, file, own, rows[0], format)
    assert any(fault.startswith("expert 5 ") for fault in faults)
    if what == "swapped everywhere":
        assert "expert 5 is the run's expert 3" in faults
    with pytest.raises(UnfaithfulFileError):
        compare_tensors(GgufContents(file), model, plan_file(model, QUANTISATIONS[format]))


def test_that_it_makes_the_same_tokens(models: dict[str, StockModel], tmp_path: Path) -> None:
    texts = (*SENTENCES, "  two  spaces\n\n\tand 12345 digits, café 数字 🦙", "")
    for tokenizer in (make_tiny_tokenizer(), sentencepiece_tokenizer()):
        model = replace(models["llama"], config=models["llama"].config | {"vocab_size": len(tokenizer)})
        size = (len(tokenizer), model.config["hidden_size"])
        ends = ("embed_tokens.weight", "lm_head.weight")
        tensors = tuple(
            replace(tensor, shape=size, compute=partial(torch.zeros, size)) if tensor.name.endswith(ends) else tensor
            for tensor in model.tensors
        )
        write(replace(model, tensors=tensors), tmp_path / "model.gguf", "f16", tokenizer)
        loaded = llama_cpp.Llama(str(tmp_path / "model.gguf"), vocab_only=True, verbose=False)
        for text in texts:
            expected = tokenizer(text)["input_ids"]
            assert loaded.tokenize(text.encode("utf-8"), add_bos=True, special=True) == expected
        loaded.close()


def test_that_the_ends_of_an_answer_are_ends_to_it(models: dict[str, StockModel], tmp_path: Path) -> None:
    write(models["llama"], tmp_path / "model.gguf", "f16")
    loaded = llama_cpp.Llama(str(tmp_path / "model.gguf"), vocab_only=True, verbose=False)
    vocabulary = llama_cpp.llama_model_get_vocab(loaded.model)
    assert llama_cpp.llama_vocab_is_eog(vocabulary, 2)
    assert not llama_cpp.llama_vocab_is_eog(vocabulary, 1)
    assert loaded.metadata["tokenizer.chat_template"] == make_tiny_tokenizer().chat_template
    loaded.close()
