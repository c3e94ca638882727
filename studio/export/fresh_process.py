"""The fresh process of a proof: loads base and export as the export's README says, compares logits, counts experts.

It is run by its path, `python fresh_process.py BASE EXPORT DEVICE PRECISION WORK FORMAT`, reads rows.json and
own.safetensors in the folder WORK, and writes found.json there.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import torch

import studio.methods.registry  # noqa: F401 - registers every method with PEFT

# isort: split
from peft import get_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from studio.core.recipe.recipe import ModelTable
from studio.export.formats import FORMATS
from studio.export.logits import max_difference, probe_logits
from studio.methods.protocols import routed_method
from studio.models.memory_limit import keep_within_free
from studio.models.model_code import may_run_code


def main(arguments: list[str]) -> None:
    base_folder, exported, device, precision, work_folder, format = arguments
    work = Path(work_folder)
    rows = json.loads((work / "rows.json").read_text(encoding="utf-8"))
    own = load_file(work / "own.safetensors")
    base = _load(base_folder, device, precision)
    plain = probe_logits(base, rows)
    # PEFT only warns about missing weights: here that must fail.
    warnings.filterwarnings("error", message=".*missing.*")
    load = FORMATS[format].load
    assert load is not None
    model = load(base, Path(exported)).eval()
    logits = probe_logits(model, rows)
    routed = routed_method(model)
    state = get_peft_model_state_dict(model)
    found = {
        "max_logit_difference": max_difference(logits, [own[f"row{number}"] for number in range(len(rows))]),
        "logit_scale": max(float(row.abs().max()) for row in logits),
        "max_change_from_base": max_difference(logits, plain),
        "routers": len(routed.routed_layers()) if routed else 0,
        "experts": sum(routed.experts_per_layer()) if routed else 0,
        "tensors": len(state),
        "weights": sum(tensor.numel() for tensor in state.values()),
    }
    (work / "found.json").write_text(json.dumps(found), encoding="utf-8")


def _load(folder: str, device: str, precision: str) -> Any:
    keep_within_free(torch.device(device))
    if precision in ("int8", "nf4"):
        from studio.models.base_model import load_base

        return load_base(ModelTable.model_validate({"source": folder, "precision": precision}), device).model
    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    trusted = may_run_code(Path(folder))
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, trust_remote_code=trusted).to(device).eval()


if __name__ == "__main__":
    main(sys.argv[1:])
