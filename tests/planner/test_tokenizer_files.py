"""A tokenizer's size and special tokens read from its file agree with what the tokenizer itself says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, models

from studio.core.problem import ProblemError
from studio.planner.tokenizer_files import TokenizerFacts, read_tokenizer

ODD = ['"', "\\", 'a": 7, "b', "ü", "\u2028", "漢", "\x7f", "]", "}", "vocab", "{}"]


def saved(folder: Path, model: Any, ascii_only: bool = False, **values: str) -> TokenizerFacts:
    """The facts of a tokenizer with a named and an unnamed added token, written as Rust or as Python does."""
    tokenizer = Tokenizer(model)
    tokenizer.add_special_tokens([AddedToken("</s>", special=True)])
    tokenizer.add_tokens([AddedToken("<ü>", special=False)])
    tokenizer.save(str(folder / "tokenizer.json"))
    if ascii_only:
        text = json.dumps(json.loads((folder / "tokenizer.json").read_text(encoding="utf-8")))
        (folder / "tokenizer.json").write_text(text, encoding="utf-8")
    config = {"eos_token": {"content": "</s>"}, "unk_token": "ü", "chat_template": "{{ '</s>' }}", **values}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    facts = read_tokenizer(folder)
    assert facts is not None
    return facts


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize(
    "model",
    [
        models.BPE({text: number for number, text in enumerate(ODD)}, []),
        models.WordPiece({text: number for number, text in enumerate(ODD)}, unk_token="ü"),
        models.WordLevel({text: number for number, text in enumerate(ODD)}, unk_token="ü"),
        models.Unigram([(text, -1.5e-05 * number) for number, text in enumerate(ODD)], 3),
    ],
    ids=lambda model: type(model).__name__,
)
def test_that_every_kind_of_vocabulary_is_counted_whatever_its_words_look_like(
    model: Any, ascii_only: bool, tmp_path: Path
) -> None:
    facts = saved(tmp_path, model, ascii_only)
    assert (facts.own, facts.entries) == (len(ODD), len(ODD) + 2)
    assert facts.ids == {"eos_token": len(ODD), "unk_token": 3}
    assert facts.special == {len(ODD)}
    assert "</s>" in facts.template


def test_that_only_a_class_without_tokens_of_its_own_has_none_but_those_that_are_named(tmp_path: Path) -> None:
    """gpt2's files name neither a class nor an end token."""
    model = models.BPE({"a": 0}, [])
    assert not saved(tmp_path, model).certain
    assert not saved(tmp_path, model, tokenizer_class="GPT2Tokenizer").certain
    assert saved(tmp_path, model, tokenizer_class="PreTrainedTokenizerFast").certain


def test_that_a_word_that_is_an_added_token_too_is_no_word_of_its_own(tmp_path: Path) -> None:
    facts = saved(tmp_path, models.BPE({"a": 0, "b": 1, "</s>": 9}, []))
    assert (facts.own, facts.ids["eos_token"]) == (2, 9)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model": {"vocab": {"a": "b"}}}', '{"model": {"vocab": {"a": 1'])
def test_that_a_file_that_is_no_tokenizer_is_left_to_whoever_loads_it(text: str, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(text, encoding="utf-8")
    assert read_tokenizer(tmp_path) is None
    assert read_tokenizer(tmp_path / "nowhere") is None


def test_that_a_configuration_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ProblemError, match="tokenizer_config"):
        read_tokenizer(tmp_path)
