"""A finished run with a real, tiny adapter: random weights instead of a training, for whoever exports or tries one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.core.recipe.recipe import MethodTable, ModelTable
from studio.core.run.run_folder import RunFolder
from tests.fake_run import FakeRun

METHOD = MethodTable(name="mixlora", experts=4, top_k=2, rank=4, alpha=8)


def write_adapter(folder: Path, model: Path, method: MethodTable = METHOD, seed: int = 1) -> None:
    """Save an adapter of `method` with random weights, routers and B included, so that it changes every answer."""
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    from studio.methods.registry import adapter_config

    table: Any = method
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(model), adapter_config(table))
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                torch.nn.init.normal_(parameter, std=0.2)
        adapted.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)


def make_adapted_run(runs: Path, model: Path, method: MethodTable = METHOD, name: str = "three tasks") -> RunFolder:
    """A run that has finished on the base in the folder `model`, with an adapter of `method` that changes it."""
    with FakeRun(runs, name=name, total_steps=2, method=method.name) as run:
        run.start().train(2).end()
        folder = run.folder
    write_adapter(folder.adapter, model, method)
    recipe = folder.recipe().model_copy(update={"model": ModelTable(source=str(model)), "method": method})
    folder.write_provenance({"recipe": recipe.model_dump(mode="json")})
    return folder
