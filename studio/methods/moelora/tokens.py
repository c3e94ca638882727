"""A forward's tokens as all projections see them: padding, tasks, and the few whose pairs are contrasted."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from studio.methods.forward_record import ForwardRecord
from studio.methods.moelora.config import MoeLoraConfig


def chosen_tokens(mask: Tensor | None, tokens: int, wanted: int, turn: Tensor) -> tuple[Tensor, Tensor]:
    """Return `wanted` tokens spread evenly over the unmasked ones, in order, and which of them count.

    mask: [tokens] bool or None. turn: scalar integer, which shifts the choice, so that rows of one length do not always
    give the same places; nothing is random. Of fewer unmasked tokens each is chosen, once.
    Returns (indices [wanted], valid [wanted]).
    """
    device = turn.device
    if wanted >= tokens:
        every = torch.arange(tokens, device=device)
        return every, torch.ones_like(every, dtype=torch.bool) if mask is None else mask
    ranks = torch.arange(1, tokens + 1, device=device) if mask is None else mask.cumsum(0)
    ordinals, fresh = _spread(ranks[-1], wanted, turn)
    indices = torch.searchsorted(ranks, ordinals + 1).clamp(max=tokens - 1)
    return indices, fresh & (ordinals < ranks[-1])


def chosen_of_whole(ranks: Tensor, count: int, wanted: int, turn: Tensor) -> tuple[Tensor, Tensor]:
    """Return this process's part of what `chosen_tokens` chooses of a forward that several processes run.

    ranks: [tokens], count: as `set_batch` takes them. Every process has `wanted` places, one for each that is chosen,
    and those of other processes' tokens are not valid here. Returns (indices [wanted], valid [wanted]).
    """
    ordinals, fresh = _spread(count, wanted, turn)
    indices = torch.searchsorted(ranks, ordinals + 1).clamp(max=ranks.shape[0] - 1)
    return indices, fresh & (ranks.index_select(0, indices) == ordinals + 1)


def _spread(count: Tensor | int, wanted: int, turn: Tensor) -> tuple[Tensor, Tensor]:
    """Return (ordinals [wanted], spread evenly over `count` and rising, and which of them come for the first time)."""
    # Multiples of the golden ratio modulo 1 fall evenly: Knuth's multiplicative hash, in integers.
    shift = (((turn * 2654435769) & 0xFFFFFFFF) * count) >> 32
    ordinals = (torch.arange(wanted, device=turn.device) * count + shift) // wanted
    return ordinals, torch.cat([ordinals.new_ones(1, dtype=torch.bool), ordinals[1:] != ordinals[:-1]])


@dataclass(frozen=True, slots=True)
class Tokens:
    """One input's tokens, rows laid end to end.

    mask: [tokens] float, 1 for a token and 0 for padding, or None where nothing is padding. groups: [tokens] integers,
    each token's bin (`ForwardRecord.groups_for`), or None where all are 0. indices: [n] tokens whose pairs are
    contrasted. pair_valid: [pairs] which of their pairs count. common: whether all processes chose them together, each
    with the places of all and the pairs of its own tokens.
    """

    mask: Tensor | None
    groups: Tensor | None
    indices: Tensor
    pair_valid: Tensor
    common: bool = False


@dataclass(slots=True)
class ForwardTokens:
    """What one forward's projections share, and their recomputations; worked out once for each shape of input."""

    record: ForwardRecord
    turn: Tensor
    known: dict[torch.Size, Tokens] = field(default_factory=dict)

    def of(self, x: Tensor, config: MoeLoraConfig) -> Tokens:
        """Return the tokens of x [batch, sequence, in] or [tokens, in]."""
        shape = x.shape[:-1]
        if shape not in self.known:
            self.known[shape] = self._find(x, shape.numel(), config)
        return self.known[shape]

    def _find(self, x: Tensor, count: int, config: MoeLoraConfig) -> Tokens:
        mask = self.record.mask_for(x)
        indices = torch.empty(0, dtype=torch.int64, device=x.device)
        valid = indices.to(torch.bool)
        common = False
        if self.record.training and config.contrastive_coef:
            wanted = max(1, config.pairs // config.top_k) if config.pairs else None
            whole = self.record.whole
            if whole is not None and whole[0].numel() == count:
                common = True
                indices, valid = chosen_of_whole(whole[0], whole[1], wanted or whole[1], self.turn)
            else:
                indices, valid = chosen_tokens(mask, count, min(count, wanted or count), self.turn)
        return Tokens(
            None if mask is None else mask.to(torch.float32),
            self.record.groups_for(x),
            indices,
            valid.repeat_interleave(config.top_k),
            common,
        )
