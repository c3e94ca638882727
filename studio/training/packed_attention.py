"""Attention among several rows laid end to end in one sequence: each row sees itself alone, and no mask is made.

Blocks of padded rows may lie there too, each block the rows of one model of several that are computed together: they
are attended to in the shape, and with the masks, that they have alone.

transformers' own way with position ids that begin again is right too, but holds a [tokens, tokens] mask, a copy of it
in each layer on a card, and computes all that it masks. Here its two registries get an entry of ours: the mask function
says what each row needs (nothing, unless it is longer than a sliding window), and the attention function hands one row
after another to the model's own; on a card that can, all of them to torch's FlashAttention at once.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from studio.core.words import tr
from studio.data.packing import Packing

NAME = "studio-packed-rows"
MOST_WIDTH = 192  # of a head: beyond it, FlashAttention's backward pass is not there on every card
_IGNORED_ARGUMENTS = {"sliding_window", "position_ids", "is_causal", "output_attentions", "use_cache"}
_in_force: list[tuple[tuple[Block, ...], str, bool]] = []


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of `length` tokens each, end to end; `mask` [rows, length] is 0 on padding, None where all are seen."""

    rows: int
    length: int
    mask: Tensor | None = None

    @property
    def tokens(self) -> int:
        return self.rows * self.length


def blocks_of(packing: Packing) -> tuple[Block, ...]:
    """The rows of one sequence, each a block."""
    return tuple(Block(1, length) for length in packing.lengths)


class CannotPackError(Exception):
    """This model's attention cannot be divided into rows; the message says why, as part of a sentence."""


@dataclass(frozen=True)
class RowMasks:
    """What attention of one kind needs, in a mask's place.

    blocks: the rows, in order. window: how many tokens a token sees, itself included, where some row is longer than
    that; else None. own: the model's own kind of attention, and `make` its mask of the block that begins at a place.
    flash: torch's FlashAttention may be taken.
    """

    blocks: tuple[Block, ...]
    window: int | None
    own: str
    make: Callable[[int, Block], Tensor | None]
    flash: bool
    device: torch.device

    @property
    def tokens(self) -> int:
        return sum(block.tokens for block in self.blocks)

    @functools.cached_property
    def places(self) -> list[tuple[slice, Block, Tensor | None]]:
        """Each block's place and mask; made once for all layers, and not at all where FlashAttention needs none."""
        starts = accumulate((block.tokens for block in self.blocks), initial=0)
        return [
            (slice(start, start + block.tokens), block, self.make(start, block))
            for start, block in zip(starts, self.blocks, strict=False)
        ]

    @functools.cached_property
    def lengths(self) -> tuple[int, ...]:
        """The length of each single row."""
        return tuple(block.length for block in self.blocks for _ in range(block.rows))

    @functools.cached_property
    def offsets(self) -> Tensor:
        """Where each single row begins, and the end of the last, on the device; int32."""
        return torch.tensor(list(accumulate(self.lengths, initial=0)), dtype=torch.int32, device=self.device)


class PackedAttention:
    """Switches a model between its own attention and one among packed rows; with `flash` by torch's, where it can."""

    def __init__(self, model: nn.Module, flash: bool = True) -> None:
        self._flash = flash
        AttentionInterface.register(NAME, _attend)
        AttentionMaskInterface.register(NAME, _row_masks)
        found: list[Any] = [getattr(module, "config", None) for module in model.modules()]
        self._configs = list({id(each): each for each in found if _chooses_attention(each)}.values())

    @contextmanager
    def among(self, rows: Packing | Sequence[Block] | None) -> Iterator[None]:
        """Keep these rows apart in the forward and backward passes inside; None changes nothing."""
        if rows is None or not self._configs:
            yield
            return
        blocks = blocks_of(rows) if isinstance(rows, Packing) else tuple(rows)
        before = [config._attn_implementation_internal for config in self._configs]
        _in_force.append((blocks, self._configs[0]._attn_implementation, self._flash))
        for config in self._configs:
            config._attn_implementation_internal = NAME
        try:
            yield
        finally:
            _in_force.pop()
            for config, own in zip(self._configs, before, strict=True):
                config._attn_implementation_internal = own


def _chooses_attention(config: Any) -> bool:
    return getattr(config, "_attn_implementation_internal", None) is not None


def _row_masks(
    *,
    q_length: int,
    kv_length: int,
    mask_function: Callable[..., Tensor],
    device: torch.device,
    local_size: int | None = None,
    use_vmap: bool = False,
    **arguments: Any,
) -> RowMasks:
    """Take the place of transformers' mask functions, whose arguments these are."""
    blocks, own, flash = _in_force[-1]
    if kv_length != q_length or sum(block.tokens for block in blocks) != q_length:
        raise CannotPackError(tr("its layers see more than the tokens that it was given"))
    if use_vmap:
        raise CannotPackError(tr("its attention is not causal everywhere"))
    make = ALL_MASK_ATTENTION_FUNCTIONS[own]

    def mask_of(start: int, block: Block) -> Tensor | None:
        alone: dict[str, Any] = arguments | {
            "batch_size": block.rows,
            "q_length": block.length,
            "kv_length": block.length,
            "q_offset": 0,
            "kv_offset": 0,
            "mask_function": _shifted(mask_function, start, block.length),
            "attention_mask": None if block.mask is None else block.mask.to(device, torch.bool),
            "allow_is_causal_skip": True,
            "local_size": local_size,
            "device": device,
        }
        mask: Tensor | None = make(**alone)
        return mask

    longer = local_size is not None and max(block.length for block in blocks) >= local_size
    return RowMasks(blocks, local_size if longer else None, own, mask_of, flash, device)


def _shifted(function: Callable[..., Tensor], by: int, length: int) -> Callable[..., Tensor]:
    """`function` of places in a whole sequence as one of rows of `length` tokens that begin `by` tokens into it."""

    def shifted(row: Any, head: Any, query: Any, key: Any) -> Tensor:
        start = by + row * length
        return function(row * 0, head, query + start, key + start)

    return shifted


def _attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Any, *args: Any, **arguments: Any
) -> tuple[Tensor, None]:
    """Take the place of transformers' attention functions: [1, heads, tokens, width] to [1, tokens, heads, width].

    It needs what `_row_masks` made, also where checkpointing computes a layer again in a thread of autograd's.
    """
    rows = attention_mask
    if not isinstance(rows, RowMasks):
        raise CannotPackError(tr("its attention masks are its own"))
    if query.shape[0] != 1 or not query.shape[2] == key.shape[2] == rows.tokens:
        raise CannotPackError(tr("its layers see more than the tokens that it was given"))
    if not args and (flash := _flash(query, key, value, rows, arguments)) is not None:
        return flash, None
    own = _own_attention(module, rows.own)
    found = []
    for place, block, mask in rows.places:
        cut = [_row_by_row(each[:, :, place], block) for each in (query, key, value)]
        found.append(own(module, *cut, mask, *args, **arguments)[0].reshape(1, block.tokens, query.shape[1], -1))
    return torch.cat(found, dim=1), None


def _row_by_row(states: Tensor, block: Block) -> Tensor:
    """States [1, heads, tokens, width] as [rows, heads, length, width]."""
    return states if block.rows == 1 else states[0].unflatten(1, (block.rows, block.length)).transpose(0, 1)


def _own_attention(module: nn.Module, name: str) -> Callable[..., Any]:
    """The model's own attention function; the eager one is not in transformers' registry but in the model's module."""
    if name in ALL_ATTENTION_FUNCTIONS:
        return ALL_ATTENTION_FUNCTIONS[name]
    eager = getattr(sys.modules[type(module).__module__], "eager_attention_forward", None)
    if eager is None:
        raise CannotPackError(tr("its {kind} attention is not where transformers keeps it", kind=name))
    return eager


def _flash(query: Tensor, key: Tensor, value: Tensor, rows: RowMasks, arguments: dict[str, Any]) -> Tensor | None:
    """All rows in one call of torch's FlashAttention [1, tokens, heads, width]; None where it does not apply."""
    wanted = {name: given for name, given in arguments.items() if given is not None}
    scale, dropout = wanted.pop("scaling", None), wanted.pop("dropout", 0.0)
    window = wanted.get("sliding_window") if rows.window is not None else None
    if dropout or rows.window != window or not (rows.flash and _has_flash(query.device, query.dtype)):
        return None
    width = query.shape[-1]
    if wanted.keys() - _IGNORED_ARGUMENTS or value.shape[-1] != width or width % 8 or width > MOST_WIDTH:
        return None
    if not query.dtype == key.dtype == value.dtype:
        return None
    longest = max(rows.lengths)
    flat = [each[0].transpose(0, 1) for each in (query, key, value)]
    groups = query.shape[1] // key.shape[1]
    result: Tensor = _varlen()(
        *flat,
        rows.offsets,
        rows.offsets,
        longest,
        longest,
        scale=scale,
        window_size=(-1 if window is None else window - 1, 0),
        enable_gqa=groups > 1,
    )
    return result[None]


@functools.cache
def _has_flash(device: torch.device, dtype: torch.dtype) -> bool:
    if device.type != "cuda" or torch.version.hip or dtype not in (torch.float16, torch.bfloat16) or _varlen() is None:
        return False
    return torch.cuda.get_device_capability(device) >= (8, 0) and torch.backends.cuda.is_flash_attention_available()


@functools.cache
def _varlen() -> Any:
    """torch's FlashAttention among rows of several lengths; None where this torch's has no window."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return None
    return varlen_attn if "window_size" in inspect.signature(varlen_attn).parameters else None
