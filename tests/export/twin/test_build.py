"""What is made of an adapter and its base: every tensor of the adapter is in it, and nothing that is no weight."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.export.twin.build import merged_tensors, twin_tensors
from studio.models.adapter_source import AdapterSource, find_adapter
from tests.adapted_run import write_adapter
from tests.tensor_files import copied_tensors
from tests.tiny import make_tiny_model


def adapted_by_peft(folder: Path, base: Path, **options: str | bool) -> AdapterSource:
    """A plain LoRA on the queries as PEFT itself saves it."""
    config = LoraConfig(r=4, target_modules=["q_proj"], task_type="CAUSAL_LM", **options)
    get_peft_model(AutoModelForCausalLM.from_pretrained(base), config).save_pretrained(folder)
    return find_adapter(str(folder), folder)


@pytest.mark.parametrize("bias", ["all", "lora_only"])
def test_that_an_adapter_with_biases_of_the_base_is_refused(tmp_path: Path, bias: str) -> None:
    base = make_tiny_model(tmp_path / "base", "qwen2")
    with pytest.raises(ProblemError, match="biases of the base"):
        merged_tensors(adapted_by_peft(tmp_path / "adapter", base, bias=bias))


@pytest.mark.parametrize(("method", "count"), [("lora", 2 * 7 * 2), ("mixlora", 2 * (1 + 3 * 2 + 4 * 2))])
def test_that_every_tensor_of_the_adapter_is_counted(tmp_path: Path, method: str, count: int) -> None:
    base = make_tiny_model(tmp_path / "base")
    table = MethodTable.model_validate({"name": method, "rank": 4} | ({"experts": 4} if method == "mixlora" else {}))
    write_adapter(tmp_path / "adapter", base, table)
    source = find_adapter(str(tmp_path / "adapter"), tmp_path)
    model = twin_tensors(source) if method == "mixlora" else merged_tensors(source)
    assert model.adapter_tensors == len(copied_tensors(tmp_path / "adapter" / "adapter_model.safetensors")) == count


def test_that_buffers_in_an_old_file_of_the_base_are_no_tensors_of_the_export(tmp_path: Path) -> None:
    base = make_tiny_model(tmp_path / "base")
    file = base / "model.safetensors"
    tensors = copied_tensors(file)
    attention = "model.layers.0.self_attn"
    old = {
        f"{attention}.rotary_emb.inv_freq": torch.ones(4),
        f"{attention}.masked_bias": torch.tensor(-1e9),
        "model.embeddings.position_ids": torch.arange(8),  # of a type that no weight has
    }
    save_file(tensors | old, file, metadata={"format": "pt"})
    source = adapted_by_peft(tmp_path / "adapter", base)
    assert {tensor.name for tensor in merged_tensors(source).tensors} == tensors.keys()
    file.unlink()
    torch.save(tensors | old, base / "pytorch_model.bin")
    assert {tensor.name for tensor in merged_tensors(source).tensors} == tensors.keys()
