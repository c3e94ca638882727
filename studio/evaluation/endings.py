"""Several endings of the same beginning, each one's log-probabilities: the beginning is read once where it can be."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from studio.core.at_once import TOKENS_A_ROW
from studio.evaluation.forward import Forward

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Endings:
    """What a row begins with, and how it may go on."""

    beginning: Tokens
    endings: tuple[Tokens, ...]


def ending_log_probs(forward: Forward, rows: Sequence[Endings], shared: bool = True) -> list[list[list[float]]]:
    """The log-probability of each token of each ending, by row; all `rows` go through the model together.

    With `shared`, beginnings go through the model once and endings follow with its cache, where the model's layers keep
    one that can be copied by rows (full attention); else each ending goes with its beginning.
    """
    if not shared:
        return _each_whole(forward, rows)
    ids, mask = forward.left_padded([row.beginning for row in rows])
    output = forward.model(
        input_ids=ids, attention_mask=mask, position_ids=_positions(mask), use_cache=True, logits_to_keep=1
    )
    if not _is_plain(output.past_key_values):
        return _each_whole(forward, rows)
    first = output.logits[:, -1].float().log_softmax(dim=-1).double().cpu()
    found = [[[float(first[i, token]) for token in ending[:1]] for ending in row.endings] for i, row in enumerate(rows)]
    pairs = [(i, n) for i, row in enumerate(rows) for n, ending in enumerate(row.endings) if len(ending) > 1]
    for some in _in_parts(pairs, max(1, forward.rows_at_once * TOKENS_A_ROW // ids.shape[1])):
        chosen = torch.tensor([i for i, _ in some], device=forward.device)
        cache = copy.deepcopy(output.past_key_values)
        cache.batch_select_indices(chosen)
        rest = [rows[i].endings[n] for i, n in some]
        for (i, n), more in zip(some, _following(forward, rest, cache, mask[chosen]), strict=True):
            found[i][n] += more
    return found


def _following(forward: Forward, endings: Sequence[Tokens], cache: Any, mask: Tensor) -> list[list[float]]:
    """The log-probability of each ending's tokens from the second on, given `cache` of what stands before."""
    width = max(len(ending) for ending in endings) - 1
    ids = torch.full((len(endings), width + 1), forward.pad_id, dtype=torch.int64)
    there = torch.zeros(len(endings), width, dtype=mask.dtype)
    for row, ending in enumerate(endings):
        ids[row, : len(ending)] = torch.tensor(ending)
        there[row, : len(ending) - 1] = 1
    ids, there = ids.to(forward.device), there.to(forward.device)
    whole = torch.cat([mask, there], dim=1)
    output = forward.model(
        input_ids=ids[:, :-1],
        attention_mask=whole,
        position_ids=_positions(whole)[:, -width:],
        past_key_values=cache,
        use_cache=True,
    )
    log_probs = output.logits.float().log_softmax(dim=-1).gather(2, ids[:, 1:, None])[:, :, 0].double().cpu()
    return [log_probs[row, : len(ending) - 1].tolist() for row, ending in enumerate(endings)]


def _each_whole(forward: Forward, rows: Sequence[Endings]) -> list[list[list[float]]]:
    pairs = [(i, n) for i, row in enumerate(rows) for n in range(len(row.endings))]
    ids = [rows[i].beginning + rows[i].endings[n] for i, n in pairs]
    sizes = [len(rows[i].endings[n]) for i, n in pairs]
    found: list[list[list[float]]] = [[[] for _ in row.endings] for row in rows]
    for chosen in forward.groups([len(each) for each in ids], sizes):
        most = max(1, *(sizes[number] for number in chosen))
        log_probs, _, _ = forward.log_probs(*forward.left_padded([ids[number] for number in chosen]), most)
        for number, row in zip(chosen, log_probs.tolist(), strict=True):
            i, n = pairs[number]
            found[i][n] = row[len(row) - sizes[number] :]
    return found


def _is_plain(cache: Any) -> bool:
    """Whether a cache holds keys and values of all tokens and nothing else, so that its rows can be chosen."""
    from transformers.cache_utils import DynamicCache, DynamicLayer

    return type(cache) is DynamicCache and all(type(layer) is DynamicLayer for layer in cache.layers)


def _positions(mask: Tensor) -> Tensor:
    return (mask.cumsum(dim=1) - 1).clamp(min=0)


def _in_parts(pairs: Sequence[tuple[int, int]], size: int) -> Iterator[Sequence[tuple[int, int]]]:
    yield from (pairs[start : start + size] for start in range(0, len(pairs), size))
