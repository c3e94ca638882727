"""Where a model's shape comes from: folders and files that may be broken, and a hub that may be out of reach."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core.problem import ProblemError
from studio.planner import model_shape, plan_recipe
from studio.planner.config_tensors import tensors_of_config
from studio.planner.shape import ModelShape, shape_of_model
from tests.planner.local_hub import hub_with, weights_file
from tests.planner.machines import LLAMA_3_8B, SMALL, config_folder, forget_shapes, machine, recipe

MANY_LAYERS = json.dumps({**SMALL, "num_hidden_layers": 10**12})


def test_that_models_that_are_not_there_or_broken_are_problems(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="does not exist"):
        plan_recipe(recipe(tmp_path / "nothing"), machine())
    with pytest.raises(ProblemError, match=r"does not exist|cannot be looked at"):
        plan_recipe(recipe(tmp_path / ("name" * 100)), machine())  # longer than the system takes
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ProblemError, match=r"no config\.json"):
        plan_recipe(recipe(empty), machine())
    (empty / "config.json").write_text(json.dumps(LLAMA_3_8B), encoding="utf-8")
    with pytest.raises(ProblemError, match="no weights"):
        plan_recipe(recipe(empty), machine())
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 5) + b"\xff" * 20)
    with pytest.raises(ProblemError, match="GGUF file cannot be read"):
        plan_recipe(recipe(broken), machine())


@pytest.mark.parametrize("header", ["not json", "[1, 2]", '{"a": 3}', '{"a": {"shape": "wide"}}', '{"a": {}}', "null"])
def test_that_a_weight_file_whose_header_is_none_is_a_problem_that_names_it(header: str, tmp_path: Path) -> None:
    folder = config_folder(tmp_path / "model", SMALL)
    file = folder / "model.safetensors"
    file.write_bytes(struct.pack("<Q", len(header)) + header.encode())
    with pytest.raises(ProblemError) as raised:
        model_shape(recipe(folder).model)
    assert raised.value.problems[0].where == str(file)


@pytest.mark.parametrize("config", ["[]", "3", '"llama"', "{}", '{"model_type": "llama"}', "[" * 5000, MANY_LAYERS])
def test_that_a_config_that_is_none_is_a_problem(config: str, tmp_path: Path) -> None:
    folder = config_folder(tmp_path / "model", SMALL)
    (folder / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(ProblemError):
        model_shape(recipe(folder).model)


def test_that_an_adapter_beside_the_weights_is_no_part_of_the_model(tmp_path: Path) -> None:
    folder = config_folder(tmp_path / "model", SMALL)
    tensors = tensors_of_config(SMALL)
    (folder / "model.safetensors").write_bytes(weights_file(tensors))
    pair = {"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": (4, 64)}
    (folder / "adapter_model.safetensors").write_bytes(weights_file(pair))
    assert model_shape(recipe(folder).model) == shape_of_model(SMALL, tensors)


def test_that_an_architecture_that_the_arithmetic_was_never_held_against_says_so(tmp_path: Path) -> None:
    folder = config_folder(tmp_path / "model", {**SMALL, "model_type": "newcomer"})
    (folder / "model.safetensors").write_bytes(weights_file(tensors_of_config(SMALL)))
    assert any("newcomer models are not validated" in note for note in plan_recipe(recipe(folder), machine()).notes)
    known = config_folder(tmp_path / "known", SMALL)
    assert not any("not validated" in note for note in plan_recipe(recipe(known), machine()).notes)


def _gguf(fields: Mapping[str, str | int], tensors: list[str]) -> bytes:
    """A GGUF file's head: strings (type 8) and unsigned numbers (type 4), then tensors of one dimension."""

    def string(text: str) -> bytes:
        return struct.pack("<Q", len(text)) + text.encode()

    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(fields))
    for key, value in fields.items():
        head += string(key)
        head += struct.pack("<I", 8) + string(value) if isinstance(value, str) else struct.pack("<II", 4, value)
    for name in tensors:
        head += string(name) + struct.pack("<IQIQ", 1, 32, 0, 0)
    return head


FIELDS: dict[str, str | int] = {
    "general.architecture": "llama",
    "llama.embedding_length": 64,
    "llama.feed_forward_length": 160,
    "llama.block_count": 3,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "llama.vocab_size": 1000,
}
WHOLE = _gguf(FIELDS, ["token_embd.weight", "output.weight"])


def test_that_a_gguf_head_tells_the_shape(tmp_path: Path) -> None:
    file = tmp_path / "small.gguf"
    file.write_bytes(WHOLE)
    assert model_shape(recipe(file).model).parameters == shape_of_model(SMALL).parameters


def test_that_a_gguf_file_that_was_cut_off_or_holds_experts_already_says_so(tmp_path: Path) -> None:
    file = tmp_path / "cut.gguf"
    file.write_bytes(WHOLE[:100])
    with pytest.raises(ProblemError, match=r"ends (within its header|in the middle)"):
        model_shape(recipe(file).model)
    mixed = tmp_path / "mixed.gguf"
    mixed.write_bytes(_gguf({**FIELDS, "llama.expert_count": 8}, ["token_embd.weight"]))
    with pytest.raises(ProblemError, match="already a mixture of 8 experts"):
        model_shape(recipe(mixed).model)


@pytest.mark.parametrize("name", ["num_local_experts", "num_experts", "n_routed_experts"])
def test_that_a_model_of_experts_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"already a mixture of 8 experts.*dense model"):
        model_shape(recipe(config_folder(tmp_path / name, {**SMALL, "model_type": "mixtral", name: 8})).model)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(WHOLE) - 1), change=st.binary(min_size=1, max_size=9), cut=st.integers(0, len(WHOLE)))
def test_that_a_gguf_file_that_is_broken_anywhere_gives_a_shape_or_a_problem(
    place: int, change: bytes, cut: int, tmp_path: Path
) -> None:
    file = tmp_path / "broken.gguf"
    content = WHOLE[:place] + change + WHOLE[place + len(change) :]
    file.write_bytes(content[:cut] if cut % 3 == 0 else content)
    os.utime(file, ns=(time.time_ns(), time.time_ns()))
    with suppress(ProblemError):
        assert isinstance(model_shape(recipe(file).model), ModelShape)


@pytest.fixture
def hub_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Point the hub's client to an address, with an empty cache and nothing known yet."""
    from huggingface_hub import constants

    def point(address: str) -> None:
        forget_shapes()
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        # The client reads this when it is first imported, which another test may have done without `quiet_libraries`.
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_SYMLINKS_WARNING", True)

    return point


def _asked() -> ModelShape:
    return model_shape(recipe("owner/model").model)


def test_that_a_hub_id_is_planned_from_its_config_and_again_without_the_hub(hub_at: Callable[[str], None]) -> None:
    with hub_with("owner/model", SMALL, b"") as (address, sent):
        hub_at(address)
        assert _asked() == shape_of_model(SMALL)
    assert sent == []
    forget_shapes()
    assert _asked() == shape_of_model(SMALL)


WITHOUT_LINKS = """
import os

def refuse(*arguments, **options):
    raise OSError(22, "A required privilege is not held by the client")

os.symlink = refuse
from studio.planner import hub
print(hub.hub_config("owner/model", "main", "model.source")["model_type"])
"""


def test_that_a_cache_that_cannot_have_links_is_no_warning(tmp_path: Path) -> None:
    with hub_with("owner/model", SMALL, b"") as (address, _):
        environ = {**os.environ, "HF_ENDPOINT": address, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path)}
        environ.pop("HF_HUB_DISABLE_SYMLINKS_WARNING", None)
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_LINKS], env=environ, capture_output=True, encoding="utf-8", check=True
        )
    assert (done.stdout.strip(), done.stderr) == (SMALL["model_type"], "")


def test_that_a_hub_model_of_an_unknown_architecture_is_planned_from_its_weights_heads(
    hub_at: Callable[[str], None],
) -> None:
    tensors = tensors_of_config(SMALL)
    config = {**SMALL, "model_type": "newllama"}
    weights = weights_file(tensors)
    with hub_with("owner/model", config, weights) as (address, sent):
        hub_at(address)
        assert _asked() == shape_of_model(config, tensors)
    assert 0 < sum(sent) <= 100_001 < len(weights)


def test_that_a_model_that_the_hub_does_not_have_is_said_to_be_unknown(hub_at: Callable[[str], None]) -> None:
    with hub_with("somebody/else", SMALL, b"") as (address, _):
        hub_at(address)
        with pytest.raises(ProblemError, match="the hub has no such model"):
            _asked()


@pytest.mark.parametrize("silent", [False, True], ids=["nobody listens", "nobody answers"])
def test_that_a_hub_out_of_reach_is_asked_once_and_then_a_problem(
    silent: bool, hub_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("studio.planner.hub.SECONDS", 0.5)
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        if silent:
            port.listen()
        hub_at(f"http://127.0.0.1:{port.getsockname()[1]}")
        with pytest.raises(ProblemError, match="cannot be downloaded from the hub"):
            _asked()
        if silent:
            port.accept()[0].close()
            port.setblocking(False)
            with pytest.raises(BlockingIOError):
                port.accept()
    assert "Retrying" not in caplog.text


def test_that_being_told_to_stay_offline_is_said_as_the_reason(
    hub_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub_at("http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ProblemError, match="HF_HUB_OFFLINE forbids"):
        _asked()
