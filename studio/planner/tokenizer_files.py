"""A tokenizer's size and special tokens, read quickly from its files: the tokenizer itself is not loaded.

`tokenizer.json` may have 30 MB, which Python's JSON reader would load while no other thread runs; here its vocabulary
is stepped through entry by entry, so that the window keeps drawing while it plans.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.core.foreign.untrusted_json import read_object
from studio.core.words import mark, tr

NAMES = ("bos_token", "eos_token", "pad_token", "unk_token")
REMEDY = mark("Download or copy the model again.")
# Classes without special tokens of their own: what their files do not name, they do not have. Where no class is named,
# as with gpt2, it is one for the model's kind, which has some.
_PLAIN_CLASSES = ("PreTrainedTokenizer", "PreTrainedTokenizerFast", "TokenizersBackend")
_MOST_ADDED = 2**24  # bytes of the added tokens' list

_STRING = rb'("[^"\\]*(?:\\.[^"\\]*)*")'
_VOCABULARY = re.compile(rb'"vocab"\s*:\s*([\[{])')
_ADDED = re.compile(rb'"added_tokens"\s*:\s*(?=\[)')
_PAIR = re.compile(rb"\s*" + _STRING + rb"\s*:\s*(\d{1,18})\s*([,}])", re.DOTALL)
_PIECE = re.compile(rb"\s*\[\s*" + _STRING + rb"\s*,\s*[-+.\deE]+\s*\]\s*([,\]])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TokenizerFacts:
    """What of a tokenizer must match its model.

    `own` is one more than the highest id of its vocabulary without the added tokens, 0 where that is not known; `added`
    are the added tokens by id, `special` those of them that stand for no text. `names` maps "eos_token" and so on to
    texts, `ids` to ids; `template` is the chat template. `certain`: a token that is not named does not exist.
    """

    own: int
    added: Mapping[int, str] = field(default_factory=dict)
    special: frozenset[int] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, int] = field(default_factory=dict)
    template: str = ""
    certain: bool = True

    @property
    def entries(self) -> int:
        """One more than the highest id of all."""
        return max((self.own, *(id + 1 for id in self.added)))

    def text_of(self, id: int) -> str:
        """A token's text as far as it is known here, for a sentence."""
        return repr(self.added[id]) if id in self.added else f"token {id:,}"


def read_tokenizer(folder: Path) -> TokenizerFacts | None:
    """The facts of the tokenizer in a model's folder; None where it has no tokenizer.json that can be stepped through.

    Raises ProblemError for a configuration beside it that cannot be read.
    """
    config = _object(folder / "tokenizer_config.json")
    mapped = _object(folder / "special_tokens_map.json")
    names = {name: text for name in NAMES if (text := _text(config.get(name)) or _text(mapped.get(name)))}
    try:
        with (
            (folder / "tokenizer.json").open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            added = _added(data)
            own, found = _own(data, {*names.values()}, {text for _, text, _ in added})
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return None  # whoever loads it reports what is wrong with it
    found |= {text: id for id, text, _ in added}
    return TokenizerFacts(
        own=own,
        added={id: text for id, text, _ in added},
        special=frozenset(id for id, _, special in added if special),
        names=names,
        ids={name: found[text] for name, text in names.items() if text in found},
        template=_template(folder, config),
        certain=config.get("tokenizer_class") in _PLAIN_CLASSES,
    )


def _own(data: mmap.mmap, wanted: set[str], added: set[str]) -> tuple[int, dict[str, int]]:
    """One more than the vocabulary's highest id that is not an `added` text's, and the ids of the `wanted` texts.

    Raises ValueError where it is broken.
    """
    texts = {encoded: text for text in wanted for encoded in _encoded(text)}
    others = {encoded for text in added for encoded in _encoded(text)}
    begin = _VOCABULARY.search(data)
    if begin is None:
        raise ValueError(tr("it has no vocabulary"))
    listed, place = begin[1] == b"[", begin.end()
    pattern, last = (_PIECE, b"]") if listed else (_PAIR, b"}")
    highest, count, found = -1, 0, {}
    while entry := pattern.match(data, place):
        id = count if listed else int(entry[2])
        count, place = count + 1, entry.end()
        if entry[1] not in others:
            highest = max(highest, id)
        if entry[1] in texts:
            found[texts[entry[1]]] = id
        if entry[entry.lastindex or 0] == last:
            return highest + 1, found
    raise ValueError(tr("the vocabulary has no end"))


def _added(data: mmap.mmap) -> list[tuple[int, str, bool]]:
    begin = _ADDED.search(data)
    if begin is None:
        return []
    text = data[begin.end() : begin.end() + _MOST_ADDED].decode("utf-8", "replace")
    tokens, _ = json.JSONDecoder().raw_decode(text)
    return [(int(token["id"]), str(token["content"]), bool(token.get("special"))) for token in tokens]


def _encoded(text: str) -> tuple[bytes, bytes]:
    """A text as JSON has it: as Rust writes it, and as Python may."""
    return json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"), json.dumps(text).encode()


def _object(file: Path) -> dict[str, Any]:
    return read_object(file, tr(REMEDY)) if file.is_file() else {}


def _text(value: Any) -> str:
    """A token as these files name it: its text, or an object that holds it."""
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else ""


def _template(folder: Path, config: Mapping[str, Any]) -> str:
    """All chat templates, one after another; they are only searched for tokens."""
    found = [json.dumps(config.get("chat_template"), ensure_ascii=False)] if config.get("chat_template") else []
    for name in ("chat_template.jinja", "chat_template.json"):
        file = folder / name
        if file.is_file() and file.stat().st_size < _MOST_ADDED:
            found.append(file.read_text(encoding="utf-8", errors="replace"))
    return "\n".join(found)
