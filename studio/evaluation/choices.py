"""A row's choices compared by their likelihood: by the token that tells them apart, by sum, and by length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

NORMALISED = ("acc", "acc_norm", "acc_bytes", "acc_tokens")
"""As lm-eval names them: the summed log-probability of a choice, and that over its characters, bytes and tokens."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The likeliest choice by the token that tells all apart, or else by all their tokens, ends included.

    `sums` has each choice's summed log-probability after the tokens that all begin with, the end of the turn left out;
    empty where only the first token was looked at.
    """

    best: int
    sums: tuple[float, ...] = ()


def common_start(choices: Sequence[tuple[int, ...]]) -> int:
    """How many tokens all choices begin with."""
    same = 0
    for tokens in zip(*choices, strict=False):
        if len(set(tokens)) > 1:
            break
        same += 1
    return same


def telling_tokens(choices: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Each choice's first token after those that all begin with, where these are all different; else nothing."""
    firsts = [choice[common_start(choices) :][:1] for choice in choices]
    told_apart = () not in firsts and len(set(firsts)) == len(firsts)
    return tuple(first[0] for first in firsts) if told_apart else ()


def own_tokens(choices: Sequence[tuple[int, ...]], ends: frozenset[int]) -> list[tuple[int, ...]]:
    """Each choice's tokens after those that all begin with, up to the end of the turn."""
    found = []
    for choice in choices:
        rest = choice[common_start(choices) :]
        stop = next((place for place, token in enumerate(rest) if token in ends), len(rest))
        found.append(rest[:stop])
    return found


def ranked_by_one_token(choices: Sequence[tuple[int, ...]], logits: Tensor, ends: frozenset[int]) -> Ranked | None:
    """Rank choices by the logits [vocabulary] of the first token in which they differ; None where that is not enough.

    Where each choice is that one token, its log-probability is also its sum.
    """
    if not (tokens := telling_tokens(choices)):
        return None
    told = logits[list(tokens)]
    whole = all(len(own) == 1 for own in own_tokens(choices, ends))
    sums = (told - logits.logsumexp(dim=0)).double().tolist() if whole else ()
    return Ranked(int(told.argmax()), tuple(sums))


def ranked_by_all_tokens(
    choices: Sequence[tuple[int, ...]], log_probs: Sequence[Sequence[float]], ends: frozenset[int]
) -> Ranked:
    """Rank choices by the log-probabilities of each one's tokens after those that all begin with, ends included."""
    told = bool(telling_tokens(choices))
    totals = [row[0] if told else sum(row) for row in log_probs]
    own = own_tokens(choices, ends)
    sums = [sum(row[: len(tokens)]) for row, tokens in zip(log_probs, own, strict=True)]
    return Ranked(max(range(len(totals)), key=totals.__getitem__), tuple(sums))


def verdicts(ranked: Ranked, texts: Sequence[str], lengths: Sequence[int], right: int) -> dict[str, float]:
    """What each way of comparing sums says of the choice at `right`, 1 or 0; nothing where there are no sums.

    `texts` are what the choices say where they differ, `lengths` how many tokens that is.
    """
    if not ranked.sums:
        return {}
    sizes: dict[str, Sequence[int]] = {
        "acc": [1] * len(texts),
        "acc_norm": [len(text) for text in texts],
        "acc_bytes": [len(text.encode("utf-8", "replace")) for text in texts],
        "acc_tokens": lengths,
    }
    found = {}
    for name, size in sizes.items():
        scores = [total / max(1, each) for total, each in zip(ranked.sums, size, strict=True)]
        found[name] = float(max(range(len(scores)), key=scores.__getitem__) == right)
    return found


def likeliest(name: str, ranked: Ranked, texts: Sequence[str]) -> int:
    """The choice that the metric `name` takes: "acc" by sum, "acc_norm" by sum over characters, else the best."""
    if not ranked.sums or name not in ("acc", "acc_norm"):
        return ranked.best
    sizes = [max(1, len(text)) if name == "acc_norm" else 1 for text in texts]
    scores = [total / size for total, size in zip(ranked.sums, sizes, strict=True)]
    return max(range(len(scores)), key=scores.__getitem__)
