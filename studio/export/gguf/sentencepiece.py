"""SentencePiece's pieces and scores from a tokenizer that holds them as merges."""

from __future__ import annotations

from typing import Any

from studio.core.problem import ProblemError
from studio.core.words import tr

SPACE = "\u2581"
_NEVER = -1e6  # for what no merge makes


def piece_scores(backend: dict[str, Any], tokens: list[str]) -> list[float]:
    """A score for each token, higher for what is merged earlier.

    llama.cpp joins the neighbours that make the piece with the highest score, the tokenizer those that come first in
    its list of merges: the same exactly when the list has every way of making a piece, one piece after the other.
    Raises ProblemError where it has not.
    """
    vocabulary = backend["model"]["vocab"]
    merges = [tuple(pair.split(" ") if isinstance(pair, str) else pair) for pair in backend["model"]["merges"]]
    order: dict[str, int] = {}
    last = None
    for left, right in merges:
        made = left + right
        if made != last and made in order:
            raise _refused(tr("its merges are not in the order of their pieces"))
        order.setdefault(made, len(order))
        last = made
    listed = set(merges)
    for piece in order:
        for cut in range(1, len(piece)):
            pair = (piece[:cut], piece[cut:])
            if pair not in listed and pair[0] in vocabulary and pair[1] in vocabulary:
                raise _refused(
                    tr(
                        "it never makes {piece!r} of {first!r} and {second!r}",
                        piece=piece,
                        first=pair[0],
                        second=pair[1],
                    )
                )
    return [-float(order[token]) if token in order else _NEVER for token in tokens]


def prefix_space(backend: dict[str, Any], begins_special: bool) -> bool:
    """Whether llama.cpp is to put a space before a text, and behind every special token.

    A tokenizer may do so only where the text begins: then it never does where chats begin with a special token
    (`begins_special`), and llama.cpp need not either. Raises ProblemError where llama.cpp cannot follow.
    """
    rules = [*_flat(backend.get("normalizer"), "normalizers"), *_flat(backend.get("pre_tokenizer"), "pretokenizers")]
    prefix = False
    for rule in rules:
        kind = rule["type"]
        if kind == "Prepend" and rule["prepend"] == SPACE:
            prefix = True
        elif kind == "Metaspace" and rule["replacement"] == SPACE and not rule.get("split", True):
            if rule["prepend_scheme"] == "first" and not begins_special:
                raise _refused(tr("it puts a space before a text's first word alone"))
            prefix = prefix or rule["prepend_scheme"] == "always"
        elif kind == "Replace" and rule["pattern"] == {"String": " "} and rule["content"] == SPACE:
            continue
        elif kind == "Split" and rule["pattern"] == {"String": " "}:
            continue  # there is none left: the normalizer has replaced them
        else:
            raise _refused(tr("it prepares text by {kind}", kind=kind))
    return prefix


def _flat(rules: dict[str, Any] | None, inner: str) -> list[dict[str, Any]]:
    if rules is None:
        return []
    if rules["type"] == "Sequence":
        return [flat for rule in rules[inner] for flat in _flat(rule, inner)]
    return [rules]


def _refused(why: str) -> ProblemError:
    return ProblemError.at(
        "--to gguf",
        tr("llama.cpp's SentencePiece would tokenize differently: {why}.", why=why),
        tr("Export a folder instead (--to moe or --to merged)."),
    )
