"""A model's own code is executed only after the user agreed to it; what executes here leaves a marker file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.core.foreign import consent
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import ModelTable
from studio.models.base_model import find_base, load_base, load_tokenizer
from tests.tiny import make_tiny_model

CODE = """
from pathlib import Path
from transformers import LlamaConfig, LlamaForCausalLM
Path({marker!r}).write_text("executed")
class MarkedConfig(LlamaConfig):
    model_type = "marked"
class MarkedForCausalLM(LlamaForCausalLM):
    config_class = MarkedConfig
"""
MAP = {"AutoConfig": "modeling_marked.MarkedConfig", "AutoModelForCausalLM": "modeling_marked.MarkedForCausalLM"}


def edit(file: Path, **values: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | values), encoding="utf-8")


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "marker"


@pytest.fixture
def model(tmp_path: Path, marker: Path) -> Path:
    folder = make_tiny_model(tmp_path / "marked")
    edit(folder / "config.json", model_type="marked", architectures=["MarkedForCausalLM"], auto_map=MAP)
    (folder / "modeling_marked.py").write_text(CODE.format(marker=str(marker)), encoding="utf-8")
    return folder


def refused(load: Callable[[], Any]) -> Problem:
    with pytest.raises(ProblemError) as raised:
        load()
    return raised.value.problems[0]


def load(folder: Path) -> Any:
    return load_base(ModelTable(source=str(folder))).model


def test_that_a_models_own_code_is_not_executed_without_consent(model: Path, marker: Path) -> None:
    for attempt in (lambda: load(model), lambda: load_tokenizer(find_base(ModelTable(source=str(model)))[0])):
        problem = refused(attempt)
        assert problem.kind == consent.KIND
        assert "modeling_marked.py" in problem.what
    assert not marker.exists()


def test_that_agreed_code_runs_and_changed_code_asks_again(model: Path, marker: Path) -> None:
    consent.agree_to(refused(lambda: load(model)))
    assert type(load(model)).__name__ == "MarkedForCausalLM"
    assert marker.read_text(encoding="utf-8") == "executed"
    marker.unlink()
    with (model / "modeling_marked.py").open("a", encoding="utf-8") as file:
        file.write("# something else\n")
    assert refused(lambda: load(model)).kind == consent.KIND
    consent.agree_to(refused(lambda: load(model)))
    consent.revoke(str(model.resolve()))
    assert refused(lambda: load(model)).kind == consent.KIND
    assert not marker.exists()


def test_that_a_model_that_transformers_knows_never_runs_code_beside_it(tmp_path: Path, marker: Path) -> None:
    folder = make_tiny_model(tmp_path / "known")
    edit(folder / "config.json", auto_map=MAP)
    (folder / "modeling_marked.py").write_text(CODE.format(marker=str(marker)), encoding="utf-8")
    assert type(load(folder)).__name__ == "LlamaForCausalLM"
    assert not marker.exists()


def test_that_a_tokenizer_of_its_own_asks_too(tmp_path: Path, marker: Path) -> None:
    folder = make_tiny_model(tmp_path / "words")
    edit(folder / "tokenizer_config.json", tokenizer_class="MarkedTokenizer", auto_map={"AutoTokenizer": ["t.X", None]})
    (folder / "t.py").write_text(CODE.format(marker=str(marker)), encoding="utf-8")
    assert refused(lambda: load_tokenizer(folder)).kind == consent.KIND
    assert not marker.exists()


def test_that_code_of_another_repository_is_never_fetched(model: Path) -> None:
    edit(model / "config.json", auto_map={name: f"owner/other--{place}" for name, place in MAP.items()})
    assert "another repository (owner/other)" in refused(lambda: load(model)).what


ABSURD = [
    ({"num_hidden_layers": 10**9}, "no model has"),
    ({"hidden_size": 10**12}, "no model has"),
    ({"vocab_size": -1}, "no model has"),
    ({"hidden_size": "wide"}, "not a number"),
    ({"model_type": ["llama"]}, "not a name"),
    ({"attn_implementation": "somebody/kernel"}, "code from elsewhere"),
    ({"_attn_implementation": "kernels-community/x"}, "code from elsewhere"),
    ({"text_config": {"num_hidden_layers": 10**9}}, "no model has"),
    ({"hidden_act": "__import__('os')"}, "cannot be loaded"),
    ({"rope_parameters": [1, 2]}, "cannot be loaded"),
    ({"torch_dtype": {"a": 1}, "num_attention_heads": 0}, "cannot be loaded"),
]


@pytest.mark.parametrize(("values", "said"), ABSURD)
def test_that_an_absurd_config_is_a_problem_before_a_layer_is_made(
    values: dict[str, Any], said: str, tmp_path: Path
) -> None:
    folder = make_tiny_model(tmp_path / "absurd")
    edit(folder / "config.json", **values)
    assert said in refused(lambda: load(folder)).what


def test_that_a_base_that_is_an_adapter_too_is_not_followed_to_another_base(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "both")
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "elsewhere"}', encoding="utf-8")
    assert "both a model and an adapter" in refused(lambda: load(folder)).what


def test_that_an_index_names_no_file_outside_its_folder(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "sharded")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"x": "../../secret.safetensors"}}), encoding="utf-8")
    assert "not a path inside" in refused(lambda: load(folder)).what


def test_that_a_pickle_of_weights_that_would_execute_is_refused(tmp_path: Path, marker: Path) -> None:
    import torch

    class Payload:
        def __reduce__(self) -> Any:
            return (Path.touch, (marker,))

    folder = make_tiny_model(tmp_path / "pickled")
    (folder / "model.safetensors").unlink()
    torch.save({"model.norm.weight": Payload()}, folder / "pytorch_model.bin")
    assert "cannot be loaded" in refused(lambda: load(folder)).what
    assert not marker.exists()


TEMPLATES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ messages.__init__.__globals__ }}",
    "{{ raise_exception.__globals__['os'].system('touch ' ~ messages) }}",
    "{% for i in range(10**9) %}x{% endfor %}",
    "{{ 1 / 0 }}",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_that_a_chat_template_is_text_and_not_a_program(template: str) -> None:
    from studio.data.chat_text import ChatText
    from studio.data.conversation import Turn
    from studio.data.template import TemplateRefusedError
    from tests.tiny import make_tiny_tokenizer

    with pytest.raises((TemplateRefusedError, ProblemError)):
        ChatText(make_tiny_tokenizer(template)).prompt((Turn("user", "hello"),))
