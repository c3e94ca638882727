"""Whether a model keeps packed rows apart, found out on a few tokens before anything is learned from them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from studio.core.out_of_memory import is_out_of_memory
from studio.core.words import tr
from studio.data.packing import Packing
from studio.training.packed_attention import CannotPackError, PackedAttention

LENGTHS = (7, 5, 4)
OTHER = 23  # by how much the first row's tokens are changed
WITHIN = {torch.float32: 1e-4, torch.float64: 1e-4}  # of the largest logit; less precise types differ by more
WITHIN_ELSE = 5e-2


@torch.no_grad()
def why_not_packed(model: Any, packed: PackedAttention, exact: bool = True) -> str:
    """Say why rows of this model cannot be packed, as part of a sentence; empty where they can.

    The logits of packed rows must be those of each row by itself, and another first row must leave those of the rows
    after it the same to the last bit. Not `exact`: weights whose products look at all tokens together (LLM.int8).
    """
    causal = model.get_base_model()
    was_training = model.training
    model.eval()
    try:
        with model.disable_adapter():
            return _compare(causal, packed, exact)
    except CannotPackError as error:
        return str(error)
    except (TypeError, AttributeError, ValueError, LookupError, AssertionError, RuntimeError) as error:
        # A model with attention of its own meets our masks in places that expect a tensor.
        if is_out_of_memory(error):
            raise
        return tr("its attention does not take packed rows ({error})", error=type(error).__name__)
    finally:
        model.train(was_training)


def _compare(causal: Any, packed: PackedAttention, exact: bool) -> str:
    embedding = causal.get_input_embeddings().weight
    device, vocabulary = embedding.device, embedding.shape[0]
    packing = Packing.of(LENGTHS).to(device)
    ids = (torch.arange(1, sum(LENGTHS) + 1, device=device) * 37) % vocabulary
    others = torch.where(packing.rows[0] == 0, (ids + OTHER) % vocabulary, ids)
    alone = torch.cat([_logits(causal, row[None]) for row in ids.split(LENGTHS)])
    with packed.among(packing):
        together, beside_others = (
            _logits(causal, each[None], position_ids=packing.positions) for each in (ids, others)
        )
    within = WITHIN.get(embedding.dtype, WITHIN_ELSE) * float(alone.abs().max().clamp(min=1.0))
    after = slice(LENGTHS[0], None)
    leaked = float((together[after] - beside_others[after]).abs().max())
    if leaked > (0.0 if exact else within):
        return tr("its layers carry something from one row's tokens to the next row's")
    apart = float((together - alone).abs().max())
    if not apart <= within:
        return tr("its packed rows differ from rows by themselves (by {apart:.1e})", apart=apart)
    return ""


def _logits(causal: Any, input_ids: Tensor, **given: Tensor) -> Tensor:
    logits: Tensor = causal(input_ids=input_ids, use_cache=False, **given).logits[0]
    return logits.to(torch.promote_types(logits.dtype, torch.float32))
