"""Tokenizers as llama.cpp reads them: known by their rules, exactly the same tokens, or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from studio.core.problem import ProblemError
from studio.export.gguf.pre_tokenizer import GPT_4O, LLAMA_3, QWEN_2, QWEN_35, TEKKEN, pre_tokenizer_name
from studio.export.gguf.vocabulary import vocabulary_of
from tests.tiny import CHAT_TEMPLATE, CORPUS, make_tiny_tokenizer

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
TURNS = [{"role": "user", "content": "hello"}]


def rules(*steps: Any, ignore_merges: bool = False, normalizer: str | None = None) -> dict[str, Any]:
    return {
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": list(steps)},
        "normalizer": {"type": normalizer} if normalizer else None,
        "model": {"ignore_merges": ignore_merges},
    }


def split(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def byte_level(words: bool, prefix: bool = False) -> dict[str, Any]:
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": words}


DIGITS = {"type": "Digits", "individual_digits": True}


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        (rules(byte_level(True)), "gpt-2"),
        (rules(DIGITS, byte_level(True)), "smollm"),
        (rules(split(LLAMA_3), byte_level(False), ignore_merges=True), "llama-bpe"),
        (rules(split(LLAMA_3), byte_level(False)), "dbrx"),
        (rules(split(QWEN_2), byte_level(False), normalizer="NFC"), "qwen2"),
        (rules(split(QWEN_35), byte_level(False), normalizer="NFC"), "qwen35"),
        (rules(split(GPT_4O), byte_level(False)), "gpt-4o"),
        (rules(split(TEKKEN), byte_level(False), ignore_merges=True), "tekken"),
    ],
)
def test_that_a_tokenizer_is_known_by_its_rules(backend: dict[str, Any], name: str) -> None:
    assert pre_tokenizer_name(backend) == name


def test_that_the_rules_are_those_that_real_tokenizers_have() -> None:
    # As in the tokenizer.json of Llama 3, Qwen 2.5 and Mistral Nemo.
    assert LLAMA_3 == (
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
        "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
    )
    assert LLAMA_3.replace("{1,3}", "") == QWEN_2
    assert TEKKEN.startswith(
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|"
    )
    assert TEKKEN.endswith("|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")


@pytest.mark.parametrize(
    "backend",
    [
        rules(split(LLAMA_3 + "|x"), byte_level(False)),
        rules(split(QWEN_2), byte_level(False), ignore_merges=True),
        rules(byte_level(True, prefix=True)),
        rules(byte_level(True), normalizer="Lowercase"),
        rules({"type": "Whitespace"}, byte_level(False)),
        {"pre_tokenizer": None, "normalizer": None, "model": {}},
    ],
)
def test_that_unknown_rules_are_refused_and_never_taken_for_others(backend: dict[str, Any]) -> None:
    with pytest.raises(ProblemError, match="has no name for the way"):
        pre_tokenizer_name(backend)


def test_that_a_byte_level_vocabulary_has_its_merges_its_types_and_its_ends() -> None:
    tokenizer = make_tiny_tokenizer()
    tokenizer.add_tokens(["[plain]"])
    size = len(tokenizer)
    vocabulary = vocabulary_of(tokenizer, size + 3)
    assert (vocabulary.model, vocabulary.pre, vocabulary.add_bos) == ("gpt2", "gpt-2", False)
    assert vocabulary.tokens[:3] == ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    assert vocabulary.types[:4] == [CONTROL, CONTROL, CONTROL, NORMAL]
    assert (vocabulary.tokens[size - 1], vocabulary.types[size - 1]) == ("[plain]", USER_DEFINED)
    assert vocabulary.tokens[size:] == [f"[PAD{size + more}]" for more in range(3)]
    assert vocabulary.types[size:] == [UNUSED] * 3
    assert vocabulary.ids == {"bos": 1, "eos": 2, "eot": 2, "unk": 0, "pad": 0}
    merges = json.loads(tokenizer.backend_tokenizer.to_str())["model"]["merges"]
    assert vocabulary.merges == [" ".join(pair) for pair in merges]


def test_that_the_token_behind_an_answer_ends_a_turn_where_the_text_ends_with_another() -> None:
    tokenizer = make_tiny_tokenizer()
    tokenizer.eos_token = "<|endoftext|>"
    ids = vocabulary_of(tokenizer, len(tokenizer)).ids
    assert (ids["eos"], ids["eot"]) == (0, 2)


@pytest.mark.parametrize(("opening", "added"), [("{{ bos_token }}", True), ("", False)])
def test_that_the_first_token_is_added_where_the_tokenizer_and_the_chat_template_do(opening: str, added: bool) -> None:
    tokenizer = make_tiny_tokenizer(opening + CHAT_TEMPLATE.replace("<|im_start|>", "["))
    add = processors.TemplateProcessing(single="<|im_start|> $A", special_tokens=[("<|im_start|>", 1)])
    tokenizer.backend_tokenizer.post_processor = add
    assert vocabulary_of(tokenizer, len(tokenizer)).add_bos is added


def test_that_a_tokenizer_that_adds_an_end_is_refused() -> None:
    tokenizer = make_tiny_tokenizer()
    add = processors.TemplateProcessing(single="$A <|im_end|>", special_tokens=[("<|im_end|>", 2)])
    tokenizer.backend_tokenizer.post_processor = add
    with pytest.raises(ProblemError, match="adds special tokens"):
        vocabulary_of(tokenizer, len(tokenizer))


def test_that_a_special_token_that_takes_spaces_is_refused() -> None:
    tokenizer = make_tiny_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": [AddedToken("<mask>", lstrip=True, special=True)]})
    with pytest.raises(ProblemError, match=r"takes the spaces around it \(<mask>\)"):
        vocabulary_of(tokenizer, len(tokenizer))


def test_that_more_tokens_than_embeddings_are_refused() -> None:
    with pytest.raises(ProblemError, match="over embeddings of 10"):
        vocabulary_of(make_tiny_tokenizer(), 10)


def sentencepiece_tokenizer(drop: tuple[str, str] | None = None) -> PreTrainedTokenizerFast:
    """A tokenizer as transformers makes one of a SentencePiece file: pieces with spaces, and bytes for the rest."""
    words = "".join(CORPUS).replace(" ", "\u2581")
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *sorted(set(words))]
    merged: list[str] = []
    for word in ("an", "er", "the", "\u2581t", "re", "ans", "answ", "\u2581the", "answer", "wer"):
        merged += [word[:end] for end in range(2, len(word) + 1) if word[:end] not in merged]
    vocabulary = {piece: number for number, piece in enumerate([*pieces, *merged])}
    merges = [
        (piece[:cut], piece[cut:])
        for piece in merged
        for cut in range(1, len(piece))
        if piece[:cut] in vocabulary and piece[cut:] in vocabulary and (piece[:cut], piece[cut:]) != drop
    ]
    backend = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    backend.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    backend.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    backend.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    backend.add_special_tokens(["<unk>", "<s>", "</s>"])
    return PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def test_that_a_sentencepiece_vocabulary_has_scores_and_bytes() -> None:
    tokenizer = sentencepiece_tokenizer()
    vocabulary = vocabulary_of(tokenizer, len(tokenizer))
    assert (vocabulary.model, vocabulary.pre) == ("llama", "default")
    assert (vocabulary.add_bos, vocabulary.add_space_prefix) == (True, True)
    assert vocabulary.types[:4] == [UNKNOWN, CONTROL, CONTROL, BYTE]
    scores = dict(zip(vocabulary.tokens, vocabulary.scores, strict=True))
    assert scores["an"] > scores["the"] > scores["answer"] > scores["a"]
    assert not vocabulary.merges


def test_that_merges_that_scores_cannot_say_are_refused() -> None:
    with pytest.raises(ProblemError, match="never makes 'answer'"):
        vocabulary_of(sentencepiece_tokenizer(drop=("ans", "wer")), 500)


@pytest.mark.parametrize(("scheme", "prefix"), [("always", True), ("first", False), ("never", False)])
def test_that_a_space_before_the_first_word_alone_is_left_out_where_chats_begin_with_a_token(
    scheme: str, prefix: bool
) -> None:
    tokenizer = sentencepiece_tokenizer()
    tokenizer.backend_tokenizer.normalizer = None
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    tokenizer.chat_template = "{{ bos_token }}" + CHAT_TEMPLATE
    assert vocabulary_of(tokenizer, 500).add_space_prefix is prefix
    tokenizer.chat_template = CHAT_TEMPLATE
    if scheme == "first":
        with pytest.raises(ProblemError, match="first word alone"):
            vocabulary_of(tokenizer, 500)


def test_that_no_two_tokens_have_one_text() -> None:
    tokenizer = make_tiny_tokenizer()
    tokenizer.add_tokens([f"[PAD{len(tokenizer) + 1}]"])
    tokens = vocabulary_of(tokenizer, len(tokenizer) + 2).tokens
    assert len(set(tokens)) == len(tokens)


def test_that_text_prepared_in_another_way_is_refused() -> None:
    tokenizer = sentencepiece_tokenizer()
    tokenizer.backend_tokenizer.normalizer = normalizers.Lowercase()
    with pytest.raises(ProblemError, match="prepares text by Lowercase"):
        vocabulary_of(tokenizer, 500)


def test_that_a_tokenizer_of_words_is_refused() -> None:
    backend = Tokenizer(models.WordLevel({"a": 0, "<unk>": 1}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    with pytest.raises(ProblemError, match="a WordLevel tokenizer"):
        vocabulary_of(PreTrainedTokenizerFast(tokenizer_object=backend), 2)
