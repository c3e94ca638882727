"""A model's files that do not fit one another are reported before a step, with both sizes; sound models stay silent."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.cli import main
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import ModelTable
from studio.core.recipe.recipe_file import dump_recipe
from studio.models.base_model import find_base, load_base, load_tokenizer
from studio.models.tokenizer_check import facts_of
from studio.planner.gguf_header import read_gguf_config
from studio.planner.model_check import read_model
from studio.planner.model_source import model_shape
from studio.planner.tokenizer_files import read_tokenizer
from tests.models.tiny_gguf import write_tiny_gguf
from tests.planner.machines import forget_shapes
from tests.tiny import make_tiny_model
from tests.training.small_run import events, small_recipe, small_run, train

ROWS = 366  # of the tiny model, as many as its tokenizer has entries
ARCHITECTURES = ("mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "phi", "phi3", "smollm3", "gpt_neox")


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    """A model's folder to be harmed."""
    return shutil.copytree(tiny_model, tmp_path / "ein Modell")


def edit(file: Path, **values: Any) -> None:
    """Set values of a JSON file; None takes one out."""
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    found = {name: value for name, value in {**found, **values}.items() if value is not None}
    file.write_text(json.dumps(found), encoding="utf-8")


def retensor(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Write the folder's weights again, changed."""
    from safetensors.torch import load_file, save_file

    # Cloned: Windows replaces no file that is mapped.
    weights = {name: value.clone() for name, value in load_file(folder / "model.safetensors").items()}
    change(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def shorten_embedding(rows: int) -> Callable[[Path], None]:
    """A folder whose model has so many rows, in the weights and in its config, under the same tokenizer."""

    def shorten(folder: Path) -> None:
        edit(folder / "config.json", vocab_size=rows)
        for name in ("model.embed_tokens.weight", "lm_head.weight"):
            retensor(folder, lambda weights, name=name: weights.update({name: weights[name][:rows].clone()}))

    return shorten


def split_in_two(folder: Path, leave_out: str = "", drop: str = "") -> None:
    """Two shards and their index, without the shard `leave_out` and without the tensor `drop` in its shard."""
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    names = sorted(weights)
    parts = {"model-00001-of-00002.safetensors": names[:9], "model-00002-of-00002.safetensors": names[9:]}
    index = {"metadata": {}, "weight_map": {name: part for part, those in parts.items() for name in those}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    for part, those in parts.items():
        if part != leave_out:
            save_file({name: weights[name].clone() for name in those if name != drop}, folder / part, {"format": "pt"})
    del weights
    (folder / "model.safetensors").unlink()


def add_tokens(folder: Path, *texts: str) -> None:
    """Added tokens that the embedding has no row for."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    tokenizer["added_tokens"] += [{"id": ROWS + n, "content": text, **plain} for n, text in enumerate(texts)]
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")


def cut_weights(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-1000])


def without_end(folder: Path) -> None:
    edit(folder / "tokenizer_config.json", eos_token=None)
    edit(folder / "special_tokens_map.json", eos_token=None)


def as_kind(architecture: str, **values: Any) -> Callable[[Path], None]:
    return lambda folder: edit(folder / "config.json", architectures=[architecture], **values)


HARMS: list[tuple[Callable[[Path], Any], str]] = [
    (shorten_embedding(300), "tokenizer has 366 entries, but the embedding of its model has 300 rows"),
    (
        lambda f: edit(f / "config.json", vocab_size=512),
        "as 512 × 32, but the weights hold 366 × 32",
    ),
    (lambda f: edit(f / "config.json", intermediate_size=96), "as 96 × 32, but the weights hold 64 × 32 (and 5 more"),
    (lambda f: edit(f / "config.json", num_hidden_layers=1), "it has 1 layer, but the weights hold 2"),
    (lambda f: edit(f / "config.json", num_hidden_layers=3), "its weights lack 9 tensors, such as layers.2."),
    (lambda f: retensor(f, lambda w: w.pop("lm_head.weight")), "its weights lack 1 tensor, such as lm_head.weight"),
    (lambda f: split_in_two(f, leave_out="model-00002-of-00002.safetensors"), "lists model-00002-of-00002.safetensors"),
    (
        lambda f: split_in_two(f, drop="model.norm.weight"),
        "lists 1 tensor that it does not hold, such as model.norm.weight",
    ),
    (cut_weights, "it was cut short"),
    (lambda f: (f / "config.json").write_text("{'not': json}", encoding="utf-8"), "cannot be read"),
    (lambda f: edit(f / "config.json", eos_token_id=4000), "eos_token_id is 4,000, but the embedding has 366 rows"),
    (lambda f: edit(f / "config.json", pad_token_id=366), "pad_token_id is 366, but the embedding has 366 rows"),
    (lambda f: edit(f / "generation_config.json", eos_token_id=[2, 999]), "eos_token_id is 999"),
    (without_end, "no end token (eos_token)"),
    (
        lambda f: (edit(f / "config.json", eos_token_id=70), edit(f / "generation_config.json", eos_token_id=70)),
        "eos_token_id is 70, which is not the tokenizer's end token: that is '<|im_end|>' (2)",
    ),
    (
        lambda f: (add_tokens(f, "<pad>"), edit(f / "tokenizer_config.json", pad_token="<pad>")),
        "tokenizer has 367 entries, but the embedding of its model has 366 rows: none for '<pad>' (366), its pad_token",
    ),
    (
        lambda f: (add_tokens(f, "<turn>"), (f / "chat_template.jinja").write_text("<turn>{{ messages }}", "utf-8")),
        "none for '<turn>' (366), which its chat template writes",
    ),
    (lambda f: (f / "config.json").rename(f / "adapter_config.json"), "this is an adapter, not a base model"),
    (as_kind("LlamaForSequenceClassification"), "a classifier or a reward model (LlamaForSequenceClassification)"),
    (as_kind("InternLM2ForRewardModel"), "a classifier or a reward model"),
    (as_kind("BertForMaskedLM", model_type="bert"), "an encoder (BertForMaskedLM)"),
    (as_kind("T5ForConditionalGeneration", model_type="t5", is_encoder_decoder=True), "an encoder-decoder model"),
    (as_kind("LlavaForConditionalGeneration", model_type="llava", vision_config={"image_size": 8}), "reads pictures"),
    (as_kind("NewForConditionalGeneration", model_type="new", vision_config={"image_size": 8}), "reads pictures"),
]


@pytest.mark.parametrize(("harm", "said"), HARMS)
def test_that_a_mismatch_is_reported_by_the_plan_and_before_weights_are_loaded(
    harm: Callable[[Path], Any], said: str, model: Path
) -> None:
    harm(model)
    forget_shapes()
    table = ModelTable(source=str(model))
    for look in (model_shape, find_base):
        with pytest.raises(ProblemError) as caught:
            look(table)
        assert said in str(caught.value)
        assert all(problem.where and problem.remedy for problem in caught.value.problems)
    # Told again, and not only the first time.
    with pytest.raises(ProblemError):
        model_shape(table)


def test_that_train_and_plan_refuse_a_mismatch_with_exit_code_2_and_make_no_run(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shorten_embedding(300)(model)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(dump_recipe(small_recipe(tmp_path, model)), encoding="utf-8")
    for words in (["plan", str(recipe)], ["train", str(recipe), "--runs", str(tmp_path / "runs")]):
        assert main(words) == 2
        said = capsys.readouterr().err
        assert "has 366 entries, but the embedding of its model has 300 rows" in said
        assert "Remedy: Download or copy the model again" in said
    assert not (tmp_path / "runs").exists()


def test_that_a_run_with_a_tokenizer_of_another_model_fails_before_its_first_step(model: Path, tmp_path: Path) -> None:
    shorten_embedding(300)(model)
    folder = small_run(tmp_path, model)
    assert train(folder) == 2
    (ended,) = events(folder, "RunEnded")
    assert ended.outcome == "failed"
    assert "has 366 entries, but the embedding of its model has 300 rows" in ended.reason
    assert not events(folder, "StepEnded", "ModelReady")


def test_that_a_row_with_a_token_without_a_row_in_the_embedding_is_named(model: Path, tmp_path: Path) -> None:
    add_tokens(model, "<new>", "<other>")
    folder = small_run(tmp_path, model)
    line = json.dumps({"prompt": "how <new>?", "completion": "so"}) + "\n"
    for name in ("ask-train", "tell-test"):
        with (tmp_path / f"{name}.jsonl").open("a", encoding="utf-8") as file:
            file.write(line)
    assert train(folder) == 2
    (ended,) = events(folder, "RunEnded")
    first, second = ended.problems
    assert (first.where, second.where) == ("task ask", "task tell")
    assert first.what == "training row 13 has the token '<new>' (366), but the embedding of its model has 366 rows."
    assert second.what.startswith("held-out row 3 has")


def test_that_tokens_that_nobody_uses_are_a_warning_and_train(model: Path, tmp_path: Path) -> None:
    add_tokens(model, "<new>")
    folder = small_run(tmp_path, model, training__max_steps=1)
    assert train(folder) == 0
    (warned,) = [each for each in events(folder, "WarningRaised") if "entries" in each.what]
    assert warned.what.startswith("1 of the tokenizer's 367 entries ('<new>') have no row in the embedding")


def test_that_a_picture_placeholder_of_a_text_model_needs_no_row(model: Path) -> None:
    """As gemma 3's text models have one."""
    add_tokens(model, "<image_soft_token>")
    assert load_tokenizer(model)[1] == ()


def test_that_another_end_token_of_the_generation_config_is_a_warning(model: Path) -> None:
    edit(model / "config.json", eos_token_id=0)
    edit(model / "generation_config.json", eos_token_id=0)
    (said,) = load_tokenizer(model)[1]
    assert said.what == "its end token is '<|endoftext|>', the tokenizer's '<|im_end|>'."
    edit(model / "generation_config.json", eos_token_id=[0, 2])
    assert load_tokenizer(model)[1] == ()


def test_that_a_tokenizer_without_tokenizer_json_is_checked_once_it_is_loaded(model: Path) -> None:
    tokenizer = json.loads((model / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    (model / "vocab.json").write_text(json.dumps(tokenizer["vocab"]), encoding="utf-8")
    merges = "\n".join(" ".join(merge) for merge in tokenizer["merges"])
    (model / "merges.txt").write_text(f"#version: 0.2\n{merges}\n", encoding="utf-8")
    (model / "tokenizer.json").unlink()
    edit(model / "tokenizer_config.json", tokenizer_class="GPT2Tokenizer")
    load_tokenizer(model)
    shorten_embedding(300)(model)
    assert read_tokenizer(model) is None
    with pytest.raises(ProblemError, match="366 entries, but the embedding of its model has 300 rows"):
        load_tokenizer(model)


def test_that_an_unknown_architecture_is_asked_for_its_embedding(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "neox", "gpt_neox")
    edit(folder / "config.json", vocab_size=300)
    with pytest.raises(ProblemError, match="vocab_size is 300, but the embedding in the weights has 366 rows"):
        find_base(ModelTable(source=str(folder)))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_that_sound_models_of_every_architecture_stay_silent(architecture: str, tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / architecture, architecture)
    files = read_model(folder)
    assert files.rows == ROWS
    assert load_tokenizer(folder)[1] == ()
    facts, loaded = read_tokenizer(folder), facts_of(load_tokenizer(folder)[0])
    assert facts is not None
    assert (facts.own, facts.entries, facts.ids, facts.special) == (ROWS, ROWS, loaded.ids, loaded.special)
    assert (loaded.own, loaded.entries) == (ROWS, ROWS)


def test_that_a_padded_embedding_and_tied_weights_and_shards_stay_silent(tmp_path: Path) -> None:
    for number, values in enumerate(({"vocab_size": 512}, {"tie_word_embeddings": True}, {"vocab_size": 400})):
        folder = make_tiny_model(tmp_path / str(number), **values)
        if number == 2:
            split_in_two(folder)
        found = load_base(ModelTable(source=str(folder)))
        assert found.warnings == ()


def test_that_a_vision_tower_beside_a_known_language_model_stays_silent(tmp_path: Path) -> None:
    import torch
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    from tests.tiny import make_tiny_tokenizer

    text = {
        "vocab_size": ROWS,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "head_dim": 16,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
             "image_size": 28, "patch_size": 14}  # fmt: skip
    config = Gemma3Config(text_config=text, vision_config=tower, eos_token_id=2, image_token_index=5)
    with torch.random.fork_rng(devices=[]):
        model = Gemma3ForConditionalGeneration(config)
    model.save_pretrained(tmp_path)
    make_tiny_tokenizer().save_pretrained(tmp_path)
    assert read_model(tmp_path).rows == ROWS


def test_that_a_model_in_the_hubs_cache_stays_silent_and_a_partial_one_says_what_is_missing(
    model: Path, tmp_path: Path
) -> None:
    """The hub's cache holds links into its own store."""
    split_in_two(model)
    kept = tmp_path / "models--owner--name"
    snapshot = kept / "snapshots" / "0a1b2c"
    snapshot.mkdir(parents=True)
    (kept / "blobs").mkdir()
    for number, file in enumerate(sorted(model.iterdir())):
        file.rename(kept / "blobs" / str(number))
        try:
            (snapshot / file.name).symlink_to(kept / "blobs" / str(number))
        except OSError:  # Windows without the right to: there the hub's client copies too
            shutil.copy(kept / "blobs" / str(number), snapshot / file.name)
    assert read_model(snapshot).rows == ROWS
    (snapshot / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(ProblemError, match="lists model-00002-of-00002"):
        read_model(snapshot)


def test_that_a_sound_gguf_file_stays_silent_and_a_mismatched_one_is_reported(tiny_model: Path, tmp_path: Path) -> None:
    file = write_tiny_gguf(tiny_model, tmp_path / "tiny.gguf")
    assert read_gguf_config(file)["vocab_size"] == ROWS
    content = file.read_bytes()
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(content[:-5000])
    with pytest.raises(ProblemError, match="it was cut short"):
        model_shape(ModelTable(source=str(cut)))
    widths = b"token_embd.weight" + struct.pack("<IQQ", 2, 32, ROWS)
    assert content.count(widths) == 1
    other = tmp_path / "other.gguf"
    other.write_bytes(content.replace(widths, b"token_embd.weight" + struct.pack("<IQQ", 2, 32, 300)))
    with pytest.raises(ProblemError, match="tokenizer has 366 entries, but its embedding has 300 rows"):
        model_shape(ModelTable(source=str(other)))
    for name, old, new, said in (
        ("end", b"tokenizer.ggml.eos_token_id\x04\x00\x00\x00\x02", b"\xff", "its eos token is 255"),
        ("layers", b"llama.block_count\x04\x00\x00\x00\x02", b"\x03", "has 3 layers, but the file holds tensors of 2"),
        ("end", b"tokenizer.ggml.eos_token_id", b"x", "no end token"),
    ):
        harmed = tmp_path / f"{name}.gguf"
        assert content.count(old) == 1
        # 255 is within the rows of the tiny model, so its high byte is set too.
        more = b"\x01" if new == b"\xff" else b""
        place = content.index(old) + len(old) - 1
        harmed.write_bytes(content[:place] + new + more + content[place + 1 + len(more) :])
        with pytest.raises(ProblemError, match=said.replace("255", "511")):
            model_shape(ModelTable(source=str(harmed)))
        forget_shapes()


@pytest.mark.slow
@pytest.mark.usefixtures("unpacked_demo")
def test_that_the_demo_model_stays_silent() -> None:
    folder, _ = find_base(ModelTable())
    files = read_model(folder)
    assert files.rows == 49_152
    assert load_tokenizer(folder)[1] == ()
