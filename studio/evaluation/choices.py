"""A row's choices compared by their likelihood: by the token that tells them apart, by sum, and by length."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from studio.data.answer_text import plain

NORMALISED = ("acc", "acc_norm", "acc_bytes", "acc_tokens")
"""As lm-eval names them: the summed log-probability of a choice, and that over its characters, bytes and tokens."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The likeliest choice by the token that tells all apart, or else by all their tokens, ends included.

    `sums` has the summed log-probability of what each choice counts by; empty where only the first token was looked at.
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


@dataclass(frozen=True, slots=True)
class Compared:
    """What counts of a question's choices where they are compared by their likelihood.

    A turn may begin with what belongs to no choice: a template's opening, "The answer is". The choices themselves begin
    with token number `start`, and differ from number `same` on. `own` are each one's tokens from `start` to the end of
    the turn, which is one of them only where another choice goes on from there; `texts` are what they say.
    """

    choices: tuple[tuple[int, ...], ...]
    start: int
    same: int
    own: tuple[tuple[int, ...], ...]
    texts: tuple[str, ...]


def compared(
    choices: tuple[tuple[int, ...], ...],
    names: Sequence[str],
    ends: frozenset[int],
    text: Callable[[Sequence[int]], str],
) -> Compared:
    """What counts of `choices`, called `names`; `text` is what tokens say up to the end of the turn."""
    same = common_start(choices)
    start = next((at for at in range(same, 0, -1) if _all_named(choices, names, at, text)), 0)
    # A space of its own counts as it does where the tokenizer joins it to the word.
    start -= start > 0 and text(choices[0][start - 1 : start]) == " "
    own = own_tokens([choice[start:] for choice in choices], ends)
    return Compared(choices, start, same, tuple(own), tuple(text(tokens).strip() for tokens in own))


def _all_named(
    choices: Sequence[tuple[int, ...]], names: Sequence[str], start: int, text: Callable[[Sequence[int]], str]
) -> bool:
    """Whether each choice's tokens from `start` on still say its whole name."""
    return all(plain(name) in plain(text(choice[start:])) for choice, name in zip(choices, names, strict=True))


def own_tokens(choices: Sequence[tuple[int, ...]], ends: frozenset[int]) -> list[tuple[int, ...]]:
    """Each choice's tokens up to the end of the turn, with it where another choice goes on in its place."""
    said = []
    for choice in choices:
        stop = next((place for place, token in enumerate(choice) if token in ends), len(choice))
        said.append(choice[:stop])
    # In order, what begins with a choice follows it at once.
    order = sorted(set(said))
    goes_on = {one for one, after in itertools.pairwise(order) if after[: len(one)] == one}
    return [choice[: len(own) + (own in goes_on)] for choice, own in zip(choices, said, strict=True)]


def ranked_by_one_token(told: Compared, begun: float, logits: Tensor) -> Ranked | None:
    """Rank choices by the logits [vocabulary] of the first token in which they differ; None where that is not enough.

    `begun` is the log-probability of the tokens before it that count. Where each choice ends with that one token, the
    sums are known too.
    """
    if not (tokens := telling_tokens(told.choices)):
        return None
    seen = logits[list(tokens)]
    whole = all(len(own) == told.same - told.start + 1 for own in told.own)
    sums = [begun + each for each in (seen - logits.logsumexp(dim=0)).double().tolist()] if whole else ()
    return Ranked(int(seen.argmax()), tuple(sums))


def ranked_by_all_tokens(told: Compared, log_probs: Sequence[Sequence[float]]) -> Ranked:
    """Rank choices by the log-probabilities of each one's tokens from `told.start` on, ends included."""
    differ = told.same - told.start
    one_decides = bool(telling_tokens(told.choices))
    totals = [row[differ] if one_decides else sum(row[differ:]) for row in log_probs]
    sums = [sum(row[: len(own)]) for row, own in zip(log_probs, told.own, strict=True)]
    return Ranked(max(range(len(totals)), key=totals.__getitem__), tuple(sums))


def verdicts(ranked: Ranked, texts: Sequence[str], lengths: Sequence[int], right: int) -> dict[str, float]:
    """What each way of comparing sums says of the choice at `right`, 1 or 0; nothing where there are no sums.

    `texts` are what the choices say, `lengths` how many tokens that is.
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
