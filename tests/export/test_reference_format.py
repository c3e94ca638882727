"""The reference's format: files as its programs read them, proved by a fresh process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.core.run.run_folder import RunFolder
from studio.export import export_adapter

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")

MakeRun = Callable[..., RunFolder]


@pytest.mark.fresh
def test_that_a_reference_export_answers_as_the_run_does_and_has_the_references_names(
    make_run: MakeRun, tmp_path: Path, tiny_model: Path
) -> None:
    run = make_run(tmp_path / "runs")
    exported = export_adapter(run.id, "reference", tmp_path / "out", tmp_path / "runs")
    assert exported.format == "reference"
    assert exported.verified["max_logit_difference"] <= 1e-5 * exported.verified["logit_scale"]
    assert (exported.verified["routers"], exported.verified["experts"]) == (2, 8)
    tensors = torch.load(exported.path / "adapter_model.bin", weights_only=True)
    assert tensors["mixlora.layers.1.mlp.moe_gate.weight"].shape == (4, 32)
    assert tensors["mixlora.layers.0.mlp.down_proj.experts.3.lora_A.weight"].shape == (4, 64)
    config = json.loads((exported.path / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == tiny_model.name
    assert config["act_fn"] == "silu"
    assert "MixLoraModelForCausalLM" in (exported.path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("method", ["lora", "moelora"])
def test_that_another_method_has_no_place_in_the_references_format(
    make_run: MakeRun, tmp_path: Path, method: str
) -> None:
    table = MethodTable.model_validate({"name": method, "experts": 4, "rank": 8})
    run = make_run(tmp_path / "runs", table)
    with pytest.raises(ProblemError, match="the reference format holds MixLoRA"):
        export_adapter(run.id, "reference", tmp_path / "out", tmp_path / "runs")
    assert not (tmp_path / "out").exists()
