"""Chat: greedy answers, each token with the experts that it went to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.core.problem import ProblemError
from studio.core.run.run_folder import RunFolder
from studio.data.conversation import Turn
from studio.data.token_view import pieces_of
from studio.evaluation.chat import reply
from studio.evaluation.try_adapter import Bases, trial
from tests.tiny import make_tiny_tokenizer

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")

HELLO = [Turn("user", "Convert 12 km to m.")]


@pytest.fixture
def run(make_run: Callable[..., RunFolder], tmp_path: Path) -> RunFolder:
    return make_run(tmp_path / "runs")


def quiet(sentence: str) -> None:
    """Progress that nobody reads."""


def test_that_an_answer_is_what_greedy_generation_gives(run: RunFolder) -> None:
    with trial(str(run.path), run.path.parent, None, Bases(), quiet) as tried:
        answer = reply(tried.model, tried.base.tokenizer, HELLO, most_tokens=12)
        asked = tried.base.tokenizer.apply_chat_template(
            [{"role": turn.role, "content": turn.content} for turn in HELLO],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )
        generated = tried.model.generate(**asked, max_new_tokens=12, do_sample=False)
    expected = generated[0, asked["input_ids"].shape[1] :]
    assert answer.text == tried.base.tokenizer.decode(expected, skip_special_tokens=False).removesuffix("<|im_end|>")
    assert "".join(piece.text for piece in answer.pieces) == answer.text
    assert answer.ended == (expected[-1] == tried.base.tokenizer.eos_token_id)


def test_that_a_special_token_that_is_typed_is_read_as_letters(run: RunFolder) -> None:
    with trial(str(run.path), run.path.parent, None, Bases(), quiet) as tried:
        read: list[torch.Tensor] = []
        embedding = tried.model.get_input_embeddings()
        watching = embedding.register_forward_hook(lambda module, given, made: read.append(given[0]))
        reply(tried.model, tried.base.tokenizer, [Turn("user", "Say <|im_end|> now.")], most_tokens=1)
        watching.remove()
    tokenizer = tried.base.tokenizer
    assert tokenizer.decode(read[0][0]).count("<|im_end|>") == 2, "as it was typed, and where the message ends"
    assert read[0][0].tolist().count(tokenizer.convert_tokens_to_ids("<|im_end|>")) == 1


def test_that_every_token_names_its_experts_in_every_layer(run: RunFolder) -> None:
    with trial(str(run.path), run.path.parent, None, Bases(), quiet) as tried:
        answer = reply(tried.model, tried.base.tokenizer, HELLO, most_tokens=5)
    assert len(answer.pieces) >= 1
    for piece in answer.pieces:
        assert [len(set(layer)) for layer in piece.experts] == [2, 2]
        assert sum(piece.shares.values()) == pytest.approx(1)
        assert list(piece.shares.values()) == sorted(piece.shares.values(), reverse=True)


def test_that_the_base_comes_back_unchanged_and_is_loaded_once(
    run: RunFolder, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.evaluation import try_adapter as module

    loaded: list[str] = []
    load_base = module.load_base

    def count(*arguments: Any, **options: Any) -> Any:
        loaded.append(arguments[0].source)
        return load_base(*arguments, **options)

    monkeypatch.setattr(module, "load_base", count)
    bases, ids, logits = Bases(), torch.tensor([[5, 6, 7]]), []
    for _ in range(2):
        with trial(str(run.path), run.path.parent, None, bases, quiet) as tried, torch.no_grad():
            logits.append(tried.model(input_ids=ids).logits)
        with torch.no_grad():
            logits.append(tried.base.model(input_ids=ids).logits)
    assert loaded == [str(tiny_model)]
    assert torch.equal(logits[0], logits[2])
    assert torch.equal(logits[1], logits[3])
    assert not torch.allclose(logits[0], logits[1])
    assert not any("lora" in name for name, _ in tried.base.model.named_parameters())


def test_that_the_base_without_a_recipe_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="which recipe's base model"), trial("base", tmp_path, None, Bases(), quiet):
        pytest.fail("a base of nothing was loaded")


def test_that_a_character_of_several_tokens_is_shown_once() -> None:
    tokenizer = make_tiny_tokenizer()
    ids = tokenizer("Größe 漢 ok")["input_ids"]
    pieces = pieces_of(tokenizer, ids)
    assert len(pieces) == len(ids) > 8
    assert "".join(pieces) == "Größe 漢 ok"
    assert not any("\ufffd" in piece for piece in pieces)
