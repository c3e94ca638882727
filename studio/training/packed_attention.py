"""Attention among several rows laid end to end in one sequence: each row sees itself alone, and no mask is made.

transformers' own way with position ids that begin again is right too, but holds a [tokens, tokens] mask, a copy of it
in each layer on a card, and computes all that it masks. Here its two registries get an entry of ours: the mask function
says what each row needs (nothing, unless it is longer than a sliding window), and the attention function hands one row
after another to the model's own; on a card that can, all of them to torch's FlashAttention at once.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from studio.data.packing import Packing

NAME = "studio-packed-rows"
MOST_WIDTH = 192  # of a head: beyond it, FlashAttention's backward pass is not there on every card
_IGNORED_ARGUMENTS = {"sliding_window", "position_ids", "is_causal", "output_attentions", "use_cache"}
_in_force: list[tuple[Packing, str, bool]] = []


class CannotPackError(Exception):
    """This model's attention cannot be divided into rows; the message says why, as part of a sentence."""


@dataclass(frozen=True)
class RowMasks:
    """What attention of one kind needs, in a mask's place.

    starts: where each row begins, and the end of the last; `offsets` is the same on the device, int32. window: how many
    tokens a token sees, itself included, where some row is longer than that; else None. own: the model's own kind of
    attention, and `make` its mask of the row between two places. flash: torch's FlashAttention may be taken.
    """

    starts: tuple[int, ...]
    offsets: Tensor
    window: int | None
    own: str
    make: Callable[[int, int], Tensor | None]
    flash: bool

    @functools.cached_property
    def rows(self) -> list[tuple[slice, Tensor | None]]:
        """Each row's place, and its mask; made once for all layers, and not at all where FlashAttention needs none."""
        return [(slice(start, stop), self.make(start, stop)) for start, stop in pairwise(self.starts)]


class PackedAttention:
    """Switches a model between its own attention and one among packed rows; with `flash` by torch's, where it can."""

    def __init__(self, model: nn.Module, flash: bool = True) -> None:
        self._flash = flash
        AttentionInterface.register(NAME, _attend)
        AttentionMaskInterface.register(NAME, _row_masks)
        found: list[Any] = [getattr(module, "config", None) for module in model.modules()]
        self._configs = list({id(each): each for each in found if _chooses_attention(each)}.values())

    @contextmanager
    def among(self, packing: Packing | None) -> Iterator[None]:
        """Keep the rows of `packing` apart in the forward and backward passes inside; None changes nothing."""
        if packing is None or not self._configs:
            yield
            return
        before = [config._attn_implementation_internal for config in self._configs]
        _in_force.append((packing, self._configs[0]._attn_implementation, self._flash))
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
    packing, own, flash = _in_force[-1]
    starts = tuple(accumulate(packing.lengths, initial=0))
    if kv_length != q_length or starts[-1] != q_length:
        raise CannotPackError("its layers see more than the tokens that it was given")
    if use_vmap:
        raise CannotPackError("its attention is not causal everywhere")
    make = ALL_MASK_ATTENTION_FUNCTIONS[own]

    def mask_of(start: int, stop: int) -> Tensor | None:
        alone: dict[str, Any] = arguments | {
            "batch_size": 1,
            "q_length": stop - start,
            "kv_length": stop - start,
            "q_offset": 0,
            "kv_offset": 0,
            "mask_function": _shifted(mask_function, start),
            "attention_mask": None,
            "allow_is_causal_skip": True,
            "local_size": local_size,
            "device": device,
        }
        mask: Tensor | None = make(**alone)
        return mask

    longer = local_size is not None and max(packing.lengths) >= local_size
    return RowMasks(starts, packing.offsets, local_size if longer else None, own, mask_of, flash)


def _shifted(function: Callable[..., Tensor], by: int) -> Callable[..., Tensor]:
    return lambda batch, head, query, key: function(batch, head, query + by, key + by)


def _attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Any, *args: Any, **arguments: Any
) -> tuple[Tensor, None]:
    """Take the place of transformers' attention functions: [1, heads, tokens, width] to [1, tokens, heads, width].

    It needs what `_row_masks` made, also where checkpointing computes a layer again in a thread of autograd's.
    """
    rows = attention_mask
    if not isinstance(rows, RowMasks):
        raise CannotPackError("its attention masks are its own")
    if query.shape[0] != 1 or not query.shape[2] == key.shape[2] == rows.starts[-1]:
        raise CannotPackError("its layers see more than the tokens that it was given")
    if not args and (flash := _flash(query, key, value, rows, arguments)) is not None:
        return flash, None
    own = _own_attention(module, rows.own)
    found = [
        own(module, query[:, :, place], key[:, :, place], value[:, :, place], mask, *args, **arguments)[0]
        for place, mask in rows.rows
    ]
    return torch.cat(found, dim=1), None


def _own_attention(module: nn.Module, name: str) -> Callable[..., Any]:
    """The model's own attention function; the eager one is not in transformers' registry but in the model's module."""
    if name in ALL_ATTENTION_FUNCTIONS:
        return ALL_ATTENTION_FUNCTIONS[name]
    eager = getattr(sys.modules[type(module).__module__], "eager_attention_forward", None)
    if eager is None:
        raise CannotPackError(f"its {name} attention is not where transformers keeps it")
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
    longest = max(stop - start for start, stop in pairwise(rows.starts))
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
