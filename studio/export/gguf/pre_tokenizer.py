"""Which of llama.cpp's ways of cutting text into words is the tokenizer's, known by its rules and not by its name.

llama.cpp has each way built in under a name, and takes an unknown or missing one for a default that tokenizes
differently without a word. So a tokenizer whose rules are not exactly one of these is refused.
"""

from __future__ import annotations

from typing import Any

from studio.core.problem import ProblemError
from studio.core.words import tr

_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_REST_SLASH = r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_WORD = r"[^\r\n\p{L}\p{N}]?\p{L}+"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_CASED = (rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+", rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*")

LLAMA_3 = rf"{_CONTRACTIONS}|{_WORD}|\p{{N}}{{1,3}}|{_REST}"
QWEN_2 = rf"{_CONTRACTIONS}|{_WORD}|\p{{N}}|{_REST}"
QWEN_35 = (
    rf"{_CONTRACTIONS}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}"
    r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
GPT_4O = "|".join((*(f"{cased}{_CONTRACTIONS}?" for cased in _CASED), r"\p{N}{1,3}", _REST_SLASH))
TEKKEN = "|".join((*_CASED, r"\p{N}", _REST_SLASH))

_BYTES = ("bytes",)
_WORDS_AND_BYTES = ("words", "bytes")

# Steps of the pre-tokenizer, and whether a word that is a token is taken before any merge; name in llama.cpp.
_KNOWN: dict[tuple[tuple[str, ...], bool], str] = {
    (_WORDS_AND_BYTES, False): "gpt-2",
    (("digits", *_WORDS_AND_BYTES), False): "smollm",
    ((LLAMA_3, *_BYTES), True): "llama-bpe",
    ((LLAMA_3, *_BYTES), False): "dbrx",
    ((QWEN_2, *_BYTES), False): "qwen2",
    ((QWEN_35, *_BYTES), False): "qwen35",
    ((GPT_4O, *_BYTES), False): "gpt-4o",
    ((TEKKEN, *_BYTES), True): "tekken",
}


def pre_tokenizer_name(backend: dict[str, Any]) -> str:
    """llama.cpp's name for the rules of a byte-level tokenizer, given as its tokenizer.json; raises ProblemError."""
    steps = tuple(_steps(backend["pre_tokenizer"]))
    name = _KNOWN.get((steps, bool(backend["model"].get("ignore_merges"))))
    normalizer = (backend.get("normalizer") or {}).get("type")
    # Text is nearly always in this form already, and llama.cpp leaves it as it is.
    if name is None or normalizer not in (None, "NFC"):
        raise ProblemError.at(
            "--to gguf",
            tr("llama.cpp has no name for the way in which this tokenizer cuts text into words."),
            tr("Export a folder instead (--to moe or --to merged)."),
        )
    return name


def _steps(rules: dict[str, Any] | None) -> list[str]:
    if rules is None:
        return ["nothing"]
    kind = rules["type"]
    if kind == "Sequence":
        return [step for rule in rules["pretokenizers"] for step in _steps(rule)]
    if kind == "Split" and rules["behavior"] == "Isolated" and not rules["invert"]:
        return [str(rules["pattern"].get("Regex", rules["pattern"]))]
    if kind == "Digits" and rules["individual_digits"]:
        return ["digits"]
    if kind == "ByteLevel" and not rules["add_prefix_space"]:
        return ["words", "bytes"] if rules["use_regex"] else ["bytes"]
    return [tr("unknown {kind}", kind=kind)]
