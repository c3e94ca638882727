"""The reference's format: written, read back, and given to the reference's own package where it can be had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from studio.core.problem import ProblemError
from studio.methods.mixlora.reference_format import load_reference, read_reference, write_reference
from tests.methods.test_bases import family, with_adapter


def logits(model, ids):
    with torch.no_grad():
        return model.eval()(input_ids=ids).logits


@pytest.fixture
def ids():
    return torch.randint(0, 100, (2, 11), generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("name", ["llama", "phi3", "phi", "gemma2"])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"lora_alpha": 7.3, "use_rslora": True},
        {"layer_ranks": [2, 5], "attention_r": 3, "attention_alpha": 9},
        {"use_goat_scaling": True},
    ],
    ids=["plain", "odd-alpha", "many-ranks", "goat"],
)
def test_that_a_written_adapter_reads_back_with_the_same_logits(name, fields, ids, tmp_path: Path):
    model = with_adapter(family(name), **fields)
    written = write_reference(model, tmp_path)
    assert written.routers == 2
    assert written.experts == 2 * 4 * 2 * len(model.base_model._routed()[0][1].feed_forward.projections)
    assert written.attention == sum("lora_A" in n or "lora_B" in n for n in model.state_dict())
    loaded = load_reference(family(name), tmp_path)
    torch.testing.assert_close(logits(loaded, ids), logits(model, ids), rtol=1e-5, atol=1e-5)


def test_that_the_files_are_as_the_reference_wants_them(tmp_path: Path):
    write_reference(with_adapter(family("llama"), lora_dropout=0.05), tmp_path)
    config = json.loads((tmp_path / "adapter_config.json").read_text(encoding="utf-8"))
    assert type(config["r"]) is int
    assert type(config["lora_alpha"]) is int
    assert 0 < config["lora_dropout"] < 1e-6
    assert config["act_fn"] == "silu"
    assert config["task_type"] == "CAUSAL_LM"
    assert isinstance(config["base_model_name_or_path"], str)
    tensors = torch.load(tmp_path / "adapter_model.bin", weights_only=True)
    assert all(t.dtype == torch.float32 and t.is_contiguous() for t in tensors.values())
    assert "mixlora.layers.1.mlp.up_proj.experts.3.lora_B.weight" in tensors
    assert read_reference(tmp_path)[0].lora_dropout == 0.05


def test_that_old_key_names_are_understood(ids, tmp_path: Path):
    model = with_adapter(family("llama"))
    write_reference(model, tmp_path)
    old = {"gate_proj": "w1_proj", "down_proj": "w2_proj", "up_proj": "w3_proj"}
    renamed = {}
    for key, tensor in torch.load(tmp_path / "adapter_model.bin", weights_only=True).items():
        parts = key.removeprefix("mixlora.").split(".")
        if "experts" in parts:
            _, layer, _, projection, _, expert, half, _ = parts
            renamed[f"layers.{layer}.experts.{expert}.{old[projection]}.{half}.weight"] = tensor
        elif "moe_gate" in parts:
            renamed[f"layers.{parts[1]}.gate.weight"] = tensor
        else:
            renamed[".".join(parts)] = tensor
    torch.save(renamed, tmp_path / "adapter_model.bin")
    config = json.loads((tmp_path / "adapter_config.json").read_text(encoding="utf-8"))
    config["routing_strategy"] = "mixtral"
    config["target_modules"] = {old.get(name, name): True for name in config["target_modules"]}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.testing.assert_close(
        logits(load_reference(family("llama"), tmp_path), ids), logits(model, ids), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"use_dora": True}, "use_dora"),
        ({"routing_strategy": "mixlora-dynamic"}, "routing_strategy"),
        ({"layer_experts": [3, 4]}, "layer_experts"),
    ],
)
def test_that_what_the_format_cannot_hold_is_refused(fields, where, tmp_path: Path):
    with pytest.raises(ProblemError, match=where):
        write_reference(with_adapter(family("llama"), **fields), tmp_path)
    assert not list(tmp_path.iterdir())


def test_that_another_base_is_refused(tmp_path: Path):
    write_reference(with_adapter(family("llama")), tmp_path)
    with pytest.raises(ProblemError, match="no place"):
        load_reference(family("phi3"), tmp_path)


REFERENCE = """
import pathlib, sys, torch, mixlora
from transformers import AutoModelForCausalLM
for place in map(pathlib.Path, sys.argv[1:]):
    config, weights = mixlora.load_adapter_weights(str(place / "adapter"), device="cpu")
    model = AutoModelForCausalLM.from_pretrained(place / "base", dtype=torch.float32)
    mixlora.inject_adapter_in_model(model, config, weights)
    model.eval()
    with torch.no_grad():
        torch.save(model(input_ids=torch.load(place / "ids.pt")).logits, place / "out.pt")
"""


@pytest.fixture(scope="session")
def reference_package(tmp_path_factory) -> Path:
    """Install the reference into a place of its own, beside which our torch and transformers stay visible."""
    place = tmp_path_factory.mktemp("reference")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place), "mixlora==0.2.3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        pytest.skip("mixlora 0.2.3 could not be installed here: " + (done.stderr.strip().splitlines() or ["?"])[-1])
    return place


@pytest.mark.slow
def test_that_the_reference_package_gives_the_same_logits(ids, tmp_path: Path, reference_package: Path):
    ours = {}
    for name in ("llama", "phi3", "phi"):
        family(name).save_pretrained(tmp_path / name / "base")
        model = with_adapter(family(name), lora_dropout=0.05)
        write_reference(model, tmp_path / name / "adapter")
        torch.save(ids, tmp_path / name / "ids.pt")
        ours[name] = logits(model, ids)
    done = subprocess.run(
        [sys.executable, "-c", REFERENCE, *(str(tmp_path / name) for name in ours)],
        env=os.environ | {"PYTHONPATH": str(reference_package)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for name, expected in ours.items():
        theirs = torch.load(tmp_path / name / "out.pt", weights_only=True)
        torch.testing.assert_close(theirs, expected, rtol=1e-4, atol=1e-4)
