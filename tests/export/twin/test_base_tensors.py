"""A base's matrices as the run saw them: exactly what a model loaded in the run's way holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.core.recipe.recipe import ModelTable, Precision
from studio.core.run.run_folder import RunFolder
from studio.export.twin.base_tensors import BaseTensors
from studio.export.twin.live_answers import unpack_linears
from studio.models.adapter_source import find_adapter
from studio.models.base_model import load_base
from tests.tiny import make_tiny_model


@pytest.mark.parametrize("held_as", ["fp32", "bf16", "fp16"])
@pytest.mark.parametrize("precision", ["nf4", "int8"])
def test_that_packed_matrices_are_those_of_a_model_loaded_as_the_run_did(
    tmp_path: Path, precision: Precision, held_as: Precision
) -> None:
    pytest.importorskip("bitsandbytes")
    make_tiny_model(tmp_path, "llama")  # stored in float32, so that what it is packed from makes a difference
    loaded = load_base(ModelTable(source=str(tmp_path)), "cpu", precision=precision, held_as=held_as).model
    packed = frozenset(
        f"{name}.weight" for name, each in loaded.named_modules() if type(each).__name__.startswith("Linear") and name
    ) - {"lm_head.weight"}
    unpack_linears(loaded, torch.float32)
    own = loaded.state_dict()
    found = BaseTensors(tmp_path, precision, packed, held_as)
    other = BaseTensors(tmp_path, precision, packed, "fp32" if held_as == "bf16" else "bf16")
    assert found.shapes.keys() == own.keys()
    assert all(torch.equal(found.read(name).float(), own[name]) for name in own)
    assert sum(not torch.equal(other.read(name).float(), own[name]) for name in packed) > len(packed) // 2


@pytest.mark.parametrize(
    ("told", "held_as"),
    [
        ({"device": {"torch_name": "cpu"}}, "fp32"),  # as runs of earlier versions
        ({"device": {"torch_name": "cuda:0"}}, "bf16"),
        ({"device": {"torch_name": "cuda:0"}, "model": {"held_as": "fp16"}}, "fp16"),
    ],
)
def test_that_a_run_says_what_its_machine_packed_from(
    make_run: Callable[..., RunFolder], tmp_path: Path, told: dict[str, Any], held_as: str
) -> None:
    run = make_run(tmp_path)
    run.write_provenance(run.provenance() | told)
    assert find_adapter(run.id, tmp_path).held_as == held_as
