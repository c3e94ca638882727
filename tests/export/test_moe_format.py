"""The stock folders: whole, proved with transformers alone in a fresh process, or not there at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.export import export_adapter
from studio.export.proof import UnprovenError
from studio.export.twin import live_answers
from studio.export.twin.tensors import StockTensor

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "Läufe"


@pytest.fixture(autouse=True)
def short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_answers, "MOST", 3)
    monkeypatch.setattr(live_answers, "TURN", 6)


@pytest.fixture
def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the fresh process where the test is about the writing."""
    monkeypatch.setattr("studio.export.moe_format.prove_stock", lambda *arguments: {"believed": True})


def test_that_a_twin_is_proved_by_transformers_alone(make_run: Callable[..., Any], runs: Path) -> None:
    told: list[str] = []
    run = make_run(runs)
    exported = export_adapter(
        run.id, "moe", runs.parent / "für andere" / "twin", runs, lambda said, *_: told.append(said)
    )
    found = exported.verified
    assert found["max_logit_difference"] < 1e-4 * found["logit_scale"]
    assert found["max_difference_of_an_expert"] < 1e-4 * found["logit_scale"]
    assert (found["expert_matrices"], found["experts"], found["routers"]) == (24, 8, 2)
    assert found["same_answers"] == 3
    assert any("transformers alone" in sentence for sentence in told)
    assert {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja", "README.md"} <= {
        path.name for path in exported.path.iterdir()
    }


def test_that_a_twin_which_computes_something_else_is_not_handed_out(
    make_run: Callable[..., Any], runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = StockTensor.make

    def damaged(tensor: StockTensor, wanted: torch.dtype) -> torch.Tensor:
        made = make(tensor, wanted)
        return made * 1.01 if tensor.part == "up" and tensor.expert == 3 else made

    monkeypatch.setattr(StockTensor, "make", damaged)
    out = runs.parent / "twin"
    with pytest.raises(UnprovenError, match="expert 3 by itself"):
        export_adapter(make_run(runs).id, "moe", out, runs)
    assert not out.exists()
    assert not list(runs.parent.glob(".*.partial"))


@pytest.mark.usefixtures("believed")
def test_that_other_readers_find_every_key_that_they_know(make_run: Callable[..., Any], runs: Path) -> None:
    out = export_adapter(make_run(runs).id, "moe", runs.parent / "twin", runs).path
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert config["rope_theta"] == config["rope_parameters"]["rope_theta"] == 10000.0
    assert config["rope_scaling"] is None
    assert config["dtype"] == config["torch_dtype"] == "float32"
    assert (config["num_local_experts"], config["num_experts_per_tok"]) == (4, 2)
    assert (config["router_aux_loss_coef"], config["output_router_logits"]) == (0.0, False)
    assert (config["head_dim"], config["tie_word_embeddings"], config["sliding_window"]) == (8, False, None)
    assert config["architectures"] == ["MixtralForCausalLM"]
    generation = json.loads((out / "generation_config.json").read_text(encoding="utf-8"))
    assert generation["eos_token_id"] == config["eos_token_id"] == 2
    tokenizer = json.loads((out / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert tokenizer["chat_template"] == (out / "chat_template.jinja").read_text(encoding="utf-8")
    assert tokenizer["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert str(runs.parent) not in (out / "tokenizer_config.json").read_text(encoding="utf-8")


@pytest.mark.usefixtures("believed")
def test_that_a_large_model_is_written_in_several_files(
    make_run: Callable[..., Any], runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    whole = export_adapter(make_run(runs).id, "moe", runs.parent / "whole", runs).path
    monkeypatch.setattr("studio.export.twin.shards.write_shards.__defaults__", (100_000,))
    divided = export_adapter("last", "moe", runs.parent / "divided", runs).path
    files = sorted(divided.glob("*.safetensors"))
    assert [file.name for file in files] == [f"model-0000{n}-of-00004.safetensors" for n in (1, 2, 3, 4)]
    tensors = {name: tensor for file in files for name, tensor in load_file(file).items()}
    assert all(torch.equal(tensor, tensors[name]) for name, tensor in load_file(whole / "model.safetensors").items())
    index = json.loads((divided / "model.safetensors.index.json").read_text(encoding="utf-8"))
    assert index["weight_map"].keys() == tensors.keys()
    assert AutoModelForCausalLM.from_pretrained(divided).num_parameters() > 0


def test_that_what_has_no_twin_is_refused_with_the_plans_words(make_run: Callable[..., Any], runs: Path) -> None:
    out = runs.parent / "twin"
    for method, to, words in (
        (MethodTable(name="mixlora", experts=4, rank=4, routing="top-p"), "moe", "top-p routing"),
        (MethodTable(name="lora", rank=4), "moe", "it has no experts"),
        (MethodTable(name="mixlora", experts=4, rank=4), "merged", "no single matrix"),
    ):
        run = make_run(runs, method)
        with pytest.raises(ProblemError, match=words):
            export_adapter(run.id, to, out, runs)
        assert not out.exists()
