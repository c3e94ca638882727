"""The tokenizer in the fields that llama.cpp reads, so that it makes the same tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from gguf import TokenType

from studio.core.problem import ProblemError
from studio.core.words import tr
from studio.data.chat_text import ChatText
from studio.export.gguf.pre_tokenizer import pre_tokenizer_name
from studio.export.gguf.sentencepiece import piece_scores, prefix_space

_ENCODED_SPACE = chr(256 + ord(" "))  # in a merge, a space would end the left half


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer as GGUF has it. `model` is gpt2 (byte-level) or llama (SentencePiece); ids by their GGUF name."""

    model: str
    pre: str
    tokens: list[str]
    types: list[int]
    add_bos: bool
    ids: dict[str, int] = field(default_factory=dict)
    merges: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    add_space_prefix: bool = False
    chat_template: str | None = None

    def add_to(self, writer: Any) -> None:
        """Write it into a file's header."""
        writer.add_tokenizer_model(self.model)
        writer.add_tokenizer_pre(self.pre)
        writer.add_token_list(self.tokens)
        writer.add_token_types(self.types)
        if self.scores:
            writer.add_token_scores(self.scores)
        if self.merges:
            writer.add_token_merges(self.merges)
        for name, number in self.ids.items():
            getattr(writer, f"add_{name}_token_id")(number)
        writer.add_add_bos_token(self.add_bos)
        writer.add_add_eos_token(False)
        writer.add_add_space_prefix(self.add_space_prefix)
        if self.chat_template:
            writer.add_chat_template(self.chat_template)


def vocabulary_of(tokenizer: Any, size: int) -> Vocabulary:
    """The vocabulary of a loaded tokenizer, padded to the model's `size`.

    Raises ProblemError for a tokenizer that llama.cpp would not follow exactly.
    """
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    if backend["model"]["type"] != "BPE":
        raise _refused(tr("a {kind} tokenizer", kind=backend["model"]["type"]))
    whole = bool(backend["model"].get("byte_fallback"))  # pieces of text, with bytes only for what has no piece
    tokens, types = _tokens(tokenizer, backend, size, whole)
    end = tokenizer.eos_token_id
    ids = {
        "bos": tokenizer.bos_token_id,
        "eos": end,
        "eot": next(iter(ChatText(tokenizer).stop_ids - {end}), end),
        "unk": tokenizer.unk_token_id,
        "pad": tokenizer.pad_token_id,
    }
    vocabulary = Vocabulary(
        "gpt2",
        "default",
        tokens,
        types,
        _adds_bos(tokenizer),
        {name: int(number) for name, number in ids.items() if number is not None},
        chat_template=tokenizer.chat_template if isinstance(tokenizer.chat_template, str) else None,
    )
    if whole:
        scores = piece_scores(backend, tokens)
        return replace(
            vocabulary, model="llama", scores=scores, add_space_prefix=prefix_space(backend, _begins_special(tokenizer))
        )
    merges = [_merge(pair) for pair in backend["model"]["merges"]]
    return replace(vocabulary, pre=pre_tokenizer_name(backend), merges=merges)


def _tokens(tokenizer: Any, backend: dict[str, Any], size: int, whole: bool) -> tuple[list[str], list[int]]:
    by_id = {number: token for token, number in tokenizer.get_vocab().items()}
    if by_id and max(by_id) >= size:
        raise _refused(tr("a tokenizer of {tokens} tokens over embeddings of {size}", tokens=max(by_id) + 1, size=size))
    added = {entry["id"]: entry for entry in backend["added_tokens"]}
    odd = [entry["content"] for entry in added.values() if entry["single_word"] or entry["lstrip"] or entry["rstrip"]]
    if odd:
        raise _refused(tr("a special token that takes the spaces around it ({token})", token=odd[0]))
    unknown = backend["model"].get("unk_token")
    taken = set(by_id.values())
    tokens, types = [], []
    for number in range(size):
        token = by_id.get(number)
        if token is None:
            token, kind = f"[PAD{number}]", TokenType.UNUSED
            while token in taken:
                token += "_"  # llama.cpp ends where two tokens have one text
        elif whole and token == unknown:
            kind = TokenType.UNKNOWN
        elif number in added:
            kind = TokenType.CONTROL if added[number]["special"] else TokenType.USER_DEFINED
        elif whole and len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
            kind = TokenType.BYTE
        else:
            kind = TokenType.NORMAL
        tokens.append(token)
        types.append(int(kind))
    return tokens, types


def _merge(pair: str | list[str]) -> str:
    if isinstance(pair, str):
        return pair
    return " ".join(part.replace(" ", _ENCODED_SPACE) for part in pair)


def _adds_bos(tokenizer: Any) -> bool:
    """Whether llama.cpp is to put the first token before a prompt: where the tokenizer and the chat template do.

    A template that begins without it was trained on without it. One that writes it by itself, where the tokenizer does
    not, goes on doing so. A tokenizer that adds anything else is refused.
    """
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    ids = tokenizer("a")["input_ids"]
    if ids == bare:
        return False
    if ids != [tokenizer.bos_token_id, *bare]:
        raise _refused(tr("a tokenizer that adds special tokens other than one at the beginning"))
    if not isinstance(tokenizer.chat_template, str):
        return True
    rendered = tokenizer.apply_chat_template([{"role": "user", "content": "a"}], tokenize=False)
    return str(rendered).startswith(tokenizer.bos_token)


def _begins_special(tokenizer: Any) -> bool:
    """Whether chats begin with a special token."""
    if not isinstance(tokenizer.chat_template, str):
        return False
    text = tokenizer.apply_chat_template([{"role": "user", "content": "a"}], tokenize=False)
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    return bool(ids) and ids[0] in tokenizer.all_special_ids


def _refused(what: str) -> ProblemError:
    return ProblemError.at(
        "--to gguf",
        tr("llama.cpp cannot follow {what}.", what=what),
        tr("Export a folder instead (--to moe or --to merged)."),
    )
