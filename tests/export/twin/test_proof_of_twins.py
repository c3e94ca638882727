"""Twins of every base, proved in this process: logits, each expert by itself, text, tokenizer, number of matrices."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from studio.core.recipe.recipe import MethodTable, Precision
from studio.export.twin import live_answers
from studio.export.twin.stock_proof import COARSE, PRECISE, faults_in
from studio.export.twin.tensors import StockModel
from studio.methods.registry import adapter_config
from tests.export.twin.bases import BASES, Written, compared, write_twin
from tests.tensor_files import copied_tensors

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")


@pytest.fixture(autouse=True)
def short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_answers, "MOST", 3)
    monkeypatch.setattr(live_answers, "TURN", 6)


# One of each twin, and of each place where they differ; the others are slow, all of them together.
QUICK = ("llama, tied", "phi3, longrope", "qwen2, some windows", "qwen3", "granite", "olmo2", "qwen3.5", "gemma4")


@pytest.mark.parametrize(
    "base", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in BASES]
)
def test_that_a_twin_computes_what_the_adapter_does(base: str, tmp_path: Path) -> None:
    written = write_twin(tmp_path, base)
    found, faults = compared(written, tmp_path / "work")
    assert faults == []
    assert found["matrices"] == 2 * 4 * 3
    assert found["logits"]["max"] < 1e-4 * found["logit_scale"]
    for expert, row in enumerate(found["experts"]):
        others = [each["max"] for other, each in enumerate(row) if other != expert]
        assert row[expert]["max"] < 1e-4 * found["logit_scale"]
        assert min(others) > 1e-2 * found["logit_scale"]  # the experts differ, so that the comparison could fail


LAYERED: list[Any] = ["granite", "qwen2, some windows"]
LAYERED += [
    pytest.param(name, marks=pytest.mark.slow)
    for name in ("llama, tied", "phi3, longrope", "qwen3", "olmo2", "qwen3.5", "mistral, window")
]


@pytest.mark.parametrize("base", LAYERED)
def test_that_a_twin_can_be_proven_one_layer_at_a_time(base: str, tmp_path: Path) -> None:
    written = write_twin(tmp_path, base)
    found, faults = compared(written, tmp_path / "work", by_layers=True)
    assert faults == []
    assert found["logits"]["max"] < 1e-4 * found["logit_scale"]
    assert (found["matrices"], found["routers"]) == (24, 2)
    tensors = copied_tensors(written.folder / "model.safetensors")
    last = next(name for name in sorted(tensors, reverse=True) if "layers.1.self_attn.o_proj" in name)
    tensors[last] = tensors[last].flip(0)
    save_file(tensors, written.folder / "model.safetensors", metadata={"format": "pt"})
    _, faults = compared(written, tmp_path / "work", by_layers=True)
    assert any("its logits differ" in fault for fault in faults)


METHODS: list[Any] = [
    {"experts": 8, "top_k": 4, "goat_scaling": True, "attention_rank": 2},
    {"top_k": 1, "magnitudes": True},
    pytest.param({"rank_stabilised": True, "layer_ranks": [2, 6]}, marks=pytest.mark.slow),
    pytest.param({"targets": ["up_proj", "q_proj"]}, marks=pytest.mark.slow),
]


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_that_every_setting_of_the_method_is_in_the_twin(method: dict[str, Any], tmp_path: Path) -> None:
    found, faults = compared(write_twin(tmp_path, "llama", **method), tmp_path / "work")
    assert faults == []
    assert found["matrices"] == 2 * 3 * method.get("experts", 4)


@pytest.mark.slow
def test_that_a_layer_which_the_adapter_leaves_alone_has_equal_experts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_the_second_layer(table: MethodTable) -> Any:
        config = adapter_config(table)
        config.layers_to_transform, config.layers_pattern = [1], "layers"
        return config

    monkeypatch.setattr("studio.methods.registry.adapter_config", of_the_second_layer)
    written = write_twin(tmp_path, "llama")
    tensors = copied_tensors(written.folder / "model.safetensors")
    assert not tensors["model.layers.0.block_sparse_moe.gate.weight"].any()
    assert compared(written, tmp_path / "work")[1] == []


MERGED: list[Any] = [("qwen2", "dora"), ("phi3", "lora")]
MERGED += [pytest.param(*pair, marks=pytest.mark.slow) for pair in (("llama", "dora"), ("gemma4", "lora"))]


@pytest.mark.parametrize(("base", "method"), MERGED)
def test_that_a_merged_model_computes_what_the_adapter_does(base: str, method: str, tmp_path: Path) -> None:
    written = write_twin(tmp_path, base, name=method)
    found, faults = compared(written, tmp_path / "work")
    assert faults == []
    assert found["matrices"] == 0


PACKED: list[Any] = [("nf4", "bf16", torch.float32), ("auto", "bf16", torch.bfloat16)]
PACKED += [
    pytest.param(*pair, marks=pytest.mark.slow)
    for pair in (
        ("nf4", "fp32", torch.float32),
        ("int8", "bf16", torch.float32),
        ("nf4", "bf16", torch.bfloat16),
        ("auto", "bf16", torch.float16),
    )
]


@pytest.mark.parametrize(("precision", "held_as", "dtype"), PACKED)
def test_that_a_twin_is_made_of_what_the_run_saw(
    precision: Precision, held_as: Precision, dtype: torch.dtype, tmp_path: Path
) -> None:
    written = write_twin(tmp_path, "llama", precision=precision, held_as=held_as, dtype=dtype)
    found, faults = compared(written, tmp_path / "work")
    assert faults == []
    assert written.model.seen_as == (None if precision == "auto" else precision)
    worst = max(row[expert]["rms"] for expert, row in enumerate(found["experts"]))
    assert worst < (1e-5 if dtype == torch.float32 else 1e-2) * found["logit_scale"]


@pytest.mark.parametrize("damage", ["swapped", "zeroed"])
def test_that_a_wrong_expert_is_refused_after_rounding_too(damage: str, tmp_path: Path) -> None:
    written = write_twin(tmp_path, "llama", dtype=torch.bfloat16)
    tensors = copied_tensors(written.folder / "model.safetensors")
    {"swapped": swapped, "zeroed": zeroed}[damage](tensors)
    save_file(tensors, written.folder / "model.safetensors", metadata={"format": "pt"})
    _, faults = compared(written, tmp_path / "work")
    assert any(fault.startswith(("expert 0 ", "expert 1 ")) for fault in faults), faults


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write_twin(tmp_path_factory.mktemp("twin"), "llama")


EXPERT = "model.layers.1.block_sparse_moe.experts.{}.{}.weight"


def swapped(tensors: dict[str, Any]) -> None:
    for part in ("w1", "w2", "w3"):
        one, other = EXPERT.format(0, part), EXPERT.format(2, part)
        tensors[one], tensors[other] = tensors[other], tensors[one]


def permuted(tensors: dict[str, Any]) -> None:
    one, other = EXPERT.format(3, "w1"), EXPERT.format(3, "w3")
    tensors[one], tensors[other] = tensors[other], tensors[one]


def zeroed(tensors: dict[str, Any]) -> None:
    for part in ("w1", "w2", "w3"):
        tensors[EXPERT.format(1, part)] = tensors[EXPERT.format(1, part)] * 0


def unmerged(tensors: dict[str, Any]) -> None:
    tensors[EXPERT.format(1, "w1")] = tensors[EXPERT.format(0, "w1")].clone()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (swapped, "expert 0 by itself"),
        (permuted, "expert 3 by itself"),
        (zeroed, "expert 1 by itself"),
        (unmerged, "expert 1 by itself"),
    ],
)
def test_that_a_twin_with_a_wrong_expert_is_refused(damage: Any, said: str, sound: Written, tmp_path: Path) -> None:
    folder = tmp_path / "twin"
    shutil.copytree(sound.folder, folder)
    tensors = copied_tensors(folder / "model.safetensors")
    damage(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _, faults = compared(Written(sound.source, sound.model, folder), tmp_path / "work")
    assert any(fault.startswith(said) for fault in faults), faults


def test_that_two_experts_changing_places_everywhere_are_refused(sound: Written, tmp_path: Path) -> None:
    folder = tmp_path / "twin"
    shutil.copytree(sound.folder, folder)
    tensors = copied_tensors(folder / "model.safetensors")
    for name in [name for name in tensors if ".experts.0." in name]:
        other = name.replace(".experts.0.", ".experts.2.")
        tensors[name], tensors[other] = tensors[other], tensors[name]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _, faults = compared(Written(sound.source, sound.model, folder), tmp_path / "work")
    assert "expert 0 is the run's expert 2" in faults
    assert "expert 2 is the run's expert 0" in faults


@pytest.mark.parametrize("by_layers", [False, True])
def test_that_other_positions_are_seen_beyond_the_original_context(by_layers: bool, tmp_path: Path) -> None:
    written = write_twin(tmp_path, "llama, linear rope")
    file = written.folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    for name in ("rope_parameters", "rope_scaling"):
        config[name]["factor"] = 4.1
    file.write_text(json.dumps(config), encoding="utf-8")
    found, faults = compared(written, tmp_path / "work", by_layers=by_layers)
    assert any("beyond the original context" in fault for fault in faults)
    assert found["far"]["rms"] > 2 * found["experts"][0][0]["rms"]  # the same row at neighbouring positions


def test_that_far_positions_are_wide_apart_and_reach_past_the_original_context() -> None:
    scaled = {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 128}
    for rope, reach in ((scaled, 128), ({"full_attention": scaled}, 128), ({"rope_type": "default"}, 900), (None, 900)):
        at = live_answers.far_positions({"max_position_embeddings": 1024, "rope_parameters": rope}, 8)
        assert reach < at[-1] < 1024
        assert len({after - before for before, after in pairwise(at)} - {1}) == 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_that_a_weak_adapter_left_out_is_refused_whatever_share_is_allowed(dtype: torch.dtype, tmp_path: Path) -> None:
    written = write_twin(tmp_path, "llama", dtype=dtype, alpha=0.04)
    found, faults = compared(written, tmp_path / "work", share=COARSE)
    assert faults == []
    tensors, base = (copied_tensors(folder / "model.safetensors") for folder in (written.folder, tmp_path / "base"))
    for layer in range(2):
        for part, own in (("w1", "gate_proj"), ("w2", "down_proj"), ("w3", "up_proj")):
            name = f"model.layers.{layer}.block_sparse_moe.experts.1.{part}.weight"
            tensors[name] = base[f"model.layers.{layer}.mlp.{own}.weight"].to(dtype)
    save_file(tensors, written.folder / "model.safetensors", metadata={"format": "pt"})
    found, faults = compared(written, tmp_path / "work", share=COARSE)
    assert found["experts"][1][1]["max"] < COARSE * found["logit_scale"]  # so small is what the adapter does
    assert any(fault.startswith("expert 1 by itself") for fault in faults), faults


def test_that_a_missing_tensor_is_refused(sound: Written, tmp_path: Path) -> None:
    folder = tmp_path / "twin"
    shutil.copytree(sound.folder, folder)
    tensors = copied_tensors(folder / "model.safetensors")
    del tensors["model.layers.0.input_layernorm.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _, faults = compared(Written(sound.source, sound.model, folder), tmp_path / "work")
    assert any("missing or left over" in fault for fault in faults)


def answered(leads: list[float], logits: dict[str, float]) -> list[str]:
    """The faults of a merged model that said another first word than the run, on a scale of 10."""
    known: dict[str, Any] = {
        "rounding": {name: {"max": 0.2, "rms": 0.02, "typical": 0.02} for name in ("row0", "far0")},
        "does": {name: {"max": 8.0, "rms": 2.0, "typical": 2.0} for name in ("rows", "far0")},
        "answers": [{"tokens": [5], "leads": leads}],
        "ends": [2],
        "ids": [],
        "text": "",
    }
    found = {
        "logit_scale": 10.0, "odd_keys": [], "foreign": [], "logits": logits, "far": known["rounding"]["far0"],
        "answers": [{"tokens": [6]}], "ids": [], "text": "",
    }  # fmt: skip
    return list(faults_in(found, known, StockModel({}, (), Path(), torch.bfloat16, None), PRECISE))


def test_that_wrong_logits_do_not_excuse_another_answer() -> None:
    near, far = ({"max": largest, "rms": 0.02, "typical": 0.02} for largest in (0.3, 5.0))
    assert answered([0.3], near) == []
    assert answered([3.0], near) == ["answer 1 differs from its token 1 on"]
    assert "answer 1 differs from its token 1 on" in answered([3.0], far)


def test_that_every_token_counts_where_no_router_chooses() -> None:
    for kind, value in (("max", 2.0), ("rms", 0.2)):
        logits = {"max": 0.2, "rms": 0.02, "typical": 0.02} | {kind: value}
        assert any("its logits differ" in fault for fault in answered([0.0], logits))
